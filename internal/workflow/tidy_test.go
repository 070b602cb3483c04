package workflow_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// never is for ever, as far as a release goes.
const never = 1000 * time.Hour

func TestRetiringTakesSeveralGoes(t *testing.T) {
	w, d := distantWorld(t)
	d.drains = 3 * time.Minute
	id := w.start(w.document("two", short))
	w.passUntil("the old instances answer their last requests", func() bool { return len(d.draining) > 0 })
	for !w.record(id).Ended() {
		if holder, _, err := w.engine.Ledger.Holder(context.Background(), "echo", "production"); err != nil || holder == nil || !w.clock.Now().Before(holder.Until) {
			t.Fatalf("while it retires, the lock is held by %+v (%v)", holder, err)
		}
		w.pass(time.Second)
	}
	record := w.finish(id)
	if record.Outcome != release.Promoted || strings.Contains(record.Reason, "could not be deleted") {
		t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
	}
	if notes := w.told(id, ledger.EntryNote); notes[len(notes)-1].Text != "retired version the instances of 1" {
		t.Errorf("the last note is %q", notes[len(notes)-1].Text)
	}
	d.home(t, "2")
}

// TestWhatCannotBeCleanedUpIsToldAndHoldsUpNobodyForEver: neither behind a promotion nor behind a rollback.
func TestWhatCannotBeCleanedUpIsToldAndHoldsUpNobodyForEver(t *testing.T) {
	denied, busy := errors.New("access denied"), release.Fail(release.KindTransient, "somebody else changes it")
	for _, test := range []struct {
		name  string
		drain time.Duration
		fails error
		says  string
		// atLeast and atMost is for how long it is tried.
		atLeast, atMost time.Duration
	}{
		{name: "it takes for ever", drain: never, says: "it did not end within 30m (timeouts.deploy)", atLeast: 30 * time.Minute, atMost: 32 * time.Minute},
		{name: "it is denied", fails: denied, says: denied.Error(), atMost: 10 * time.Second},
		{name: "it fails again and again", fails: busy, says: busy.Error(), atLeast: 2 * time.Minute, atMost: 3 * time.Minute},
	} {
		t.Run("retire: "+test.name, func(t *testing.T) {
			w, d := distantWorld(t)
			if test.drain > 0 {
				d.drains = test.drain
			}
			d.fails = map[string]error{"Retire": test.fails}
			id := w.start(w.document("two", short))
			w.passUntil("it retires", func() bool { return w.record(id).Phase == ledger.PhaseRetiring || w.record(id).Ended() })
			began := w.clock.Now()
			record := w.finish(id)
			if record.Outcome != release.Promoted || !strings.Contains(record.Reason, "could not be deleted: "+test.says) {
				t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
			}
			if took := record.EndedAt.Sub(began); took < test.atLeast || took > test.atMost {
				t.Errorf("it was tried for %s", took)
			}
		})
		t.Run("restore: "+test.name, func(t *testing.T) {
			w, d := distantWorld(t)
			if test.drain > 0 {
				d.drains = test.drain
			}
			d.fails = map[string]error{"Restore": test.fails}
			w.broken["2"] = 0.5
			id := w.start(w.document("two", short))
			w.passUntil("it cleans up", func() bool { return d.restored > 0 })
			began := w.clock.Now()
			record := w.finish(id)
			if notes := strings.Join(record.Notes, "\n"); record.Outcome != release.RolledBack || !strings.Contains(notes, "not everything could be cleaned up after the rollback: "+test.says) {
				t.Errorf("outcome %s: %s; notes %s", record.Outcome, record.Reason, notes)
			}
			if took := record.EndedAt.Sub(began); took < test.atLeast || took > test.atMost {
				t.Errorf("it was tried for %s", took)
			}
		})
	}
}

// TestNothingIsLeftOfAReleaseThatEndsBeforeItHadTraffic: whatever it ends by, once something was made.
func TestNothingIsLeftOfAReleaseThatEndsBeforeItHadTraffic(t *testing.T) {
	refused := release.Fail(release.KindRefused, "the template has no such parameter")
	for _, test := range []struct {
		name  string
		first bool
		// wrong: the new version fails its check.
		wrong bool
		fails map[string]error
		abort bool
		want  release.Outcome
		says  string
	}{
		{name: "a check fails", wrong: true, want: release.RolledBack, says: "check 1"},
		{name: "a check of a first release fails", first: true, wrong: true, want: release.RolledBack, says: "check 1"},
		{name: "it is refused while it is made", fails: map[string]error{"Deploy": refused}, want: release.Refused, says: refused.Error()},
		{name: "a first release is refused while it is made", first: true, fails: map[string]error{"Deploy": refused}, want: release.Refused, says: refused.Error()},
		{name: "it is refused once it is baked", fails: map[string]error{"Bake": refused}, want: release.Refused, says: refused.Error()},
		{name: "it fails while it is made", fails: map[string]error{"Deploy": release.Fail(release.KindUnhealthy, "no instance is healthy")}, want: release.RolledBack, says: "no instance is healthy"},
		{name: "somebody aborts", abort: true, want: release.Aborted, says: "wrong build"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			d := newDistant(w)
			want := ""
			if !test.first {
				want = "1"
				if record := w.release(w.document("one")); record.Outcome != release.Promoted {
					t.Fatalf("the first release: %s: %s", record.Outcome, record.Reason)
				}
			}
			d.fails = test.fails
			w.answer = func(string) string {
				return map[bool]string{true: `{"statusCode":500}`, false: `{"statusCode":200}`}[test.wrong]
			}
			var id string
			if test.abort {
				w.beforeFunction("verify", func() error { w.send(id, ledger.Signal{Kind: ledger.SignalAbort, Reason: "wrong build"}); return nil })
			}
			id = w.start(w.document("two", short, func(d *release.Document) {
				d.Verify = []release.Check{{Payload: map[string]any{}, Expect: map[string]any{"statusCode": 200}}}
			}))
			record := w.finish(id)
			if record.Outcome != test.want || !strings.Contains(record.Reason, test.says) {
				t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
			}
			if orphans := d.orphans(want); len(orphans) > 0 {
				t.Errorf("left are %v", orphans)
			}
			if intended := w.told(id, ledger.EntrySplitIntended); len(intended) > 0 {
				t.Errorf("traffic was moved:\n%s", w.timeline(id))
			}
			if _, _, rejected, err := w.engine.Ledger.Rejected(context.Background(), "echo", "production", record.Document.Artifact.Identity()); err != nil || rejected != test.wrong {
				t.Errorf("the artifact is rejected: %t (%v)", rejected, err)
			}
		})
	}
}

// TestADeadReleaseIsCleanedUpByTheSweep: in whatever state its execution was stopped.
func TestADeadReleaseIsCleanedUpByTheSweep(t *testing.T) {
	for _, state := range []string{"Verify", "Shift", "WaitForShift", "Promote", "Retire", "WaitForRetirement"} {
		t.Run(state, func(t *testing.T) {
			w, d := distantWorld(t)
			id := w.start(w.document("two", short))
			w.stopIn(state)
			record := w.finish(id)
			want := map[bool]string{true: "2", false: "1"}[record.Outcome == release.Promoted]
			if retiring := strings.Contains(state, "Retire"); retiring != (want == "2") {
				t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
			}
			d.home(t, want)
		})
	}
}
