package compare

import (
	"github.com/goldfinch-dev/goldfinch/internal/simulate/chance"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// level is that of every interval of a [Result], and limitLevel that of the one-sided
// limits that promises are held against.
const (
	level      = 0.95
	limitLevel = 0.99
)

// A Result is what became of the releases of one policy. Times are in minutes after the first shift.
type Result struct {
	Releases int `json:"releases"`
	// RolledBack is the share of releases that were rolled back or refused, Promoted of those
	// that reached the share at which they settle.
	RolledBack Share `json:"rolledBack"`
	Promoted   Share `json:"promoted"`
	// Exposure is how many bad requests a release's canary served.
	Exposure Spread `json:"exposure"`
	// MinutesToRollback is of those that were rolled back, MinutesToPromotion of those that were
	// promoted, and MinutesToCompletion of those that ended with all traffic; absent where there was none.
	MinutesToRollback   *Spread `json:"minutesToRollback,omitempty"`
	MinutesToPromotion  *Spread `json:"minutesToPromotion,omitempty"`
	MinutesToCompletion *Spread `json:"minutesToCompletion,omitempty"`
}

// A Share is a part of all releases, 0–1, with its interval.
type Share struct {
	chance.Share
	Value float64 `json:"value"`
	chance.Interval
}

// A Spread is how a number is distributed over releases.
type Spread struct {
	Mean   Figure `json:"mean"`
	Median Figure `json:"median"`
	P95    Figure `json:"p95"`
}

// A Figure is an estimate with its interval.
type Figure struct {
	Value float64 `json:"value"`
	chance.Interval
}

func resultOf(flights []flight.Flight, model world.Model) Result {
	summary := flight.Summarise(flights)
	minutes := 1.0
	if model.PeriodSeconds > 0 {
		minutes = model.PeriodSeconds / 60
	}
	return Result{
		Releases:            summary.Releases,
		RolledBack:          ShareOf(summary.RolledBack),
		Promoted:            ShareOf(summary.Promoted),
		Exposure:            *SpreadOf(summary.Exposure, 1),
		MinutesToRollback:   SpreadOf(summary.RollbackTime, minutes),
		MinutesToPromotion:  SpreadOf(summary.PromotionTime, minutes),
		MinutesToCompletion: SpreadOf(summary.CompletionTime, minutes),
	}
}

// ShareOf is a share with its interval of 95 %.
func ShareOf(share chance.Share) Share {
	return Share{Share: share, Value: share.Estimate(), Interval: share.Interval(level)}
}

// SpreadOf is how a sample is spread, in another unit, with intervals of 95 %; nil for an empty one.
func SpreadOf(sample chance.Sample, unit float64) *Spread {
	if sample.Len() == 0 {
		return nil
	}
	figure := func(value float64, interval chance.Interval) Figure {
		return Figure{Value: value * unit, Interval: chance.Interval{Low: interval.Low * unit, High: interval.High * unit}}
	}
	quantile := func(q float64) Figure { return figure(sample.Quantile(q), sample.QuantileInterval(q, level)) }
	mean := sample.MeanInterval(level)
	if sample.Len() == 1 { // which has no deviation
		mean = chance.Interval{Low: sample.Mean(), High: sample.Mean()}
	}
	return &Spread{Mean: figure(sample.Mean(), mean), Median: quantile(0.5), P95: quantile(0.95)}
}
