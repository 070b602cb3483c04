package judge_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// drawCount draws what a version did: mostly what it can have done, and now and then what it can't.
func drawCount(t *rapid.T, label string) judge.Count {
	if rapid.IntRange(0, 19).Draw(t, label+" is odd") == 0 {
		odd := rapid.SampledFrom([]float64{-1, 1e12, 1e300, math.Inf(1), math.NaN()})
		return judge.Count{Requests: odd.Draw(t, label+" odd requests"), Bad: odd.Draw(t, label+" odd bad")}
	}
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
		Lasts:    release.Duration(rapid.IntRange(0, 10).Draw(t, "lasts")) * release.Duration(time.Minute),
		Approved: rapid.Bool().Draw(t, "approved"), Paused: rapid.Bool().Draw(t, "paused"),
	}
	q.Step = rapid.IntRange(0, q.Steps-1).Draw(t, "step")
	for i := range q.Steps {
		q.Strategy.Steps = append(q.Strategy.Steps, release.Step{Weight: float64(10 * (i + 1)), Wait: q.Lasts})
	}
	if stage != judge.StageApproval && rapid.Bool().Draw(t, "adaptive") {
		q.Strategy.Adaptive = &release.AdaptiveStrategy{Profile: release.ProfileDefault}
	}
	q.Strategy.Holdback = new(rapid.SampledFrom([]float64{0, 5}).Draw(t, "holdback"))
	q.Shifts = []judge.Shift{{At: noon, Weight: 10}}
	if rapid.Bool().Draw(t, "has past") {
		q.Past = map[string]judge.Past{judge.MetricErrors: {Requests: 1e5, Bad: 100, Periods: 1440, Burst: 1}}
	}
	drawWishes(t, &q)
	if stage == judge.StageApproval {
		q.Approval = &release.Approval{Otherwise: rapid.SampledFrom([]string{release.OtherwiseAbort, release.OtherwisePromote}).Draw(t, "otherwise")}
	}
	if rapid.Bool().Draw(t, "compares") {
		q.Analysis.Metrics = defaults().Metrics
	}
	q.Began = noon.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "began")) * time.Minute)
	q.Now = q.Began.Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "now")) * time.Second)
	if rapid.Bool().Draw(t, "holds") {
		q.HoldingSince = q.Began.Add(q.Lasts.Std())
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

func drawWishes(t *rapid.T, q *judge.Question) {
	switch rapid.IntRange(0, 9).Draw(t, "wish") {
	case 0:
		q.Back = &judge.Wish{What: "aborted", By: "ada"}
	case 1:
		q.Forward = &judge.Wish{What: "promote", By: "ada", Full: rapid.Bool().Draw(t, "full")}
	case 2:
		q.Ends = noon.Add(3 * time.Minute)
	}
}

func goesOn(decision release.Decision) bool {
	return decision == release.Advance || decision == release.Promote || decision == release.Complete
}

// lacksData reports whether a metric has too few requests for a step that lasted its time.
func lacksData(verdict release.Verdict) bool {
	for _, finding := range verdict.Findings {
		if (finding.Metric == judge.MetricErrors || finding.Metric == judge.MetricLatency) && finding.State == release.NoDataYet {
			return true
		}
	}
	return false
}

func TestJudgeKeepsItsLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := drawQuestion(t)
		verdict := judge.Judge(q)

		written := encode(t, verdict)
		if again := encode(t, judge.Judge(q)); string(again) != string(written) {
			t.Fatalf("the same question got another verdict: %s, then %s", written, again)
		}
		if goesOn(verdict.Decision) && (q.Forward == nil || q.Stage == judge.StageSettle) {
			goesOnRightly(t, q, verdict)
		}
		if q.Back != nil && (verdict.Decision != release.Rollback || verdict.Outcome != release.Aborted) {
			t.Fatalf("%s although a person wants to go back", verdict.Decision)
		}
		enough := verdict.Evidence != nil && verdict.Evidence.Log >= verdict.Evidence.LogThreshold
		breaches := 0
		for _, finding := range verdict.Findings {
			if finding.State == release.Breach && verdict.Decision != release.Rollback {
				t.Fatalf("%s with a breach: %s", verdict.Decision, finding.Reason)
			}
			if finding.State == release.Breach && !strings.HasPrefix(finding.Metric, "alarm ") {
				breaches++
			}
			if finding.Reason == "" {
				t.Fatalf("finding %s has no reason", finding.Metric)
			}
		}
		if enough != (breaches > 0) {
			t.Fatalf("evidence suffices: %t, but %d metrics are in breach", enough, breaches)
		}
		if verdict.Reason == "" {
			t.Fatalf("%s without a reason", verdict.Decision)
		}
		if (verdict.Decision == release.Rollback) != (verdict.Outcome != "") {
			t.Fatalf("%s with outcome %q", verdict.Decision, verdict.Outcome)
		}
		if since := holding(q); !since.IsZero() && verdict.Decision != release.Hold {
			t.Fatalf("%s holds since %s", verdict.Decision, since)
		}
	})
}

// goesOnRightly holds a verdict that goes on, without a person's wish to, to what it needs.
func goesOnRightly(t *rapid.T, q judge.Question, verdict release.Verdict) {
	if q.Paused {
		t.Fatalf("%s although a person paused", verdict.Decision)
	}
	byPerson := q.Stage == judge.StageApproval && q.Approved
	proven := verdict.Evidence != nil && verdict.Evidence.LogPromotion != nil && *verdict.Evidence.LogPromotion >= verdict.Evidence.LogPromotionThreshold
	if proven || byPerson {
		return
	}
	over := q.Began.Add(q.Lasts.Std())
	if q.Strategy.Adaptive != nil && q.Stage == judge.StageCanary { // looked at after each boundary
		over = over.Truncate(time.Minute)
	}
	if q.Now.Before(over) {
		t.Fatalf("%s before the time was over: %s", verdict.Decision, verdict.Reason)
	}
	held := !q.HoldingSince.IsZero() && !q.Now.Before(q.HoldingSince.Add(q.Analysis.NoData.Limit.Std()))
	ended := held && q.Analysis.NoData.Then == release.NoDataPromote
	switchedOff := q.Stage == judge.StageSettle && q.Lasts == 0
	if lacksData(verdict) && q.Analysis.NoData.Policy == release.NoDataHold && !ended && !switchedOff {
		t.Fatalf("%s without data under hold: %s", verdict.Decision, verdict.Reason)
	}
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
		if !(pair.Canary.Requests > pair.Canary.Bad) || math.IsInf(pair.Canary.Requests, 0) {
			return
		}
		pair.Canary.Bad += rapid.Float64Range(0, pair.Canary.Requests-pair.Canary.Bad).Draw(t, "more")
		period.Metrics[judge.MetricErrors] = pair
		after := judge.Judge(q)
		if before.Evidence != nil && after.Evidence.Log < before.Evidence.Log {
			t.Fatalf("more failures made evidence %v from %v", after.Evidence.Log, before.Evidence.Log)
		}
		// Failures may be what was waited for: then the release is suspected, and not given up, and a person may say to go on.
		inconclusive := strings.HasPrefix(before.Reason, "inconclusive: ")
		if before.Decision == release.Rollback && !inconclusive && after.Decision != release.Rollback {
			t.Fatalf("more failures turned a rollback into %s\nbefore: %s\n after: %s", after.Decision, before.Reason, after.Reason)
		}
	})
}
