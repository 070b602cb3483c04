package planner_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/planner"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// instances are the shifts of a target that moves whole instances, of which there are so many.
func instances(n float64) release.Shifts {
	return release.Shifts{Nearest: func(weight float64) float64 {
		few := max(math.Round(n*weight/(100-weight)), 1)
		return math.Round(10_000*few/(n+few)) / 100
	}}
}

// names are those of name servers and resolvers, which take two minutes.
var names = release.Shifts{Nearest: func(weight float64) float64 { return max(weight, 0.39) }, There: 2 * time.Minute, Back: 2 * time.Minute}

// TestABudgetIsKeptOnCoarseAndSlowTargets plays fresh releases, with what requests meet while traffic is on its way: 95 % of them may cost no more than the budget.
func TestABudgetIsKeptOnCoarseAndSlowTargets(t *testing.T) {
	t.Parallel()
	const releases = 200
	for name, row := range map[string]struct {
		shifts         release.Shifts
		requests, most float64
		least          float64
	}{
		"ten instances":   {instances(10), 1200, 500, 9.09},
		"a hundred":       {instances(100), 1200, 100, 0.99},
		"a slow way":      {names, 1200, 200, 0.39},
		"a slow busy way": {names, 12_000, 1500, 0.39},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			history := day(row.requests, 0.001, 0.005)
			d, err := planner.WithSteps(document(t, budget(row.most)), history, row.shifts)
			if err != nil {
				t.Fatal(err)
			}
			checkShape(t, d.Strategy.Steps)
			for _, step := range d.Strategy.Steps {
				if step.Weight < row.least || math.Abs(row.shifts.Meets(step.Weight)-step.Weight) > 0.001 {
					t.Errorf("a weight of %v, of which requests meet %v", step.Weight, row.shifts.Meets(step.Weight))
				}
			}
			plan := judge.Ladder(d, judge.PastOf(history))
			for _, from := range plan.Shares {
				for _, add := range []float64{0.03, 0.3, 0.999} {
					model := steady(row.requests, 0.001, 0.005)
					model.Metrics[0].Add, model.Metrics[0].FromShare = add, from
					broken := 0
					for trial := range releases {
						if travelled(plan, model, row.shifts, trial) > row.most {
							broken++
						}
					}
					if broken > releases*5/100 {
						t.Errorf("worse by %v from a share of %v on: %d of %d releases cost more than %v; steps %+v", add, from, broken, releases, row.most, d.Strategy.Steps)
					}
				}
			}
		})
	}
}

// travelled is what one fresh release costs, with what its canary serves while traffic is on its way.
func travelled(plan ladder.Plan, model world.Model, shifts release.Shifts, trial int) (bad float64) {
	through, played := world.New(model, rand.New(rand.NewPCG(fresh, uint64(trial)))), ladder.Play(plan)
	travel := func(share float64, length time.Duration) {
		for range int(length / time.Minute) {
			bad += through.Next(share).Bad[0].Canary
		}
	}
	travel(played.Share(), shifts.There)
	for range 1440 {
		share := played.Share()
		period := through.Next(share)
		bad += period.Bad[0].Canary
		switch played.Tick(period).Decision {
		case release.Rollback:
			travel(share, shifts.Back)
			return bad
		case release.Promote:
			return bad
		case release.Advance:
			travel(played.Share(), shifts.There)
		}
	}
	return bad
}

// TestABudgetThatACoarseTargetCantKeep says what stands in the way.
func TestABudgetThatACoarseTargetCantKeep(t *testing.T) {
	t.Parallel()
	history := day(1200, 0.001, 0.005)
	if _, err := planner.WithSteps(document(t, budget(100)), history, release.Shifts{}); err != nil {
		t.Fatalf("by any weight: %v", err)
	}
	_, err := planner.WithSteps(document(t, budget(100)), history, instances(2))
	if kind, ok := release.KindOf(err); !ok || kind != release.KindUnhealthy {
		t.Fatalf("by thirds: %v", err)
	}
	wantWords(t, err.Error(), "of which the target can give a new version no less than 33.33%", "the least that is possible is about ")
	_, err = planner.WithSteps(document(t, budget(3)), history, names)
	if err == nil {
		t.Fatal("a budget that the way back alone costs is kept")
	}
	wantWords(t, err.Error(), "requests meet it for 2m more when it is taken back")
}

// TestAForecastIsOfWhatRequestsMeet: fixed steps, a ladder and their times.
func TestAForecastIsOfWhatRequestsMeet(t *testing.T) {
	t.Parallel()
	history := day(12_000, 0.001, 0.005)
	small := document(t, func(d *release.Document) {
		d.Strategy.Steps = []release.Step{{Weight: 0.1, Wait: 5 * minute}, {Weight: 20, Wait: 5 * minute}}
	})
	exact, err := planner.Predict(t.Context(), small, history, release.Shifts{})
	if err != nil {
		t.Fatal(err)
	}
	slow, err := planner.Predict(t.Context(), small, history, names)
	if err != nil {
		t.Fatal(err)
	}
	if exact.Steps[0].Weight != 0.1 || slow.Steps[0].Weight != 0.39 || slow.Steps[1].Weight != 20 {
		t.Errorf("steps %+v and %+v", exact.Steps, slow.Steps)
	}
	if slow.Time.Shortest != exact.Time.Shortest+6*minute || slow.Time.Likely < exact.Time.Likely+6*minute || slow.Time.Longest < slow.Time.Likely {
		t.Errorf("times %+v and %+v", exact.Time, slow.Time)
	}
	if total := len(slow.Exposures) - 1; slow.Exposures[total].BadMean <= exact.Exposures[total].BadMean {
		t.Errorf("the way costs nothing: %+v and %+v", exact.Exposures[total], slow.Exposures[total])
	}
	climbing, err := planner.WithSteps(document(t, adaptive("")), history, instances(10))
	if err != nil {
		t.Fatal(err)
	}
	var weights []float64
	for _, step := range climbing.Strategy.Steps {
		weights = append(weights, step.Weight)
	}
	if len(weights) != 2 || weights[0] != 9.09 || weights[1] != 33.33 {
		t.Errorf("with ten instances it climbs %v", weights)
	}
}
