package workflow_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// released is a world in which version 1 is stable.
func released(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	record := w.release(w.document("one"))
	if record.Outcome != release.Promoted {
		t.Fatalf("the first release ended as %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
	}
	return w
}

func TestAFirstReleaseCreatesTheAliasAndSaysSo(t *testing.T) {
	w := newWorld(t)
	record := w.release(w.document("one"))
	want := []string{"Intake", "Lock", "Locked?", "Bake", "Baked?", "WaitForBake", "Bake", "Baked?", "DeployOffline", "Deployed?", "WaitForDeploy", "DeployOffline", "Deployed?",
		"Verify", "Shift", "Shifted?", "Promote", "Promoted?", "Retire", "Retired?", "Unlock", "Announce", "Notify", "Outcome?", "Promoted"}
	if diff := cmp.Diff(want, w.path); diff != "" {
		t.Errorf("path (-want +got):\n%s\n%s", diff, w.timeline(record.ID))
	}
	if diff := cmp.Diff(map[string]float64{"1": 1}, w.alias()); diff != "" {
		t.Errorf("alias (-want +got):\n%s", diff)
	}
	if record.Outcome != release.Promoted || !strings.Contains(strings.Join(record.Notes, "\n"), "will be created") {
		t.Errorf("outcome %s (%s), notes %q", record.Outcome, record.Reason, record.Notes)
	}
}

func TestAGoodReleaseIsPromotedInFewTransitions(t *testing.T) {
	w := released(t)
	record := w.release(w.document("two"))
	if record.Outcome != release.Promoted {
		t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
	}
	if len(w.path) > 60 {
		t.Errorf("a default release took %d transitions, at most 60 are allowed: %v", len(w.path), w.path)
	}
	if got := record.PromotedAt.Sub(record.CanaryBegan); got != 5*time.Minute {
		t.Errorf("the step of 5m lasted %s", got)
	}
	if got := record.EndedAt.Sub(record.PromotedAt); got < 5*time.Minute || got > 5*time.Minute+10*time.Second {
		t.Errorf("settling for 5m lasted %s", got)
	}
	if diff := cmp.Diff(map[string]float64{"2": 1}, w.alias()); diff != "" {
		t.Errorf("alias (-want +got):\n%s", diff)
	}
	stable, _, err := w.engine.Ledger.Stable(context.Background(), "echo", "production")
	if err != nil || stable.Version != "2" || stable.Release != record.ID {
		t.Errorf("stable is %+v (%v)", stable, err)
	}
	if out := w.execution(record); string(out.Status) != "SUCCEEDED" {
		t.Errorf("execution %s", out.Status)
	}
}

func TestABadReleaseIsRolledBackWithEvidence(t *testing.T) {
	w := released(t)
	w.broken["2"] = 0.2
	record := w.release(w.document("two"))
	if record.Outcome != release.RolledBack || !strings.Contains(record.Reason, "errors") {
		t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
	}
	if diff := cmp.Diff(map[string]float64{"1": 1}, w.alias()); diff != "" {
		t.Errorf("alias (-want +got):\n%s", diff)
	}
	if got := record.EndedAt.Sub(record.CanaryBegan); got > 3*time.Minute {
		t.Errorf("the canary had traffic for %s", got)
	}
	out := w.execution(record)
	if string(out.Status) != "FAILED" || *out.Error != "rolled-back" || *out.Cause != record.Reason {
		t.Errorf("execution %s, error %v, cause %v", out.Status, out.Error, out.Cause)
	}

	// The same artifact again is refused, and goes with a reason.
	again := w.document("two")
	if _, err := w.engine.Operator.Deploy(context.Background(), again); err == nil || !strings.Contains(err.Error(), "--again") {
		t.Errorf("the artifact was not refused: %v", err)
	}
	w.broken["2"], w.broken["3"] = 0, 0
	again.Request = release.Request{Again: true, Reason: "the dependency was down"}
	if record := w.release(again); record.Outcome != release.Promoted {
		t.Errorf("released again: %s: %s", record.Outcome, record.Reason)
	}
}

func TestACheckThatFailsRollsBackBeforeAnyTraffic(t *testing.T) {
	w := released(t)
	w.answer = func(version string) string { return `{"statusCode":503}` }
	record := w.release(w.document("two", func(d *release.Document) {
		d.Verify = []release.Check{{Payload: map[string]any{}, Expect: map[string]any{"statusCode": 200}}}
	}))
	if record.Outcome != release.RolledBack || !strings.Contains(record.Reason, "statusCode") || !record.CanaryBegan.IsZero() {
		t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
	}
	if slices.Contains(w.path, "Shift") {
		t.Error("traffic was shifted")
	}
}

func TestNothingToReleaseIsARefusal(t *testing.T) {
	w := released(t)
	record := w.release(w.document("one"))
	if record.Outcome != release.Refused || !strings.Contains(record.Reason, "nothing to release") {
		t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
	}
}

func TestNoDataHoldsAndThenRollsBackAsInconclusive(t *testing.T) {
	w := released(t)
	w.users = 0
	record := w.release(w.document("two"))
	if record.Outcome != release.RolledBack || !strings.HasPrefix(record.Reason, "inconclusive") {
		t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
	}
	if got := record.EndedAt.Sub(record.CanaryBegan); got < 35*time.Minute || got > 37*time.Minute {
		t.Errorf("held for %s, want 5m of the step and 30m of noData.limit", got)
	}
}

// signal tells a running release something, as a person does.
func (w *world) signal(id string, kind ledger.SignalKind, reason string) {
	w.t.Helper()
	if _, err := w.engine.Operator.Signal(context.Background(), operator.Reference{ID: id}, ledger.Signal{Kind: kind, By: "anna", Reason: reason}); err != nil {
		w.t.Fatal(err)
	}
}

func TestAPersonAborts(t *testing.T) {
	w := released(t)
	id := w.start(w.document("two"))
	w.pass(2*time.Minute + 20*time.Second)
	before := w.clock.Now()
	w.signal(id, ledger.SignalAbort, "wrong build")
	record := w.finish(id)
	if record.Outcome != release.Aborted || !strings.Contains(record.Reason, "anna") || !strings.Contains(record.Reason, "wrong build") {
		t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
	}
	if took := record.EndedAt.Sub(before); took > 2*time.Second {
		t.Errorf("the abort took %s", took)
	}
	if diff := cmp.Diff(map[string]float64{"1": 1}, w.alias()); diff != "" {
		t.Errorf("alias (-want +got):\n%s", diff)
	}
}

func TestAPersonPromotesAtOnceAndItStillSettles(t *testing.T) {
	w := released(t)
	id := w.start(w.document("two", func(d *release.Document) {
		d.Strategy.Steps = []release.Step{{Weight: 10, Wait: release.Duration(time.Hour)}, {Weight: 50, Wait: release.Duration(time.Hour)}}
	}))
	w.pass(3 * time.Minute)
	w.signal(id, ledger.SignalPromote, "")
	w.pass(time.Minute)
	if got := w.record(id).Actual.Weight; got != 50 {
		t.Errorf("after promote the weight is %v, want 50", got)
	}
	w.signal(id, ledger.SignalPromoteFull, "fix for the incident")
	record := w.finish(id)
	if record.Outcome != release.Promoted || record.EndedAt.Sub(record.PromotedAt) < 5*time.Minute {
		t.Errorf("outcome %s after %s of settling\n%s", record.Outcome, record.EndedAt.Sub(record.PromotedAt), w.timeline(id))
	}
}

func TestAnApprovalIsAwaitedWhileTheCanaryIsWatched(t *testing.T) {
	steps := func(d *release.Document) {
		d.Strategy.Steps = []release.Step{
			{Weight: 10, Wait: release.Duration(2 * time.Minute)},
			{Approve: &release.Approval{Timeout: release.Duration(time.Hour), Otherwise: release.OtherwiseAbort}},
			{Weight: 50, Wait: release.Duration(2 * time.Minute)},
		}
	}
	t.Run("approved", func(t *testing.T) {
		w := released(t)
		id := w.start(w.document("two", steps))
		w.pass(10 * time.Minute)
		if record := w.record(id); !strings.Contains(record.Awaiting, "approval") || record.Actual.Weight != 10 {
			t.Fatalf("awaits %q at weight %v", record.Awaiting, record.Actual.Weight)
		}
		w.signal(id, ledger.SignalApprove, "")
		if record := w.finish(id); record.Outcome != release.Promoted {
			t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
		}
	})
	t.Run("nobody answers", func(t *testing.T) {
		w := released(t)
		record := w.release(w.document("two", steps))
		if record.Outcome != release.Aborted {
			t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
		}
	})
	t.Run("bad meanwhile", func(t *testing.T) {
		w := released(t)
		id := w.start(w.document("two", steps))
		w.pass(10 * time.Minute)
		w.broken["2"] = 0.5
		if record := w.finish(id); record.Outcome != release.RolledBack {
			t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
		}
	})
}

func TestPauseHoldsUntilResume(t *testing.T) {
	w := released(t)
	id := w.start(w.document("two"))
	w.pass(time.Minute)
	w.signal(id, ledger.SignalPause, "")
	w.pass(time.Hour)
	if record := w.record(id); record.Actual.Weight != 10 || !record.Paused {
		t.Fatalf("weight %v, paused %t", record.Actual.Weight, record.Paused)
	}
	w.signal(id, ledger.SignalResume, "")
	if record := w.finish(id); record.Outcome != release.Promoted {
		t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
	}
}

func TestANewReleaseMeetsARunningOne(t *testing.T) {
	strategy := func(what string) func(*release.Document) {
		return func(d *release.Document) { d.Strategy.OnNewRelease = what }
	}
	t.Run("reject", func(t *testing.T) {
		w := released(t)
		first := w.start(w.document("two"))
		w.pass(time.Minute)
		second := w.start(w.document("three"))
		w.pass(10 * time.Second)
		record := w.record(second)
		for _, want := range []string{"goldfinch abort " + first, "goldfinch wait " + first} {
			if record.Outcome != release.Refused || !strings.Contains(record.Reason, want) {
				t.Errorf("outcome %s: %s; want it to name %q", record.Outcome, record.Reason, want)
			}
		}
		if record := w.finish(first); record.Outcome != release.Promoted {
			t.Errorf("the first: %s: %s", record.Outcome, record.Reason)
		}
	})
	t.Run("queue", func(t *testing.T) {
		w := released(t)
		first := w.start(w.document("two"))
		w.pass(time.Minute)
		second := w.start(w.document("three", strategy(release.QueueNewRelease)))
		w.pass(time.Minute)
		third := w.start(w.document("four", strategy(release.QueueNewRelease)))
		w.pass(time.Minute)
		if record := w.record(second); record.Phase != ledger.PhaseQueued {
			t.Errorf("the second is %s", record.Phase)
		}
		w.finish(third)
		one, two, three := w.record(first), w.record(second), w.record(third)
		if one.Outcome != release.Promoted || two.Outcome != release.Promoted || three.Outcome != release.Promoted {
			t.Errorf("outcomes %s, %s, %s (%s)", one.Outcome, two.Outcome, three.Outcome, three.Reason)
		}
		if two.CanaryBegan.Before(one.EndedAt) || three.CanaryBegan.Before(two.EndedAt) {
			t.Error("the queue was not first in, first out")
		}
	})
	t.Run("supersede", func(t *testing.T) {
		w := released(t)
		first := w.start(w.document("two"))
		w.pass(2 * time.Minute)
		second := w.start(w.document("three", strategy(release.SupersedeOldRelease)))
		record := w.finish(second)
		if record.Outcome != release.Promoted || record.Before.Stable != "1" {
			t.Errorf("the second: %s: %s; it began on %v", record.Outcome, record.Reason, record.Before)
		}
		if record := w.record(first); record.Outcome != release.Aborted || !strings.Contains(record.Reason, second) {
			t.Errorf("the first: %s: %s", record.Outcome, record.Reason)
		}
	})
}

func TestAPersonsLockRefuses(t *testing.T) {
	w := released(t)
	if err := w.engine.Operator.Lock(context.Background(), "echo", "production", ledger.PersonLock{By: "anna", Reason: "incident 7", Since: w.clock.Now()}); err != nil {
		t.Fatal(err)
	}
	record := w.release(w.document("two"))
	if record.Outcome != release.Refused || !strings.Contains(record.Reason, "incident 7") || !strings.Contains(record.Reason, "anna") {
		t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
	}
	if err := w.engine.Operator.Unlock(context.Background(), "echo", "production", "anna", "over"); err != nil {
		t.Fatal(err)
	}
	if record := w.release(w.document("two")); record.Outcome != release.Promoted {
		t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
	}
}

func TestAnInvalidDocumentIsRefusedWithEveryMistake(t *testing.T) {
	w := newWorld(t)
	document := w.document("one")
	document.Strategy.Steps = []release.Step{{Weight: 50, Wait: release.Duration(time.Minute)}, {Weight: 20, Wait: release.Duration(time.Minute)}}
	*document.Analysis.Delay = 99
	started, err := w.engine.StepFunctions.StartExecution(context.Background(), &sfn.StartExecutionInput{
		StateMachineArn: aws.String(w.engine.StepFunctions.MachineARN()), Name: aws.String("by-hand"), Input: aws.String(asJSON(t, document)),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	out := w.execution(ledger.Record{Execution: *started.ExecutionArn})
	if string(out.Status) != "FAILED" || *out.Error != "refused" || !strings.Contains(*out.Cause, "delay") || !strings.Contains(*out.Cause, "rise") {
		t.Errorf("execution %s, error %v, cause %v", out.Status, *out.Error, *out.Cause)
	}
}

func TestALongQuietReleaseStaysSmall(t *testing.T) {
	w := released(t)
	record := w.release(w.document("two", func(d *release.Document) {
		d.Strategy.Steps = []release.Step{{Weight: 10, Wait: release.Duration(20 * time.Hour)}}
		settle := release.Duration(2 * time.Hour)
		d.Strategy.Settle = &settle
	}))
	if record.Outcome != release.Promoted || record.Ticks > 300 {
		t.Errorf("outcome %s (%s) after %d ticks", record.Outcome, record.Reason, record.Ticks)
	}
	if limit := asl.MaxEvents / 2; w.events >= limit {
		t.Errorf("%d events, at most %d are allowed", w.events, limit)
	}
	t.Logf("a release of %s took %d ticks, %d transitions and %d events", record.EndedAt.Sub(record.CreatedAt), record.Ticks, len(w.path), w.events)
}
