package judge_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A rung of an audience has no weight, so that no request is due: it goes on by the requests that its people make.
func TestAnAudienceIsJudgedByTheRequestsItMakes(t *testing.T) {
	t.Parallel()
	ask := func(requests, bad float64) judge.Question {
		q := question()
		q.Strategy.Steps = []release.Step{{Audience: "staff", Share: 25, Wait: q.Lasts}, {Audience: "staff", Weight: 10, Wait: q.Lasts}}
		q.Steps, q.Weight, q.Shifts = 2, 0, nil
		for i := range q.Periods {
			stable := judge.Count{Requests: 500}
			q.Periods[i].Metrics = map[string]judge.Pair{
				judge.MetricErrors:  {Canary: judge.Count{Requests: requests, Bad: bad}, Stable: stable},
				judge.MetricLatency: {Canary: judge.Count{Requests: requests}, Stable: stable},
			}
		}
		return q
	}
	for name, test := range map[string]struct {
		ask  judge.Question
		want release.Decision
		says string
	}{
		"enough of them":  {ask(20, 0), release.Advance, "step 1 of 2 is over"},
		"they fail":       {ask(20, 20), release.Rollback, "errors"},
		"too few of them": {ask(2, 0), release.Hold, "waiting for data"},
		"none of them":    {ask(0, 0), release.Hold, "waiting for data"},
		"still watching":  {func() judge.Question { q := ask(20, 0); q.Now = q.Began.Add(time.Minute); return q }(), release.Continue, "watching 25% of audience staff until"},
		"and a weight too": {func() judge.Question {
			q := ask(20, 0)
			q.Now, q.Step, q.Weight = q.Began.Add(time.Minute), 1, 10
			return q
		}(), release.Continue, "watching 10% and audience staff until"},
	} {
		verdict := judge.Judge(test.ask)
		if verdict.Decision != test.want || !strings.Contains(verdict.Reason, test.says) {
			t.Errorf("%s: %s: %s", name, verdict.Decision, verdict.Reason)
		}
	}
}

func TestAPlanLeavesOutAudiences(t *testing.T) {
	t.Parallel()
	minute := release.Duration(time.Minute)
	plan := judge.Ladder(release.Document{Analysis: defaults(), Strategy: release.Strategy{Steps: []release.Step{
		{Audience: "staff", Wait: minute}, {Audience: "staff", Weight: 10, Wait: 2 * minute}, {Approve: &release.Approval{}}, {Audience: "staff", Weight: 50, Wait: 3 * minute},
	}}}, nil)
	if want := []float64{0.1, 0.5}; !slices.Equal(plan.Shares, want) || len(plan.Lengths) != len(want) || plan.Lengths[0] != 2 {
		t.Errorf("shares are %v, lengths %v", plan.Shares, plan.Lengths)
	}
}
