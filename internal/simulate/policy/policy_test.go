package policy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/chance"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/policy"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

func percent(share float64) string { return fmt.Sprintf("%.0f", share*100) }

func TestEveryPolicyIsDataOfOneKindAndFlies(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, one := range policy.All() {
		t.Run(one.Name, func(t *testing.T) {
			if seen[one.Name] {
				t.Errorf("there is another of that name")
			}
			seen[one.Name] = true
			if one.About == "" || one.Source == "" {
				t.Errorf("about %q, source %q: want both", one.About, one.Source)
			}
			data, err := json.Marshal(one)
			if err != nil {
				t.Fatal(err)
			}
			var fields map[string]any
			if err := json.Unmarshal(data, &fields); err != nil {
				t.Fatal(err)
			}
			if len(fields) != 4 {
				t.Errorf("is %s, want name, about, source and one kind", data)
			}
			model := world.Steady(500, 0.001, 1)
			for trial := range 3 {
				flown := flight.Fly(one.Launch(), flight.Settings{Model: model, Seed: 1, Periods: 100}, trial)
				// Without a bake nothing looks at what is shifted at once; only an alarm of the alias that fires before refuses it.
				if flown.Outcome != flight.RolledBack && !strings.HasPrefix(one.Name, "AllAtOnce") {
					t.Errorf("trial %d of a canary that always fails: %+v", trial, flown)
				}
			}
		})
	}
}

func TestNamesThatAreNone(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Canary":                 "there is none of that name",
		"flagger+bake":           "flagger has no alarms to bake with; leave out +bake",
		"aws-lambda-deploy+p99":  "aws-lambda-deploy has no limits that one on latency could be added to; leave out +p99",
		"kayenta+p99+bake":       "there is none of that name; known are default, adaptive, adaptive-fast,",
		"flagger+no-holdback":    "flagger holds nothing back; leave out +no-holdback",
		"default+no-holdback":    "default holds nothing back",
		"adaptive+bake+p99":      "adaptive has no alarms to bake with",
		"AllAtOnce-any+bake+p98": "there is none of that name",
	} {
		if _, err := policy.Named(name); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v, want one with %q", name, err, want)
		}
	}
}

func TestNamedPoliciesLeaveTheTableAlone(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"Canary10Percent5Minutes-any", "Canary10Percent5Minutes-any+bake", "flagger", "kayenta"} {
		before, err := policy.Named(base)
		if err != nil {
			t.Fatal(err)
		}
		with, err := policy.Named(base + "+p99")
		if err != nil {
			t.Fatal(err)
		}
		after, err := policy.Named(base)
		if err != nil {
			t.Fatal(err)
		}
		a, b := text(t, before), text(t, after)
		if a != b || text(t, with) == a || with.Name != base+"+p99" {
			t.Errorf("%s before: %s\nafter: %s\nwith latency: %s", base, a, b, text(t, with))
		}
	}
}

func text(t *testing.T, p policy.Policy) string {
	t.Helper()
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestAdaptiveHoldsBackWhereItHelps: stable keeps a fifth while the release settles, where that is a control group.
func TestAdaptiveHoldsBackWhereItHelps(t *testing.T) {
	t.Parallel()
	tests := []struct {
		policy    string
		requests  float64
		completes int // minutes after the promotion
	}{
		{"adaptive", 500, 10},
		{"adaptive+no-holdback", 500, 10},
		{"adaptive-unsettled", 500, 0},
	}
	for _, test := range tests {
		named, err := policy.Named(test.policy)
		if err != nil {
			t.Fatal(err)
		}
		flown := flight.Fly(named.Launch(), flight.Settings{Model: world.Steady(test.requests, 0, 0), Seed: 1, Periods: 40}, 0)
		if flown.CompletedAt-flown.PromotedAt != test.completes {
			t.Errorf("%s: %+v, want it completed %d minutes after its promotion", test.policy, flown, test.completes)
		}
	}
	shareAfter := func(name string, requests float64) float64 {
		named, err := policy.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		// The history of a briefing is a trial's, so the pilot is caught as one is launched.
		var pilot flight.Pilot
		catch := func(b *flight.Briefing) flight.Pilot {
			pilot = named.Launch()(b)
			return pilot
		}
		if flown := flight.Fly(catch, flight.Settings{Model: world.Steady(requests, 0, 0), Seed: 1, Periods: 18}, 0); flown.Outcome != flight.Promoted {
			t.Fatalf("%s: %+v, want it settling after 18 minutes", name, flown)
		}
		return pilot.Share()
	}
	for _, test := range []struct {
		policy         string
		requests, want float64
	}{{"adaptive", 500, 0.8}, {"adaptive+no-holdback", 500, 1}, {"adaptive", 50, 1}} {
		if got := shareAfter(test.policy, test.requests); got != test.want {
			t.Errorf("%s at %v requests a minute settles at the share %v, want %v", test.policy, test.requests, got, test.want)
		}
	}
}

// TestAliasAlarmsRefuseReleases: an alarm on the alias also counts stable's errors, before the release and during it.
func TestAliasAlarmsRefuseReleases(t *testing.T) {
	t.Parallel()
	named, err := policy.Named("Canary10Percent5Minutes")
	if err != nil {
		t.Fatal(err)
	}
	failing := world.Steady(5000, 0.01, 0)
	for trial := range 10 {
		flown := flight.Fly(named.Launch(), flight.Settings{Model: failing, Seed: 1}, trial)
		if flown.Outcome != flight.RolledBack || flown.RolledBackAt != 1 || flown.Requests != 0 {
			t.Errorf("trial %d, where stable fails every minute: %+v, want it refused before the first request", trial, flown)
		}
	}
	calm := world.Steady(5000, 0, 0)
	if flown := flight.Fly(named.Launch(), flight.Settings{Model: calm, Seed: 1}, 0); flown.Outcome != flight.Completed || flown.CompletedAt != 5 {
		t.Errorf("where nothing fails: %+v, want it completed after 5 minutes", flown)
	}
	// Releases that share a history look at different minutes of it: about one in seven is refused.
	rare := world.Steady(50, 0.01, 0)
	refused := chance.Share{Of: 200}
	for trial := range refused.Of {
		if flown := flight.Fly(named.Launch(), flight.Settings{Model: rare, Seed: 1}, trial); flown.Requests == 0 {
			refused.Count++
		}
	}
	// An error in a minute of 50 requests has the probability 1−e^(−½); refused is who has seen two such minutes in a row.
	if interval := refused.Interval(0.999); interval.Low > 0.155 || interval.High < 0.155 {
		t.Errorf("%v were refused, want 15.5 %%", refused)
	}
}

func TestWorldsThatAPolicyDoesNotFit(t *testing.T) {
	t.Parallel()
	both := world.Steady(500, 0.001, 0)
	errorsOnly, slowOnly := both, both
	errorsOnly.Metrics, slowOnly.Metrics = both.Metrics[:1], both.Metrics[1:]
	plan := policy.Document("mine", "my own", flight.Document())
	tests := []struct {
		policy string
		model  world.Model
		want   string
	}{
		{"flagger", both, ""},
		{"flagger", errorsOnly, ""},
		{"flagger", slowOnly, `policy "flagger": looks at "errors", which must be metric 1 of the model`},
		{"kayenta", slowOnly, `looks at "errors"`},
		{"aws-lambda-deploy", slowOnly, `looks at "errors"`},
		{"AllAtOnce+p99", errorsOnly, `looks at "slow", which must be metric 2 of the model`},
		{"adaptive", slowOnly, ""},
		{"sprt", slowOnly, ""},
		{"mine", both, ""},
		{"mine", errorsOnly, `policy "mine": compares 2 metrics, and the model has 1`},
	}
	for _, test := range tests {
		named := plan
		if test.policy != "mine" {
			var err error
			if named, err = policy.Named(test.policy); err != nil {
				t.Fatal(err)
			}
		}
		err := named.Fits(test.model)
		if test.want == "" && err == nil {
			flight.Fly(named.Launch(), flight.Settings{Model: test.model, Seed: 1}, 0) // and flies
			continue
		}
		if test.want == "" || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s with %d metrics: %v, want %q", test.policy, len(test.model.Metrics), err, test.want)
		}
	}
}
