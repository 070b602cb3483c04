package planner

import (
	"math"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/chance"
)

// An Exposure is what a regression costs that begins with the first shift.
type Exposure struct {
	// Metric is what is worse, Rate the canary's share of bad requests.
	Metric string  `json:"metric"`
	Rate   float64 `json:"rate"`
	// Noticed is the share of releases that evidence takes back before they are promoted, 0–1.
	Noticed float64 `json:"noticed"`
	// BadMean and BadMost are how many bad requests the canary serves until it is taken back or
	// promoted, those that it would serve without the regression included: the mean, and what 95 % of releases do not exceed.
	BadMean float64 `json:"badMean"`
	BadMost float64 `json:"badMost"`
	// TookBackMedian and TookBackMost are how long it takes after the first shift in the releases that
	// evidence takes back: the median, and what 95 % of them do not exceed. Absent: there are none.
	TookBackMedian *release.Duration `json:"tookBackMedian,omitempty"`
	TookBackMost   *release.Duration `json:"tookBackMost,omitempty"`
}

// The regressions that a forecast tells of, in parts added to the rate of bad requests.
var toldOf = [...]float64{0.005, 0.02, 0.10, 1}

// searched are the rates added that the worst regression is sought among, besides those.
var searched = [...]float64{0.001, 0.002, 0.01, 0.05, 0.2, 0.5}

// exposeTo returns what fills in the exposures of a forecast; its Worst is then that of what was searched.
func (o outlook) exposeTo(f *Forecast) []func() {
	f.Exposures = make([]Exposure, len(toldOf))
	var jobs []func()
	for i, add := range toldOf {
		jobs = append(jobs, func() { f.Exposures[i] = o.exposure(o.worseBy(add), f.Releases, seedExposure) })
	}
	return append(jobs, func() {
		found := make([]Exposure, len(searched))
		for i, add := range searched {
			found[i] = o.exposure(o.worseBy(add), min(f.Releases, alternativeReleases), seedExposure)
		}
		f.Worst = worst(found, found[0])
	})
}

// worseBy is the regression that adds to the rate of the tested metric, from the first shift on.
func (o outlook) worseBy(add float64) regression {
	return regression{metric: o.tested, rate: min(o.rate(o.tested)+add, 1)}
}

// worst is the exposure with the most bad requests, of all and one more.
func worst(all []Exposure, most Exposure) Exposure {
	for _, one := range all {
		if one.BadMost > most.BadMost {
			most = one
		}
	}
	return most
}

// exposure plays that many releases with a regression.
func (o outlook) exposure(r regression, releases int, seed uint64) Exposure {
	f := o.field(r, seed)
	var bad, times []float64
	for _, c := range f.courses(releases) {
		bad = append(bad, c.bad)
		if c.noticed < len(f.plan.Shares) {
			times = append(times, float64(c.tookBackAt))
		}
	}
	costs, took := chance.NewSample(bad), chance.NewSample(times)
	return Exposure{
		Metric: o.metrics[r.metric], Rate: r.rate, Noticed: float64(len(times)) / float64(releases),
		BadMean: costs.Mean(), BadMost: costs.Quantile(0.95),
		TookBackMedian: o.after(took.Quantile(0.5)), TookBackMost: o.after(took.Quantile(0.95)),
	}
}

// after is a time of that many periods; nil for NaN.
func (o outlook) after(periods float64) *release.Duration {
	if math.IsNaN(periods) {
		return nil
	}
	length := o.lasting(periods)
	return &length
}

// lasting is how long that many periods are.
func (o outlook) lasting(periods float64) release.Duration {
	return release.Duration(math.Round(periods*float64(o.document.Analysis.Period)/float64(time.Second))) * release.Duration(time.Second)
}
