package workflow_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestGoingBackDoesNotAskForHealth: what makes instances sick may be what both versions need, and may pass.
func TestGoingBackDoesNotAskForHealth(t *testing.T) {
	t.Parallel()
	everyone := func(ec2.Instance) bool { return true }
	for _, test := range []struct {
		name string
		on   subject
		// phase is in which somebody aborts, when those instances have been sick for a minute.
		phase ledger.Phase
		sick  func(ec2.Instance) bool
		// lasts is for how long they are sick from then on.
		lasts time.Duration
	}{
		{"alb: both versions, for long", balancedALB{}, ledger.PhaseCanary, everyone, 2 * time.Hour},
		{"alb: the old version, while the new one settles", balancedALB{}, ledger.PhaseSettling, isStable, 20 * time.Second},
		{"asg: both versions", sharedTargetGroup{}, ledger.PhaseCanary, everyone, 20 * time.Minute},
		{"asg: the old version, while the new one settles", sharedTargetGroup{}, ledger.PhaseSettling, isStable, 5 * time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := scenario{name: "good"}
			w := test.on.prepare(t, s)
			id := w.start(test.on.document(w, s))
			w.passUntil("it is "+string(test.phase)+" with traffic", func() bool {
				record := w.record(id)
				return record.Phase == test.phase && !record.CanaryBegan.IsZero() && record.Arriving == nil
			})
			w.infrastructure.sick = test.sick
			w.pass(time.Minute)
			w.signal(id, ledger.SignalAbort, "loses orders")
			w.pass(test.lasts)
			w.infrastructure.sick = nil
			record := w.finish(id)
			w.pass(5 * time.Minute)
			if record.Outcome != release.Aborted || !strings.Contains(record.Reason, "loses orders") {
				t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
			}
			if diff := cmp.Diff(map[string]float64{stableVersion: 1}, w.fleet.shares()); diff != "" {
				t.Errorf("traffic (-want +got):\n%s", diff)
			}
			if _, ok, err := w.engine.Ledger.Stable(context.Background(), "echo", "production"); ok || err != nil {
				t.Errorf("an abort has made a version stable (%v)", err)
			}
		})
	}
}

func isStable(instance ec2.Instance) bool { return instance.TemplateVersion == stableVersion }

// TestGoingBackWaitsForWhatHasNothingToAnswerWith, under its lock, and not for ever.
func TestGoingBackWaitsForWhatHasNothingToAnswerWith(t *testing.T) {
	empty := release.Fail(release.KindUnhealthy, "no instance of version 1 is in service")
	begin := func(t *testing.T) (w *world, d *distant, id string) {
		w, d = distantWorld(t)
		id = w.start(w.document("two", short))
		w.passUntil("it settles", func() bool { return w.record(id).Phase == ledger.PhaseSettling })
		d.fails = map[string]error{"Usable 1": empty}
		w.signal(id, ledger.SignalAbort, "wrong build")
		w.passUntil("it waits", func() bool {
			return strings.HasPrefix(w.record(id).Awaiting, "a version to go back to (no instance of version 1")
		})
		return w, d, id
	}
	t.Run("until it has", func(t *testing.T) {
		w, d, id := begin(t)
		for range 20 * 60 {
			w.pass(time.Second)
			if holder, _, err := w.engine.Ledger.Holder(context.Background(), "echo", "production"); err != nil || holder == nil || !w.clock.Now().Before(holder.Until) {
				t.Fatalf("while it waits, the lock is held by %+v (%v)", holder, err)
			}
		}
		d.fails = nil
		if record := w.finish(id); record.Outcome != release.Aborted || !strings.Contains(record.Reason, "wrong build") || record.Awaiting != "" {
			t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
		}
		d.home(t, "1")
	})
	t.Run("and after its execution has died", func(t *testing.T) {
		w, d, id := begin(t)
		w.stopIn("WaitForRollback")
		w.pass(5 * time.Minute)
		if record := w.record(id); record.Ended() {
			t.Fatalf("it has ended: %s: %s", record.Outcome, record.Reason)
		}
		d.fails = nil
		if record := w.finish(id); record.Outcome != release.Aborted || !strings.Contains(record.Reason, "wrong build") {
			t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
		}
		d.home(t, "1")
	})
	t.Run("or for too long", func(t *testing.T) {
		w, _, id := begin(t)
		began := w.record(id).GoingBackSince
		record := w.finish(id)
		if record.Outcome != release.FailedDirty || !strings.Contains(record.Reason, "could not go back within 30m (timeouts.deploy) after: aborted by anna: wrong build: no instance of version 1 is in service") {
			t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
		}
		if took := record.EndedAt.Sub(began); took < 30*time.Minute || took > 32*time.Minute {
			t.Errorf("it gave up after %s", took)
		}
		if diff := cmp.Diff(map[string]float64{"2": 1}, w.alias()); diff != "" {
			t.Errorf("alias (-want +got):\n%s", diff)
		}
	})
}

// TestAVersionThatIsGoneIsNoHome: then the new one is, once that had been promoted.
func TestAVersionThatIsGoneIsNoHome(t *testing.T) {
	for phase, want := range map[ledger.Phase]release.Outcome{ledger.PhaseCanary: release.FailedDirty, ledger.PhaseSettling: release.Promoted} {
		w := balancedALB{}.prepare(t, scenario{name: "good"})
		id := w.start(balancedALB{}.document(w, scenario{name: "good"}))
		w.passUntil("it is "+string(phase)+" with traffic", func() bool { return w.record(id).Phase == phase && !w.record(id).CanaryBegan.IsZero() })
		w.fleet.watched = false
		w.fleet.empty(stableVersion)
		w.signal(id, ledger.SignalAbort, "wrong build")
		if record := w.finish(id); record.Outcome != want || !strings.Contains(record.Reason, "version 1") || !strings.Contains(record.Reason, "can't take traffic any more") || !strings.Contains(record.Reason, "wrong build") {
			t.Errorf("%s: outcome %s: %s\n%s", phase, record.Outcome, record.Reason, w.timeline(id))
		}
	}
}
