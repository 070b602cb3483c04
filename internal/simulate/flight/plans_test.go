package flight_test

import (
	"reflect"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

func TestAdaptivePlans(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		profile  flight.Profile
		requests float64
		shares   []float64
		length   int
		minimum  float64
		margins  []float64
	}{
		"balanced, 5000": {flight.Balanced(), 5000, []float64{0.002, 0.02, 0.1, 0.33}, 4, 30, []float64{0.0825, 0.0165, 0.005, 0.005}},
		"balanced, 5":    {flight.Balanced(), 5, []float64{0.1, 0.33}, 4, 30, []float64{0.005, 0.005}},
		"fast, 500":      {flight.Fast(), 500, []float64{0.02, 0.1, 0.33}, 2, 10, []float64{0.0165, 0.005, 0.005}},
		"careful, 500":   {flight.Careful(), 500, []float64{0.02, 0.1, 0.33}, 7, 30, []float64{0.0066, 0.002, 0.002}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := flight.Adaptive(test.profile, test.requests)
			if !reflect.DeepEqual(plan.Shares, test.shares) || len(plan.Lengths) != len(plan.Shares) || plan.Lengths[0] != test.length {
				t.Errorf("shares %v for %v periods, want %v for %d each", plan.Shares, plan.Lengths, test.shares, test.length)
			}
			if plan.MinimumRequests != test.minimum || plan.Patience != 2*test.length || plan.Settle != 10 || plan.Delay != 1 || !plan.Rules.EvidenceEnds {
				t.Errorf("plan %+v", plan)
			}
			for i, want := range test.margins {
				if outside(plan.Margins[i], want, 1e-12) {
					t.Errorf("margins %v, want %v", plan.Margins, test.margins)
				}
			}
		})
	}
	one := flight.Metrics()[:1]
	one[0].Share = 1
	if got := flight.Adaptive(flight.Balanced(), 500, one...).Metrics; len(got) != 1 {
		t.Errorf("%d metrics, want the one that was given", len(got))
	}
}

func TestSettlingOfPlans(t *testing.T) {
	t.Parallel()
	plan := flight.WithHoldback(flight.Adaptive(flight.Balanced(), 500), 0.2)
	if plan.Holdback != 0.2 || plan.Settle != 10 {
		t.Errorf("holdback %v for %d periods, want 0.2 for 10", plan.Holdback, plan.Settle)
	}
	if plan = flight.WithoutSettling(plan); plan.Holdback != 0 || plan.Settle != 0 {
		t.Errorf("holdback %v for %d periods, want none", plan.Holdback, plan.Settle)
	}
}

// What a document gets that says nothing of its strategy is what the judge makes of it.
func TestDocumentIsTheDefault(t *testing.T) {
	t.Parallel()
	document := release.Default(release.Document{Analysis: release.Analysis{Metrics: &release.Metrics{
		Errors: &release.ErrorMetric{}, Latency: &release.LatencyMetric{},
	}}})
	want := judge.Ladder(document, nil)
	if got := flight.Document(want.Metrics...); !reflect.DeepEqual(got, want) {
		t.Errorf("the plan is\n%+v, of the document\n%+v", got, want)
	}
}

// promotedAt is when a good release of a plan is promoted, in a world in which nothing is ever bad.
func promotedAt(t *testing.T, plan ladder.Plan, requests float64) flight.Flight {
	t.Helper()
	model := world.Model{Traffic: world.Traffic{Constant: requests}, Metrics: []world.Metric{{Name: world.Errors}, {Name: world.Slow}}, Delay: 1}
	return flight.Fly(flight.Climb(plan), flight.Settings{Model: model, Seed: 1}, 0)
}

func TestHowLongPlansTake(t *testing.T) {
	t.Parallel()
	adaptive := flight.Adaptive(flight.Balanced(), 500)
	for name, test := range map[string]struct {
		plan                ladder.Plan
		requests            float64
		promoted, completed int
	}{
		"settling":              {adaptive, 500, 12, 22},
		"with a holdback":       {flight.WithHoldback(adaptive, 0.05), 500, 12, 22},
		"without settling":      {flight.WithoutSettling(adaptive), 500, 12, 12},
		"one rung, on evidence": {flight.OneRung(), 5000, 3, 3},
		"one rung, by time":     {flight.OneRung(), 5, 10, 10},
		"inside a canary":       {flight.InsideCanary(), 500, 5, 5},
		"a document":            {flight.Document(), 500, 5, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := promotedAt(t, test.plan, test.requests)
			if got.Outcome != flight.Completed || got.PromotedAt != test.promoted || got.CompletedAt != test.completed {
				t.Errorf("%s, promoted at %d, completed at %d, want %d and %d", got.Outcome, got.PromotedAt, got.CompletedAt, test.promoted, test.completed)
			}
		})
	}
}

func TestADocumentGivesUpWithoutRequests(t *testing.T) {
	t.Parallel()
	model := world.Model{Metrics: []world.Metric{{Name: world.Errors}, {Name: world.Slow}}}
	got := flight.Fly(flight.Climb(flight.Document()), flight.Settings{Model: model, Seed: 1, Periods: 60}, 0)
	if got.Outcome != flight.Inconclusive || got.RolledBackAt != 35 || got.PromotedAt != 0 {
		t.Errorf("%+v, want inconclusive half an hour after its five periods", got)
	}
}

func TestADocumentIsRolledBack(t *testing.T) {
	t.Parallel()
	got := flight.Fly(flight.Climb(flight.Document()), flight.Settings{Model: certain(), Seed: 1}, 0)
	if got.Outcome != flight.RolledBack || got.RolledBackAt != 2 {
		t.Errorf("%+v, want rolled back after two periods", got)
	}
}
