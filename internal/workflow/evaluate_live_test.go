package workflow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// sample is the event of the schedule, of the day after the day on which a world begins.
const sample = "../../events/schedule-evaluate.json"

// due is when the sample says that the evaluation is due.
var due = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// evaluate runs the function on a payload, as a handler.
func (w *world) evaluate(payload string) ([]ledger.Evaluation, error) {
	handler := workflow.Boundary(slog.New(slog.DiscardHandler), "evaluate", w.engine.Workflow.Evaluate)
	out, err := handler(context.WithValue(context.Background(), handlerKey{}, "evaluate"), json.RawMessage(payload))
	evaluations, _ := out.([]ledger.Evaluation)
	return evaluations, err
}

func (w *world) sample() string {
	w.t.Helper()
	payload, err := os.ReadFile(sample)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(payload)
}

// live is a world on the day after next, in which version 1 has been live ever since.
func live(t *testing.T, change ...func(*release.Document)) *world {
	t.Helper()
	w := newWorld(t)
	w.users = 100 // a minute
	if record := w.release(w.document("one", change...)); record.Outcome != release.Promoted {
		t.Fatalf("the first release: %s: %s", record.Outcome, record.Reason)
	}
	w.clock.RunUntil(due.Add(-90 * time.Minute))
	w.readOnly()
	return w
}

// readOnly fails the test when a handler changes anything of Lambda.
func (w *world) readOnly() {
	w.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		service, name, _ := strings.Cut(operation, ":")
		reads := strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "List") || strings.HasPrefix(name, "Describe")
		if service != "dynamodb" && service != "events" && !reads && ctx.Value(handlerKey{}) == "evaluate" {
			w.t.Errorf("an evaluation calls %s", operation)
			return errors.New("an evaluation changes nothing")
		}
		return call(ctx)
	}
}

func TestWhatIsLiveIsJudgedAgainstItsYesterday(t *testing.T) {
	for _, test := range []struct {
		name string
		// change is the document's; today happens to the world an hour and a half before the evaluation.
		change func(*release.Document)
		today  func(*world)
		want   release.Decision
		reason string
	}{
		{"as yesterday", nil, func(*world) {}, release.Continue,
			"errors: version 1 today failed 0.0% of 6000 requests, version 1 yesterday 0.0% of 6000; evidence 0.3 against it, 100 is enough (10:59 to 11:59 UTC)"},
		{"worse than yesterday", nil, func(w *world) { w.broken["1"] = 0.1 }, release.Rollback,
			"errors: version 1 today failed 10.0% of 6000 requests, version 1 yesterday 0.0% of 6000; evidence over a trillion against it, 100 is enough (10:59 to 11:59 UTC)"},
		{"nobody came", nil, func(w *world) { w.users = 0 }, release.Hold, "too few requests to go on by, each version needs 30: version 1 today had no requests, version 1 yesterday failed 0.0% of 6000"},
		{"an alarm fires", watched, func(w *world) { w.broken["1"] = 0.2 }, release.Rollback, "alarm " + errorAlarm + " is firing"},
		{"somebody moved the traffic", nil, func(w *world) { w.publish("other"); aliased{}.foreign(w) }, release.Hold, "version 1 is stable, but traffic is on version 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.users = 100
			document := w.document("one")
			if test.change != nil {
				w.watchErrors()
				w.pass(2 * time.Minute)
				document = w.document("one", test.change)
			}
			if record := w.release(document); record.Outcome != release.Promoted {
				t.Fatalf("the first release: %s: %s", record.Outcome, record.Reason)
			}
			w.clock.RunUntil(due.Add(-90 * time.Minute))
			test.today(w)
			w.readOnly()
			w.clock.RunUntil(due)
			before := w.alias()
			evaluations, err := w.evaluate(w.sample())
			if err != nil || len(evaluations) != 1 {
				t.Fatalf("evaluations %+v (%v)", evaluations, err)
			}
			got := evaluations[0]
			if got.Verdict.Decision != test.want || !strings.Contains(got.Reason, test.reason) || got.Verdict.Outcome != "" {
				t.Errorf("%s: %s\nwant %s: %s", got.Verdict.Decision, got.Reason, test.want, test.reason)
			}
			if diff := cmp.Diff(before, w.alias()); diff != "" {
				t.Errorf("traffic was moved (-before +after):\n%s", diff)
			}
			if kept := w.evaluations(); !cmp.Equal(kept, evaluations) {
				t.Errorf("the ledger has %+v", kept)
			}
		})
	}
}

// evaluations are what the ledger has of echo in production.
func (w *world) evaluations() []ledger.Evaluation {
	w.t.Helper()
	kept, err := w.engine.Ledger.Evaluations(context.Background(), "echo", "production", 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return kept
}

func TestAScheduleThatComesTwiceOrLateMakesOneEvaluation(t *testing.T) {
	t.Parallel()
	w := live(t)
	w.clock.RunUntil(due)
	first, err := w.evaluate(w.sample())
	if err != nil || len(first) != 1 {
		t.Fatalf("evaluations %+v (%v)", first, err)
	}
	w.broken["1"] = 0.5
	w.pass(3 * time.Hour)
	again, err := w.evaluate(w.sample())
	if err != nil || len(again) != 0 || again == nil {
		t.Errorf("evaluated again: %+v (%v)", again, err)
	}
	if diff := cmp.Diff(first, w.evaluations()); diff != "" {
		t.Errorf("evaluations (-want +got):\n%s", diff)
	}
	// One that comes late judges the hour that it was due for, not the present one.
	late, err := w.evaluate(`{"state":"EvaluateLive","scheduledTime":"2026-03-04T13:00:00+01:00"}`)
	if err != nil || len(late) != 0 {
		t.Errorf("the same moment in another zone was evaluated again: %+v (%v)", late, err)
	}
	late, err = w.evaluate(`{"state":"EvaluateLive","scheduledTime":"2026-03-04T11:55:00Z"}`)
	if err != nil || len(late) != 1 || late[0].Verdict.Decision != release.Continue || !late[0].To.Equal(due.Add(-6*time.Minute)) {
		t.Errorf("a late schedule: %+v (%v)", late, err)
	}
}

func TestAVersionWithoutAYesterdayIsNotJudged(t *testing.T) {
	t.Parallel()
	w := live(t)
	w.call = nil
	if record := w.release(w.document("two")); record.Outcome != release.Promoted {
		t.Fatalf("%s: %s", record.Outcome, record.Reason)
	}
	w.readOnly()
	w.broken["2"] = 0.5
	w.clock.RunUntil(due)
	evaluations, err := w.evaluate(w.sample())
	if err != nil || len(evaluations) != 1 || evaluations[0].Verdict.Decision != release.Hold || !strings.HasPrefix(evaluations[0].Reason, "version 2 has no yesterday: it is stable since 2026-03-04T10:4") {
		t.Errorf("evaluations %+v (%v)", evaluations, err)
	}
}

func TestAServiceThatIsBeingReleasedIsLeftToItsRelease(t *testing.T) {
	t.Parallel()
	w := live(t)
	w.call = nil
	id := w.start(w.document("two", func(d *release.Document) {
		d.Strategy.Steps = []release.Step{{Weight: 10, Wait: release.Duration(4 * time.Hour)}}
	}))
	w.clock.RunUntil(due)
	evaluations, err := w.evaluate(w.sample())
	if err != nil || len(evaluations) != 0 {
		t.Errorf("evaluations %+v (%v)", evaluations, err)
	}
	if record := w.finish(id); record.Outcome != release.Promoted {
		t.Errorf("%s: %s", record.Outcome, record.Reason)
	}
}

// livingTwice is live, with a second environment, alpha, that has no yesterday, so that its metrics are not asked for.
func livingTwice(t *testing.T) *world {
	t.Helper()
	w := live(t)
	w.call = nil
	if record := w.release(w.document("two", func(d *release.Document) { d.Environment, d.Target.Lambda.Alias = "alpha", "alpha" })); record.Outcome != release.Promoted {
		t.Fatalf("%s: %s", record.Outcome, record.Reason)
	}
	w.clock.RunUntil(due)
	return w
}

func TestOneServiceThatFailsKeepsNothingFromTheOthers(t *testing.T) {
	t.Parallel()
	w := livingTwice(t)
	var log bytes.Buffer
	w.engine.Workflow.Log = slog.New(slog.NewTextHandler(&log, nil))
	down := true
	w.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if down && operation == "cloudwatch:GetMetricData" {
			return errBroken
		}
		return call(ctx)
	}
	for i := range 2 { // the second one finds that alpha has been evaluated
		evaluations, err := w.evaluate(w.sample())
		if err != nil || len(evaluations) != 1-i {
			t.Errorf("evaluations %+v (%v)", evaluations, err)
		}
	}
	if !strings.Contains(log.String(), "evaluate what is live of echo/production") {
		t.Errorf("log %s", log.String())
	}
	kept, err := w.engine.Ledger.Evaluations(context.Background(), "echo", "alpha", 0)
	if err != nil || len(kept) != 1 || len(w.evaluations()) != 0 {
		t.Fatalf("alpha has %+v, production %+v (%v)", kept, w.evaluations(), err)
	}
	down = false
	evaluations, err := w.evaluate(w.sample())
	if err != nil || len(evaluations) != 1 || evaluations[0].Environment != "production" {
		t.Errorf("evaluations %+v (%v)", evaluations, err)
	}
}

func TestWhenNothingAtAllCanBeEvaluatedTheFunctionFails(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"dynamodb:GetItem", "dynamodb:PutItem", "cloudwatch:GetMetricData"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			w := live(t)
			w.clock.RunUntil(due)
			w.call = func(ctx context.Context, made string, call func(context.Context) error) error {
				if made == operation {
					return errBroken
				}
				return call(ctx)
			}
			evaluations, err := w.evaluate(w.sample())
			if err == nil || !strings.Contains(err.Error(), "evaluate what is live of echo/production") || len(evaluations) != 0 {
				t.Errorf("evaluations %+v (%v)", evaluations, err)
			}
			if kept := w.evaluations(); len(kept) != 0 {
				t.Errorf("the ledger has %+v", kept)
			}
		})
	}
}

// What stays so until somebody mends it is said in an evaluation, hour by hour, and fails no function.
func TestAServiceThatCannotBeEvaluatedIsHeld(t *testing.T) {
	t.Parallel()
	denied := &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "is not authorized to perform it", Fault: smithy.FaultUnknown}
	deny := func(operation string) func(*world) {
		return func(w *world) {
			w.call = func(ctx context.Context, made string, call func(context.Context) error) error {
				if made == operation {
					return denied
				}
				return call(ctx)
			}
		}
	}
	stable := func(w *world) string {
		found, _, err := w.engine.Ledger.Stable(context.Background(), "echo", "production")
		if err != nil {
			w.t.Fatal(err)
		}
		return found.Release
	}
	for _, test := range []struct {
		name   string
		happen func(*world)
		reason string
		// nameless: not even which version is stable can be told.
		nameless bool
	}{
		{"the function was deleted", func(w *world) {
			if _, err := w.engine.Lambda.DeleteFunction(context.Background(), &sdklambda.DeleteFunctionInput{FunctionName: aws.String("echo")}); err != nil {
				w.t.Fatal(err)
			}
		}, "function echo does not exist", false},
		{"the function is not tagged any more", deny("lambda:GetAlias"), "is not authorized to perform it", false},
		{"metrics are denied", deny("cloudwatch:GetMetricData"), "is not authorized to perform it", false},
		{"the record is gone", func(w *world) { w.rewrite("release#"+stable(w), "record", nil) }, "there is no release", false},
		{"the record is broken", func(w *world) {
			w.rewrite("release#"+stable(w), "record", func(string) string { return `{"document":{"analysis":{"period":true}}}` })
		}, "decode release#", false},
		{"the document is of another kind", func(w *world) {
			w.rewrite("release#"+stable(w), "record", func(string) string { return `{"document":{}}` })
		}, "the document's target is of no known kind", false},
		{"the stable version can't be read", func(w *world) {
			w.rewrite("service#echo/production", "stable", func(string) string { return `[]` })
		}, "decode service#echo/production stable", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := live(t)
			w.clock.RunUntil(due)
			w.call = nil
			test.happen(w)
			evaluations, err := w.evaluate(w.sample())
			if err != nil || len(evaluations) != 1 {
				t.Fatalf("evaluations %+v (%v)", evaluations, err)
			}
			got := evaluations[0]
			if got.Verdict.Decision != release.Hold || !strings.HasPrefix(got.Reason, "it can't be evaluated: ") || !strings.Contains(got.Reason, test.reason) || got.Reason != got.Verdict.Reason {
				t.Errorf("%s: %s\nwant %s", got.Verdict.Decision, got.Reason, test.reason)
			}
			if (got.Version == "") != test.nameless || (got.Release == "") != test.nameless || got.To.After(due) || got.To.Sub(got.From) != time.Hour {
				t.Errorf("evaluation %+v", got)
			}
			if kept := w.evaluations(); !cmp.Equal(kept, evaluations) {
				t.Errorf("the ledger has %+v", kept)
			}
			if again, err := w.evaluate(w.sample()); err != nil || len(again) != 0 {
				t.Errorf("evaluated again: %+v (%v)", again, err)
			}
		})
	}
}

func TestASchedulesTimeMustBeOneThatCanBeEvaluated(t *testing.T) {
	t.Parallel()
	w := live(t)
	w.clock.RunUntil(due)
	for _, when := range []string{"", "yesterday", "<aws.scheduler.scheduled-time>", "2026-03-04", "2026-03-04T12:06:00Z", "2026-03-02T11:59:59Z", "0001-01-01T00:00:00Z"} {
		evaluations, err := w.evaluate(`{"state":"EvaluateLive","scheduledTime":"` + when + `"}`)
		if err == nil || len(evaluations) != 0 {
			t.Errorf("%q was evaluated: %+v", when, evaluations)
		}
	}
	if kept := w.evaluations(); len(kept) != 0 {
		t.Errorf("the ledger has %+v", kept)
	}
}
