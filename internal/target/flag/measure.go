package flag

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Measure counts all requests of both versions: those that were led there, and those that came by the address that the flag tells.
func (t *Target) Measure(ctx context.Context, split release.Split, from, to time.Time, period time.Duration) ([]judge.Period, error) {
	split.Audience, split.Share = "", 0
	periods, err := t.Target.Measure(ctx, split, from, to, period)
	direct, ok := t.Target.(Direct)
	if err != nil || !ok {
		return periods, err
	}
	more, err := direct.MeasureDirect(ctx, split, from, to, period)
	if err != nil {
		return nil, err
	}
	for i := range min(len(periods), len(more)) {
		for metric, pair := range periods[i].Metrics {
			other := more[i].Metrics[metric]
			periods[i].Metrics[metric] = judge.Pair{Stable: sum(pair.Stable, other.Stable), Canary: sum(pair.Canary, other.Canary)}
		}
	}
	return periods, nil
}

func sum(a, b judge.Count) judge.Count {
	return judge.Count{Requests: a.Requests + b.Requests, Bad: a.Bad + b.Bad}
}
