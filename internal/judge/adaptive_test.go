package judge_test

import (
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// climbing is asked so many minutes after an adaptive release of a service with
// 500 requests a minute began, on its first rung of 2 %, 10 % and 33 %. So far nothing has failed.
func climbing(minutes int) judge.Question {
	q := question()
	adaptive := release.AdaptiveStrategy{Profile: release.ProfileDefault}
	q.Strategy = release.Strategy{Adaptive: &adaptive, Steps: judge.AdaptiveSteps(adaptive, 500, q.Analysis.Period)}
	q.Steps, q.Weight, q.Lasts = len(q.Strategy.Steps), q.Strategy.Steps[0].Weight, q.Strategy.Steps[0].Wait
	q.Began, q.CanaryBegan = noon.Add(3*time.Second), noon.Add(3*time.Second) // just after a boundary
	q.Now = noon.Add(time.Duration(minutes)*time.Minute + time.Second)
	q.Shifts = []judge.Shift{{At: q.Began, Weight: q.Weight}}
	q.Periods = periods(noon, minutes-1, judge.Pair{Canary: judge.Count{Requests: 10}, Stable: judge.Count{Requests: 490}})
	return q
}

// proven is climbing with ten times the requests.
func proven(minutes int) judge.Question {
	q := climbing(minutes)
	q.Periods = periods(noon, minutes-1, judge.Pair{Canary: judge.Count{Requests: 100}, Stable: judge.Count{Requests: 4900}})
	return q
}

func TestAdaptiveStepsEndOnEvidence(t *testing.T) {
	t.Parallel()
	judgeAll(t, map[string]scenario{
		"nothing is counted yet": {
			ask:  func() judge.Question { return climbing(1) },
			want: release.Continue, reason: "step 1 of 3, watching 2% until 12:04:00 UTC; errors: too few requests to go on by, version 2 needs 30 on this step: nothing is counted yet",
		},
		"not proven yet": {
			ask:  func() judge.Question { return climbing(3) },
			want: release.Continue, reason: "step 1 of 3, watching 2%",
		},
		"proven good": {
			ask:  func() judge.Question { return proven(4) },
			want: release.Advance, reason: "step 1 of 3 is over; proven good: evidence 49.8 for it, 20 is enough; errors: version 2 failed 0.0% of 300 requests",
		},
		"proven good, but paused": {
			ask:  func() judge.Question { q := proven(4); q.Paused = true; return q },
			want: release.Hold, reason: "paused by a person; proven good",
		},
		"proven good on the last rung": {
			ask: func() judge.Question {
				q := proven(4)
				q.Step, q.Weight = 2, 33
				q.Periods = periods(noon, 3, judge.Pair{Canary: judge.Count{Requests: 1000}, Stable: judge.Count{Requests: 2000}})
				return q
			},
			want: release.Promote, reason: "step 3 of 3 is over; proven good",
		},
		"proven good while an alarm is gone": {
			ask: func() judge.Question {
				q := proven(4)
				q.Now = noon.Add(time.Minute)
				q.Analysis.Alarms = []string{"gone"}
				return q
			},
			want: release.Continue, reason: "watching 2% until 12:04:00 UTC; proven good: evidence 49.8 for it, 20 is enough; alarm gone does not exist",
		},
		"proven good while an alarm is gone, and its time is over": {
			ask:  func() judge.Question { q := proven(4); q.Analysis.Alarms = []string{"gone"}; return q },
			want: release.Hold, reason: "waiting for data until 12:34:01 UTC: alarm gone does not exist",
		},
		"proven good while an alarm is gone, until the limit": {
			ask: func() judge.Question {
				q := proven(40)
				q.Analysis.Alarms, q.HoldingSince, q.Analysis.NoData.Then = []string{"gone"}, noon.Add(4*time.Minute), release.NoDataPromote
				return q
			},
			want: release.Advance, reason: "proven good: evidence over a trillion for it, 20 is enough; held for 30m, and the document says to go on: alarm gone does not exist",
		},
		"its time is over, with enough requests": {
			ask:  func() judge.Question { return climbing(4) },
			want: release.Advance, reason: "step 1 of 3 is over; errors: version 2 failed 0.0% of 30 requests, version 1 0.0% of 1470",
		},
		"its time is over, with too few requests": {
			ask: func() judge.Question {
				q := climbing(4)
				q.Analysis.MinimumSamples = new(31)
				return q
			},
			want: release.Hold, reason: "waiting for data until 12:34:01 UTC: errors: too few requests to go on by, version 2 needs 31 on this step, and had 30",
		},
		"its time is over, with too few requests, and they pass later": {
			ask: func() judge.Question {
				q := climbing(4)
				q.Analysis.MinimumSamples, q.Analysis.NoData.Policy = new(31), release.NoDataPass
				return q
			},
			want: release.Hold, reason: "waiting for data until 12:08:00 UTC: errors: too few requests",
		},
		"its time is over twice, with too few requests that pass": {
			ask: func() judge.Question {
				q := climbing(8)
				q.Analysis.MinimumSamples, q.Analysis.NoData.Policy = new(300), release.NoDataPass
				return q
			},
			want: release.Advance, reason: "no data counts as healthy here: errors: too few requests",
		},
		"its time is over twice, and metrics are late": {
			ask: func() judge.Question {
				q := climbing(8)
				q.Periods = q.Periods[:1]
				q.Analysis.Delay, q.Analysis.MinimumSamples, q.Analysis.NoData.Policy = new(7), new(300), release.NoDataPass
				return q
			},
			want: release.Hold, reason: "waiting for data until 12:11:00 UTC: errors: too few requests",
		},
		"as many periods are believed as a rung has, and metrics are late": {
			ask: func() judge.Question {
				q := climbing(11)
				q.Periods = q.Periods[:4]
				q.Analysis.Delay, q.Analysis.MinimumSamples, q.Analysis.NoData.Policy = new(7), new(300), release.NoDataPass
				return q
			},
			want: release.Advance, reason: "no data counts as healthy here: errors: too few requests",
		},
		"nothing is counted of this step yet": {
			ask: func() judge.Question {
				q := climbing(4)
				q.Step, q.Began = 1, noon.Add(3*time.Minute+time.Second)
				return q
			},
			want: release.Continue, reason: "version 2 needs 30 on this step, of which nothing is counted yet: version 2 failed 0.0% of 30 requests",
		},
		"nothing is counted yet, as metrics are late": {
			ask:  func() judge.Question { q := climbing(1); q.Analysis.Delay = new(7); return q },
			want: release.Continue, reason: "step 1 of 3, watching 2% until 12:08:00 UTC",
		},
		"requests of the rung before don't count": {
			ask: func() judge.Question {
				q := climbing(4)
				q.Step, q.Began = 1, noon.Add(2*time.Minute+time.Second)
				q.Now = noon.Add(6*time.Minute + time.Second)
				return q
			},
			want: release.Hold, reason: "version 2 needs 30 on this step, and had 10",
		},
		"one bad request on a rung of 2 %": {
			ask: func() judge.Question {
				q := climbing(4)
				q.Periods[1].Metrics[judge.MetricErrors] = judge.Pair{Canary: judge.Count{Requests: 10, Bad: 1}, Stable: judge.Count{Requests: 490}}
				return q
			},
			want: release.Hold, reason: "held on suspicion, evidence 7.27 against version 2, until it is below 2, or below 20 after 12:10:00 UTC",
		},
		"three bad requests on a rung of 2 %": {
			ask: func() judge.Question {
				q := climbing(4)
				q.Periods[1].Metrics[judge.MetricErrors] = judge.Pair{Canary: judge.Count{Requests: 10, Bad: 3}, Stable: judge.Count{Requests: 490}}
				return q
			},
			want: release.Rollback, outcome: release.RolledBack, reason: "errors: version 2 failed 10.0% of 30 requests, version 1 0.0% of 1470; evidence",
		},
		"nothing is compared": {
			ask:  func() judge.Question { q := climbing(3); q.Analysis.Metrics, q.Periods = nil, nil; return q },
			want: release.Continue, reason: "nothing is watched",
		},
		"nothing is compared, and its time is over": {
			ask:  func() judge.Question { q := climbing(4); q.Analysis.Metrics, q.Periods = nil, nil; return q },
			want: release.Advance, reason: "step 1 of 3 is over; nothing is watched",
		},
	})
}

// lost is asked at the end of question's step when the canary got none of its requests.
func lost() judge.Question {
	q := question()
	q.Periods = periods(noon, 4, judge.Pair{Stable: judge.Count{Requests: 250}})
	return q
}

// What should be there and is not is broken, whatever the document says of missing data.
func TestACanaryWithoutItsRequestsIsNeverPassed(t *testing.T) {
	t.Parallel()
	const broken = "version 2 should have had 100 requests and had none: its routing or its metrics are broken"
	with := func(policy, then string, held time.Duration) func() judge.Question {
		return func() judge.Question {
			q := lost()
			q.Analysis.NoData.Policy, q.Analysis.NoData.Then = policy, then
			if held > 0 {
				q.HoldingSince, q.Now = q.Now, q.Now.Add(held)
			}
			return q
		}
	}
	limit := 30 * time.Minute
	judgeAll(t, map[string]scenario{
		"hold":                  {ask: with(release.NoDataHold, release.NoDataRollback, 0), want: release.Hold, reason: "waiting for data until 12:35:00 UTC: " + broken},
		"hold, at the limit":    {ask: with(release.NoDataHold, release.NoDataPromote, limit), want: release.Rollback, outcome: release.RolledBack, reason: "inconclusive: held for 30m: " + broken},
		"pass":                  {ask: with(release.NoDataPass, release.NoDataRollback, 0), want: release.Hold, reason: broken},
		"pass, at the limit":    {ask: with(release.NoDataPass, release.NoDataRollback, limit), want: release.Rollback, outcome: release.RolledBack, reason: "inconclusive: held for 30m: " + broken},
		"rollback":              {ask: with(release.NoDataRollback, release.NoDataRollback, 0), want: release.Rollback, outcome: release.RolledBack, reason: "inconclusive: " + broken},
		"before it had traffic": {ask: func() judge.Question { q := lost(); q.Shifts[0].At = noon.Add(time.Hour); return q }, want: release.Hold, reason: "errors: too few requests to go on by"},
		"a person goes on": {
			ask:  func() judge.Question { q := lost(); q.Forward = &judge.Wish{What: "promote", By: "ada"}; return q },
			want: release.Promote, reason: "ada said promote",
		},
	})
}

// lostLater is asked at the end of settling when so many requests a minute came before, and none reaches the canary since.
func lostLater(before, stable float64) judge.Question {
	q := settling()
	q.Periods = periods(noon, 5, judge.Pair{Canary: judge.Count{Requests: before / 10}, Stable: judge.Count{Requests: before * 9 / 10}})
	q.Periods = append(q.Periods, periods(q.Began, 4, judge.Pair{Stable: judge.Count{Requests: stable}})...)
	return q
}

// A version that had requests as a canary, and has none with all traffic, was not seen to work.
func TestACanaryThatLosesItsRequestsWhileSettlingIsNeverPassed(t *testing.T) {
	t.Parallel()
	const broken = " requests while settling and had none: its routing or its metrics are broken"
	under := func(policy, then string, q judge.Question) judge.Question {
		q.Analysis.NoData.Policy, q.Analysis.NoData.Then = policy, then
		return q
	}
	held := func(q judge.Question) judge.Question {
		q.HoldingSince, q.Now = q.Now, q.Now.Add(30*time.Minute)
		return q
	}
	judgeAll(t, map[string]scenario{
		"pass": {ask: func() judge.Question { return under(release.NoDataPass, release.NoDataRollback, lostLater(250, 0)) }, want: release.Hold, reason: "waiting for data until 12:40:00 UTC: version 2 should have had 1000" + broken},
		"pass, at the limit": {ask: func() judge.Question {
			return under(release.NoDataPass, release.NoDataRollback, held(lostLater(250, 0)))
		}, want: release.Rollback, outcome: release.RolledBack, reason: "inconclusive: held for 30m: version 2 should have had 1000" + broken},
		"then: promote": {ask: func() judge.Question {
			return under(release.NoDataHold, release.NoDataPromote, held(lostLater(250, 0)))
		}, want: release.Rollback, outcome: release.RolledBack, reason: "inconclusive"},
		"stable has them": {ask: func() judge.Question { return under(release.NoDataPass, release.NoDataRollback, lostLater(10, 250)) }, want: release.Hold, reason: "should have had 1000" + broken},
		"stable has its holdback": {
			ask: func() judge.Question {
				q := under(release.NoDataPass, release.NoDataRollback, lostLater(0, 12.5))
				q.Strategy.Holdback, q.Shifts[1].Weight = new(5.0), 95
				return q
			},
			want: release.Hold, reason: "should have had 48" + broken,
		},
		"too few were due":       {ask: func() judge.Question { return under(release.NoDataPass, release.NoDataRollback, lostLater(4, 0)) }, want: release.Complete, reason: "no data counts as healthy here"},
		"there were none before": {ask: func() judge.Question { return under(release.NoDataPass, release.NoDataRollback, lostLater(0, 0)) }, want: release.Complete, reason: "no data counts as healthy here"},
		"one burst before": {
			ask: func() judge.Question {
				q := under(release.NoDataPass, release.NoDataRollback, lostLater(0, 0))
				q.Periods[2].Metrics[judge.MetricErrors] = judge.Pair{Canary: judge.Count{Requests: 100}, Stable: judge.Count{Requests: 900}}
				return q
			},
			want: release.Complete,
		},
		"nothing is counted yet": {
			ask: func() judge.Question {
				q := under(release.NoDataPass, release.NoDataRollback, lostLater(250, 0))
				q.Periods = q.Periods[:5]
				return q
			},
			want: release.Complete, reason: "no data counts as healthy here: errors: too few requests to go on by, version 2 needs 30 while settling: nothing is counted yet with all traffic",
		},
		"settling was switched off": {
			ask: func() judge.Question {
				q := under(release.NoDataPass, release.NoDataRollback, lostLater(250, 0))
				q.Lasts = 0
				return q
			},
			want: release.Complete,
		},
	})
}

// heldBack is settling with a twentieth of the requests left on stable.
func heldBack(canaryBad float64) judge.Question {
	q := settling()
	q.Strategy.Holdback = new(5.0)
	q.Periods = append(q.Periods[:5:5], periods(q.Began, 4, judge.Pair{Canary: judge.Count{Requests: 240, Bad: canaryBad}, Stable: judge.Count{Requests: 10}})...)
	return q
}

func TestAHoldbackKeepsTheComparison(t *testing.T) {
	t.Parallel()
	judgeAll(t, map[string]scenario{
		"good": {
			ask:  func() judge.Question { return heldBack(0) },
			want: release.Complete, reason: "settling is over; errors: version 2 failed 0.0% of 1085 requests, version 1 0.0% of 1165; evidence",
		},
		"bad": {
			ask:  func() judge.Question { q := heldBack(100); q.Now = q.Began.Add(3 * time.Minute); return q },
			want: release.Rollback, outcome: release.RolledBack, reason: "errors: version 2 failed 36.9% of 1085 requests, version 1 0.0% of 1165; evidence",
		},
		"both fail": {
			ask: func() judge.Question {
				q := heldBack(60)
				for _, period := range q.Periods[5:] {
					pair := period.Metrics[judge.MetricErrors]
					pair.Stable.Bad = 2.5
					period.Metrics[judge.MetricErrors] = pair
				}
				return q
			},
			want: release.Complete,
		},
		"stable needs no requests": {
			ask: func() judge.Question {
				q := heldBack(0)
				q.Periods = append(q.Periods[:5:5], periods(q.Began, 4, judge.Pair{Canary: judge.Count{Requests: 8}})...)
				return q
			},
			want: release.Complete,
		},
		"the canary does": {
			ask:  func() judge.Question { q := heldBack(0); q.Periods = q.Periods[:5]; return q },
			want: release.Hold, reason: "errors: too few requests to go on by, version 2 needs 30 while settling, of which nothing is counted yet: version 2 failed 0.0% of 125 requests",
		},
	})
}
