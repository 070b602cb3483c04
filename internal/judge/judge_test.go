package judge_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

var noon = time.Date(2026, time.March, 14, 12, 0, 0, 0, time.UTC)

// defaults is an analysis as release.Default leaves it.
func defaults() release.Analysis {
	return release.Analysis{
		Period:         release.Duration(time.Minute),
		Delay:          new(1),
		Metrics:        &release.Metrics{Errors: &release.ErrorMetric{}, Latency: &release.LatencyMetric{SlowerThan: release.Duration(time.Second)}},
		MinimumSamples: new(30),
		NoData:         release.NoData{Policy: release.NoDataHold, Limit: release.Duration(30 * time.Minute), Then: release.NoDataRollback},
	}
}

// question is asked at the end of a five-minute step at 10%, the last one, with nothing wrong.
func question() judge.Question {
	q := judge.Question{
		Now: noon.Add(5 * time.Minute), Analysis: defaults(), Canary: "2", Stable: "1",
		Stage: judge.StageCanary, Step: 0, Steps: 1, Weight: 10,
		Began: noon, Lasts: release.Duration(5 * time.Minute), CanaryBegan: noon,
		Shifts: []judge.Shift{{At: noon, Weight: 10}},
	}
	q.Periods = periods(noon, 4, judge.Pair{Canary: judge.Count{Requests: 25}, Stable: judge.Count{Requests: 225}})
	return q
}

// periods are n minutes from start in which both metrics showed pair.
func periods(start time.Time, n int, pair judge.Pair) []judge.Period {
	var list []judge.Period
	for i := range n {
		list = append(list, judge.Period{
			Start:   start.Add(time.Duration(i) * time.Minute),
			Metrics: map[string]judge.Pair{judge.MetricErrors: pair, judge.MetricLatency: {Canary: judge.Count{Requests: pair.Canary.Requests}, Stable: judge.Count{Requests: pair.Stable.Requests}}},
		})
	}
	return list
}

// settling is asked at the end of five minutes of settling after question's step.
func settling() judge.Question {
	q := question()
	q.Stage = judge.StageSettle
	q.Began = noon.Add(5 * time.Minute)
	q.Now = q.Began.Add(q.Lasts.Std())
	q.Periods = periods(noon, 5, judge.Pair{Canary: judge.Count{Requests: 25}, Stable: judge.Count{Requests: 225}})
	q.Periods = append(q.Periods, periods(q.Began, 4, judge.Pair{Canary: judge.Count{Requests: 250}})...)
	q.Past = map[string]judge.Past{judge.MetricErrors: {Requests: 100_000, Bad: 100, Periods: 1440}, judge.MetricLatency: {Requests: 100_000, Bad: 500, Periods: 1440}}
	q.Shifts = append(q.Shifts, judge.Shift{At: q.Began, Weight: 100})
	return q
}

func failing(q judge.Question, canary, stable float64) judge.Question {
	for i, period := range q.Periods {
		pair := period.Metrics[judge.MetricErrors]
		pair.Canary.Bad, pair.Stable.Bad = canary*pair.Canary.Requests, stable*pair.Stable.Requests
		q.Periods[i].Metrics[judge.MetricErrors] = pair
	}
	return q
}

// unlucky lets the canary fail so many requests, in the first period.
func unlucky(q judge.Question, bad float64) judge.Question {
	q.Periods[0].Metrics[judge.MetricErrors] = judge.Pair{Canary: judge.Count{Requests: 25, Bad: bad}, Stable: judge.Count{Requests: 225}}
	return q
}

func TestJudge(t *testing.T) {
	t.Parallel()
	firing := judge.Alarm{Name: "errors-high", State: judge.AlarmFiring, Since: noon.Add(time.Minute), Reason: "3 datapoints were over 5"}
	before := judge.Alarm{Name: "errors-high", State: judge.AlarmFiring, Since: noon.Add(-time.Hour), Metric: judge.MetricErrors}
	judgeAll(t, map[string]scenario{
		"time is not over": {
			ask:  func() judge.Question { q := question(); q.Now = noon.Add(5*time.Minute - 1); return q },
			want: release.Continue, reason: "step 1 of 1, watching 10% until 12:05:00 UTC; errors: version 2 failed 0.0% of 100 requests, version 1 0.0% of 900; evidence 0.5 against it, 100 is enough (12:00 to 12:04 UTC)",
		},
		"last step is over":    {ask: question, want: release.Promote, reason: "step 1 of 1 is over; errors: version 2"},
		"another step follows": {ask: func() judge.Question { q := question(); q.Steps = 2; return q }, want: release.Advance, reason: "step 1 of 2 is over"},
		"settling is over":     {ask: settling, want: release.Complete, reason: "settling is over; errors: version 2 failed 0.0% of 1000 requests with all traffic, the past allows 0.5%; evidence below 0.01 against it, 100 is enough (12:05 to 12:09 UTC)"},
		"settling is not over": {
			ask:  func() judge.Question { q := settling(); q.Now = q.Began; return q },
			want: release.Continue, reason: "settling until 12:10:00 UTC",
		},
		"nothing is watched": {
			ask:  func() judge.Question { q := question(); q.Analysis.Metrics = nil; return q },
			want: release.Promote, reason: "step 1 of 1 is over; nothing is watched",
		},
		"canary fails": {
			ask: func() judge.Question {
				q := question()
				q.Now, q.Periods = noon.Add(time.Minute), []judge.Period{{Start: noon, Metrics: map[string]judge.Pair{
					judge.MetricErrors:  {Canary: judge.Count{Requests: 44, Bad: 8}, Stable: judge.Count{Requests: 391}},
					judge.MetricLatency: {Canary: judge.Count{Requests: 44}, Stable: judge.Count{Requests: 391}},
				}}}
				return q
			},
			want: release.Rollback, outcome: release.RolledBack,
			reason: "errors: version 2 failed 18.2% of 44 requests, version 1 0.0% of 391; evidence over a million against it, 100 is enough (12:00 to 12:01 UTC)",
		},
		"canary is slow": {
			ask: func() judge.Question {
				q := question()
				for _, period := range q.Periods {
					period.Metrics[judge.MetricLatency] = judge.Pair{Canary: judge.Count{Requests: 25, Bad: 20}, Stable: judge.Count{Requests: 225, Bad: 2}}
				}
				return q
			},
			want: release.Rollback, outcome: release.RolledBack, reason: "latency: version 2 took longer than 1s for 80.0% of 100 requests, version 1 0.89% of 900; evidence over a trillion against it",
		},
		"two unlucky requests": {
			ask:  func() judge.Question { return unlucky(question(), 2) },
			want: release.Hold,
			reason: "held on suspicion, evidence 15.9 against version 2, until it is below 2, or below 20 after 12:11:00 UTC; " +
				"errors: version 2 failed 2.0% of 100 requests, version 1 0.0% of 900; evidence 15.6 against it, 100 is enough (12:00 to 12:04 UTC)",
		},
		"two unlucky requests, later": {
			ask: func() judge.Question {
				q := unlucky(question(), 2)
				q.Now = noon.Add(11 * time.Minute)
				return q
			},
			want: release.Promote,
		},
		"strong suspicion lasts": {
			ask: func() judge.Question {
				q := unlucky(question(), 2.5)
				q.Now = noon.Add(3 * time.Hour)
				return q
			},
			want: release.Hold, reason: "held on suspicion, evidence 43.1 against version 2, until it is below 20 or a person decides; errors:",
		},
		"suspicion while paused": {
			ask:  func() judge.Question { q := unlucky(question(), 2); q.Paused = true; return q },
			want: release.Hold, reason: "paused by a person; held on suspicion",
		},
		"suspicion before the step is over": {
			ask:  func() judge.Question { q := unlucky(question(), 2); q.Now = noon.Add(4 * time.Minute); return q },
			want: release.Continue, reason: "evidence 15.6 against it",
		},
		"a stricter promise takes more evidence": {
			ask: func() judge.Question {
				q := unlucky(question(), 3)
				q.Analysis.FalseRollbackRate = new(0.0001)
				return q
			},
			want: release.Hold, reason: "10000 is enough",
		},
		"three unlucky requests": {
			ask:  func() judge.Question { return unlucky(question(), 3) },
			want: release.Rollback, outcome: release.RolledBack,
			reason: "errors: version 2 failed 3.0% of 100 requests, version 1 0.0% of 900; evidence 120 against it, 100 is enough (12:00 to 12:04 UTC)",
		},
		"as bad as stable": {ask: func() judge.Question { return failing(question(), 0.2, 0.2) }, want: release.Promote, reason: "version 2 failed 20.0% of 100 requests, version 1 20.0% of 900; evidence 0.09 against it"},
		"both metrics are in breach": {
			ask: func() judge.Question {
				q := failing(question(), 0.5, 0)
				for _, period := range q.Periods {
					period.Metrics[judge.MetricLatency] = period.Metrics[judge.MetricErrors]
				}
				return q
			},
			want: release.Rollback, outcome: release.RolledBack, reason: "(12:00 to 12:04 UTC); latency: version 2 took longer",
		},
		"both metrics together are in breach": {
			ask: func() judge.Question {
				q := unlucky(question(), 2.6)
				q.Periods[0].Metrics[judge.MetricLatency] = judge.Pair{Canary: judge.Count{Requests: 25, Bad: 2.8}, Stable: judge.Count{Requests: 225}}
				return q
			},
			want: release.Rollback, outcome: release.RolledBack,
			reason: "latency: version 2 took longer than 1s for 2.8% of 100 requests, version 1 0.0% of 900; evidence 52.9 against it, 105 with all metrics, 100 is enough (12:00 to 12:04 UTC)",
		},
		"service's own metric": {
			ask: func() judge.Question {
				q := question()
				q.Analysis.Metrics = &release.Metrics{ServerErrors: &release.ServiceMetric{Namespace: "Echo", Name: "ServerErrors"}}
				q.Periods[0].Metrics[judge.MetricServerErrors] = judge.Pair{Canary: judge.Count{Requests: 100, Bad: 10}, Stable: judge.Count{Requests: 900}}
				return q
			},
			want: release.Rollback, outcome: release.RolledBack, reason: "serverErrors: version 2 counted as failed 10.0% of 100 requests, version 1 0.0% of 900; evidence over a million against it",
		},
		"settling in breach of what stable did": {
			ask: func() judge.Question {
				q := settling()
				q.Periods[6].Metrics[judge.MetricErrors] = judge.Pair{Canary: judge.Count{Requests: 250, Bad: 100}}
				q.Now = q.Began.Add(2 * time.Minute)
				return q
			},
			want: release.Rollback, outcome: release.RolledBack, reason: "errors: version 2 failed 10.0% of 1000 requests with all traffic, the past allows 0.5%; evidence over a trillion against it, 100 is enough (12:05 to 12:09 UTC)",
		},
		"late evidence from before settling": {
			ask: func() judge.Question {
				q := settling()
				q.Periods[4].Metrics[judge.MetricErrors] = judge.Pair{Canary: judge.Count{Requests: 25, Bad: 25}, Stable: judge.Count{Requests: 225}}
				return q
			},
			want: release.Rollback, outcome: release.RolledBack, reason: "errors: version 2 failed 20.0% of 125 requests, version 1 0.0% of 1125; evidence over a trillion against it, 100 is enough (12:00 to 12:05 UTC)",
		},
		"settling with the errors that stable had": {ask: func() judge.Question { return failing(settling(), 0.2, 0.2) }, want: release.Complete},
		"settling without a control group, by a person's choice": {
			ask:  func() judge.Question { q := settling(); q.Periods = q.Periods[5:]; return q },
			want: release.Complete, reason: "version 2 failed 0.0% of 1000 requests with all traffic",
		},
		"settling without traffic": {
			ask:  func() judge.Question { q := settling(); q.Periods = q.Periods[:5]; return q },
			want: release.Hold, reason: "waiting for data until 12:40:00 UTC: errors: too few requests to go on by, version 2 needs 30 while settling: nothing is counted yet with all traffic, the past allows 0.5%; latency: too few",
		},
		"settling that began within a minute": {
			ask: func() judge.Question {
				q := settling()
				q.Began = q.Began.Add(3 * time.Second)
				q.Now, q.Periods = q.Began.Add(5*time.Minute), q.Periods[:6]
				return q
			},
			want: release.Hold, reason: "version 2 needs 30 while settling: nothing is counted yet with all traffic",
		},
		"settling was switched off": {
			ask:  func() judge.Question { q := settling(); q.Lasts, q.Periods = 0, q.Periods[:5]; return q },
			want: release.Complete,
		},
		"errors known before their invocations": {
			ask: func() judge.Question {
				q := question()
				q.Periods = append(q.Periods, periods(noon.Add(4*time.Minute), 1, judge.Pair{Canary: judge.Count{Bad: -1}, Stable: judge.Count{Bad: 2000}})...)
				return q
			},
			want: release.Promote, reason: "version 2 failed 0.0% of 100 requests, version 1 0.0% of 900",
		},

		"alarm fires": {
			ask:  func() judge.Question { q := question(); q.Now, q.Alarms = noon, []judge.Alarm{firing}; return q },
			want: release.Rollback, outcome: release.RolledBack, reason: "alarm errors-high is firing since 12:01:00 UTC: 3 datapoints were over 5",
		},
		"alarm fires while settling": {
			ask:  func() judge.Question { q := settling(); q.Alarms = []judge.Alarm{firing}; return q },
			want: release.Rollback, outcome: release.RolledBack, reason: "alarm errors-high is firing",
		},
		"alarm fires while a person is awaited": {
			ask: func() judge.Question {
				q := question()
				q.Stage, q.Approved, q.Alarms = judge.StageApproval, true, []judge.Alarm{{Name: "errors-high", State: judge.AlarmFiring}}
				return q
			},
			want: release.Rollback, outcome: release.RolledBack, reason: "alarm errors-high is firing",
		},
		"alarm fires while paused": {
			ask:  func() judge.Question { q := question(); q.Paused, q.Alarms = true, []judge.Alarm{firing}; return q },
			want: release.Rollback, outcome: release.RolledBack,
		},
		"alarm is OK": {
			ask: func() judge.Question {
				q := question()
				q.Alarms = []judge.Alarm{{Name: "a", State: judge.AlarmOK}}
				return q
			},
			want: release.Promote,
		},
		"alarm has insufficient data": {
			ask: func() judge.Question {
				q := question()
				q.Alarms = []judge.Alarm{{Name: "a", State: judge.AlarmInsufficientData}}
				return q
			},
			want: release.Promote, reason: "alarm a has insufficient data",
		},
		"named alarm is gone": {
			ask: func() judge.Question {
				q := question()
				q.Analysis.Alarms = []string{"a", "gone"}
				q.Alarms = []judge.Alarm{{Name: "a", State: judge.AlarmOK}}
				return q
			},
			want: release.Hold, reason: "waiting for data until 12:35:00 UTC: alarm gone does not exist",
		},
		"alarm cannot be evaluated": {
			ask: func() judge.Question {
				q := question()
				q.Alarms = []judge.Alarm{{Name: "a", State: judge.AlarmUntrusted}}
				return q
			},
			want: release.Hold, reason: "alarm a cannot be trusted",
		},

		"fix for an alarm that was firing": {
			ask: func() judge.Question {
				q := failing(question(), 0, 0.2)
				q.Alarms, q.FiringBefore = []judge.Alarm{before}, []string{"errors-high"}
				return q
			},
			want: release.Promote,
		},
		"worse than stable under an alarm that was firing": {
			ask: func() judge.Question {
				q := failing(question(), 0.5, 0.2)
				q.Alarms, q.FiringBefore = []judge.Alarm{before}, []string{"errors-high"}
				return q
			},
			want: release.Rollback, outcome: release.RolledBack,
			reason: "; alarm errors-high was already firing since 11:00:00 UTC; judging by difference: errors is worse on the canary",
		},
		"comparable alarm flaps": {
			ask: func() judge.Question {
				q := failing(question(), 0, 0.2)
				again := before
				again.Since = noon.Add(time.Minute)
				q.Alarms, q.FiringBefore = []judge.Alarm{again}, []string{"errors-high"}
				return q
			},
			want: release.Promote,
		},
		"comparable alarm still fires while settling": {
			ask: func() judge.Question {
				q := failing(settling(), 0, 0.2)
				q.Alarms, q.FiringBefore = []judge.Alarm{before}, []string{"errors-high"}
				return q
			},
			want: release.Complete,
		},
		"alarm that was firing, too few requests to compare": {
			ask: func() judge.Question {
				q := question()
				q.Periods = q.Periods[:1]
				q.Alarms, q.FiringBefore = []judge.Alarm{before}, []string{"errors-high"}
				return q
			},
			want: release.Hold, reason: "judging by difference: errors has too few requests to compare",
		},
		"alarm that was firing and is not comparable": {
			ask: func() judge.Question {
				q := question()
				q.Alarms, q.FiringBefore = []judge.Alarm{{Name: "queue", State: judge.AlarmFiring, Since: noon.Add(-time.Minute)}}, []string{"queue"}
				return q
			},
			want: release.Promote,
		},
		"alarm that is not comparable, and a canary that is worse": {
			ask: func() judge.Question {
				q := failing(question(), 0.5, 0)
				q.Alarms, q.FiringBefore = []judge.Alarm{{Name: "queue", State: judge.AlarmFiring, Since: noon.Add(-24 * time.Hour)}}, []string{"queue"}
				return q
			},
			want: release.Rollback, outcome: release.RolledBack,
			reason: "alarm queue was already firing since 2026-03-13 12:00:00 UTC; judging by difference: not comparable, errors is worse on the canary in its stead, latency is no worse on the canary in its stead",
		},
		"alarm that is not comparable stops and fires again": {
			ask: func() judge.Question {
				q := question()
				q.Alarms, q.FiringBefore = []judge.Alarm{{Name: "queue", State: judge.AlarmFiring, Since: noon.Add(time.Second)}}, []string{"queue"}
				return q
			},
			want: release.Rollback, outcome: release.RolledBack, reason: "alarm queue is firing since 12:00:01 UTC",
		},
		"alarm that is not comparable, and nothing stands in": {
			ask: func() judge.Question {
				q := question()
				q.Analysis.Metrics = nil
				q.Alarms, q.FiringBefore = []judge.Alarm{{Name: "queue", State: judge.AlarmFiring}}, []string{"queue"}
				return q
			},
			want: release.Hold, reason: "neither errors nor latency is compared in its stead",
		},
		"alarm fires before the canary had traffic": {
			ask: func() judge.Question {
				q := question()
				q.Stage, q.Approved, q.CanaryBegan, q.Periods = judge.StageApproval, true, time.Time{}, nil
				q.Alarms = []judge.Alarm{firing}
				return q
			},
			want: release.Promote, reason: "approved by a person",
		},

		"no data, before the step is over": {
			ask:  func() judge.Question { q := question(); q.Now, q.Periods = noon, nil; return q },
			want: release.Continue, reason: "errors: too few requests to go on by, each version needs 30: nothing is counted yet",
		},
		"no data: hold": {
			ask:  func() judge.Question { q := question(); q.Periods = nil; return q },
			want: release.Hold, reason: "waiting for data until 12:35:00 UTC: errors: too few requests",
		},
		"no data: hold, because of stable": {
			ask: func() judge.Question {
				q := question()
				q.Periods = periods(noon, 4, judge.Pair{Canary: judge.Count{Requests: 100}, Stable: judge.Count{Requests: 7}})
				return q
			},
			want: release.Hold, reason: "each version needs 30: version 2 failed 0.0% of 400 requests, version 1 0.0% of 28; evidence 0.5 against it",
		},
		"no data: hold, until the limit": {
			ask: func() judge.Question {
				q := question()
				q.Periods, q.HoldingSince = nil, noon.Add(5*time.Minute)
				q.Now = noon.Add(35*time.Minute - 1)
				return q
			},
			want: release.Hold,
		},
		"no data: hold, at the limit": {
			ask: func() judge.Question {
				q := question()
				q.Periods, q.HoldingSince = nil, noon.Add(5*time.Minute)
				q.Now = noon.Add(35 * time.Minute)
				return q
			},
			want: release.Rollback, outcome: release.RolledBack, reason: "inconclusive: held for 30m: errors: too few requests",
		},
		"no data: hold, then go on": {
			ask: func() judge.Question {
				q := question()
				q.Analysis.NoData.Then = release.NoDataPromote
				q.Periods, q.HoldingSince = nil, noon.Add(5*time.Minute)
				q.Now = noon.Add(35 * time.Minute)
				return q
			},
			want: release.Promote, reason: "held for 30m, and the document says to go on",
		},
		"no data: hold, with a breach elsewhere": {
			ask: func() judge.Question {
				q := failing(question(), 1, 0)
				for _, period := range q.Periods {
					delete(period.Metrics, judge.MetricLatency)
				}
				return q
			},
			want: release.Rollback, outcome: release.RolledBack, reason: "errors: version 2 failed 100.0%",
		},
		"no data: pass": {
			ask: func() judge.Question {
				q := question()
				q.Periods = nil
				q.Analysis.NoData.Policy = release.NoDataPass
				return q
			},
			want: release.Promote, reason: "no data counts as healthy here: errors: too few requests",
		},
		"no data: rollback": {
			ask: func() judge.Question {
				q := question()
				q.Periods = nil
				q.Analysis.NoData.Policy = release.NoDataRollback
				return q
			},
			want: release.Rollback, outcome: release.RolledBack, reason: "inconclusive: errors: too few requests",
		},

		"paused before the step is over": {
			ask:  func() judge.Question { q := question(); q.Paused, q.Now = true, noon; return q },
			want: release.Continue,
		},
		"paused": {
			ask:  func() judge.Question { q := question(); q.Paused = true; return q },
			want: release.Hold, reason: "paused by a person; errors: version 2 failed 0.0%",
		},
		"paused while settling": {ask: func() judge.Question { q := settling(); q.Paused = true; return q }, want: release.Hold},
		"paused, and without data": {
			ask:  func() judge.Question { q := question(); q.Paused, q.Periods = true, nil; return q },
			want: release.Hold, reason: "paused by a person; waiting for data",
		},

		"approval is awaited": {
			ask:  func() judge.Question { q := question(); q.Stage, q.Now = judge.StageApproval, noon; return q },
			want: release.Continue, reason: "waiting for approval until 12:05:00 UTC; errors:",
		},
		"approved": {
			ask: func() judge.Question {
				q := question()
				q.Stage, q.Now, q.Approved, q.Steps = judge.StageApproval, noon, true, 2
				return q
			},
			want: release.Advance, reason: "step 1 of 2 is over; approved by a person",
		},
		"approved without data": {
			ask: func() judge.Question {
				q := question()
				q.Stage, q.Approved, q.Periods = judge.StageApproval, true, nil
				return q
			},
			want: release.Promote,
		},
		"approved and paused": {
			ask: func() judge.Question {
				q := question()
				q.Stage, q.Approved, q.Paused = judge.StageApproval, true, true
				return q
			},
			want: release.Hold, reason: "paused by a person; approved by a person",
		},
		"nobody approved": {
			ask:  func() judge.Question { q := question(); q.Stage = judge.StageApproval; return q },
			want: release.Rollback, outcome: release.Aborted, reason: "nobody approved within 5m, until 12:05:00 UTC",
		},
		"nobody approved: abort": {
			ask: func() judge.Question {
				q := question()
				q.Stage, q.Approval = judge.StageApproval, &release.Approval{Otherwise: release.OtherwiseAbort}
				return q
			},
			want: release.Rollback, outcome: release.Aborted,
		},
		"nobody approved: go on": {
			ask: func() judge.Question {
				q := question()
				q.Stage, q.Steps, q.Approval = judge.StageApproval, 2, &release.Approval{Otherwise: release.OtherwisePromote}
				return q
			},
			want: release.Advance, reason: "nobody answered within 5m, and the document says to go on",
		},
		"nobody approved: go on, without data": {
			ask: func() judge.Question {
				q := question()
				q.Stage, q.Periods, q.Approval = judge.StageApproval, nil, &release.Approval{Otherwise: release.OtherwisePromote}
				return q
			},
			want: release.Hold, reason: "waiting for data",
		},
		"nobody approved: go on, with suspicion": {
			ask: func() judge.Question {
				q := unlucky(question(), 2)
				q.Stage, q.Approval = judge.StageApproval, &release.Approval{Otherwise: release.OtherwisePromote}
				return q
			},
			want: release.Hold, reason: "nobody answered within 5m, and the document says to go on; held on suspicion",
		},
		"approved with suspicion": {
			ask: func() judge.Question {
				q := unlucky(question(), 2)
				q.Stage, q.Approved = judge.StageApproval, true
				return q
			},
			want: release.Promote, reason: "approved by a person",
		},
		"bad while a person is awaited": {
			ask: func() judge.Question {
				q := failing(question(), 0.5, 0)
				q.Stage, q.Now, q.Approved = judge.StageApproval, noon, true
				return q
			},
			want: release.Rollback, outcome: release.RolledBack, reason: "errors: version 2 failed 50.0%",
		},
	})
}

// A scenario is a question and what must be answered.
type scenario struct {
	ask    func() judge.Question
	want   release.Decision
	reason string
	// outcome is expected with Rollback only.
	outcome release.Outcome
}

func judgeAll(t *testing.T, scenarios map[string]scenario) {
	for name, c := range scenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := c.ask()
			verdict := judge.Judge(q)
			if verdict.Decision != c.want || verdict.Outcome != c.outcome {
				t.Errorf("decision %s (%s), want %s (%s): %s", verdict.Decision, verdict.Outcome, c.want, c.outcome, verdict.Reason)
			}
			if !strings.Contains(verdict.Reason, c.reason) {
				t.Errorf("reason does not say what is wanted\n got %s\nwant %s", verdict.Reason, c.reason)
			}
			if !verdict.At.Equal(q.Now) {
				t.Errorf("verdict is of %s, want %s", verdict.At, q.Now)
			}
		})
	}
}

func TestFindingsHaveTheirValues(t *testing.T) {
	t.Parallel()
	q := failing(question(), 0.04, 0.01)
	q.Canary, q.Stable = "", ""
	q.Alarms = []judge.Alarm{{Name: "a", State: judge.AlarmOK}}
	findings := judge.Judge(q).Findings
	want := []release.Finding{
		{Metric: "errors", Canary: 0.04, Stable: 0.01, Limit: 0.0112, CanarySamples: 100, StableSamples: 900, LogEvidence: 0.59970, State: release.Healthy,
			Reason: "errors: canary failed 4.0% of 100 requests, stable 1.0% of 900; evidence 1.09 against it, 100 is enough (12:00 to 12:04 UTC)"},
		{Metric: "latency", Limit: 0.0002, CanarySamples: 100, StableSamples: 900, LogEvidence: -0.06928, State: release.Healthy,
			Reason: "latency: canary took longer than 1s for 0.0% of 100 requests, stable 0.0% of 900; evidence 0.3 against it, 100 is enough (12:00 to 12:04 UTC)"},
		{Metric: "alarm a", State: release.Healthy, Reason: "alarm a is OK"},
	}
	if len(findings) != len(want) {
		t.Fatalf("%d findings, want %d", len(findings), len(want))
	}
	for i := range want {
		for _, value := range []*float64{&findings[i].Limit, &findings[i].LogEvidence} {
			*value = math.Round(*value*1e5) / 1e5
		}
		if findings[i] != want[i] {
			t.Errorf("finding %d\n got %+v\nwant %+v", i, findings[i], want[i])
		}
	}
}

func TestWhilesAreWrittenAsShortAsTheyCanBe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from, now time.Time
		period    time.Duration
		want      string
	}{
		"minutes of today":     {noon, noon.Add(5 * time.Minute), time.Minute, "(12:00 to 12:04 UTC)"},
		"seconds":              {noon, noon.Add(5 * time.Second), time.Second, "(12:00:00 to 12:00:04 UTC)"},
		"since yesterday":      {noon.Add(-12*time.Hour - 2*time.Minute), noon, time.Minute, "(2026-03-13 23:58 to 00:02 UTC)"},
		"said in another zone": {noon.In(time.FixedZone("CET", 3600)), noon.Add(5 * time.Minute).In(time.FixedZone("CET", 3600)), time.Minute, "(12:00 to 12:04 UTC)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := question()
			q.Analysis.Period = release.Duration(c.period)
			for i := range q.Periods {
				q.Periods[i].Start = c.from.Add(time.Duration(i) * c.period)
			}
			q.Now = c.now
			if reason := judge.Judge(q).Reason; !strings.Contains(reason, c.want) {
				t.Errorf("the reason is %q, want %q", reason, c.want)
			}
		})
	}
}

// holding is since when the answer to a question has waited for data.
func holding(q judge.Question) time.Time {
	_, wait := judge.Answer(q)
	return wait.HoldingSince
}

func TestHoldingKeepsItsBeginning(t *testing.T) {
	t.Parallel()
	q := question()
	if since := holding(q); !since.IsZero() {
		t.Errorf("healthy question holds since %s", since)
	}
	q.Paused = true
	if since := holding(q); !since.IsZero() {
		t.Errorf("a pause alone waits for data since %s", since)
	}
	q.Paused, q.Periods = false, nil
	first := holding(q)
	if !first.Equal(q.Now) {
		t.Errorf("first hold began %s, want %s", first, q.Now)
	}
	q.HoldingSince, q.Now = first, q.Now.Add(10*time.Minute)
	if since := holding(q); !since.Equal(first) {
		t.Errorf("hold began %s, want %s", since, first)
	}
	q.Now = first.Add(31 * time.Minute)
	if since := holding(q); !since.IsZero() {
		t.Errorf("a hold that ended still began %s", since)
	}
}

func TestNothingIsSaidTwice(t *testing.T) {
	q := question()
	q.Periods = nil
	q.Analysis.NoData.Policy = release.NoDataPass
	q.Analysis.Metrics.Latency = nil
	if reason := judge.Judge(q).Reason; strings.Count(reason, "too few requests") != 1 {
		t.Errorf("the reason is %q", reason)
	}
}
