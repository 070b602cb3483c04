package planner_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/planner"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// spent is what 95 % of fresh releases do not exceed: bad requests of the canary until it is taken back or promoted.
func spent(plan ladder.Plan, model world.Model, releases int) float64 {
	costs := make([]float64, releases)
	for trial := range costs {
		through, played := world.New(model, rand.New(rand.NewPCG(fresh, uint64(trial)))), ladder.Play(plan)
		for range 1440 {
			period := through.Next(played.Share())
			costs[trial] += period.Bad[0].Canary
			if tick := played.Tick(period); tick.Decision == release.Rollback || tick.Decision == release.Promote {
				break
			}
		}
	}
	slices.Sort(costs)
	return costs[releases*95/100]
}

// TestABudgetIsKept plays fresh releases that are worse by each size from each step on: 95 % of them
// may cost no more than the budget.
func TestABudgetIsKept(t *testing.T) {
	t.Parallel()
	const releases = 200
	for _, row := range []struct{ requests, base, most float64 }{
		{5, 0.001, 20}, {120, 0.001, 50}, {1200, 0.001, 10}, {1200, 0.001, 500}, {120_000, 0.001, 500}, {12_000, 0.05, 200},
	} {
		t.Run(fmt.Sprintf("%v at %v a minute", row.most, row.requests), func(t *testing.T) {
			t.Parallel()
			history := day(row.requests, row.base, 0.005)
			d, err := planner.WithSteps(document(t, budget(row.most)), history, release.Shifts{})
			if err != nil {
				t.Fatal(err)
			}
			checkShape(t, d.Strategy.Steps)
			plan := judge.Ladder(d, judge.PastOf(history))
			highest := 0.0
			for _, from := range plan.Shares {
				for _, add := range []float64{0.003, 0.03, 0.3, 0.999} {
					model := steady(row.requests, row.base, 0.005)
					model.Metrics[0].Add, model.Metrics[0].FromShare = add, from
					cost := spent(plan, model, releases)
					highest = max(highest, cost)
					if cost > row.most {
						t.Errorf("worse by %v from a share of %v on: 95%% cost up to %v, more than %v; steps %+v", add, from, cost, row.most, d.Strategy.Steps)
					}
				}
			}
			if late := missed(plan, worse(row.requests, 0, 1), releases); late[len(late)-1] > releases*5/100 {
				t.Errorf("%d of %d disasters are not noticed", late[len(late)-1], releases)
			}
			measured.Log(t, "budget of %v failed requests at %v a minute: %d steps up to %v%%; the worst regression costs %v in 95%% of releases",
				row.most, row.requests, len(plan.Shares), d.Strategy.Steps[len(plan.Shares)-1].Weight, highest)
		})
	}
}

// checkShape wants steps that a document may have, whatever its holdback.
func checkShape(t *testing.T, steps []release.Step) {
	t.Helper()
	before, periods := 0.0, release.Duration(0)
	for _, step := range steps {
		if step.Weight <= before || step.Weight > 50 || strconv.FormatFloat(step.Weight, 'f', -1, 64) != release.Percent(step.Weight) {
			t.Errorf("a weight of %v after %v", step.Weight, before)
		}
		if step.Wait <= 0 || step.Wait%minute != 0 {
			t.Errorf("a wait of %s", step.Wait)
		}
		before, periods = step.Weight, periods+step.Wait/minute
	}
	if len(steps) == 0 || len(steps) > release.MostExposureSteps || periods > release.MostExposurePeriods {
		t.Errorf("%d steps that last for %d periods", len(steps), periods)
	}
}

func TestABudgetIsDerivedTheSameEachTime(t *testing.T) {
	t.Parallel()
	history := day(1200, 0.001, 0.005)
	first, err := planner.Planner{}.Derive(document(t, budget(100)), history, release.Shifts{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := planner.Planner{}.Derive(document(t, budget(100)), history, release.Shifts{})
	if diff := cmp.Diff(first, again); diff != "" || err != nil {
		t.Errorf("(-first +again):\n%s%v", diff, err)
	}
}

func TestABudgetThatCantBeKept(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		requests, base float64
		change         func(*release.Document)
		want           string
	}{
		"one request":          {1200, 0.001, budget(1), "no steps keep a bad release within 1 failed requests at 1202 requests a period; the least that is possible is about "},
		"no traffic":           {0, 0, budget(50), "had no requests in the last 1440 periods"},
		"hardly any traffic":   {0.1, 0, budget(50), "no budget can be kept here"},
		"a service that fails": {60_000, 0.5, budget(50), "the least that is possible is about "},
		"no metrics": {1200, 0, func(d *release.Document) {
			d.Strategy.Steps, d.Analysis.Metrics, d.Analysis.Alarms = nil, &release.Metrics{}, []string{"echo"}
		}, "none is compared"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := document(t, row.change)
			if d.Strategy.Exposure == nil {
				d.Strategy = release.Default(release.Document{Strategy: release.Strategy{Exposure: &release.ExposureStrategy{MaxFailedRequests: 5}}}).Strategy
			}
			_, err := planner.WithSteps(d, day(row.requests, row.base, 0), release.Shifts{})
			if kind, ok := release.KindOf(err); !ok || kind != release.KindUnhealthy {
				t.Fatalf("error %v", err)
			}
			wantWords(t, err.Error(), row.want)
		})
	}
}
