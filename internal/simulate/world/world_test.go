package world_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

func newWorld(model world.Model, seed uint64) *world.World {
	return world.New(model, rand.New(rand.NewPCG(seed, 0)))
}

func TestTheSameSeedGivesTheSameWorld(t *testing.T) {
	t.Parallel()
	model := world.Steady(500, 0.01, 0.02)
	model.Metrics[0].Noise = 0.5
	model.Metrics[1].Bursts = &world.Bursts{Size: 3, Geometric: true}
	one, same, other := newWorld(model, 1), newWorld(model, 1), newWorld(model, 2)
	differ := false
	for _, share := range []float64{0.02, 0.1, 0.33, 1} {
		drawn := one.Next(share)
		if again := same.Next(share); !reflect.DeepEqual(drawn, again) {
			t.Errorf("at share %v drawn %v and %v from one seed", share, drawn, again)
		}
		differ = differ || !reflect.DeepEqual(drawn, other.Next(share))
	}
	if !differ {
		t.Error("another seed gives the same world")
	}
}

// The share decides who gets the requests, and rates decide how many of them are bad.
func TestCountsFollowTheModel(t *testing.T) {
	t.Parallel()
	model := world.Steady(1000, 0.02, 0.1)
	w := newWorld(model, 3)
	var sum ladder.Period
	sum.Bad = make([]ladder.Bad, 2)
	const periods, share = 4000, 0.2
	for range periods {
		p := w.Next(share)
		sum.Canary += p.Canary
		sum.Stable += p.Stable
		for i, bad := range p.Bad {
			sum.Bad[i].Canary += bad.Canary
			sum.Bad[i].Stable += bad.Stable
			if bad.Canary > p.Canary || bad.Stable > p.Stable {
				t.Fatalf("more bad requests than requests: %v", p)
			}
		}
	}
	for what, figure := range map[string]struct{ got, want float64 }{
		"canary requests": {sum.Canary, periods * 1000 * share},
		"stable requests": {sum.Stable, periods * 1000 * (1 - share)},
		"canary errors":   {sum.Bad[0].Canary, periods * 1000 * share * 0.12},
		"stable errors":   {sum.Bad[0].Stable, periods * 1000 * (1 - share) * 0.02},
		"canary slow":     {sum.Bad[1].Canary, periods * 1000 * share * 0.005},
		"stable slow":     {sum.Bad[1].Stable, periods * 1000 * (1 - share) * 0.005},
	} {
		// All are Poisson-distributed.
		if deviation := math.Abs(figure.got-figure.want) / math.Sqrt(figure.want); deviation > 4 {
			t.Errorf("%s: %v, want about %v (%.1f standard deviations)", what, figure.got, figure.want, deviation)
		}
	}
}

// Counts of independent failures are held to their exact distribution, over every way of drawing them.
func TestDistributionOfCounts(t *testing.T) {
	t.Parallel()
	const draws = 40000
	for name, test := range map[string]struct{ requests, rate float64 }{
		"few requests":                {5, 0.3},
		"few failures":                {50, 0.05},
		"many requests, few failures": {5000, 0.001},
		"many failures":               {500, 0.1},
		"mostly failures":             {30, 0.9},
		"no failures":                 {30, 0},
		"failures alone":              {30, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := world.Model{Traffic: world.Traffic{Constant: test.requests}, Metrics: []world.Metric{{Name: world.Errors, Base: test.rate}}}
			w := newWorld(model, 4)
			requests, bad := map[float64]int{}, map[float64]int{}
			for range draws {
				p := w.Next(0)
				requests[p.Stable]++
				bad[p.Bad[0].Stable]++
			}
			fits(t, "requests", requests, draws, distuv.Poisson{Lambda: test.requests})
			if test.rate == 0 {
				if bad[0] != draws {
					t.Errorf("failures: %v, want none", bad)
				}
				return
			}
			fits(t, "failures", bad, draws, distuv.Poisson{Lambda: test.requests * test.rate})
		})
	}
}

// fits holds counts to a distribution by Pearson's test, at a level that no seed of ours misses.
func fits(t *testing.T, what string, counts map[float64]int, draws int, distribution distuv.Poisson) {
	t.Helper()
	statistic, cells := 0.0, 0.0
	rest, restProbability := draws, 1.0
	for k := 0.0; k < distribution.Lambda+12*math.Sqrt(distribution.Lambda)+12; k++ {
		probability := distribution.Prob(k)
		expected := probability * float64(draws)
		if expected < 10 {
			continue
		}
		statistic += square(float64(counts[k])-expected) / expected
		cells++
		rest -= counts[k]
		restProbability -= probability
	}
	if expected := restProbability * float64(draws); expected > 1 {
		statistic += square(float64(rest)-expected) / expected
		cells++
	}
	if p := (distuv.ChiSquared{K: cells - 1}).Survival(statistic); p < 1e-4 {
		t.Errorf("%s don't follow Poisson(%v): χ² is %.1f in %v cells, which has probability %.2g", what, distribution.Lambda, statistic, cells, p)
	}
}

func square(x float64) float64 { return x * x }

func TestBurstsComeTogetherAndKeepTheRate(t *testing.T) {
	t.Parallel()
	const requests, rate, periods = 1000, 0.02, 20000
	// The variance of a sum of bursts is the mean number of bursts times the mean square of their sizes.
	for name, test := range map[string]struct {
		bursts   *world.Bursts
		variance float64
	}{
		"independent":        {nil, requests * rate},
		"exactly five":       {&world.Bursts{Size: 5}, requests * rate * 5},
		"five on average":    {&world.Bursts{Size: 5, Geometric: true}, requests * rate / 5 * (5*4*2 + 5)},
		"one, geometrically": {&world.Bursts{Size: 1, Geometric: true}, requests * rate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := world.Model{Traffic: world.Traffic{Constant: requests}, Metrics: []world.Metric{{Name: world.Errors, Base: rate, Bursts: test.bursts}}}
			w := newWorld(model, 5)
			var counts []float64
			for range periods {
				counts = append(counts, w.Next(0).Bad[0].Stable)
			}
			mean, variance := stat.MeanVariance(counts, nil)
			if math.Abs(mean-requests*rate) > 5*math.Sqrt(test.variance/periods) {
				t.Errorf("%v failures a period, want %v", mean, requests*rate)
			}
			if ratio := variance / test.variance; ratio < 0.93 || ratio > 1.07 {
				t.Errorf("their variance is %v, want about %v", variance, test.variance)
			}
		})
	}
}

func TestBurstsLargerThanAllRequests(t *testing.T) {
	t.Parallel()
	model := world.Model{Traffic: world.Traffic{Constant: 4}, Metrics: []world.Metric{{Name: world.Errors, Base: 1, Bursts: &world.Bursts{Size: 50, Geometric: true}}}}
	w := newWorld(model, 6)
	for range 1000 {
		if p := w.Next(0.5); p.Bad[0].Canary > p.Canary || p.Bad[0].Stable > p.Stable {
			t.Fatalf("more bad requests than requests: %v", p)
		}
	}
}

func TestNoiseIsEachVersionsOwn(t *testing.T) {
	t.Parallel()
	const requests, rate, noise, periods = 20000, 0.05, 0.3, 20000
	model := world.Model{Traffic: world.Traffic{Constant: requests}, Metrics: []world.Metric{{Name: world.Errors, Base: rate, Noise: noise}}}
	w := newWorld(model, 7)
	var canary, stable []float64
	for range periods {
		p := w.Next(0.5)
		canary = append(canary, p.Bad[0].Canary)
		stable = append(stable, p.Bad[0].Stable)
	}
	mean, deviation := stat.MeanStdDev(canary, nil)
	expected := requests * rate / 2
	// The counts' own chance adds its variance, the mean, to that of the rate.
	want := math.Sqrt(square(expected*noise) + expected)
	if math.Abs(mean-expected) > 5 || math.Abs(deviation-want) > 0.03*want {
		t.Errorf("the canary's failures are %v ± %v, want %v ± %v", mean, deviation, expected, want)
	}
	if correlation := stat.Correlation(canary, stable, nil); math.Abs(correlation) > 0.03 {
		t.Errorf("the versions' noise is correlated: %v", correlation)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	model := world.Steady(50, 0.1, 0.5)
	model.Metrics[0].Drifts = []world.Drift{{Outage: &world.Outage{Add: 1, From: -100, To: 100}}}
	w := newWorld(model, 8)
	history := w.History(world.Day)
	if len(history) != world.Day {
		t.Fatalf("%d periods, want %d", len(history), world.Day)
	}
	for _, p := range history {
		if p.Canary != 0 || p.Bad[0].Canary != 0 {
			t.Fatalf("the canary had requests before the first shift: %v", p)
		}
	}
	past := world.Past(history, 0)
	if want := 50.0 * world.Day; math.Abs(past.Requests-want) > 5*math.Sqrt(want) {
		t.Errorf("%v requests in the past, want about %v", past.Requests, want)
	}
	if rate := past.Bad / past.Requests; math.Abs(rate-0.1) > 0.01 {
		t.Errorf("%v of them were bad, want 0.1: nothing drifts in the past", rate)
	}
	if got := world.Burst(history, 0); got != 1 {
		t.Errorf("failures come %v together, want independent ones", got)
	}
	// A look at the past is no period of the release.
	if got := w.Next(1).Bad[0].Canary / w.Next(1).Canary; got < 0.9 {
		t.Errorf("in period 0 the outage makes %v bad, want all", got)
	}
	model.Metrics[0].Bursts, model.Metrics[0].Drifts = &world.Bursts{Size: 5}, nil
	if got := world.Burst(newWorld(model, 8).History(world.Day), 0); got < 3.5 || got > 6 {
		t.Errorf("bursts of 5 are estimated as %v", got)
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	step := world.Drift{Step: &world.Step{Factor: 5, From: 4}}
	sine := world.Drift{Sine: &world.Sine{Amplitude: 0.8, Length: 10}}
	ramp := world.Drift{Ramp: &world.Ramp{Factor: 6, From: 2, Length: 10}}
	outage := world.Drift{Outage: &world.Outage{Add: 0.2, From: 3, To: 6}}
	tests := map[string]struct {
		metric         world.Metric
		period         int
		share          float64
		stable, canary float64
	}{
		"base":                       {world.Metric{Base: 0.01}, 0, 0.1, 0.01, 0.01},
		"the canary adds":            {world.Metric{Base: 0.01, Add: 0.02}, 0, 0.1, 0.01, 0.03},
		"no more than all":           {world.Metric{Base: 0.6, Add: 1}, 0, 0.1, 0.6, 1},
		"before its onset":           {world.Metric{Base: 0.01, Add: 0.02, Onset: 6}, 5, 0.1, 0.01, 0.01},
		"at its onset":               {world.Metric{Base: 0.01, Add: 0.02, Onset: 6}, 6, 0.1, 0.01, 0.03},
		"below its share":            {world.Metric{Add: 0.02, FromShare: 0.5}, 0, 0.33, 0, 0},
		"at its share":               {world.Metric{Add: 0.02, FromShare: 0.5}, 0, 0.5, 0, 0.02},
		"before the step":            {world.Metric{Base: 0.01, Drifts: []world.Drift{step}}, 3, 0.1, 0.01, 0.01},
		"after the step":             {world.Metric{Base: 0.01, Drifts: []world.Drift{step}}, 4, 0.1, 0.05, 0.05},
		"sine at its beginning":      {world.Metric{Base: 0.01, Drifts: []world.Drift{sine}}, 0, 0.1, 0.01, 0.01},
		"sine in its trough":         {world.Metric{Base: 0.01, Drifts: []world.Drift{{Sine: &world.Sine{Amplitude: 0.8, Length: 4}}}}, 3, 0.1, 0.002, 0.002},
		"before the ramp":            {world.Metric{Base: 0.01, Drifts: []world.Drift{ramp}}, 1, 0.1, 0.01, 0.01},
		"half up the ramp":           {world.Metric{Base: 0.01, Drifts: []world.Drift{ramp}}, 7, 0.1, 0.035, 0.035},
		"above the ramp":             {world.Metric{Base: 0.01, Drifts: []world.Drift{ramp}}, 100, 0.1, 0.06, 0.06},
		"before the outage":          {world.Metric{Base: 0.01, Drifts: []world.Drift{outage}}, 2, 0.1, 0.01, 0.01},
		"in its first period":        {world.Metric{Base: 0.01, Drifts: []world.Drift{outage}}, 3, 0.1, 0.21, 0.21},
		"in its last period":         {world.Metric{Base: 0.01, Drifts: []world.Drift{outage}}, 6, 0.1, 0.21, 0.21},
		"after the outage":           {world.Metric{Base: 0.01, Drifts: []world.Drift{outage}}, 7, 0.1, 0.01, 0.01},
		"factors, then outages":      {world.Metric{Base: 0.01, Drifts: []world.Drift{outage, step, step}}, 5, 0.1, 0.45, 0.45},
		"no more than all of stable": {world.Metric{Base: 0.5, Drifts: []world.Drift{step}}, 5, 0.1, 1, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stable, canary := test.metric.StableRate(test.period), test.metric.CanaryRate(test.period, test.share)
			if math.Abs(stable-test.stable) > 1e-12 || math.Abs(canary-test.canary) > 1e-12 {
				t.Errorf("stable %v, canary %v, want %v and %v", stable, canary, test.stable, test.canary)
			}
		})
	}
}

func TestTraffic(t *testing.T) {
	t.Parallel()
	daily := &world.Daily{Mean: 100, Amplitude: 0.5, PeakHour: 14, StartHour: 14}
	list := []float64{10, 20, 30}
	tests := map[string]struct {
		model  world.Model
		period int
		want   float64
	}{
		"none":                         {world.Model{}, 5, 0},
		"constant":                     {world.Model{Traffic: world.Traffic{Constant: 7}}, 5, 7},
		"at the peak":                  {world.Model{Traffic: world.Traffic{Daily: daily}}, 0, 150},
		"six hours later":              {world.Model{Traffic: world.Traffic{Daily: daily}}, 360, 100},
		"twelve hours earlier":         {world.Model{Traffic: world.Traffic{Daily: daily}}, -720, 50},
		"twelve hours of five seconds": {world.Model{Traffic: world.Traffic{Daily: daily}, PeriodSeconds: 5}, 8640, 50},
		"listed":                       {world.Model{Traffic: world.Traffic{List: list}}, 1, 20},
		"beyond the list":              {world.Model{Traffic: world.Traffic{List: list}}, 5, 30},
		"before the list":              {world.Model{Traffic: world.Traffic{List: list}}, -1, 30},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := newWorld(test.model, 1).Requests(test.period); math.Abs(got-test.want) > 1e-9 {
				t.Errorf("%v requests in period %d, want %v", got, test.period, test.want)
			}
		})
	}
}

func TestTested(t *testing.T) {
	t.Parallel()
	model := world.Steady(100, 0.01, 0)
	if got := model.Tested(); got != 0 {
		t.Errorf("nothing is added, and metric %d is tested", got)
	}
	model.Metrics[1].Add = 0.1
	if got := model.Tested(); got != 1 {
		t.Errorf("requests get slower, and metric %d is tested", got)
	}
}

func TestModelIsData(t *testing.T) {
	t.Parallel()
	model := world.Model{
		Traffic: world.Traffic{Daily: &world.Daily{Mean: 100, Amplitude: 0.5, PeakHour: 14, StartHour: 9}}, PeriodSeconds: 30, Delay: 2,
		Metrics: []world.Metric{{
			Name: "errors", Base: 0.01, Add: 0.02, Onset: 6, FromShare: 0.5, Noise: 0.3, Bursts: &world.Bursts{Size: 5, Geometric: true},
			Drifts: []world.Drift{
				{Step: &world.Step{Factor: 5, From: 4}},
				{Sine: &world.Sine{Amplitude: 0.8, Length: 10}},
				{Ramp: &world.Ramp{Factor: 6, From: 1, Length: 15}},
				{Outage: &world.Outage{Add: 0.2, From: 3, To: 6}},
			},
		}},
	}
	if err := model.Check(); err != nil {
		t.Error(err)
	}
	written, err := json.Marshal(model)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"traffic":{"daily":{"mean":100,"amplitude":0.5,"peakHour":14,"startHour":9}},"periodSeconds":30,"metrics":[{"name":"errors","base":0.01,"add":0.02,` +
		`"onset":6,"fromShare":0.5,"drifts":[{"step":{"factor":5,"from":4}},{"sine":{"amplitude":0.8,"length":10}},{"ramp":{"factor":6,"from":1,"length":15}},` +
		`{"outage":{"add":0.2,"from":3,"to":6}}],"bursts":{"size":5,"geometric":true},"noise":0.3}],"delay":2}`
	if string(written) != want {
		t.Errorf("written as\n%s\nwant\n%s", written, want)
	}
	var read world.Model
	if err := json.Unmarshal(written, &read); err != nil || !reflect.DeepEqual(read, model) {
		t.Errorf("read again as %+v (%v), want %+v", read, err, model)
	}
}
