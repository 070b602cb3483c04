package judge_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func drawCount(t *rapid.T, label string) judge.Count {
	requests := rapid.Float64Range(0, 200).Draw(t, label+" requests")
	return judge.Count{Requests: requests, Bad: requests * rapid.SampledFrom([]float64{0, 0, 0.01, 0.1, 0.5, 1}).Draw(t, label+" bad")}
}

// drawQuestion draws any question that a workflow could ask.
func drawQuestion(t *rapid.T) judge.Question {
	stage := rapid.SampledFrom([]judge.Stage{judge.StageCanary, judge.StageApproval, judge.StageSettle}).Draw(t, "stage")
	q := judge.Question{
		Analysis: release.Analysis{
			Period:         release.Duration(time.Minute),
			MinimumSamples: new(rapid.IntRange(1, 100).Draw(t, "minimum")),
			NoData: release.NoData{
				Policy: rapid.SampledFrom([]string{release.NoDataHold, release.NoDataPass, release.NoDataRollback}).Draw(t, "policy"),
				Limit:  release.Duration(30 * time.Minute),
				Then:   rapid.SampledFrom([]string{release.NoDataRollback, release.NoDataPromote}).Draw(t, "then"),
			},
		},
		Stage: stage, Steps: rapid.IntRange(1, 3).Draw(t, "steps"), Weight: 10, CanaryBegan: noon,
		Lasts:    time.Duration(rapid.IntRange(0, 10).Draw(t, "lasts")) * time.Minute,
		Approved: rapid.Bool().Draw(t, "approved"), Paused: rapid.Bool().Draw(t, "paused"),
	}
	q.Step = rapid.IntRange(0, q.Steps-1).Draw(t, "step")
	if stage == judge.StageApproval {
		q.Approval = &release.Approval{Otherwise: rapid.SampledFrom([]string{release.OtherwiseAbort, release.OtherwisePromote}).Draw(t, "otherwise")}
	}
	if rapid.Bool().Draw(t, "compares") {
		q.Analysis.Metrics = defaults().Metrics
	}
	q.Began = noon.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "began")) * time.Minute)
	q.Now = q.Began.Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "now")) * time.Second)
	if rapid.Bool().Draw(t, "holds") {
		q.HoldingSince = q.Began.Add(q.Lasts)
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "periods") {
		q.Periods = append(q.Periods, judge.Period{Start: noon.Add(time.Duration(i) * time.Minute), Metrics: map[string]judge.Pair{
			judge.MetricErrors:  {Canary: drawCount(t, "canary errors"), Stable: drawCount(t, "stable errors")},
			judge.MetricLatency: {Canary: drawCount(t, "canary latency"), Stable: drawCount(t, "stable latency")},
		}})
	}
	for _, name := range []string{"a", "b"} {
		if !rapid.Bool().Draw(t, "has alarm "+name) {
			continue
		}
		q.Analysis.Alarms = append(q.Analysis.Alarms, name)
		q.Alarms = append(q.Alarms, judge.Alarm{
			Name:   name,
			State:  rapid.SampledFrom([]judge.AlarmState{judge.AlarmOK, judge.AlarmOK, judge.AlarmFiring, judge.AlarmInsufficientData, judge.AlarmMissing, judge.AlarmUntrusted}).Draw(t, "state "+name),
			Since:  noon.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "since "+name)) * time.Minute),
			Metric: rapid.SampledFrom([]string{"", judge.MetricErrors, judge.MetricServerErrors}).Draw(t, "metric "+name),
		})
		if rapid.Bool().Draw(t, "fired before "+name) {
			q.FiringBefore = append(q.FiringBefore, name)
		}
	}
	return q
}

func goesOn(decision release.Decision) bool {
	return decision == release.Advance || decision == release.Promote || decision == release.Complete
}

func lacksData(q judge.Question, verdict release.Verdict) bool {
	for _, finding := range verdict.Findings {
		if (finding.Metric == judge.MetricErrors || finding.Metric == judge.MetricLatency) && finding.State == release.NoDataYet {
			// While settling, only the canary's own requests can still come.
			if q.Stage != judge.StageSettle || finding.CanarySamples < float64(*q.Analysis.MinimumSamples) {
				return true
			}
		}
	}
	return false
}

func TestJudgeKeepsItsLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := drawQuestion(t)
		verdict := judge.Judge(q)

		if again := judge.Judge(q); !reflect.DeepEqual(again, verdict) {
			t.Fatalf("the same question got another verdict: %+v, then %+v", verdict, again)
		}
		byPerson := q.Stage == judge.StageApproval && q.Approved
		if goesOn(verdict.Decision) {
			if q.Paused {
				t.Fatalf("%s although a person paused", verdict.Decision)
			}
			if !byPerson && q.Now.Before(q.Began.Add(q.Lasts)) {
				t.Fatalf("%s before the time was over", verdict.Decision)
			}
			held := !q.HoldingSince.IsZero() && !q.Now.Before(q.HoldingSince.Add(q.Analysis.NoData.Limit.Std()))
			ended := held && q.Analysis.NoData.Then == release.NoDataPromote
			switchedOff := q.Stage == judge.StageSettle && q.Lasts == 0
			if lacksData(q, verdict) && q.Analysis.NoData.Policy == release.NoDataHold && !byPerson && !ended && !switchedOff {
				t.Fatalf("%s without data under hold: %s", verdict.Decision, verdict.Reason)
			}
		}
		for _, finding := range verdict.Findings {
			if finding.State == release.Breach && verdict.Decision != release.Rollback {
				t.Fatalf("%s with a breach: %s", verdict.Decision, finding.Reason)
			}
			if finding.Reason == "" {
				t.Fatalf("finding %s has no reason", finding.Metric)
			}
		}
		if verdict.Reason == "" {
			t.Fatalf("%s without a reason", verdict.Decision)
		}
		if (verdict.Decision == release.Rollback) != (verdict.Outcome != "") {
			t.Fatalf("%s with outcome %q", verdict.Decision, verdict.Outcome)
		}
		if since := q.Holding(); !since.IsZero() && verdict.Decision != release.Hold {
			t.Fatalf("%s holds since %s", verdict.Decision, since)
		}
	})
}

// More failures of the canary never make its release go on where it did not.
func TestMoreCanaryFailuresNeverHelp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := drawQuestion(t)
		if len(q.Periods) == 0 {
			return
		}
		before := judge.Judge(q)
		period := q.Periods[rapid.IntRange(0, len(q.Periods)-1).Draw(t, "period")]
		pair := period.Metrics[judge.MetricErrors]
		pair.Canary.Bad += rapid.Float64Range(0, pair.Canary.Requests-pair.Canary.Bad).Draw(t, "more")
		period.Metrics[judge.MetricErrors] = pair
		after := judge.Judge(q)
		if before.Decision == release.Rollback && after.Decision != release.Rollback {
			t.Fatalf("more failures turned a rollback into %s\nbefore: %s\n after: %s", after.Decision, before.Reason, after.Reason)
		}
	})
}
