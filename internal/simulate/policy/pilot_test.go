package policy_test

import (
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/policy"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// minute is a minute of 100 requests to the canary unless requests say otherwise.
type minute struct {
	requests, errors, slow float64
	stableErrors           float64
}

func (m minute) period() ladder.Period {
	return ladder.Period{Canary: m.requests, Stable: 900, Bad: []ladder.Bad{{Canary: m.errors, Stable: m.stableErrors}, {Canary: m.slow}}}
}

// The minutes that the tests are made of: none had no requests.
var (
	fine    = minute{requests: 100}
	failing = minute{requests: 100, errors: 1}
	broken  = minute{requests: 100, errors: 6}
	slow    = minute{requests: 100, slow: 2}
	none    = minute{}
)

// launch puts a pilot of the policy of that name into a release of a service whose minutes are seen one late.
func launch(t *testing.T, name string) flight.Pilot {
	t.Helper()
	named, err := policy.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return named.Launch()(&flight.Briefing{Model: world.Steady(1000, 0.001, 0.02)})
}

// repeat is a minute so many times.
func repeat(m minute, times int) []minute {
	var all []minute
	for range times {
		all = append(all, m)
	}
	return all
}

func join(parts ...[]minute) []minute {
	var all []minute
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

func TestReleasesGoAsTheirPolicySays(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		policy  string
		minutes []minute
		// shares has the canary's share in percent in each minute, and then the outcome.
		want string
	}{
		"two breaching minutes": {"Canary10Percent5Minutes-any", join(repeat(failing, 2), repeat(fine, 9)), "10 10 10 rolledBack"},
		"seen too late":         {"Canary10Percent5Minutes-any", join(repeat(fine, 3), repeat(failing, 9)), "10 10 10 10 10 completed"},
		"seen while baking":     {"Canary10Percent5Minutes-any+bake", join(repeat(fine, 3), repeat(failing, 9)), "10 10 10 10 10 100 rolledBack"},
		"good, with a bake":     {"Canary10Percent5Minutes-any+bake", repeat(fine, 12), "10 10 10 10 10 100 100 100 100 100 completed"},
		"one breaching minute":  {"Canary10Percent5Minutes-any", join(repeat(fine, 1), repeat(failing, 1), repeat(fine, 9)), "10 10 10 10 10 completed"},
		"a breach, and then nothing": {
			"Canary10Percent5Minutes-any", join(repeat(failing, 1), repeat(none, 9)), "10 10 10 rolledBack",
		},
		"a breach after nothing is no alarm yet": {
			"Canary10Percent5Minutes-any", join(repeat(none, 3), repeat(failing, 1), repeat(fine, 9)), "10 10 10 10 10 completed",
		},
		"breaches with a gap between them": {
			"Canary10Percent10Minutes-any", []minute{fine, failing, none, failing, fine, fine, fine, fine, fine, fine, fine}, "10 10 10 10 10 rolledBack",
		},
		"a fine minute too old to count": {
			"Canary10Percent10Minutes-any", []minute{fine, failing, none, none, none, fine, fine, fine}, "10 10 10 10 10 10 rolledBack",
		},
		"1 % is not above 1 %":   {"Canary10Percent5Minutes-rate1", repeat(failing, 9), "10 10 10 10 10 completed"},
		"6 % is above 5 %":       {"Canary10Percent5Minutes-rate5", repeat(broken, 9), "10 10 10 rolledBack"},
		"slow beside the errors": {"Canary10Percent5Minutes-any+p99", repeat(slow, 9), "10 10 10 rolledBack"},
		"slow is not asked for":  {"Canary10Percent5Minutes-any", repeat(slow, 9), "10 10 10 10 10 completed"},
		"linear":                 {"Linear10PercentEvery1Minute-any", repeat(fine, 20), "10 20 30 40 50 60 70 80 90 completed"},
		"linear, every 2":        {"Linear10PercentEvery2Minutes-any", join(repeat(fine, 4), repeat(failing, 16)), "10 10 20 20 30 30 40 rolledBack"},
		"all at once":            {"AllAtOnce-any", repeat(broken, 3), "100 completed"},
		"all at once, baking":    {"AllAtOnce-any+bake", repeat(broken, 6), "100 100 100 rolledBack"},

		"Flagger, good":    {"flagger", repeat(fine, 9), "10 20 30 40 50 50 completed"},
		"Flagger, bad":     {"flagger", repeat(broken, 9), "10 10 10 10 10 10 rolledBack"},
		"Flagger, 99 %":    {"flagger", repeat(failing, 9), "10 20 30 40 50 50 completed"},
		"Flagger, no data": {"flagger", repeat(none, 9), "10 10 10 10 10 10 rolledBack"},
		"Flagger forgives nothing": {
			"flagger", []minute{broken, fine, broken, fine, broken, fine, broken, fine, broken, fine}, "10 10 20 20 30 30 40 40 50 50 rolledBack",
		},
		"Flagger, four failures": {
			"flagger", join(repeat(broken, 4), repeat(fine, 9)), "10 10 10 10 10 20 30 40 50 50 completed",
		},
		"Flagger, slow": {"flagger+p99", repeat(slow, 9), "10 10 10 10 10 10 rolledBack"},

		"health checks look at a step's last minute": {
			"aws-lambda-deploy", []minute{failing, fine, failing, fine, fine, failing}, "10 10 20 20 30 30 rolledBack",
		},
		"health checks, good": {
			"aws-lambda-deploy", repeat(fine, 25), "10 10 20 20 30 30 40 40 50 50 60 60 70 70 80 80 90 90 100 100 completed",
		},
		"health checks look once more at the end": {
			"aws-lambda-deploy", join(repeat(fine, 19), repeat(failing, 1)), "10 10 20 20 30 30 40 40 50 50 60 60 70 70 80 80 90 90 100 100 rolledBack",
		},

		"analysis, good":    {"kayenta", repeat(fine, 12), "10 10 10 10 10 10 10 10 10 10 10 completed"},
		"analysis, bad":     {"kayenta", repeat(failing, 12), "10 10 10 10 10 10 10 10 10 10 10 rolledBack"},
		"analysis, no data": {"kayenta", repeat(none, 12), "10 10 10 10 10 10 10 10 10 10 10 completed"},
		"analysis, slow":    {"kayenta+p99", repeat(slow, 12), "10 10 10 10 10 10 10 10 10 10 10 rolledBack"},
		"analysis, bad on both": {
			"kayenta", repeat(minute{requests: 100, errors: 1, stableErrors: 9}, 12), "10 10 10 10 10 10 10 10 10 10 10 completed",
		},

		// 2.1 % are 21 times 0.1 %: a failure is worth ln 21 = 3.0, and a request without one costs 0.02.
		"likelihood, bad":  {"sprt", repeat(minute{requests: 10, errors: 1}, 9), "10 10 10 rolledBack"},
		"likelihood, good": {"sprt", repeat(fine, 12), "10 10 10 10 10 10 10 10 10 10 10 10 climbing"},
		// Of the split alone: λ = 20·900/(21·100+900) = 6, so a failure is worth ln 7 = 1.9.
		"ratio, bad":     {"sprt-ratio", repeat(failing, 9), "10 10 10 10 rolledBack"},
		"ratio, on both": {"sprt-ratio", repeat(minute{requests: 100, errors: 1, stableErrors: 9}, 5), "10 10 10 10 10 climbing"},
		"ratio, no data": {"sprt-ratio", repeat(none, 5), "10 10 10 10 10 climbing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := fly(launch(t, test.policy), test.minutes); got != test.want {
				t.Errorf("flew %q, want %q", got, test.want)
			}
		})
	}
}

// fly shows a pilot the minutes until its release is over, and says which shares it asked for and what the outcome was.
func fly(pilot flight.Pilot, minutes []minute) string {
	var said []string
	outcome := flight.Climbing
	for _, one := range minutes {
		said = append(said, percent(pilot.Share()))
		if outcome = pilot.Tick(one.period()); outcome == flight.RolledBack || outcome == flight.Completed {
			break
		}
	}
	return strings.Join(append(said, string(outcome)), " ")
}
