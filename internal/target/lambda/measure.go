package lambda

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// The metrics that are compared, as the judge names them.
const (
	metricErrors       = "errors"
	metricLatency      = "latency"
	metricServerErrors = "serverErrors"
)

// Measure reads requests and bad requests of both versions of split, as the
// alias's callers caused them, in one query. Only the metrics that the document
// compares are in the periods. Period is a multiple of a second; Lambda's own
// metrics have periods of a minute.
//
// A function error counts in the period in which its invocation began, so a
// period is only final once the longest invocation that began in it has ended.
//
// What has no value is 0: CloudWatch has none where nothing happened. How slow
// requests are counted, [Target.slow] says.
func (t *Target) Measure(ctx context.Context, split release.Split, from, to time.Time, period time.Duration) ([]judge.Period, error) {
	if err := t.checkPeriod(period); err != nil {
		return nil, err
	}
	starts := startsWithin(from, to, period)
	if len(starts) == 0 {
		return nil, nil
	}
	read, err := t.metricData(ctx, t.series(split), starts[0], len(starts), period)
	if err != nil {
		return nil, err
	}
	compared := t.compared()
	stable, canary := make([]counted, len(compared)), make([]counted, len(compared))
	for i, metric := range compared {
		stable[i], canary[i] = read.counted(split.Stable, metric), read.counted(split.Canary, metric)
	}
	periods := make([]judge.Period, len(starts))
	for at, start := range starts {
		pairs := make(map[string]judge.Pair, len(compared))
		for i, metric := range compared {
			pairs[metric] = judge.Pair{Canary: canary[i].count(at), Stable: stable[i].count(at)}
		}
		periods[at] = judge.Period{Start: start, Metrics: pairs}
	}
	return periods, nil
}

// History reads the same of one version, also in one query: at most five series of
// 1,440 values, where CloudWatch answers with up to 100,800
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html).
// It keeps periods of a minute for 15 days
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention).
// Without a version, all counts are zero.
//
// Lambda's page describes ExecutedVersion for an alias that has two versions
// (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#versioning-metrics-dimensions).
// Should Lambda not publish it while an alias has only one, which is not verified on a live account, then a version would
// seem to have had no request in all the time without a release. So a version without any request of its own
// is given those of the alias, by one more query: whatever versions had them then.
// The count that the service emits itself stays that of the version.
func (t *Target) History(ctx context.Context, version string, until time.Time, period time.Duration) (judge.History, error) {
	if err := t.checkPeriod(period); err != nil {
		return judge.History{}, err
	}
	compared := t.compared()
	history := judge.History{
		Start: release.Duration(period).Floor(until).Add(-target.HistoryPeriods * period), Periods: target.HistoryPeriods,
		Counts: make(map[string][]judge.Count, len(compared)),
	}
	read, err := t.metricData(ctx, t.series(release.Pure(version)), history.Start, history.Periods, period)
	if err != nil {
		return judge.History{}, err
	}
	if version != "" && len(compared) > 0 && !anything(read[line{version, requests}]) {
		whole, err := t.metricData(ctx, t.ofLambdas(version, t.aliasDimensions()), history.Start, history.Periods, period)
		if err != nil {
			return judge.History{}, err
		}
		maps.Copy(read, whole)
	}
	for _, metric := range compared {
		found, counts := read.counted(version, metric), make([]judge.Count, history.Periods)
		for i := range counts {
			counts[i] = found.count(i)
		}
		history.Counts[metric] = counts
	}
	return history, nil
}

// anything reports whether any period has a value that is not 0.
func anything(values []float64) bool {
	return slices.ContainsFunc(values, func(value float64) bool { return value > 0 })
}

func (t *Target) checkPeriod(period time.Duration) error {
	if period < time.Second || period%time.Second != 0 {
		return fmt.Errorf("cloudwatch: read metrics of function %s: a period of %s is not a number of whole seconds", t.function, period)
	}
	return nil
}

// startsWithin lists the beginnings of the periods that begin within [from, to).
func startsWithin(from, to time.Time, period time.Duration) []time.Time {
	start := release.Duration(period).Floor(from)
	if start.Before(from) {
		start = start.Add(period)
	}
	if !start.Before(to) {
		return nil
	}
	starts := make([]time.Time, 0, to.Sub(start)/period+1)
	for ; start.Before(to); start = start.Add(period) {
		starts = append(starts, start)
	}
	return starts
}

// compared lists the metrics that the document compares.
func (t *Target) compared() []string {
	metrics := t.document.Analysis.Metrics
	if metrics == nil {
		return nil
	}
	var names []string
	if metrics.Errors != nil {
		names = append(names, metricErrors)
	}
	if metrics.Latency != nil {
		names = append(names, metricLatency)
	}
	if metrics.ServerErrors != nil {
		names = append(names, metricServerErrors)
	}
	return names
}
