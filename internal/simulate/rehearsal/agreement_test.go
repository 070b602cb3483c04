package rehearsal_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/rehearsal"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/scenario"
)

// TestTheWholeWorkflowFliesAsTheJudgeAlone: state machine, handlers, ledger, Lambda and CloudWatch add
// nothing and lose nothing. Both draw the same chances, so that each flight must end in the same period
// with the same bad requests.
func TestTheWholeWorkflowFliesAsTheJudgeAlone(t *testing.T) {
	t.Parallel()
	settle, none := release.Duration(10*time.Minute), release.Duration(0)
	held := 20.0
	strategies := map[string]release.Strategy{
		"default":   {},
		"climbing":  {Steps: []release.Step{{Weight: 2, Wait: minutes(4)}, {Weight: 10, Wait: minutes(4)}, {Weight: 33, Wait: minutes(4)}}, Settle: &settle},
		"held back": {Steps: []release.Step{{Weight: 10, Wait: minutes(4)}}, Settle: &settle, Holdback: &held},
		"unsettled": {Linear: &release.LinearStrategy{Weight: 20, Every: minutes(1)}, Settle: &none},
	}
	worlds := map[string][]string{
		"good":       nil,
		"bad":        {"errors:+2%"},
		"slow":       {"latency:+20%", "onset:3m"},
		"drifting":   {"outage:+20%@3m-6m", "drift:x5@8m", "noise:0.3"},
		"in bursts":  {"errors:+1%", "bursts:5"},
		"late":       {"errors:+10%", "onset:6m", "delay:2"},
		"at once":    {"errors:+10%", "delay:0"},
		"under load": {"errors:+5%", "load:30%"},
	}
	rolledBack := 0
	for strategyName, strategy := range strategies {
		for worldName, faults := range worlds {
			s := worldOf(t, faults...)
			document := echo()
			document.Strategy = strategy
			document.Analysis.Delay = &s.Delay
			rehearsed := rehearse(t, document, s)
			plan := judge.Ladder(rehearsed.Document(), nil)
			for number := range 4 {
				got, err := rehearsed.Fly(t.Context(), number)
				if err != nil {
					t.Fatal(err)
				}
				want := flight.Fly(flight.Climb(plan), flight.Settings{Model: s.Model, Seed: seed}, number)
				if got.Exposure != want.Exposure || got.Requests != want.Requests || got.RolledBackAt != float64(want.RolledBackAt) || got.PromotedAt != float64(want.PromotedAt) {
					t.Errorf("%s, %s, flight %d: the whole workflow %+v, the judge alone %+v", strategyName, worldName, number, got, want)
				}
				if got.RolledBackAt > 0 {
					rolledBack++
				}
			}
		}
	}
	if all := 4 * len(strategies) * len(worlds); rolledBack < all/4 || rolledBack > all*3/4 {
		t.Errorf("%d of %d flights were rolled back; worlds should be told apart", rolledBack, all)
	}
}

// seed is that of all rehearsals here.
const seed = 7

func minutes(n int) release.Duration { return release.Duration(n) * release.Duration(time.Minute) }

// worldOf is the default scenario with faults.
func worldOf(t testing.TB, faults ...string) scenario.Scenario {
	t.Helper()
	s := scenario.Default()
	for _, fault := range faults {
		if err := s.Fault(fault); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	return s
}

func rehearse(t testing.TB, document release.Document, s scenario.Scenario) *rehearsal.Rehearsal {
	t.Helper()
	rehearsed, err := rehearsal.New(rehearsal.Settings{Document: document, Scenario: s, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return rehearsed
}

func ExampleRehearsal_Fly() {
	document := release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production", Artifact: release.Artifact{Package: "build/echo.zip"},
		Target: release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}},
	}
	s := scenario.Default()
	if err := s.Fault("errors:+100%"); err != nil {
		fmt.Println(err)
		return
	}
	rehearsed, err := rehearsal.New(rehearsal.Settings{Document: document, Scenario: s, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	flown, err := rehearsed.Fly(context.Background(), 0)
	fmt.Println(flown.Outcome, "after", flown.RolledBackAt, "periods", err)
	// Output: rolled-back after 2 periods <nil>
}
