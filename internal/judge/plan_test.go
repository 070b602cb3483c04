package judge_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestAdaptiveStepsFollowTraffic(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		profile  string
		requests float64
		weights  []float64
		wait     release.Duration
	}{
		{release.ProfileDefault, 0, []float64{10, 33}, release.Duration(4 * time.Minute)},
		{release.ProfileDefault, 143, []float64{6.99, 33}, release.Duration(4 * time.Minute)},
		{release.ProfileCareful, 500, []float64{2, 10, 33}, release.Duration(7 * time.Minute)},
		{release.ProfileFast, 5000, []float64{0.2, 2, 10, 33}, release.Duration(2 * time.Minute)},
	} {
		var want []release.Step
		for _, weight := range c.weights {
			want = append(want, release.Step{Weight: weight, Wait: c.wait})
		}
		got := judge.AdaptiveSteps(release.AdaptiveStrategy{Profile: c.profile}, c.requests, release.Duration(time.Minute))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s at %g requests: %v, want %v", c.profile, c.requests, got, want)
		}
	}
}

// A careful release asks for a stricter proof on its last rung than others do.
func TestCarefulReleasesAskForMoreProof(t *testing.T) {
	t.Parallel()
	last := func(profile string) float64 {
		adaptive := release.AdaptiveStrategy{Profile: profile}
		document := release.Document{Analysis: defaults(), Strategy: release.Strategy{
			Adaptive: &adaptive, Steps: judge.AdaptiveSteps(adaptive, 500, release.Duration(time.Minute)),
		}}
		plan := judge.Ladder(document, nil)
		return plan.Margins[len(plan.Margins)-1]
	}
	if careful, others := last(release.ProfileCareful), last(release.ProfileDefault); careful != 0.002 || others != 0.005 {
		t.Errorf("margins are %g for careful and %g by default, want 0.002 and 0.005", careful, others)
	}
}

func TestTrafficDecidesWhatTheDocumentLeavesOpen(t *testing.T) {
	t.Parallel()
	minute, settle := release.Duration(time.Minute), release.Duration(10*time.Minute)
	adaptive := release.Strategy{Adaptive: &release.AdaptiveStrategy{}, Settle: &settle}
	said := adaptive
	said.Holdback = new(5.0)
	unsettled := adaptive
	unsettled.Settle = new(release.Duration(0))
	fixed := release.Strategy{Steps: []release.Step{{Weight: 10, Wait: minute}}, Settle: &settle}
	for name, c := range map[string]struct {
		given    release.Strategy
		requests float64
		steps    int
		holdback *float64
	}{
		"little traffic is no control group":       {adaptive, 499, 3, new(0.0)},
		"a fifth of more is":                       {adaptive, 500, 3, new(20.0)},
		"what the document says counts":            {said, 5000, 4, new(5.0)},
		"without settling nothing is held back":    {unsettled, 5000, 4, nil},
		"fixed steps leave nothing to the traffic": {fixed, 5000, 1, nil},
	} {
		got := judge.Climb(c.given, c.requests, minute)
		if len(got.Steps) != c.steps || !reflect.DeepEqual(got.Holdback, c.holdback) {
			t.Errorf("%s: %+v", name, got)
		}
		if again := judge.Climb(got, 1, minute); !reflect.DeepEqual(again, got) {
			t.Errorf("%s: more traffic changes what was decided: %+v", name, again)
		}
	}
}
