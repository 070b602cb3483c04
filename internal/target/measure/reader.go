package measure

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

// A Reader reads counts of requests.
type Reader struct {
	CloudWatch CountsAPI
	// About is what is measured, in errors: "function echo".
	About string
	// Compared are the metrics that are read, as [Compared] lists them; of none, nothing is asked.
	Compared []string
}

// Periods reads the counts of both versions of a split in one query, of the periods that begin within [from, to), oldest
// first. Period is a multiple of a second; AWS's own metrics have periods of a minute.
func (r Reader) Periods(ctx context.Context, stable, canary Source, from, to time.Time, period time.Duration) ([]judge.Period, error) {
	if err := r.checkPeriod(period); err != nil {
		return nil, err
	}
	starts := startsWithin(from, to, period)
	if len(starts) == 0 {
		return nil, nil
	}
	read, err := r.metricData(ctx, r.series(stable, canary), starts[0], len(starts), period)
	if err != nil {
		return nil, err
	}
	stables, canaries := make([]counted, len(r.Compared)), make([]counted, len(r.Compared))
	for i, metric := range r.Compared {
		stables[i], canaries[i] = read.counted(0, metric), read.counted(1, metric)
	}
	periods := make([]judge.Period, len(starts))
	for at, start := range starts {
		pairs := make(map[string]judge.Pair, len(r.Compared))
		for i, metric := range r.Compared {
			pairs[metric] = judge.Pair{Canary: canaries[i].count(at), Stable: stables[i].count(at)}
		}
		periods[at] = judge.Period{Start: start, Metrics: pairs}
	}
	return periods, nil
}

// History reads what one version did in the last [target.HistoryPeriods] periods that end at or before until, in one
// query; of the zero Source, all counts are zero. When the source had no request in all that time and there is a fallback,
// what the fallback has takes the place of the source's, by one more query.
func (r Reader) History(ctx context.Context, source Source, fallback *Source, until time.Time, period time.Duration) (judge.History, error) {
	if err := r.checkPeriod(period); err != nil {
		return judge.History{}, err
	}
	history := judge.History{
		Start: release.Duration(period).Floor(until).Add(-target.HistoryPeriods * period), Periods: target.HistoryPeriods,
		Counts: make(map[string][]judge.Count, len(r.Compared)),
	}
	read, err := r.metricData(ctx, r.series(source), history.Start, history.Periods, period)
	if err != nil {
		return judge.History{}, err
	}
	if fallback != nil && len(r.Compared) > 0 && !anything(read[line{0, Requests, 0}]) {
		whole, err := r.metricData(ctx, r.series(*fallback), history.Start, history.Periods, period)
		if err != nil {
			return judge.History{}, err
		}
		maps.Copy(read, whole)
	}
	for _, metric := range r.Compared {
		found, counts := read.counted(0, metric), make([]judge.Count, history.Periods)
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

func (r Reader) checkPeriod(period time.Duration) error {
	if period < time.Second || period%time.Second != 0 {
		return fmt.Errorf("cloudwatch: read metrics of %s: a period of %s is not a number of whole seconds", r.About, period)
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
