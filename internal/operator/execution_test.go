package operator_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Ids that the command line did not make: an event's, and what Step Functions'
// console proposes as an execution's name.
const (
	triggered = "s3-echo-v2_0f3c5a7e9b1d2f4a6c8e"
	byHand    = "6f1c9b1e-2a4d-4e1f-9a53-3b5e1c0d7f42"
)

func TestReleasesStartOnTheAliasAndTheirExecutionsAreKnownWithoutIt(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.executions.startError = &types.ExecutionAlreadyExists{} // an earlier attempt's answer was lost
		started, err := o.Deploy(t.Context(), document())
		if err != nil {
			t.Fatal(err)
		}
		if got := aws.ToString(w.executions.started[0].StateMachineArn); got != stateMachine {
			t.Errorf("started on %s, want %s", got, stateMachine)
		}
		if want := executionPrefix + started.ID; started.Execution != want {
			t.Errorf("execution %s, want %s", started.Execution, want)
		}
	})
}

func TestEveryVerbKnowsReleasesByAnyId(t *testing.T) {
	for _, name := range []string{triggered, byHand} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world, o operator.Operator) {
				named := func(change func(*ledger.Record)) func(*ledger.Record) {
					return func(r *ledger.Record) {
						change(r)
						r.ID, r.Execution = name, executionPrefix+name
					}
				}
				w.add(1, promoted("", "1"))
				w.hold(w.add(2, named(canarying)), noon.Add(time.Hour))
				w.ledger.entries[name] = []ledger.Entry{{Sequence: 1, Kind: ledger.EntryPhase, Text: "took the lock"}}
				reference, err := operator.ParseReference(name)
				if err != nil {
					t.Fatal(err)
				}
				status, err := o.Status(t.Context(), reference)
				if err != nil || status.ID != name {
					t.Errorf("status of %s: %v", status.ID, err)
				}
				if history, err := o.History(t.Context(), reference); err != nil || len(history.Entries) != 1 {
					t.Errorf("history %+v: %v", history, err)
				}
				if _, err := o.Signal(t.Context(), reference, ledger.Signal{Kind: ledger.SignalPause, By: "bob"}); err != nil || len(w.signals[name]) != 1 {
					t.Errorf("signals %+v: %v", w.signals, err)
				}
				listed, err := o.List(t.Context(), operator.Filter{})
				if err != nil || len(listed) != 2 || listed[0].ID != name {
					t.Errorf("the newest is not first: %+v, %v", listed, err)
				}
				if started, err := o.Rollback(t.Context(), operator.RollbackRequest{Reference: reference, By: "bob"}); err != nil || !started.Aborting || started.ID != name {
					t.Errorf("rollback %+v: %v", started, err)
				}
			})
		})
	}
}

func TestRollbackToAReleaseOfAnyId(t *testing.T) {
	for _, name := range []string{triggered, byHand} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world, o operator.Operator) {
				w.add(1, func(r *ledger.Record) { promoted("", "1")(r); r.ID = name })
				w.add(2, promoted("1", "2"))
				w.add(3, promoted("2", "3"))
				reference, err := operator.ParseReference(name)
				if err != nil {
					t.Fatal(err)
				}
				_, err = o.Rollback(t.Context(), operator.RollbackRequest{Reference: reference, By: "bob"})
				wantFailure(t, err, release.KindRefused, name, "did not make the version that users have now", "--to "+name)
				if _, err := o.Rollback(t.Context(), operator.RollbackRequest{Reference: production, To: name, By: "bob"}); err != nil {
					t.Fatal(err)
				}
				if got := w.executions.input(t).Request.Version; got != "1" {
					t.Errorf("goes back to version %q, want what release %s made", got, name)
				}
			})
		})
	}
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.add(1, promoted("", "1"))
		w.add(2, promoted("1", "2"))
		_, err := o.Rollback(t.Context(), operator.RollbackRequest{Reference: production, To: triggered, By: "bob"})
		wantFailure(t, err, release.KindRefused, "release "+triggered+" was not promoted here")
	})
}

// An execution that was started in the console has no record until it is taken in.
func TestAnExecutionStartedByHandIsKnownByItsName(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.executions.byARN[executionPrefix+byHand] = &sfn.DescribeExecutionOutput{
			Status: types.ExecutionStatusRunning, StartDate: aws.Time(noon),
			Input: aws.String(`{"apiVersion":"goldfinch/v1","service":"echo","environment":"production","artifact":"s3://bucket/echo.zip"}`),
		}
		status, err := o.Status(t.Context(), operator.Reference{Service: byHand})
		if err != nil || status.ID != byHand || status.Service != "echo" || status.Artifact.Package != "s3://bucket/echo.zip" {
			t.Errorf("status %+v: %v", status, err)
		}
		_, err = o.Status(t.Context(), operator.Reference{Service: "nobody"})
		if err == nil || err.Error() != "nobody has never been released" {
			t.Errorf("of a service that was never released: %v", err)
		}
	})
}
