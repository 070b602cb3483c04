package rehearsal

import (
	"context"
	"fmt"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Minute is one period of a flight, whatever its length.
type Minute struct {
	// Period counts from 0, which begins with the first shift.
	Period int `json:"period"`
	// Weight is the canary's percent of the traffic, over the whole period.
	Weight float64 `json:"weight"`
	// Canary and Stable are what each version did.
	Canary Traffic `json:"canary"`
	Stable Traffic `json:"stable"`
	// Verdict is what the judge said last, by the end of the period; absent where it did not look.
	Verdict *release.Verdict `json:"verdict,omitempty"`
}

// Traffic is what one version did in a period.
type Traffic struct {
	Requests float64 `json:"requests"`
	// Bad is how many requests were bad, by the scenario's metrics.
	Bad map[string]float64 `json:"bad"`
}

// Trace makes the flight of that number, and tells of each period.
func (r *Rehearsal) Trace(ctx context.Context, number int) (Flight, []Minute, error) {
	t, err := r.play(ctx, number, r.dayOf(number))
	if err != nil {
		return Flight{}, nil, fmt.Errorf("rehearse release %d: %w", number, err)
	}
	flight, err := t.result(ctx)
	if err != nil {
		return Flight{}, nil, err
	}
	entries, err := t.timeline(ctx)
	if err != nil {
		return Flight{}, nil, err
	}
	minutes := make([]Minute, len(t.periods))
	for i, period := range t.periods {
		minutes[i] = Minute{
			Period: i, Weight: 100 * t.shares[i],
			Canary: Traffic{Requests: period.Canary, Bad: map[string]float64{}}, Stable: Traffic{Requests: period.Stable, Bad: map[string]float64{}},
		}
		for m, metric := range t.settings.Scenario.Metrics {
			minutes[i].Canary.Bad[metric.Name], minutes[i].Stable.Bad[metric.Name] = period.Bad[m].Canary, period.Bad[m].Stable
		}
	}
	for _, entry := range entries {
		if entry.Verdict == nil {
			continue
		}
		// A verdict at the end of a period is that period's.
		if i := int((entry.Verdict.At.Sub(t.began) + t.period - 1) / t.period); i >= 1 && i <= len(minutes) {
			minutes[i-1].Verdict = entry.Verdict
		}
	}
	return flight, minutes, nil
}

// Period is how long a period is.
func (r *Rehearsal) Period() time.Duration { return r.period }
