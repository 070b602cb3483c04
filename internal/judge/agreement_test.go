package judge_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// drawDocument draws a document as a release that is under way has it.
func drawDocument(t *rapid.T) release.Document {
	period := rapid.SampledFrom([]release.Duration{release.Duration(time.Second), release.Duration(time.Minute)}).Draw(t, "period")
	threshold := func(metric string) release.Threshold {
		return release.Threshold{
			Tolerance: new(rapid.SampledFrom([]float64{0.0002, 0, 0.01}).Draw(t, metric+" tolerance")),
			Ratio:     new(rapid.SampledFrom([]float64{1.1, 1, 1.4}).Draw(t, metric+" ratio")),
		}
	}
	metrics := &release.Metrics{Errors: &release.ErrorMetric{Threshold: threshold("errors")}}
	if rapid.Bool().Draw(t, "latency") {
		metrics.Latency = &release.LatencyMetric{SlowerThan: release.Duration(time.Second), Threshold: threshold("latency")}
	}
	if rapid.Bool().Draw(t, "serverErrors") {
		metrics.ServerErrors = &release.ServiceMetric{Namespace: "Echo", Name: "ServerErrors", Threshold: threshold("serverErrors")}
		metrics.ServerErrors.Burst = new(float64(rapid.IntRange(1, 4).Draw(t, "burst")))
	}
	document := release.Document{
		Analysis: release.Analysis{
			Period: period, Delay: new(rapid.SampledFrom([]int{0, 1, 2, 3, 12}).Draw(t, "delay")), Metrics: metrics,
			FalseRollbackRate: new(rapid.SampledFrom([]float64{0.01, 0.1, 0.0001}).Draw(t, "falseRollbackRate")),
			MinimumSamples:    new(rapid.SampledFrom([]int{1, 10, 30}).Draw(t, "minimumSamples")),
			NoData: release.NoData{
				Policy: rapid.SampledFrom([]string{release.NoDataHold, release.NoDataPass, release.NoDataRollback}).Draw(t, "policy"),
				Limit:  period * release.Duration(rapid.IntRange(1, 8).Draw(t, "limit")),
				Then:   rapid.SampledFrom([]string{release.NoDataRollback, release.NoDataPromote}).Draw(t, "then"),
			},
		},
		Timeouts: release.Timeouts{Release: release.Duration(24 * time.Hour)},
	}
	settle := period * release.Duration(rapid.IntRange(0, 6).Draw(t, "settle"))
	document.Strategy.Settle = &settle
	if settle > 0 {
		document.Strategy.Holdback = new(rapid.SampledFrom([]float64{0, 0, 5, 20}).Draw(t, "holdback"))
	}
	profile := rapid.SampledFrom([]string{"", release.ProfileDefault, release.ProfileCareful, release.ProfileFast}).Draw(t, "profile")
	if profile != "" {
		adaptive := release.AdaptiveStrategy{Profile: profile}
		document.Strategy.Adaptive = &adaptive
		document.Strategy.Steps = judge.AdaptiveSteps(adaptive, rapid.SampledFrom([]float64{0, 5, 143, 500, 5000}).Draw(t, "requests before"), period)
		return document
	}
	weight := 0.0
	for range rapid.IntRange(1, 3).Draw(t, "steps") {
		weight += float64(rapid.IntRange(1, 30).Draw(t, "more weight"))
		document.Strategy.Steps = append(document.Strategy.Steps, release.Step{
			Weight: weight, Wait: period * release.Duration(rapid.IntRange(1, 8).Draw(t, "wait")),
		})
	}
	return document
}

// A world is what the versions of a service do: rates are shares of bad requests.
type world struct {
	random         *rand.Rand
	requests       int
	stable, canary float64
	onset          int
	lost           bool // the canary's requests never arrive
}

func drawWorld(t *rapid.T) world {
	w := world{
		random:   rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)),
		requests: rapid.SampledFrom([]int{0, 2, 10, 100, 1000}).Draw(t, "requests"),
		stable:   rapid.SampledFrom([]float64{0, 0.001, 0.01, 0.2}).Draw(t, "stable's rate"),
		onset:    rapid.SampledFrom([]int{0, 0, 3, 12}).Draw(t, "onset"),
		lost:     rapid.IntRange(0, 7).Draw(t, "lost") == 0,
	}
	w.canary = min(w.stable+rapid.SampledFrom([]float64{0, 0, 0.005, 0.03, 0.1, 1}).Draw(t, "canary's addition"), 1)
	return w
}

// next draws the period with that index, in which the canary has that share; metrics is how many there are.
func (w world) next(index int, share float64, metrics int) ladder.Period {
	rate := w.stable
	if index >= w.onset {
		rate = w.canary
	}
	period := ladder.Period{Bad: make([]ladder.Bad, metrics)}
	for range w.requests {
		canary := w.random.Float64() < share
		switch {
		case canary && w.lost:
			continue
		case canary:
			period.Canary++
		default:
			period.Stable++
		}
		for i := range period.Bad {
			switch luck := w.random.Float64(); {
			case canary && luck < rate:
				period.Bad[i].Canary++
			case !canary && luck < w.stable:
				period.Bad[i].Stable++
			}
		}
	}
	return period
}

// metricsOf names the compared metrics in the order of a plan's.
func metricsOf(document release.Document) []string {
	names := []string{judge.MetricErrors}
	if document.Analysis.Metrics.Latency != nil {
		names = append(names, judge.MetricLatency)
	}
	if document.Analysis.Metrics.ServerErrors != nil {
		names = append(names, judge.MetricServerErrors)
	}
	return names
}

// A watched release is what a workflow keeps of one.
type watched struct {
	document release.Document
	past     map[string]judge.Past
	metrics  []string
	counted  []judge.Period
	question judge.Question
	shifts   []judge.Shift
	now      time.Time
}

func newWatched(document release.Document, past map[string]judge.Past) *watched {
	w := &watched{document: document, past: past, metrics: metricsOf(document), now: noon}
	w.question = judge.Question{Canary: "2", Stable: "1", Steps: len(document.Strategy.Steps), CanaryBegan: noon}
	w.begin(judge.StageCanary, 0)
	return w
}

// begin gives the canary the weight of a step, or all that it gets while settling.
func (w *watched) begin(stage judge.Stage, step int) {
	q := &w.question
	q.Stage, q.Step, q.Began, q.HoldingSince = stage, step, w.now, time.Time{}
	if stage == judge.StageSettle {
		q.Weight, q.Lasts = 100, *w.document.Strategy.Settle
		if w.document.Strategy.Holdback != nil {
			q.Weight -= *w.document.Strategy.Holdback
		}
	} else {
		q.Weight, q.Lasts = w.document.Strategy.Steps[step].Weight, w.document.Strategy.Steps[step].Wait
	}
	w.shifts = append(w.shifts, judge.Shift{At: w.now, Weight: q.Weight})
}

// tick takes the period that has just ended, and returns the question to ask of it.
func (w *watched) tick(period ladder.Period) judge.Question {
	counted := judge.Period{Start: w.now, Metrics: map[string]judge.Pair{}}
	for i, name := range w.metrics {
		counted.Metrics[name] = judge.Pair{
			Canary: judge.Count{Requests: period.Canary, Bad: period.Bad[i].Canary},
			Stable: judge.Count{Requests: period.Stable, Bad: period.Bad[i].Stable},
		}
	}
	w.counted = append(w.counted, counted)
	w.now = w.now.Add(w.document.Analysis.Period.Std())
	w.question.Now = w.now
	final := w.counted[:max(len(w.counted)-*w.document.Analysis.Delay, 0)]
	return w.question.Of(w.document, w.past, w.shifts, final)
}

// follow does what a verdict says; over reports whether the release is.
func (w *watched) follow(verdict release.Verdict, holding time.Time) (over bool) {
	w.question.HoldingSince = holding
	switch verdict.Decision {
	case release.Advance:
		w.begin(judge.StageCanary, w.question.Step+1)
	case release.Promote:
		w.begin(judge.StageSettle, w.question.Step)
		return *w.document.Strategy.Settle == 0
	case release.Rollback, release.Complete:
		return true
	}
	return false
}

func drawPast(t *rapid.T, document release.Document) map[string]judge.Past {
	past := map[string]judge.Past{}
	for _, name := range metricsOf(document) {
		if rapid.IntRange(0, 3).Draw(t, "has past") == 0 {
			continue
		}
		requests := float64(rapid.IntRange(0, 100_000).Draw(t, "past requests"))
		past[name] = judge.Past{
			Requests: requests, Periods: 1440, Burst: rapid.SampledFrom([]float64{1, 1, 2.5}).Draw(t, "past burst"),
			Bad: requests * rapid.SampledFrom([]float64{0, 0.001, 0.01}).Draw(t, "past rate"),
		}
	}
	return past
}

// The judge, asked at each tick anew with what was counted, decides as the ladder that plays the
// document's plan period by period, and its evidence is the same.
func TestJudgeAgreesWithTheLadder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		document := drawDocument(t)
		past, world := drawPast(t, document), drawWorld(t)
		kept, played := newWatched(document, past), ladder.Play(judge.Ladder(document, past))
		for index := range 80 {
			period := world.next(index, played.Share(), len(kept.metrics))
			settling := played.Settling()
			want := played.Tick(period)
			question := kept.tick(period)
			got := judge.Judge(question)
			if math.Abs(got.Evidence.Log-want.LogEvidence) > 1e-9 {
				t.Fatalf("period %d: evidence %v, the ladder has %v", index, got.Evidence.Log, want.LogEvidence)
			}
			if got.Evidence.LogPromotion != nil && math.Abs(*got.Evidence.LogPromotion-want.LogPromotion) > 1e-9 {
				t.Fatalf("period %d: promotion evidence %v, the ladder has %v", index, *got.Evidence.LogPromotion, want.LogPromotion)
			}
			if adaptive := document.Strategy.Adaptive != nil && !settling; adaptive != (got.Evidence.LogPromotion != nil) {
				t.Fatalf("period %d: promotion evidence is there: %t, want %t", index, !adaptive, adaptive)
			}
			sameAfterReading(t, question, kept, got)
			if want.Decision == release.Complete && got.Decision != release.Complete {
				lacksRequestsWhileSettling(t, question, got)
				return
			}
			if got.Decision != want.Decision || want.Inconclusive != strings.HasPrefix(got.Reason, "inconclusive: ") {
				t.Fatalf("period %d: %s: %s\nthe ladder says %s because of rule %d, inconclusive: %t", index, got.Decision, got.Reason, want.Decision, want.Why, want.Inconclusive)
			}
			if kept.follow(got, holding(question)) {
				return
			}
		}
	})
}

// sameAfterReading holds a question to be answered the same, to the last byte, after it was written down.
func sameAfterReading(t *rapid.T, question judge.Question, kept *watched, answer release.Verdict) {
	written := encode(t, question)
	var read judge.Question
	if err := json.Unmarshal(written, &read); err != nil {
		t.Fatal(err)
	}
	var periods []judge.Period
	if err := json.Unmarshal(encode(t, question.Periods), &periods); err != nil {
		t.Fatal(err)
	}
	again := read.Of(kept.document, kept.past, kept.shifts, periods)
	if got, want := encode(t, judge.Judge(again)), encode(t, answer); string(got) != string(want) {
		t.Fatalf("after reading:\n%s\nbefore:\n%s", got, want)
	}
	if got, want := holding(again), holding(question); !got.Equal(want) {
		t.Fatalf("after reading it holds since %s, before since %s", got, want)
	}
}

func encode(t rapid.TB, value any) []byte {
	t.Helper()
	written, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return written
}

// lacksRequestsWhileSettling is the one way in which the judge may not complete what the ladder does:
// the ladder leaves it to the judge whether the canary had enough requests while settling, or any.
func lacksRequestsWhileSettling(t *rapid.T, question judge.Question, verdict release.Verdict) {
	requests := 0.0
	for _, period := range question.Periods {
		if !period.Start.Before(question.Began) {
			requests += period.Metrics[judge.MetricErrors].Canary.Requests
		}
	}
	lost := requests == 0 && strings.Contains(verdict.Reason, "requests while settling and had none")
	if requests >= float64(*question.Analysis.MinimumSamples) || question.Analysis.NoData.Policy == release.NoDataPass && !lost {
		t.Fatalf("%s although the canary had %g requests while settling: %s", verdict.Decision, requests, verdict.Reason)
	}
	want := release.Hold
	if question.Analysis.NoData.Policy == release.NoDataRollback {
		want = release.Rollback
	}
	if verdict.Decision != want {
		t.Fatalf("%s without requests while settling: %s", verdict.Decision, verdict.Reason)
	}
}
