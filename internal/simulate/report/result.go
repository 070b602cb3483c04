package report

import (
	"math"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/chance"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/compare"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/rehearsal"
)

// limitLevel is that of the one-sided limit of false rollbacks.
const limitLevel = 0.99

// A Result is what many releases came to. Times are in minutes after the first shift.
type Result struct {
	// Outcomes are how they ended, the most frequent first.
	Outcomes []Outcome `json:"outcomes"`
	// RolledBack is the share that did not keep the new version, for whatever reason, once it had
	// traffic: of a canary that is worse, what was detected; of a good one, what went back falsely.
	RolledBack compare.Share `json:"rolledBack"`
	// Inconclusive is the share that went back for want of data.
	Inconclusive compare.Share `json:"inconclusive"`
	// RolledBackLimit is the upper limit of that share's probability, one-sided, of level 0.99.
	RolledBackLimit float64 `json:"rolledBackLimit"`
	// Exposure is how many bad requests a release's canary served within the time that is watched, of the
	// metric in which it is worse, or the first one; ExposureToEnd, until the release ended.
	Exposure      compare.Spread `json:"exposure"`
	ExposureToEnd compare.Spread `json:"exposureToEnd"`
	// MinutesToRollback is of those that were rolled back, MinutesToPromotion of those whose canary got
	// the share with which it settles, and MinutesToEnd of all that were promoted; absent where there was none.
	MinutesToRollback  *compare.Spread `json:"minutesToRollback,omitempty"`
	MinutesToPromotion *compare.Spread `json:"minutesToPromotion,omitempty"`
	MinutesToEnd       *compare.Spread `json:"minutesToEnd,omitempty"`
	// Verdicts is how often the judge looked at a release.
	Verdicts compare.Spread `json:"verdicts"`
	// Histogram is how many releases' exposure lies within which bounds, in their order.
	Histogram []Bin `json:"histogram"`
}

// An Outcome is how a share of the releases ended.
type Outcome struct {
	Outcome release.Outcome `json:"outcome"`
	Share   compare.Share   `json:"share"`
	// Example is the reason of the first of them.
	Example string `json:"example"`
}

// A Bin counts the releases whose exposure is at least From and below To.
type Bin struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Count int     `json:"count"`
}

// ResultOf sums up flights, of which there is at least one. A period lasts so many minutes.
func ResultOf(flights []rehearsal.Flight, minutes float64) Result {
	gather := func(value func(rehearsal.Flight) (float64, bool)) chance.Sample {
		var values []float64
		for _, flight := range flights {
			if found, ok := value(flight); ok {
				values = append(values, found)
			}
		}
		return chance.NewSample(values)
	}
	positive := func(value float64) (float64, bool) { return value, value > 0 }
	exposure := gather(func(f rehearsal.Flight) (float64, bool) { return f.Exposure, true })
	back := gather(func(f rehearsal.Flight) (float64, bool) { return positive(f.RolledBackAt) })
	inconclusive := 0
	for _, flight := range flights {
		if flight.Inconclusive {
			inconclusive++
		}
	}
	rolledBack := chance.Share{Count: back.Len(), Of: len(flights)}
	return Result{
		Outcomes:        outcomesOf(flights),
		RolledBack:      compare.ShareOf(rolledBack),
		Inconclusive:    compare.ShareOf(chance.Share{Count: inconclusive, Of: len(flights)}),
		RolledBackLimit: rolledBack.Upper(limitLevel),
		Exposure:        *compare.SpreadOf(exposure, 1),
		ExposureToEnd:   *compare.SpreadOf(gather(func(f rehearsal.Flight) (float64, bool) { return f.ExposureToEnd, true }), 1),

		MinutesToRollback:  compare.SpreadOf(back, minutes),
		MinutesToPromotion: compare.SpreadOf(gather(func(f rehearsal.Flight) (float64, bool) { return positive(f.PromotedAt) }), minutes),
		MinutesToEnd: compare.SpreadOf(gather(func(f rehearsal.Flight) (float64, bool) {
			return f.EndedAt, f.Outcome == release.Promoted
		}), minutes),
		Verdicts:  *compare.SpreadOf(gather(func(f rehearsal.Flight) (float64, bool) { return float64(f.Verdicts), true }), 1),
		Histogram: histogram(flights, exposure.Quantile(1)),
	}
}

func outcomesOf(flights []rehearsal.Flight) []Outcome {
	var list []Outcome
	counts := map[release.Outcome]int{}
	for _, flight := range flights {
		if counts[flight.Outcome] == 0 {
			list = append(list, Outcome{Outcome: flight.Outcome, Example: flight.Reason})
		}
		counts[flight.Outcome]++
	}
	for i := range list {
		list[i].Share = compare.ShareOf(chance.Share{Count: counts[list[i].Outcome], Of: len(flights)})
	}
	slices.SortStableFunc(list, func(a, b Outcome) int { return b.Share.Count - a.Share.Count })
	return list
}

// mostBins bounds a histogram.
const mostBins = 40

// histogram counts exposures in bins of one width, a round one.
func histogram(flights []rehearsal.Flight, most float64) []Bin {
	width := roundUp((most + 1) / mostBins)
	bins := make([]Bin, int(most/width)+1)
	for i := range bins {
		bins[i].From, bins[i].To = float64(i)*width, float64(i+1)*width
	}
	for _, flight := range flights {
		bins[min(int(flight.Exposure/width), len(bins)-1)].Count++
	}
	return bins
}

// roundUp is the next of 1, 2, 5, 10, 20, 50, …
func roundUp(value float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(max(value, 1))))
	for _, digit := range []float64{1, 2, 5} {
		if digit*power >= value {
			return digit * power
		}
	}
	return 10 * power
}
