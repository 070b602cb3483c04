package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// send gives a release a signal as it is, without the checks of an operator.
func (w *world) send(id string, signal ledger.Signal) {
	w.t.Helper()
	signal.By, signal.At = "anna", w.clock.Now()
	if signal.ID == "" {
		signal.ID = fmt.Sprintf("%s-%d", signal.Kind, w.clock.Now().UnixNano())
	}
	if err := w.engine.Workflow.Send(context.Background(), id, signal); err != nil {
		w.t.Fatal(err)
	}
}

// beforeFunction runs do when the function is about to run for the first time;
// an error of it is the function's.
func (w *world) beforeFunction(function string, do func() error) {
	w.handler = func(ctx context.Context, name string, run func(context.Context) (any, error)) (any, error) {
		if name == function {
			w.handler = nil
			if err := do(); err != nil {
				return nil, err
			}
		}
		return run(ctx)
	}
}

func TestAnAbortIsHeededInEveryStateBeforeTheCanary(t *testing.T) {
	for _, function := range []string{"bake", "deploy", "verify", "shift"} {
		t.Run(function, func(t *testing.T) {
			w := released(t)
			var id string
			w.beforeFunction(function, func() error { w.send(id, ledger.Signal{Kind: ledger.SignalAbort, Reason: "wrong build"}); return nil })
			id = w.start(w.document("two"))
			record := w.finish(id)
			if record.Outcome != release.Aborted || !strings.Contains(record.Reason, "anna: wrong build") || !record.CanaryBegan.IsZero() {
				t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
			}
		})
	}
	t.Run("promote of a first release", func(t *testing.T) {
		w := newWorld(t)
		var id string
		w.beforeFunction("promote", func() error { w.send(id, ledger.Signal{Kind: ledger.SignalAbort}); return nil })
		id = w.start(w.document("one"))
		if record := w.finish(id); record.Outcome != release.Aborted || len(w.alias()) != 0 {
			t.Errorf("outcome %s, alias %v", record.Outcome, w.alias())
		}
	})
	t.Run("queued", func(t *testing.T) {
		w := released(t)
		w.start(w.document("two"))
		w.pass(time.Minute)
		id := w.start(w.document("three", func(d *release.Document) { d.Strategy.OnNewRelease = release.QueueNewRelease }))
		w.pass(time.Minute)
		w.send(id, ledger.Signal{Kind: ledger.SignalAbort})
		if record := w.finish(id); record.Outcome != release.Aborted || record.Canary != "" {
			t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
		}
	})
}

func TestAnInputThatPosesAsAnotherReleasesProgressDoesNothing(t *testing.T) {
	w := released(t)
	victim := w.start(w.document("two"))
	w.pass(2 * time.Minute)
	for i, input := range []string{
		`{"release":"` + victim + `"}`,
		`{"release":"` + victim + `","outcome":"promoted","lease":` + asJSON(t, ledger.Lease{Service: "echo", Environment: "production", Owner: w.arn(victim), Release: victim, Fence: 2}) + `}`,
		`"text"`, `[1,2]`, `{}`,
	} {
		started, err := w.engine.StepFunctions.StartExecution(context.Background(), &sfn.StartExecutionInput{
			StateMachineArn: aws.String(w.engine.StepFunctions.MachineARN()), Name: aws.String(fmt.Sprintf("forged-%d", i)), Input: &input,
		})
		if err != nil {
			t.Fatal(err)
		}
		w.pass(time.Second)
		out := w.execution(ledger.Record{Execution: *started.ExecutionArn})
		if out.Status != sfntypes.ExecutionStatusFailed || aws.ToString(out.Error) != "refused" {
			t.Errorf("input %s: execution %s, error %q, cause %q", input, out.Status, aws.ToString(out.Error), aws.ToString(out.Cause))
		}
	}
	if record := w.finish(victim); record.Outcome != release.Promoted {
		t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(victim))
	}
}

func TestWhatIsSaidTwiceCountsForOneStep(t *testing.T) {
	approve := release.Step{Approve: &release.Approval{Timeout: release.Duration(time.Hour)}}
	w := released(t)
	id := w.start(w.document("two", func(d *release.Document) {
		d.Strategy.Steps = []release.Step{{Weight: 10, Wait: release.Duration(2 * time.Minute)}, approve, approve, {Weight: 50, Wait: release.Duration(time.Hour)}}
	}))
	w.pass(5 * time.Minute)
	w.send(id, ledger.Signal{ID: "a", Kind: ledger.SignalApprove, Step: 1})
	w.send(id, ledger.Signal{ID: "b", Kind: ledger.SignalApprove, Step: 1})
	w.pass(10 * time.Minute)
	if record := w.record(id); record.Step != 2 || record.Actual.Weight != 10 {
		t.Fatalf("one approval said twice led to step %d at %v", record.Step, record.Actual.Weight)
	}
	w.send(id, ledger.Signal{ID: "c", Kind: ledger.SignalApprove, Step: 2})
	w.pass(10 * time.Minute)
	if record := w.record(id); record.Step != 3 || record.Actual.Weight != 50 {
		t.Errorf("after the second approval: step %d at %v", record.Step, record.Actual.Weight)
	}
}

func TestManySignalsAreTakenInParts(t *testing.T) {
	w := released(t)
	id := w.start(w.document("two"))
	w.pass(2 * time.Minute)
	for i := range 120 {
		if err := w.engine.Ledger.AddSignal(context.Background(), id, ledger.Signal{ID: fmt.Sprintf("s%d", i), Kind: ledger.SignalResume, By: "anna", At: w.clock.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	w.send(id, ledger.Signal{Kind: ledger.SignalAbort, Reason: "enough"})
	w.pass(5 * time.Second)
	if record := w.record(id); record.Outcome != release.Aborted {
		t.Errorf("outcome %q: %s; the abort came last and must be heard first", record.Outcome, record.Reason)
	}
}

// outage makes calls of one operation fail until it ends.
func (w *world) outage(operation string, lasts time.Duration) {
	end := w.clock.Now().Add(lasts)
	w.call = func(ctx context.Context, called string, call func(context.Context) error) error {
		if called == operation && w.clock.Now().Before(end) {
			return errBroken
		}
		return call(ctx)
	}
}

func TestARollbackOutlastsALongOutage(t *testing.T) {
	for _, operation := range []string{"lambda:UpdateAlias", "dynamodb:TransactWriteItems"} {
		w := released(t)
		id := w.start(w.document("two"))
		w.pass(2 * time.Minute)
		w.outage(operation, 30*time.Minute)
		w.broken["2"] = 0.5
		record := w.finish(id)
		if record.Outcome != release.RolledBack {
			t.Errorf("%s: outcome %s: %s\n%s", operation, record.Outcome, record.Reason, w.timeline(id))
		}
		if diff := cmp.Diff(map[string]float64{"1": 1}, w.alias()); diff != "" {
			t.Errorf("%s: alias (-want +got):\n%s", operation, diff)
		}
	}
}

func TestAVerdictSurvivesTheDeathOfItsExecution(t *testing.T) {
	w := released(t)
	w.broken["2"] = 0.5
	id := w.start(w.document("two"))
	w.beforeFunction("rollback", func() error {
		_, err := w.engine.StepFunctions.StopExecution(context.Background(), &sfn.StopExecutionInput{ExecutionArn: aws.String(w.arn(id))})
		return errors.Join(err, errors.New("died"))
	})
	record := w.finish(id)
	if record.Outcome != release.RolledBack || !strings.Contains(record.Reason, "errors: version 2 failed 50.0%") {
		t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
	}
	if _, err := w.engine.Operator.Deploy(context.Background(), w.document("two")); err == nil {
		t.Error("the artifact may be released again without a reason")
	}
}

func TestAnExecutionThatIsNotVisibleYetIsNotDead(t *testing.T) {
	w := released(t)
	id := w.start(w.document("two"))
	w.pass(5 * time.Second)
	w.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if operation == "states:DescribeExecution" {
			return &sfntypes.ExecutionDoesNotExist{}
		}
		return call(ctx)
	}
	second := w.start(w.document("three"))
	w.pass(5 * time.Second)
	w.call = nil
	if record := w.record(second); record.Outcome != release.Refused {
		t.Errorf("the second: %q: %s", record.Outcome, record.Reason)
	}
	if record := w.finish(id); record.Outcome != release.Promoted {
		t.Errorf("the first: %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
	}
}

func TestABrokenObserveDoesNotMakeMoreTicks(t *testing.T) {
	w := released(t)
	w.handler = func(ctx context.Context, function string, run func(context.Context) (any, error)) (any, error) {
		if function == "observe" {
			return nil, errors.New("broken")
		}
		return run(ctx)
	}
	record := w.release(w.document("two"))
	if record.Outcome == "" || record.Ticks > 15 {
		t.Errorf("outcome %s after %d ticks\n%s", record.Outcome, record.Ticks, w.timeline(record.ID))
	}
}

func TestAnAlarmThatFiresDuringALeadingApprovalWasFiringBefore(t *testing.T) {
	w := released(t)
	w.watchErrors()
	id := w.start(w.document("two", watched, func(d *release.Document) {
		d.Strategy.Steps = []release.Step{{Approve: &release.Approval{Timeout: release.Duration(2 * time.Hour)}}, {Weight: 10, Wait: release.Duration(5 * time.Minute)}}
	}))
	w.pass(5 * time.Minute)
	w.broken["1"] = 0.2
	w.pass(10 * time.Minute)
	w.send(id, ledger.Signal{Kind: ledger.SignalApprove})
	if record := w.finish(id); record.Outcome != release.Promoted {
		t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
	}
}
