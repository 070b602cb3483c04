package judge_test

import (
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// What is waited for, and until when, is what the verdict's sentence says.
func TestAnswerSaysWhatIsAwaitedAndUntilWhen(t *testing.T) {
	t.Parallel()
	ends := noon.Add(24 * time.Hour)
	at := func(minutes, seconds int) time.Time {
		return noon.Add(time.Duration(minutes)*time.Minute + time.Duration(seconds)*time.Second)
	}
	few := func(policy, then string) judge.Question {
		q := climbing(4)
		q.Analysis.MinimumSamples, q.Analysis.NoData.Policy, q.Analysis.NoData.Then = new(300), policy, then
		return q
	}
	suspected := func(minutes int, bad float64) judge.Question {
		q := climbing(minutes)
		q.Periods[1].Metrics[judge.MetricErrors] = judge.Pair{Canary: judge.Count{Requests: 10, Bad: bad}, Stable: judge.Count{Requests: 490}}
		return q
	}
	paused := func(q judge.Question) judge.Question { q.Paused = true; return q }
	for name, test := range map[string]struct {
		ask   judge.Question
		want  string
		until time.Time
		holds bool
	}{
		"fixed step":              {ask: func() judge.Question { q := question(); q.Now = at(2, 0); return q }(), want: "the end of step 1", until: at(5, 0)},
		"settling":                {ask: func() judge.Question { q := settling(); q.Now = at(7, 0); return q }(), want: "the end of settling", until: at(10, 0)},
		"adaptive step":           {ask: climbing(2), want: "proof that the canary is good, or the end of step 1", until: at(4, 0)},
		"adaptive and late":       {ask: func() judge.Question { q := climbing(1); q.Analysis.Delay = new(7); return q }(), want: "proof that the canary is good, or the end of step 1", until: at(8, 0)},
		"paused":                  {ask: paused(climbing(2)), want: "a person to resume", until: ends},
		"paused, its time over":   {ask: paused(climbing(4)), want: "a person to resume", until: ends},
		"over":                    {ask: question()},
		"too few":                 {ask: few(release.NoDataHold, release.NoDataRollback), want: "enough requests (otherwise: rollback)", until: at(34, 1), holds: true},
		"too few and paused":      {ask: paused(few(release.NoDataHold, release.NoDataRollback)), want: "enough requests (otherwise: rollback)", until: at(34, 1), holds: true},
		"too few, then promote":   {ask: few(release.NoDataHold, release.NoDataPromote), want: "enough requests (otherwise: go on)", until: at(34, 1), holds: true},
		"too few, which pass":     {ask: few(release.NoDataPass, release.NoDataRollback), want: "enough requests (otherwise: go on)", until: at(8, 0), holds: true},
		"passing, but paused":     {ask: paused(few(release.NoDataPass, release.NoDataRollback)), want: "a person to resume", until: ends, holds: true},
		"too few, which end it":   {ask: few(release.NoDataRollback, release.NoDataRollback)},
		"suspicion":               {ask: suspected(4, 1), want: "evidence against version 2 to fall below 2, or in the end below 20", until: at(10, 0)},
		"suspicion and paused":    {ask: paused(suspected(4, 1)), want: "a person to resume", until: ends},
		"strong suspicion":        {ask: suspected(11, 1.6), want: "evidence against version 2 to fall below 20, or a person to decide", until: ends},
		"an alarm is gone":        {ask: func() judge.Question { q := question(); q.Analysis.Alarms = []string{"gone"}; return q }(), want: "what the alarms say (otherwise: rollback)", until: at(35, 0), holds: true},
		"blind, and then promote": {ask: func() judge.Question { q := lost(); q.Analysis.NoData.Then = release.NoDataPromote; return q }(), want: "the requests of version 2 (otherwise: rollback)", until: at(35, 0), holds: true},
		"approval": {ask: func() judge.Question {
			q := question()
			q.Stage, q.Approval, q.Now = judge.StageApproval, &release.Approval{Otherwise: release.OtherwiseAbort}, at(2, 0)
			return q
		}(), want: "approval (otherwise: abort)", until: at(5, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.ask.Ends = ends
			verdict, wait := judge.Answer(test.ask)
			if wait.For != test.want || !wait.Until.Equal(test.until) || wait.HoldingSince.IsZero() == test.holds {
				t.Errorf("%s: %s\nwaits for %q until %s, since %s\n want %q until %s, holding: %t", verdict.Decision, verdict.Reason, wait.For, wait.Until, wait.HoldingSince, test.want, test.until, test.holds)
			}
			if stays := verdict.Decision == release.Continue || verdict.Decision == release.Hold; stays != (wait.For != "") {
				t.Errorf("%s waits for %q", verdict.Decision, wait.For)
			}
		})
	}
}
