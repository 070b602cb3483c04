package planner_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/planner"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

func wantWords(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q does not say %q", text, word)
		}
	}
}

// TestAForecastIsWhatFlightsShow holds exposure and times to flights of package flight.
func TestAForecastIsWhatFlightsShow(t *testing.T) {
	t.Parallel()
	history := day(1200, 0.001, 0.005)
	d, forecast := predict(t, document(t, nil), history)
	if again, err := planner.Predict(t.Context(), d, history, release.Shifts{}); err != nil || !reflect.DeepEqual(forecast, again) {
		t.Errorf("a forecast differs from itself (%v): %+v, and then %+v", err, forecast, again)
	}
	plan := flight.WithoutSettling(flight.Document())
	for i, add := range []float64{0.005, 0.02, 0.10, 1} {
		got := forecast.Exposures[i]
		if math.Abs(got.Rate-min(0.001+add, 1)) > 0.0002 || got.Metric != "errors" {
			t.Fatalf("exposure %d is of %s at %v", i, got.Metric, got.Rate)
		}
		flights, err := flight.Trials(t.Context(), flight.Climb(plan), flight.Settings{Model: world.Steady(1200, 0.001, add), Seed: fresh}, freshReleases)
		if err != nil {
			t.Fatal(err)
		}
		want := flight.Summarise(flights)
		if noticed := want.RolledBack.Interval(0.999); got.Noticed < noticed.Low-0.03 || got.Noticed > noticed.High+0.03 {
			t.Errorf("+%v: noticed in %v, by flights in %s", add, got.Noticed, want.RolledBack)
		}
		if add < 0.1 {
			continue // flights go on after the promotion, where exposure ends
		}
		if mean := want.Exposure.Mean(); got.BadMean < 0.9*mean || got.BadMean > 1.1*mean {
			t.Errorf("+%v costs %v, by flights %v", add, got.BadMean, mean)
		}
		if most := want.Exposure.Quantile(0.95); got.BadMost < 0.85*most || got.BadMost > 1.15*most {
			t.Errorf("+%v costs at most %v, by flights %v", add, got.BadMost, most)
		}
		if median := release.Duration(want.RollbackTime.Quantile(0.5)) * minute; *got.TookBackMedian < median-minute || *got.TookBackMedian > median+minute {
			t.Errorf("+%v is taken back after %s, by flights after %s", add, got.TookBackMedian, median)
		}
	}
	if worst := forecast.Worst; worst.BadMost < forecast.Exposures[3].BadMost {
		t.Errorf("the worst is %+v", worst)
	}
	if forecast.Time.Shortest != 5*minute || forecast.Time.Likely != 5*minute || forecast.Time.Longest < 5*minute {
		t.Errorf("times %+v", forecast.Time)
	}
	if forecast.Cost.Likely < 0.005 || forecast.Cost.Likely > 0.01 || forecast.Cost.Longest < forecast.Cost.Likely {
		t.Errorf("cost %+v", forecast.Cost)
	}
}

func TestAlternativesAreOnTheSameTraffic(t *testing.T) {
	t.Parallel()
	_, forecast := predict(t, document(t, adaptive("")), day(1200, 0.001, 0.005))
	by := map[string]planner.Alternative{}
	for _, a := range forecast.Alternatives {
		if a.FullMedian == nil || a.FullMost == nil || a.Notices.To == nil || *a.FullMost < *a.FullMedian {
			t.Fatalf("%+v", a)
		}
		by[a.Strategy] = a
	}
	own, standard, linear := by["this release (adaptive)"], by["default: 10% for 5m"], by["linear: 10% more every 1m"]
	careful, fast := by["adaptive, careful"], by["adaptive, fast"]
	if len(by) != 5 || len(linear.Weights) != 9 || own.Weights[len(own.Weights)-1] != 33 {
		t.Fatalf("alternatives %+v", forecast.Alternatives)
	}
	if *standard.FullMedian != 5*minute || *fast.FullMedian >= *own.FullMedian || *careful.FullMedian <= *own.FullMedian {
		t.Errorf("100%% after: default %s, fast %s, adaptive %s, careful %s", standard.FullMedian, fast.FullMedian, own.FullMedian, careful.FullMedian)
	}
	if own.BadTotal*5 > standard.BadTotal || *careful.Notices.To >= *fast.Notices.To {
		t.Errorf("a disaster costs %v, by default %v; careful notices %v, fast %v", own.BadTotal, standard.BadTotal, *careful.Notices.To, *fast.Notices.To)
	}
	if diff := cmp.Diff(forecast.Steps[len(forecast.Steps)-1].Notices[0], own.Notices); diff != "" {
		t.Errorf("the release notices one thing in its steps and another in the table (-steps +table):\n%s", diff)
	}
}

// TestAFileKeepsWhatItSaysOfSettling in other strategies, too.
func TestAFileKeepsWhatItSaysOfSettling(t *testing.T) {
	t.Parallel()
	_, forecast := predict(t, document(t, func(d *release.Document) {
		settle, holdback := 20*minute, 5.0
		d.Strategy.Settle, d.Strategy.Holdback = &settle, &holdback
	}), day(6000, 0.001, 0.005))
	for _, a := range forecast.Alternatives {
		if *a.FullMedian < 20*minute+2*minute {
			t.Errorf("%s has all traffic after %s, although 5%% are held back for 20m", a.Strategy, a.FullMedian)
		}
	}
	if own := forecast.Alternatives[0]; *own.FullMedian != 25*minute {
		t.Errorf("%s has all traffic after %s, want 25m", own.Strategy, own.FullMedian)
	}
}

func TestWhatItWouldTakeToNoticeADisaster(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		requests float64
		steps    []release.Step
		policy   string
		step     int
		wait     bool
		weight   bool
	}{
		"both":                 {20, []release.Step{{Weight: 1, Wait: 3 * minute}}, release.NoDataPass, 1, true, true},
		"only a longer wait":   {6, []release.Step{{Weight: 50, Wait: minute}}, release.NoDataPass, 1, true, false},
		"the step that holds":  {300, []release.Step{{Weight: 0.01, Wait: minute}, {Weight: 10, Wait: 5 * minute}}, release.NoDataHold, 1, true, true},
		"the last step of two": {20, []release.Step{{Weight: 1, Wait: 2 * minute}, {Weight: 2, Wait: 2 * minute}}, release.NoDataPass, 2, true, true},
		"nothing":              {0.01, []release.Step{{Weight: 1, Wait: 2 * minute}}, release.NoDataHold, 1, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := document(t, func(d *release.Document) { d.Strategy.Steps, d.Analysis.NoData.Policy = row.steps, row.policy })
			d, forecast := predict(t, d, thin(row.requests))
			u := forecast.Unnoticed
			if u == nil || u.Step != row.step || (u.EnoughWait != nil) != row.wait || (u.EnoughWeight != nil) != row.weight {
				t.Fatalf("%+v", u)
			}
			overlooked := func(change func(*release.Step)) int {
				d.Strategy.Steps = slices.Clone(row.steps)
				change(&d.Strategy.Steps[u.Step-1])
				late := missed(judge.Ladder(d, nil), worse(row.requests, 0, 1), 200)
				return late[len(late)-1]
			}
			if got := overlooked(func(*release.Step) {}); got < 10 {
				t.Errorf("only %d of 200 disasters go unnoticed", got)
			}
			if u.EnoughWait != nil {
				if got := overlooked(func(s *release.Step) { s.Wait = *u.EnoughWait }); got > 10 {
					t.Errorf("with a wait of %s, %d of 200 disasters go unnoticed", u.EnoughWait, got)
				}
			}
			if u.EnoughWeight != nil {
				if got := overlooked(func(s *release.Step) { s.Weight = *u.EnoughWeight }); got > 10 {
					t.Errorf("with a weight of %v, %d of 200 disasters go unnoticed", *u.EnoughWeight, got)
				}
			}
		})
	}
}

func TestALongReleaseRestsOnFewerReleases(t *testing.T) {
	t.Parallel()
	_, forecast := predict(t, document(t, func(d *release.Document) {
		d.Strategy.Steps = []release.Step{{Weight: 10, Wait: 120 * minute}, {Approve: &release.Approval{Timeout: 60 * minute}}, {Weight: 50, Wait: 60 * minute}}
	}), day(60, 0.001, 0.005))
	if forecast.Releases >= 1000 || forecast.Releases < 100 || len(forecast.Steps) != 2 {
		t.Errorf("%d releases, steps %+v", forecast.Releases, forecast.Steps)
	}
	if forecast.Time.Likely != 180*minute || forecast.Time.Longest < 240*minute {
		t.Errorf("times %+v", forecast.Time)
	}
}

// TestBurstsOfTheDay weaken what can be noticed.
func TestBurstsOfTheDay(t *testing.T) {
	t.Parallel()
	model := steady(1200, 0.01, 0)
	model.Metrics[0].Bursts = &world.Bursts{Size: 5}
	_, bursty := predict(t, document(t, nil), periods(model, rand.New(rand.NewPCG(1, 1))))
	_, single := predict(t, document(t, nil), day(1200, 0.01, 0))
	if bursty.Rates[0].Burst < 4 || single.Rates[0].Burst != 1 || *bursty.Steps[0].Notices[0].To <= *single.Steps[0].Notices[0].To {
		t.Errorf("in bursts of %v %v is noticed, single ones at %v", bursty.Rates[0].Burst, *bursty.Steps[0].Notices[0].To, *single.Steps[0].Notices[0].To)
	}
}

func TestServerErrorsAreTestedWhereNothingElseCountsFailures(t *testing.T) {
	t.Parallel()
	d := document(t, func(d *release.Document) {
		d.Analysis.Metrics = &release.Metrics{Latency: &release.LatencyMetric{}, ServerErrors: &release.ServiceMetric{Namespace: "Echo", Name: "Errors5xx"}}
	})
	_, forecast := predict(t, d, day(600, 0, 0.005))
	if forecast.Worst.Metric != "serverErrors" || len(forecast.Steps[0].Notices) != 2 || forecast.Rates[1].Bad != 0 {
		t.Errorf("forecast %+v", forecast)
	}
}

func TestAForecastEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := planner.Predict(ctx, document(t, nil), day(1200, 0, 0), release.Shifts{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// staff is who gets the canary before anybody else, of a service that asks for a flag.
func staff(d *release.Document) {
	d.Strategy.Audience = []release.Audience{{Name: "staff", Wait: release.Duration(10 * time.Minute), Match: release.Match{Flag: &release.FlagMatch{
		Application: "echo", Environment: "production", Profile: "flags", Flag: "new", Variant: "canary", Rule: `(eq $team "us")`,
	}}}}
}

// What an audience does before the first share of everybody else is nothing that can be foreseen.
func TestAForecastLeavesOutAudiences(t *testing.T) {
	t.Parallel()
	history := day(1200, 0, 0)
	alone := document(t, staff)
	if planner.Plannable(alone, history) {
		t.Error("there is a forecast of an audience alone")
	}
	steps := func(d *release.Document) {
		d.Strategy.Steps = []release.Step{{Weight: 10, Wait: release.Duration(5 * time.Minute)}}
	}
	before := document(t, func(d *release.Document) { steps(d); staff(d) })
	with, err := planner.Predict(t.Context(), before, history, release.Shifts{})
	if err != nil || !planner.Plannable(before, history) || len(with.Steps) != 1 || with.Steps[0].Weight != 10 {
		t.Fatalf("the steps are %+v (%v)", with.Steps, err)
	}
	without, err := planner.Predict(t.Context(), document(t, steps), history, release.Shifts{})
	if diff := cmp.Diff(without.Steps, with.Steps); diff != "" || err != nil {
		t.Errorf("steps (-without +with an audience): %s (%v)", diff, err)
	}
}

func TestNothingToForecast(t *testing.T) {
	t.Parallel()
	unwatched := document(t, func(d *release.Document) { d.Analysis.Metrics = &release.Metrics{} })
	if planner.Plannable(unwatched, day(100, 0, 0)) || planner.Plannable(document(t, nil), day(0, 0, 0)) || !planner.Plannable(document(t, nil), day(100, 0, 0)) {
		t.Error("a forecast needs requests and something to compare")
	}
}
