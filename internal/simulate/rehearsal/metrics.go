package rehearsal

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/scenario"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// quick is how long a request takes that is not slow, as a part of what is slow.
const quick = 10

// A day is the past of several flights, as CloudWatch counts it.
type day struct {
	counts []cloudwatch.Counts
	// known are the counts that CloudWatch has when a release begins, the first of counts.
	known *cloudwatch.Past
	// failed are the bad requests that the service counts itself.
	failed []float64
}

// dayOf is what stable did before the flights of number's row.
func (r *Rehearsal) dayOf(number int) *day {
	drawn := r.flight.Before(number)
	made := &day{counts: make([]cloudwatch.Counts, len(drawn)), failed: make([]float64, len(drawn))}
	for i, period := range drawn {
		start := r.began.Add(time.Duration(i-len(drawn)) * r.period)
		made.counts[i], made.failed[i] = r.counts(stableVersion, start, period.Stable, func(b ladder.Bad) float64 { return b.Stable }, period.Bad)
	}
	made.known = cloudwatch.NewPast(r.resolution(), made.counts[:r.known(made)]...)
	return made
}

// known is how many periods of a day CloudWatch knows of when a release begins.
func (r *Rehearsal) known(past *day) int {
	return len(past.counts) - min(r.settings.Scenario.Delay, len(past.counts))
}

// remember gives the stable version its past, as far as CloudWatch knows it by the first shift; the rest comes with the time.
func (t *theatre) remember(context.Context) error {
	known := t.known(t.past)
	t.engine.CloudWatch.RecordPast(t.past.known)
	for i, failed := range t.past.failed {
		if i < known {
			t.serve(stableVersion, t.past.counts[i].At, failed)
		}
	}
	for i := known; i < len(t.past.counts); i++ {
		t.later(t.past.counts[i].At, func() {
			t.engine.CloudWatch.RecordCounts(t.past.counts[i])
			t.serve(stableVersion, t.past.counts[i].At, t.past.failed[i])
		})
	}
	return nil
}

// moment is how long before the end of a period its requests are counted: whatever is due at the end comes after.
const moment = time.Millisecond

// later does something when the metrics of the period that began at start become visible.
func (t *theatre) later(start time.Time, record func()) {
	visible := start.Add(time.Duration(1+t.settings.Scenario.Delay) * t.period).Add(-moment)
	t.clock.AfterFunc(visible.Sub(t.clock.Now()), record)
}

// record counts a period of both versions, once its metrics are visible.
func (t *theatre) record(start time.Time, p ladder.Period) {
	stable, stableFailed := t.counts(stableVersion, start, p.Stable, func(b ladder.Bad) float64 { return b.Stable }, p.Bad)
	canary, canaryFailed := t.counts(t.canary, start, p.Canary, func(b ladder.Bad) float64 { return b.Canary }, p.Bad)
	publish := func() {
		if p.Stable > 0 {
			t.engine.CloudWatch.RecordCounts(stable)
			t.serve(stableVersion, start, stableFailed)
		}
		if p.Canary > 0 {
			t.engine.CloudWatch.RecordCounts(canary)
			t.serve(t.canary, start, canaryFailed)
		}
	}
	if t.settings.Scenario.Delay == 0 {
		publish() // the period is about to end
		return
	}
	t.later(start, publish)
}

// counts are what Lambda counts of so many requests of one version, and the failures that the service counts.
func (r *Rehearsal) counts(version string, start time.Time, requests float64, of func(ladder.Bad) float64, bad []ladder.Bad) (counted cloudwatch.Counts, failed float64) {
	function := r.document.Target.Lambda
	counted = cloudwatch.Counts{Function: function.Function, Alias: function.Alias, Version: version, At: start, Invocations: int(requests)}
	slow := 0
	for i, metric := range r.settings.Scenario.Metrics {
		switch metric.Name {
		case world.Errors:
			counted.Errors = int(of(bad[i]))
		case world.Slow:
			slow = int(of(bad[i]))
		case scenario.ServerErrors:
			failed = of(bad[i])
		}
	}
	limit := time.Second
	if latency := r.document.Analysis.Metrics.Latency; latency != nil {
		limit = latency.SlowerThan.Std()
	}
	if requests > 0 {
		counted.Durations = []cloudwatch.DurationCount{{Duration: limit / quick, Count: int(requests) - slow}, {Duration: 2 * limit, Count: slow}}
	}
	return counted, failed
}

// serve is what the service counts itself, with one value a period.
func (t *theatre) serve(version string, start time.Time, failed float64) {
	metric := t.document.Analysis.Metrics.ServerErrors
	if metric == nil {
		return
	}
	t.engine.CloudWatch.RecordMetric(metric.Namespace, map[string]string{"ExecutedVersion": version}, metric.Name, failed, start)
}

// approvals reports whether a person must approve a step.
func (r *Rehearsal) approvals() bool {
	for _, step := range r.document.Strategy.Steps {
		if step.Approve != nil {
			return true
		}
	}
	return false
}
