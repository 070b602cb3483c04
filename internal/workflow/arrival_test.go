package workflow_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// short is a release that watches 10% for two minutes, and settles for two.
func short(d *release.Document) {
	settle := release.Duration(2 * time.Minute)
	d.Strategy = release.Strategy{Steps: []release.Step{{Weight: 10, Wait: release.Duration(2 * time.Minute)}}, Settle: &settle}
}

// told is the entries of a kind in a release's timeline.
func (w *world) told(id string, kind ledger.EntryKind) []ledger.Entry {
	w.t.Helper()
	var found []ledger.Entry
	for _, entry := range w.entries(id) {
		if entry.Kind == kind {
			found = append(found, entry)
		}
	}
	return found
}

// passUntil lets time pass, second by second, until something is so.
func (w *world) passUntil(what string, so func() bool) {
	w.t.Helper()
	for range 24 * 3600 {
		w.pass(time.Second)
		if so() {
			return
		}
	}
	w.t.Fatalf("a day has passed, and it is not so: %s", what)
}

// home wants all traffic on a version, its instances alone, and no request without an answer.
func (d *distant) home(t *testing.T, version string) {
	t.Helper()
	if diff := cmp.Diff(map[string]float64{version: 1}, d.world.alias()); diff != "" {
		t.Errorf("alias (-want +got):\n%s", diff)
	}
	if orphans := d.orphans(version); len(orphans) > 0 {
		t.Errorf("left are %v", orphans)
	}
	if len(d.dropped) > 0 {
		t.Errorf("requests were dropped: %v", d.dropped)
	}
	if holder, _, err := d.world.engine.Ledger.Holder(context.Background(), "echo", "production"); err != nil || holder != nil {
		t.Errorf("the lock is held: %+v (%v)", holder, err)
	}
}

func TestAStepBeginsWhenItsTrafficHasArrived(t *testing.T) {
	w, d := distantWorld(t)
	shifts := d.shifts
	record := w.release(w.document("two", short))
	if record.Outcome != release.Promoted {
		t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
	}
	d.home(t, "2")
	if got := d.shifts - shifts; got != 2 {
		t.Errorf("traffic was moved %d times, want twice: to the step and to the canary", got)
	}
	intended, seen := w.told(record.ID, ledger.EntrySplitIntended), w.told(record.ID, ledger.EntrySplitSeen)
	if len(intended) != 2 || len(seen) != 3 { // and once in preflight
		t.Fatalf("%d splits were intended, and %d seen:\n%s", len(intended), len(seen), w.timeline(record.ID))
	}
	if !strings.Contains(intended[0].Text, "version 2 at 12.5%, which is nearest to 10%") {
		t.Errorf("the intent is told as %q", intended[0].Text)
	}
	for i, moved := range intended {
		arrived := seen[i+1]
		if took := arrived.At.Sub(moved.At); took < d.unheard+d.remembered || took > d.unheard+d.remembered+10*time.Second {
			t.Errorf("%s was seen after %s", arrived.Text, took)
		}
		if !arrived.Split.Same(*moved.Split) {
			t.Errorf("intended was %s, and seen %s", moved.Split, arrived.Split)
		}
	}
	if !record.CanaryBegan.Equal(seen[1].At) || !record.PromotedAt.Equal(seen[2].At) {
		t.Errorf("the canary began at %s and was promoted at %s; its traffic arrived at %s and %s", record.CanaryBegan, record.PromotedAt, seen[1].At, seen[2].At)
	}
	if want := []judge.Shift{{At: seen[1].At, Weight: 12.5}, {At: seen[2].At, Weight: 100}}; !cmp.Equal(record.Shifts, want) {
		t.Errorf("shifts are %v, want %v", record.Shifts, want)
	}
	periods, err := w.engine.Ledger.Periods(context.Background(), record.ID)
	if err != nil || len(periods) == 0 || periods[0].Start.Before(seen[1].At.Truncate(time.Minute)) {
		t.Errorf("periods from before the traffic arrived were counted: %v (%v)", periods, err)
	}
	waits := 0
	for _, note := range w.told(record.ID, ledger.EntryNote) {
		if strings.HasPrefix(note.Text, "waits for traffic to arrive") {
			waits++
			if !strings.HasSuffix(note.Text, "; that is set, and has not been heard of everywhere") {
				t.Errorf("the records lead there already: %s", note.Text)
			}
		}
	}
	if waits != 2 || d.asked < 10 {
		t.Errorf("the timeline tells %d times of waits, and it was asked %d times", waits, d.asked)
	}
}

// TestPeopleAndAlarmsAreHeededWhileTrafficArrives: an abort in the middle of each wait.
func TestPeopleAndAlarmsAreHeededWhileTrafficArrives(t *testing.T) {
	holdback := 20.0
	for _, test := range []struct {
		name string
		// shift is which shift is on its way, from 1.
		shift  int
		change func(*release.Document)
	}{
		{"to a step", 1, short},
		{"to the canary", 2, short},
		{"of what was held back", 3, func(d *release.Document) { short(d); d.Strategy.Holdback = &holdback }},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, d := distantWorld(t)
			before := d.shifts
			id := w.start(w.document("two", test.change))
			w.passUntil("the shift was made", func() bool { return d.shifts == before+test.shift })
			w.pass(7 * time.Second)
			if record := w.record(id); record.Arriving == nil || record.Arriving.Receipt == "" || !strings.HasPrefix(record.Awaiting, "traffic to arrive on ") {
				t.Fatalf("it awaits %q: %+v", record.Awaiting, record.Arriving)
			}
			w.signal(id, ledger.SignalAbort, "wrong build")
			said := w.clock.Now()
			w.passUntil("traffic was sent back", func() bool { return w.alias()["1"] == 1 })
			if took := w.clock.Now().Sub(said); took > time.Minute+10*time.Second {
				t.Errorf("it took %s until the abort was heard", took)
			}
			if record := w.finish(id); record.Outcome != release.Aborted || !strings.Contains(record.Reason, "wrong build") {
				t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
			}
			d.home(t, "1")
		})
	}
	t.Run("an alarm", func(t *testing.T) {
		w, d := distantWorld(t)
		w.watchErrors()
		w.pass(2 * time.Minute)
		d.unheard = 4 * time.Minute
		w.broken["2"] = 1
		id := w.start(w.document("two", short, watched))
		record := w.finish(id)
		if record.Outcome != release.RolledBack || !strings.Contains(record.Reason, "alarm "+errorAlarm+" is firing") || !record.CanaryBegan.IsZero() {
			t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
		}
		if _, _, rejected, err := w.engine.Ledger.Rejected(context.Background(), "echo", "production", record.Document.Artifact.Identity()); err != nil || !rejected {
			t.Errorf("what an alarm was judged by is not rejected (%v)", err)
		}
		d.home(t, "1")
	})
	t.Run("and when the answer that leads back gets lost", func(t *testing.T) {
		w, d := distantWorld(t)
		before := d.shifts
		id := w.start(w.document("two", short))
		w.passUntil("the shift was made", func() bool { return d.shifts == before+1 })
		w.signal(id, ledger.SignalAbort, "wrong build")
		lost := false
		w.handler = func(ctx context.Context, function string, run func(context.Context) (any, error)) (any, error) {
			out, err := run(ctx)
			if function == "shift" && !lost && w.record(id).Verdict != nil {
				lost = true
				return nil, errBroken
			}
			return out, err
		}
		if record := w.finish(id); record.Outcome != release.Aborted || !lost {
			t.Errorf("outcome %s: %s (the answer was lost: %t)", record.Outcome, record.Reason, lost)
		}
		d.home(t, "1")
	})
}

func TestAShiftWhoseReceiptIsLostArrivesAllTheSame(t *testing.T) {
	w, d := distantWorld(t)
	died := false
	w.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		err := call(ctx)
		if operation == "lambda:UpdateAlias" && ctx.Value(handlerKey{}) == "shift" && !died {
			died = true
			panic("died after it was written")
		}
		return err
	}
	id := w.start(w.document("two", short))
	w.passUntil("it is on its way", func() bool { return w.record(id).Arriving != nil })
	if receipt := w.record(id).Arriving.Receipt; receipt != "" || !died {
		t.Errorf("the receipt is %q", receipt)
	}
	if record := w.finish(id); record.Outcome != release.Promoted {
		t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
	}
	d.home(t, "2")
}

func TestTrafficThatDoesNotArriveGoesBack(t *testing.T) {
	patient := func(d *release.Document) { short(d); d.Timeouts.Deploy = release.Duration(10 * time.Minute) }
	t.Run("and arrives there", func(t *testing.T) {
		w, d := distantWorld(t)
		usual := d.unheard
		d.unheard = 24 * time.Hour
		id := w.start(w.document("two", patient))
		w.passUntil("it has begun to go back", func() bool { return w.record(id).Phase == ledger.PhaseRollingBack })
		d.unheard = usual
		record := w.finish(id)
		if record.Outcome != release.RolledBack || !strings.Contains(record.Reason, "has not arrived there within 10m (timeouts.deploy)") {
			t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
		}
		if _, _, rejected, err := w.engine.Ledger.Rejected(context.Background(), "echo", "production", record.Document.Artifact.Identity()); err != nil || rejected {
			t.Errorf("the artifact is rejected: %t (%v)", rejected, err)
		}
		d.home(t, "1")
	})
	t.Run("or does not, and nothing is deleted", func(t *testing.T) {
		w, d := distantWorld(t)
		d.unheard = 24 * time.Hour
		record := w.release(w.document("two", patient))
		if record.Outcome != release.FailedDirty || !strings.Contains(record.Reason, "nothing was deleted") {
			t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
		}
		if d.restored != 0 || len(d.instances) != 2 {
			t.Errorf("instances are %v after %d calls of Restore", d.instances, d.restored)
		}
	})
}

func TestARollbackDeletesNothingBeforeTrafficIsHome(t *testing.T) {
	w, d := distantWorld(t)
	w.broken["2"] = 0.5
	id := w.start(w.document("two", short))
	w.passUntil("traffic is sent back", func() bool { return !w.record(id).HomeSince.IsZero() })
	if diff := cmp.Diff(map[string]float64{"1": 1}, w.alias()); diff != "" {
		t.Errorf("alias (-want +got):\n%s", diff)
	}
	for range int(max(d.unlocked, d.unheard+d.remembered) / time.Second) {
		if d.restored > 0 {
			t.Fatalf("restored %s after traffic was sent back", w.clock.Now().Sub(w.record(id).HomeSince))
		}
		w.pass(time.Second)
	}
	record := w.finish(id)
	if record.Outcome != release.RolledBack || d.restored < 3 {
		t.Errorf("outcome %s: %s, after %d calls of Restore", record.Outcome, record.Reason, d.restored)
	}
	d.home(t, "1")
}

// TestAnOverwrittenRollbackIsMended: a handler that has looked before the rollback writes after it.
func TestAnOverwrittenRollbackIsMended(t *testing.T) {
	w, d := distantWorld(t)
	var id string
	late := false
	w.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if operation == "lambda:UpdateAlias" && ctx.Value(handlerKey{}) == "shift" && !late {
			late = true
			execution := w.arn(id)
			if _, err := w.engine.StepFunctions.StopExecution(context.Background(), &sfn.StopExecutionInput{ExecutionArn: &execution}); err != nil {
				t.Error(err)
			}
			w.pause(handlerLife)
		}
		return call(ctx)
	}
	id = w.start(w.document("two", short))
	w.passUntil("it was sent home", func() bool { return !w.record(id).HomeSince.IsZero() })
	w.passUntil("it was overwritten", func() bool { return w.alias()["2"] > 0 })
	if record := w.record(id); record.Ended() {
		t.Errorf("it ended before: %s", record.Outcome)
	}
	record := w.finish(id)
	if record.Outcome != release.Aborted {
		t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
	}
	if homeward := len(w.told(id, ledger.EntrySplitIntended)); homeward != 3 {
		t.Errorf("%d splits were intended, want the step's and twice home:\n%s", homeward, w.timeline(id))
	}
	d.home(t, "1")
}

// TestASweepGoesOnWhereTheLastOneEnded: bringing a release home takes several sweeps, during which its service stays locked.
func TestASweepGoesOnWhereTheLastOneEnded(t *testing.T) {
	w, d := distantWorld(t)
	began := d.shifts
	id := w.start(w.document("two", short))
	w.passUntil("the shift was made", func() bool { return d.shifts > began })
	w.pass(3 * time.Minute)
	execution := w.arn(id)
	if _, err := w.engine.StepFunctions.StopExecution(context.Background(), &sfn.StopExecutionInput{ExecutionArn: &execution}); err != nil {
		t.Fatal(err)
	}
	next := w.start(w.document("three", short, func(d *release.Document) { d.Strategy.OnNewRelease = release.QueueNewRelease }))
	w.passUntil("it was sent home", func() bool { return !w.record(id).HomeSince.IsZero() })
	for !w.record(id).Ended() {
		holder, _, err := w.engine.Ledger.Holder(context.Background(), "echo", "production")
		if err != nil || holder == nil || holder.Release != id {
			t.Fatalf("the lock is held by %+v (%v), and %s has not ended", holder, err, id)
		}
		if phase := w.record(next).Phase; phase != ledger.PhaseCreated && phase != ledger.PhaseQueued {
			t.Fatalf("the next release is %s meanwhile", phase)
		}
		w.pass(time.Second)
	}
	record := w.record(id)
	if record.Outcome != release.Aborted || record.Reason != "the execution was stopped" {
		t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
	}
	if took := record.EndedAt.Sub(record.HomeSince); took > 8*time.Minute {
		t.Errorf("it took %s to clean up", took)
	}
	if record := w.finish(next); record.Outcome != release.Promoted {
		t.Errorf("the next release: %s: %s", record.Outcome, record.Reason)
	}
	d.home(t, "3")
}

// stopIn stops the next execution that enters a state.
func (w *world) stopIn(state string) {
	w.entered = func(execution *asl.Execution) {
		if path := execution.Path(); path[len(path)-1] == state {
			w.entered = nil
			execution.Stop("", "")
		}
	}
	w.passUntil("the execution was stopped in "+state, func() bool { return w.entered == nil })
}
