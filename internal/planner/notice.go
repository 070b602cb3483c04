package planner

import "math"

// searchReleases is how many releases find the rate that is then held to the promise.
const searchReleases = 200

// A search finds which regressions of one metric are noticed. What it has played it remembers, because
// steps ask for the same rates.
type search struct {
	outlook outlook
	metric  int
	// rates are what is asked for, rising.
	rates []float64
	// found is what the smallest rate is found by, and confirmed what it is then held to: where many rates
	// are tried with the same chance, the smallest that passes has been lucky.
	found, confirmed stream
}

// A stream is what came of each rate, with chance of its own.
type stream struct {
	promise promise
	seed    uint64
	tried   []attempt
}

// An attempt is one rate as far as it was played.
type attempt struct {
	field  field
	played int
	// missed counts for each step the releases in which nothing was noticed before it ended.
	missed []int
}

// searchRates begins the search for metric.
func (o outlook) searchRates(metric int, p promise) *search {
	o = o.cautious()
	s := &search{outlook: o, metric: metric, rates: rising(o.rate(metric))}
	s.found = stream{promise: roughly(min(p.releases, searchReleases)), seed: seedNotice, tried: make([]attempt, len(s.rates))}
	s.confirmed = stream{promise: p, seed: seedConfirm, tried: make([]attempt, len(s.rates))}
	return s
}

// rising are the rates above base that can be written in two digits, the last of which is 1.
func rising(base float64) []float64 {
	var rates []float64
	for decade := -5; decade < 0; decade++ {
		for digits := 10; digits < 100; digits++ {
			rate := float64(digits) / math.Pow(10, float64(1-decade))
			if rate > base*(1+1e-9) {
				rates = append(rates, rate)
			}
		}
	}
	return append(rates, 1)
}

// sure reports whether the canary's being bad at the rate of that index from the first shift on is noticed
// with the stream's promised probability before the step ends.
func (s *search) sure(by *stream, index, step int) bool {
	tried := &by.tried[index]
	if tried.missed == nil {
		tried.field = s.outlook.field(regression{metric: s.metric, rate: s.rates[index]}, by.seed)
		tried.missed = make([]int, len(tried.field.plan.Shares))
	}
	for tried.missed[step] <= by.promise.exceptions && tried.played < by.promise.releases {
		c := tried.field.play(tried.played)
		tried.played++
		for i := range min(c.noticed, len(tried.missed)) {
			tried.missed[i]++
		}
	}
	return tried.missed[step] <= by.promise.exceptions
}

// smallest is the index of the smallest rate, from the index least on, that is surely noticed
// before the step ends; ok is false when not even the highest is.
func (s *search) smallest(step, least int) (index int, ok bool) {
	low, high := least, len(s.rates)-1
	if !s.sure(&s.found, high, step) {
		return 0, false
	}
	for low < high {
		if middle := (low + high) / 2; s.sure(&s.found, middle, step) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	for ; high < len(s.rates); high++ {
		if s.sure(&s.confirmed, high, step) {
			return high, true
		}
	}
	return 0, false
}

// smallestOfEach is for each step the smallest rate that is surely noticed before it ends; NaN
// where none is.
func (s *search) smallestOfEach(steps int) []float64 {
	found, least := make([]float64, steps), 0
	for step := steps - 1; step >= 0; step-- {
		found[step] = math.NaN()
		if least < 0 {
			continue // what a later step does not notice no earlier one does
		}
		index, ok := s.smallest(step, least)
		if !ok {
			least = -1
			continue
		}
		found[step], least = s.rates[index], index
	}
	return found
}
