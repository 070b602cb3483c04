package calibration_test

import (
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// levels are requests a period.
func levels() []float64 { return []float64{5, 20, 50, 200, 500, 2000, 5000, 20000} }

// A namedWorld is what releases fly through.
type namedWorld struct {
	name  string
	model world.Model
}

// brokenWorlds are those in which the canary fails every request.
func brokenWorlds(requests float64) []namedWorld {
	return []namedWorld{{"total failure", world.Steady(requests, 0.001, 1)}}
}

// goodWorlds are all kinds of trouble that an acceptable canary may get into.
func goodWorlds(requests float64) []namedWorld {
	tolerated := evidence.Default()
	edge := world.Steady(requests, 0.001, 0.001*(tolerated.Ratio-1)+tolerated.Tolerance)
	worlds := []namedWorld{
		{"no errors at all", world.Steady(requests, 0, 0)},
		{"at the edge of what is tolerated", edge},
	}
	for _, base := range []float64{0.001, 0.01} {
		for _, trouble := range troubles() {
			model := world.Steady(requests, base, 0)
			model.Metrics[0].Drifts = trouble.drifts
			model.Metrics[0].Bursts = trouble.bursts
			worlds = append(worlds, namedWorld{fmt.Sprintf("%s, base %g%%", trouble.name, 100*base), model})
		}
	}
	return worlds
}

// A trouble is what happens to both versions alike.
type trouble struct {
	name   string
	drifts []world.Drift
	bursts *world.Bursts
}

func troubles() []trouble {
	outage := func(from, to int) world.Drift {
		return world.Drift{Outage: &world.Outage{Add: 0.2, From: from, To: to}}
	}
	return []trouble{
		{name: "steady"},
		{name: "step × 5", drifts: []world.Drift{{Step: &world.Step{Factor: 5, From: 4}}}},
		{name: "sine", drifts: []world.Drift{{Sine: &world.Sine{Amplitude: 0.8, Length: 10}}}},
		{name: "ramp to × 6", drifts: []world.Drift{{Ramp: &world.Ramp{Factor: 6, Length: 15}}}},
		{name: "outage while climbing", drifts: []world.Drift{outage(3, 6)}},
		{name: "outage while settling", drifts: []world.Drift{outage(16, 19)}},
		{name: "bursts of 5", bursts: &world.Bursts{Size: 5}},
		{name: "bursts of 5 on average", bursts: &world.Bursts{Size: 5, Geometric: true}},
		{name: "bursts of 3 and an outage", drifts: []world.Drift{outage(5, 8)}, bursts: &world.Bursts{Size: 3}},
	}
}
