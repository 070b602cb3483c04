package flight_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// certain is a world without chance worth mentioning: a thousand requests a period, of which all of the canary's fail.
func certain() world.Model { return world.Steady(1000, 0, 1) }

// A script is a pilot that has decided beforehand: the share of each period, and how the release stands after it.
type script struct {
	shares   []float64
	outcomes []flight.Outcome
	tick     int
}

func (s *script) Share() float64 { return s.shares[min(s.tick, len(s.shares)-1)] }

func (s *script) Tick(ladder.Period) flight.Outcome {
	s.tick++
	return s.outcomes[s.tick-1]
}

func scripted(shares []float64, outcomes ...flight.Outcome) flight.Launch {
	return func(*flight.Briefing) flight.Pilot { return &script{shares: shares, outcomes: outcomes} }
}

func TestFlyFollowsThePilot(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		launch  flight.Launch
		periods int
		want    flight.Flight
		shares  float64 // that the canary had in all periods together
	}{
		"rolled back": {
			launch: scripted([]float64{0.1, 0.2}, flight.Climbing, flight.RolledBack), periods: 30,
			want: flight.Flight{Outcome: flight.RolledBack, RolledBackAt: 2}, shares: 0.3,
		},
		"inconclusive": {
			launch: scripted([]float64{0.1}, flight.Inconclusive), periods: 30,
			want: flight.Flight{Outcome: flight.Inconclusive, RolledBackAt: 1}, shares: 0.1,
		},
		"completed at once": {
			launch: scripted([]float64{0.1}, flight.Completed), periods: 4,
			want: flight.Flight{Outcome: flight.Completed, PromotedAt: 1, CompletedAt: 1}, shares: 3.1,
		},
		"settled with a holdback": {
			launch: scripted([]float64{0.1, 0.8, 0.8}, flight.Promoted, flight.Promoted, flight.Completed), periods: 5,
			want: flight.Flight{Outcome: flight.Completed, PromotedAt: 1, CompletedAt: 3}, shares: 3.7,
		},
		"rolled back while settling": {
			launch: scripted([]float64{0.1, 1}, flight.Promoted, flight.RolledBack), periods: 5,
			want: flight.Flight{Outcome: flight.RolledBack, PromotedAt: 1, RolledBackAt: 2}, shares: 1.1,
		},
		"not over in time": {
			launch: scripted([]float64{0.1, 0.1, 1}, flight.Climbing, flight.Climbing, flight.Promoted), periods: 3,
			want: flight.Flight{Outcome: flight.Promoted, PromotedAt: 3}, shares: 1.2,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := flight.Fly(test.launch, flight.Settings{Model: certain(), Seed: 1, Periods: test.periods}, 0)
			if got.Exposure != got.Requests {
				t.Errorf("%v of the canary's %v requests were bad, want all", got.Exposure, got.Requests)
			}
			if got.Exposure < 900*test.shares || got.Exposure > 1100*test.shares {
				t.Errorf("the canary served %v bad requests, want about %v", got.Exposure, 1000*test.shares)
			}
			got.Exposure, got.Requests = 0, 0
			if got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
		})
	}
}

func TestTrialsAreTheSameInAnyOrder(t *testing.T) {
	t.Parallel()
	settings := flight.Settings{Model: world.Steady(100, 0.01, 0.02), Seed: 7}
	settings.Model.Metrics[0].Bursts = &world.Bursts{Size: 3}
	launch := flight.Climb(flight.Adaptive(flight.Balanced(), 100))
	const releases = 25 // not a multiple of what shares a history
	flights, err := flight.Trials(t.Context(), launch, settings, releases)
	if err != nil || len(flights) != releases {
		t.Fatalf("%d flights (%v), want %d", len(flights), err, releases)
	}
	for trial := releases - 1; trial >= 0; trial-- {
		if alone := flight.Fly(launch, settings, trial); alone != flights[trial] {
			t.Errorf("trial %d alone is %+v, among others %+v", trial, alone, flights[trial])
		}
	}
	settings.Seed = 8
	others, err := flight.Trials(t.Context(), launch, settings, releases)
	if err != nil || reflect.DeepEqual(flights, others) {
		t.Errorf("another seed makes the same flights (%v)", err)
	}
}

func TestTrialsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	launch := func(*flight.Briefing) flight.Pilot {
		cancel()
		return &script{shares: []float64{0.1}, outcomes: []flight.Outcome{flight.RolledBack}}
	}
	if flights, err := flight.Trials(ctx, launch, flight.Settings{Model: certain()}, 1000); !errors.Is(err, context.Canceled) {
		t.Errorf("%d flights (%v), want none, because they were cancelled", len(flights), err)
	}
}

func TestBriefing(t *testing.T) {
	t.Parallel()
	model := world.Steady(200, 0.05, 0)
	model.Metrics[0].Bursts = &world.Bursts{Size: 5}
	model.Delay = 3
	var pasts [][]ladder.Period
	launch := func(briefing *flight.Briefing) flight.Pilot {
		pasts = append(pasts, briefing.History())
		plan := flight.Fit(flight.Adaptive(flight.Balanced(), 200), briefing)
		if burst := plan.Metrics[0].Parameters.Burst; burst < 4 || burst > 6 {
			t.Errorf("failures come %v together, want about 5", burst)
		}
		if burst := plan.Metrics[1].Parameters.Burst; burst != 1 {
			t.Errorf("slow requests come %v together, want independent ones", burst)
		}
		if past := plan.Metrics[1].Past; past.Requests < 0.9*200*world.Day || past.Bad == 0 {
			t.Errorf("the past is %v, want a day of 200 requests a period", past)
		}
		if plan.Delay != 3 {
			t.Errorf("the judge waits for %d periods, want the world's 3", plan.Delay)
		}
		return flight.Play(plan)
	}
	settings := flight.Settings{Model: model, Seed: 1}
	for _, trial := range []int{0, 9, 10} {
		flight.Fly(launch, settings, trial)
	}
	if !reflect.DeepEqual(pasts[0], pasts[1]) || reflect.DeepEqual(pasts[0], pasts[2]) {
		t.Error("want one history for trials 0 to 9, and another for 10")
	}
}

func TestFitLeavesThePlanAlone(t *testing.T) {
	t.Parallel()
	plan := flight.Document()
	model := world.Steady(200, 0.05, 0)
	model.Metrics[0].Bursts = &world.Bursts{Size: 5}
	flight.Fly(flight.Climb(plan), flight.Settings{Model: model}, 0)
	if !reflect.DeepEqual(plan, flight.Document()) {
		t.Errorf("the plan was changed to %+v", plan)
	}
}

func TestSummarise(t *testing.T) {
	t.Parallel()
	summary := flight.Summarise([]flight.Flight{
		{Outcome: flight.RolledBack, RolledBackAt: 2, Exposure: 10, Requests: 20},
		{Outcome: flight.Inconclusive, RolledBackAt: 8, Exposure: 0, Requests: 0},
		{Outcome: flight.RolledBack, PromotedAt: 12, RolledBackAt: 14, Exposure: 90, Requests: 900},
		{Outcome: flight.Completed, PromotedAt: 10, CompletedAt: 20, Exposure: 4, Requests: 5000},
		{Outcome: flight.Climbing, Exposure: 1, Requests: 300},
	})
	for what, figure := range map[string]struct{ got, want float64 }{
		"releases":          {float64(summary.Releases), 5},
		"rolled back":       {summary.RolledBack.Estimate(), 3. / 5},
		"inconclusive":      {summary.Inconclusive.Estimate(), 1. / 5},
		"promoted":          {summary.Promoted.Estimate(), 2. / 5},
		"completed":         {summary.Completed.Estimate(), 1. / 5},
		"median exposure":   {summary.Exposure.Quantile(0.5), 4},
		"mean requests":     {summary.Requests.Mean(), 1244},
		"median rollback":   {summary.RollbackTime.Quantile(0.5), 8},
		"last promotion":    {summary.PromotionTime.Quantile(1), 12},
		"median completion": {summary.CompletionTime.Quantile(0.5), 20},
	} {
		if figure.got != figure.want {
			t.Errorf("%s: %v, want %v", what, figure.got, figure.want)
		}
	}
}

// The figures that this strategy is known for: an independent simulation measured them with 4,000 releases each.
func TestAdaptiveServesFewBadRequests(t *testing.T) {
	t.Parallel()
	const releases = 2000
	for name, test := range map[string]struct {
		requests, base, add float64
		median, high, time  float64
		// within is how far quantiles may be from the known figures, because counts are whole.
		within float64
	}{
		"500 requests, 0.1% + 2%":  {500, 0.001, 0.02, 7, 16, 10, 1},
		"500 requests, + 100%":     {500, 0.001, 1, 20, 27, 2, 2},
		"5000 requests, + 10%":     {5000, 0, 0.1, 3, 6, 3, 1},
		"50 requests, 1% + 10%":    {50, 0.01, 0.1, 10, 26, 12, 4},
		"5 requests, + 100%":       {5, 0, 1, 6, 11, 11, 1},
		"5000 requests, 1% + 2%":   {5000, 0.01, 0.02, 30, 65, 11, 5},
		"500 requests, 0% + 0.5%":  {500, 0, 0.005, 6, 11, 16, 1},
		"5000 requests, 0% + 100%": {5000, 0, 1, 20, 28, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := flight.Settings{Model: world.Steady(test.requests, test.base, test.add), Seed: 42}
			flights, err := flight.Trials(t.Context(), flight.Climb(flight.Adaptive(flight.Balanced(), test.requests)), settings, releases)
			if err != nil {
				t.Fatal(err)
			}
			s := flight.Summarise(flights)
			median, high, time := s.Exposure.Quantile(0.5), s.Exposure.Quantile(0.95), s.RollbackTime.Quantile(0.5)
			measured.Log(t, "%v rolled back, after %v periods (median), with %v bad requests (median, 95%% below %v)", s.RolledBack, time, median, high)
			if s.RolledBack.Upper(0.999) < 0.995 {
				t.Errorf("%v rolled back, want practically all", s.RolledBack)
			}
			if outside(median, test.median, test.within) || outside(high, test.high, test.within) || outside(time, test.time, 1) {
				t.Errorf("median %v, 95%% below %v, after %v periods; want %v, %v and %v", median, high, time, test.median, test.high, test.time)
			}
		})
	}
}

func outside(got, want, within float64) bool { return got < want-within || got > want+within }
