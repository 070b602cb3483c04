package main

import (
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// A group is a set of worlds whose figures are put together.
type group int

// The groups. In the first four the canary is bad, in the others it is good.
const (
	fromTheStart   group = iota // the canary is bad from the first shift on
	late                        // from the sixth minute on
	fullLoad                    // as soon as it has more than half of the traffic
	fullLoadOutage              // the same, while both versions suffer
	steady                      // nothing happens
	drifting                    // both versions' rate drifts
	outage                      // both versions suffer while the release settles
)

// broken reports whether the group's canaries are bad.
func (g group) broken() bool { return g <= fullLoadOutage }

// A place is one world of the experiment.
type place struct {
	group group
	name  string
	model world.Model
}

// half is the share of traffic from which on the load is called full: more than any rung's, less than any settling canary's.
const half = 0.5

// places are all worlds of the experiment, one group after the other.
func places() []place {
	traffic, bases, additions := []float64{5, 50, 500, 5000}, []float64{0, 0.001, 0.01}, []float64{0.005, 0.02, 0.1, 1}
	var all []place
	add := func(g group, requests, base, add float64, what string, change func(*world.Metric)) {
		model := world.Steady(requests, base, add)
		change(&model.Metrics[0])
		name := fmt.Sprintf("%g requests/min, %g %% errors", requests, 100*base)
		if add > 0 {
			name += fmt.Sprintf(", canary +%g points", 100*add)
		}
		all = append(all, place{group: g, name: name + what, model: model})
	}
	shared := world.Drift{Outage: &world.Outage{Add: 0.2, From: 16, To: 19}}
	for _, requests := range traffic {
		for _, base := range bases {
			add(steady, requests, base, 0, "", func(*world.Metric) {})
			for _, more := range additions {
				add(fromTheStart, requests, base, more, "", func(*world.Metric) {})
			}
		}
		for _, base := range bases[1:] {
			add(outage, requests, base, 0, "", func(m *world.Metric) { m.Drifts = []world.Drift{shared} })
			for _, drift := range drifts() {
				add(drifting, requests, base, 0, "", func(m *world.Metric) { m.Drifts = []world.Drift{drift} })
			}
		}
		for _, more := range additions[1:] {
			add(late, requests, bases[1], more, ", from minute 6", func(m *world.Metric) { m.Onset = 6 })
			add(fullLoad, requests, bases[1], more, ", at full load", func(m *world.Metric) { m.FromShare = half })
			add(fullLoadOutage, requests, bases[1], more, ", at full load in an outage", func(m *world.Metric) {
				m.FromShare, m.Drifts = half, []world.Drift{shared}
			})
		}
	}
	return all
}

// drifts are what may happen to both versions alike while the release climbs.
func drifts() []world.Drift {
	return []world.Drift{
		{Step: &world.Step{Factor: 5, From: 4}},
		{Sine: &world.Sine{Amplitude: 0.8, Length: 10}},
		{Ramp: &world.Ramp{Factor: 6, Length: 15}},
		{Outage: &world.Outage{Add: 0.2, From: 3, To: 6}},
	}
}
