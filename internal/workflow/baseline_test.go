package workflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// beforeMoving counts how often metrics are read before traffic moves.
func (w *world) beforeMoving() *int {
	reads := 0
	w.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if function := ctx.Value(handlerKey{}); operation == "cloudwatch:GetMetricData" && (function == "shift" || function == "promote") {
			reads++
		}
		return call(ctx)
	}
	return &reads
}

// day is what the stable version of a world did in the day before, with so many good
// requests a minute for the last hours.
func day(requests float64, hours int) judge.Past {
	return judge.Past{Requests: requests * float64(hours*60), Periods: 1440, Burst: 1}
}

func TestWhatStableDidBeforeIsReadOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.users = 0
	reads := w.beforeMoving()
	if record := w.release(w.document("one")); *reads != 0 || record.Past != nil {
		t.Errorf("a first release, with nothing before it, read %d times: %v", *reads, record.Past)
	}
	w.users = 40
	w.pass(2*time.Hour + time.Minute) // the last of them is not believed yet
	record := w.release(w.document("two", func(d *release.Document) {
		d.Strategy.Steps = []release.Step{{Weight: 10, Wait: release.Duration(10 * time.Minute)}, {Weight: 50, Wait: release.Duration(2 * time.Minute)}}
	}))
	if record.Outcome != release.Promoted || *reads != 1 {
		t.Errorf("outcome %s after %d reads: %s\n%s", record.Outcome, *reads, record.Reason, w.timeline(record.ID))
	}
	if diff := cmp.Diff(map[string]judge.Past{"errors": day(40, 2), "latency": day(40, 2)}, record.Past); diff != "" {
		t.Errorf("past (-want +got):\n%s", diff)
	}
}

// What CloudWatch may not know yet is no part of the past: it would look as if nobody had come.
func TestThePastEndsWhereItIsBelieved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.late = 150 * time.Second
	w.release(w.document("one"))
	w.users = 40
	w.pass(26 * time.Hour)
	record := w.release(w.document("two", func(d *release.Document) { d.Analysis.Delay = new(3) }))
	if diff := cmp.Diff(map[string]judge.Past{"errors": day(40, 24), "latency": day(40, 24)}, record.Past); diff != "" {
		t.Errorf("past (-want +got):\n%s", diff)
	}
}

// A release that older code began has no past until this code judges it, and then keeps it.
func TestAReleaseWithoutItsPastReadsItOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.release(w.document("one"))
	w.users = 40
	w.pass(25 * time.Hour)
	id := w.start(w.document("two", func(d *release.Document) {
		d.Strategy.Steps = []release.Step{{Weight: 10, Wait: release.Duration(10 * time.Minute)}}
	}))
	w.pass(2 * time.Minute)
	w.rewrite("release#"+id, "record", func(value string) string {
		var record map[string]any
		if err := json.Unmarshal([]byte(value), &record); err != nil || record["past"] == nil {
			t.Fatalf("no past to forget: %v", err)
		}
		delete(record, "past")
		return asJSON(t, record)
	})
	reads := 0
	w.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if operation == "cloudwatch:GetMetricData" {
			reads++
		}
		return call(ctx)
	}
	record := w.finish(id)
	if diff := cmp.Diff(map[string]judge.Past{"errors": day(40, 24), "latency": day(40, 24)}, record.Past); diff != "" {
		t.Errorf("past (-want +got):\n%s", diff)
	}
	if measured := record.Ticks; record.Outcome != release.Promoted || reads > measured+1 {
		t.Errorf("outcome %s, %d reads in %d ticks: %s", record.Outcome, reads, measured, record.Reason)
	}
}

func TestAReturnIsJudgedByWhatTheVersionItLeavesDid(t *testing.T) {
	t.Parallel()
	w := released(t)
	if record := w.release(w.document("two")); record.Outcome != release.Promoted {
		t.Fatalf("outcome %s: %s", record.Outcome, record.Reason)
	}
	w.users = 40
	w.pass(25 * time.Hour)
	reads := w.beforeMoving()
	record := w.release(w.document("one", held, adaptive, func(d *release.Document) { d.Request.Version, d.Request.Reason = "1", "customers complain" }))
	if record.Outcome != release.Promoted || *reads != 1 {
		t.Errorf("outcome %s after %d reads: %s\n%s", record.Outcome, *reads, record.Reason, w.timeline(record.ID))
	}
	if diff := cmp.Diff(map[string]judge.Past{"errors": day(40, 24), "latency": day(40, 24)}, record.Past); diff != "" {
		t.Errorf("past (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{100}, weights(record)); diff != "" {
		t.Errorf("nothing is held back for a return, but its weights were (-want +got):\n%s", diff)
	}
}

func TestAReleaseThatMayNotReadMetricsMovesNoTraffic(t *testing.T) {
	t.Parallel()
	w := released(t)
	w.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if operation == "cloudwatch:GetMetricData" {
			return &smithy.GenericAPIError{Code: "AccessDenied", Message: "not authorized to perform cloudwatch:GetMetricData"}
		}
		return call(ctx)
	}
	record := w.release(w.document("two", adaptive))
	if record.Outcome != release.RolledBack || !record.CanaryBegan.IsZero() || !strings.Contains(record.Reason, "what version 1 did before the release") {
		t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
	}
}

// disturbances are ways in which a state is run again.
var disturbances = map[string]func(w *world){
	"none": func(*world) {},
	"every handler runs twice": func(w *world) {
		w.handler = func(ctx context.Context, _ string, run func(context.Context) (any, error)) (any, error) {
			if out, err := run(ctx); err != nil {
				return out, err
			}
			return run(ctx)
		}
	},
	"every handler's answer is lost once": func(w *world) {
		lost := map[string]bool{}
		w.handler = func(ctx context.Context, function string, run func(context.Context) (any, error)) (any, error) {
			out, err := run(ctx)
			if state := function + w.path[len(w.path)-1]; err == nil && !lost[state] {
				lost[state] = true
				return nil, errors.New("lost")
			}
			return out, err
		}
	},
}

// A state that runs again reads no other past, counts no period twice, and gives the canary no other weights.
func TestStatesThatRunAgainChangeNothing(t *testing.T) {
	t.Parallel()
	type course struct {
		Outcome release.Outcome
		Steps   []release.Step
		Past    map[string]judge.Past
		Weights []float64
		Periods []judge.Period
	}
	play := func(t *testing.T, disturb func(w *world)) course {
		w := busy(t, 500)
		disturb(w)
		record := w.release(w.document("two", adaptive, held))
		periods, err := w.engine.Ledger.Periods(t.Context(), record.ID)
		if err != nil {
			t.Fatal(err)
		}
		if holder, _, err := w.engine.Ledger.Holder(t.Context(), "echo", "production"); err != nil || holder != nil {
			t.Errorf("the lock is held: %v (%v)", holder, err)
		}
		return course{record.Outcome, record.Document.Strategy.Steps, record.Past, weights(record), periods}
	}
	want := play(t, disturbances["none"])
	if diff := cmp.Diff([]float64{2, 10, 33, 90, 100}, want.Weights); diff != "" {
		t.Fatalf("undisturbed, weights (-want +got):\n%s", diff)
	}
	for name, disturb := range disturbances {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(want, play(t, disturb)); diff != "" {
				t.Errorf("(-undisturbed +disturbed):\n%s", diff)
			}
		})
	}
}

// Every verdict stands with the question that it answers: asked again with what the
// release's record and its periods say, the judge gives the same answer.
func TestEveryVerdictCanBeAskedForAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*release.Document)
		play   func(w *world, id string)
	}{
		"adaptive": {adaptive, func(*world, string) {}},
		"fixed":    {func(*release.Document) {}, func(*world, string) {}},
		"held back": {held, func(w *world, _ string) {
			w.pass(7 * time.Minute)
			w.broken["2"] = 0.1
		}},
		"with words of a person": {func(*release.Document) {}, func(w *world, id string) {
			w.pass(time.Minute)
			w.signal(id, ledger.SignalPause, "")
			w.pass(2 * time.Minute)
			w.signal(id, ledger.SignalPromote, "it is urgent")
			w.pass(2 * time.Minute)
			w.signal(id, ledger.SignalAbort, "wrong build")
		}},
		"without requests": {func(*release.Document) {}, func(w *world, _ string) { w.users = 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := busy(t, 300)
			id := w.start(w.document("two", test.change))
			test.play(w, id)
			record := w.finish(id)
			var periods []judge.Period
			asked := 0
			for _, entry := range w.entries(id) {
				periods = append(periods, entry.Periods...)
				if entry.Verdict == nil {
					continue
				}
				if entry.Question == nil {
					t.Fatalf("verdict %q has no question", entry.Text)
				}
				asked++
				again := judge.Judge(entry.Question.Of(record.Document, record.Past, record.Shifts, periods))
				if diff := cmp.Diff(asJSON(t, entry.Verdict), asJSON(t, again)); diff != "" {
					t.Errorf("at %s (-said +says now):\n%s", entry.At, diff)
				}
			}
			if asked < 3 {
				t.Errorf("only %d verdicts\n%s", asked, w.timeline(id))
			}
		})
	}
}

// A planner of one step.
type planner struct {
	step release.Step
	err  error
	saw  float64
}

func (p *planner) Derive(_ release.Document, history judge.History, _ release.Shifts) ([]release.Step, error) {
	p.saw = judge.RecentRequests(history)
	return []release.Step{p.step}, p.err
}

func budget(d *release.Document) {
	d.Strategy.Exposure = &release.ExposureStrategy{MaxFailedRequests: 50}
}

func TestABudgetIsPlannedFromTheTrafficOfTheDayBefore(t *testing.T) {
	t.Parallel()
	t.Run("planned", func(t *testing.T) {
		t.Parallel()
		w := busy(t, 500)
		plans := &planner{step: release.Step{Weight: 7.5, Wait: release.Duration(3 * time.Minute)}}
		w.engine.Workflow.Planner = plans
		record := w.release(w.document("two", budget))
		if record.Outcome != release.Promoted || plans.saw != 500 {
			t.Errorf("outcome %s, planned for %v requests a period: %s\n%s", record.Outcome, plans.saw, record.Reason, w.timeline(record.ID))
		}
		if diff := cmp.Diff([]float64{7.5, 100}, weights(record)); diff != "" {
			t.Errorf("weights (-want +got):\n%s", diff)
		}
		if said := "500 requests a period, and a budget of 50 failed requests: 7.5 % for 3m"; !strings.Contains(w.timeline(record.ID), said) {
			t.Errorf("it was not said that %q\n%s", said, w.timeline(record.ID))
		}
	})
	t.Run("can't be kept", func(t *testing.T) {
		t.Parallel()
		w := released(t)
		w.engine.Workflow.Planner = &planner{err: release.Fail(release.KindUnhealthy, "no step is small enough")}
		record := w.release(w.document("two", budget))
		if record.Outcome != release.RolledBack || !strings.Contains(record.Reason, "no step is small enough") || !record.CanaryBegan.IsZero() {
			t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
		}
	})
	t.Run("nobody can plan", func(t *testing.T) {
		t.Parallel()
		w := released(t)
		w.engine.Workflow.Planner = nil
		record := w.release(w.document("two", budget))
		if record.Outcome != release.Refused || !strings.Contains(record.Reason, "strategy.exposure") {
			t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
		}
	})
}
