package operator

import (
	"context"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Day is what the stable version of a service did lately, as the judge counts it.
type Day struct {
	Service     string `json:"service"`
	Environment string `json:"environment"`
	// Version is the stable one.
	Version string `json:"version"`
	// Period is the analysis.period of the release that was asked after.
	Period release.Duration `json:"period"`
	// Requests are those of each of 1,440 periods, oldest first. The metrics of the last ones may still come.
	Requests []float64 `json:"requests"`
	// Bad is which share of them was bad, 0–1, by the judge's metrics.
	Bad map[string]float64 `json:"bad"`
}

// Traffic reads what the version that now has the traffic did in the day before.
func (s *Service) Traffic(ctx context.Context, reference Reference) (Day, error) {
	record, err := s.find(ctx, reference)
	if err != nil {
		return Day{}, err
	}
	document := record.Document
	day := Day{Service: record.Service, Environment: record.Environment, Period: document.Analysis.Period, Bad: map[string]float64{}}
	thing, err := s.use.Target(document, noRelease)
	if err != nil {
		return Day{}, err
	}
	split, err := thing.Split(ctx)
	if err != nil {
		return Day{}, fmt.Errorf("look where the traffic of %s/%s goes: %w", record.Service, record.Environment, err)
	}
	day.Version = split.Stable
	history, err := s.history(ctx, document, day.Version)
	if err != nil {
		return Day{}, fmt.Errorf("read the traffic of %s/%s: %w", record.Service, record.Environment, err)
	}
	day.Requests = make([]float64, history.Periods)
	for i := range day.Requests {
		day.Requests[i] = history.Requests(i)
	}
	for metric, past := range judge.PastOf(history) {
		if past.Requests > 0 {
			day.Bad[metric] = past.Bad / past.Requests
		}
	}
	return day, nil
}
