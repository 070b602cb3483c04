package judge

import (
	"fmt"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The metrics that are compared, as Period.Metrics names them.
const (
	MetricErrors       = "errors"
	MetricLatency      = "latency"
	MetricServerErrors = "serverErrors"
)

// A watch is one metric to compare.
type watch struct {
	name      string
	threshold release.Threshold
	// share is the metric's part in the average of evidence; they add up to 1.
	share float64
	// verb says what a bad request did.
	verb string
}

// How much evidence of each kind counts, before it is divided by the sum: failures matter more than slowness.
const (
	failureWeight  = 0.6
	slownessWeight = 0.4
)

// watches lists the metrics that the analysis compares.
func watches(analysis release.Analysis) []watch {
	metrics := analysis.Metrics
	if metrics == nil {
		return nil
	}
	var list []watch
	if metrics.Errors != nil {
		list = append(list, watch{MetricErrors, metrics.Errors.Threshold, failureWeight, "failed"})
	}
	if metrics.Latency != nil {
		verb := fmt.Sprintf("took longer than %s for", metrics.Latency.SlowerThan)
		list = append(list, watch{MetricLatency, metrics.Latency.Threshold, slownessWeight, verb})
	}
	if metrics.ServerErrors != nil {
		list = append(list, watch{MetricServerErrors, metrics.ServerErrors.Threshold, failureWeight, "counted as failed"})
	}
	sum := 0.0
	for _, w := range list {
		sum += w.share
	}
	for i := range list {
		list[i].share /= sum
	}
	return list
}

func value[T any](pointer *T) T {
	if pointer == nil {
		var zero T
		return zero
	}
	return *pointer
}

// A comparison is what one metric shows.
type comparison struct {
	// finding is how the metric stands in the stage that is judged.
	finding release.Finding
	// controlled is how it stood while stable had traffic too. Outside settling it is the same.
	controlled release.Finding
	// waits: with more time there may be more data.
	waits bool
}

// compare compares every watched metric over the whole release.
func compare(q Question) []comparison {
	controlled, settled := q.Periods, []Period(nil)
	if q.Stage == StageSettle {
		controlled, settled = divide(q.Periods, q.Began)
	}
	var comparisons []comparison
	for _, w := range watches(q.Analysis) {
		pair := total(controlled, w.name)
		during := q.finding(w, pair, controlled)
		c := comparison{finding: during, controlled: during, waits: !q.CanaryBegan.IsZero()}
		// A breach that shows only now, because evidence comes late, still counts.
		if q.Stage == StageSettle && during.State != release.Breach {
			canary := total(settled, w.name).Canary
			c.finding = q.finding(w, Pair{Canary: canary, Stable: pair.Stable}, settled)
			// Stable has no traffic any more: waiting will not bring a control
			// group that somebody chose to promote without.
			c.waits = canary.Requests < q.minimum()
		}
		comparisons = append(comparisons, c)
	}
	return comparisons
}

// divide splits periods, oldest first, at the first that starts at or after began.
func divide(periods []Period, began time.Time) (before, after []Period) {
	for i, period := range periods {
		if !period.Start.Before(began) {
			return periods[:i], periods[i:]
		}
	}
	return periods, nil
}

// total adds up one metric. Bad is kept within Requests, because CloudWatch
// may know of an error before it knows of the invocation.
func total(periods []Period, metric string) Pair {
	var sum Pair
	for _, period := range periods {
		pair := period.Metrics[metric]
		sum.Canary = sum.Canary.plus(pair.Canary)
		sum.Stable = sum.Stable.plus(pair.Stable)
	}
	sum.Canary.Bad = min(sum.Canary.Bad, sum.Canary.Requests)
	sum.Stable.Bad = min(sum.Stable.Bad, sum.Stable.Requests)
	return sum
}

func (c Count) plus(other Count) Count {
	return Count{Requests: c.Requests + max(other.Requests, 0), Bad: c.Bad + max(other.Bad, 0)}
}

func (c Count) share() float64 {
	if c.Requests == 0 {
		return 0
	}
	return c.Bad / c.Requests
}

// minimum is how many requests each version must have had.
func (q Question) minimum() float64 { return max(float64(value(q.Analysis.MinimumSamples)), 1) }

// finding compares the two counts of a pair, which were made in periods.
func (q Question) finding(w watch, pair Pair, periods []Period) release.Finding {
	f := release.Finding{
		Metric: w.name,
		Canary: pair.Canary.share(), CanarySamples: pair.Canary.Requests,
		Stable: pair.Stable.share(), StableSamples: pair.Stable.Requests,
	}
	f.Limit = min(f.Stable+value(w.threshold.Tolerance), 1)
	canary, stable := named(q.Canary, "canary"), named(q.Stable, "stable")
	if least := q.minimum(); pair.Canary.Requests < least || pair.Stable.Requests < least {
		f.State = release.NoDataYet
		f.Reason = fmt.Sprintf("%s: too few requests to judge by: %s had %s, %s %s, and each needs %s%s", w.name,
			canary, samples(f.CanarySamples), stable, samples(f.StableSamples), samples(least), q.span(periods))
		return f
	}
	f.State = release.Healthy
	if beyondChance(pair, f.Limit) {
		f.State = release.Breach
	}
	f.Reason = fmt.Sprintf("%s: %s %s %s of %s requests, %s %s of %s; limit %s%s", w.name,
		canary, w.verb, percentage(f.Canary), samples(f.CanarySamples),
		stable, percentage(f.Stable), samples(f.StableSamples), percentage(f.Limit), q.span(periods))
	if f.State == release.Healthy && f.Canary > f.Limit {
		f.Reason += "; that may still be chance"
	}
	return f
}

// span says when the periods were, as the end of a sentence.
func (q Question) span(periods []Period) string {
	if len(periods) == 0 {
		return ""
	}
	last := periods[len(periods)-1].Start.Add(q.Analysis.Period.Std())
	return fmt.Sprintf(" (%s to %s)", clockTime(periods[0].Start, q.Now), clockTime(last, q.Now))
}
