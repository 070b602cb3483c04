package operator_test

import (
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestLockAndUnlock(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		wantInvalid(t, o.Lock(t.Context(), "echo", "production", ledger.PersonLock{By: "carol", Reason: " "}), "reason")
		if err := o.Lock(t.Context(), "echo", "production", ledger.PersonLock{By: "carol", Reason: "audit"}); err != nil {
			t.Fatal(err)
		}
		if got := w.ledger.persons["echo/production"]; got == nil || *got != (ledger.PersonLock{By: "carol", Reason: "audit", Since: noon}) {
			t.Errorf("lock %+v", got)
		}
		for range 2 {
			if err := o.Unlock(t.Context(), "echo", "production", "carol", ""); err != nil {
				t.Fatal(err)
			}
		}
		if len(w.ledger.persons) != 0 {
			t.Error("it is still locked")
		}
	})
}

func TestUnlockTakesNothingFromALiveRelease(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		record := w.add(1, canarying)
		w.hold(record, noon.Add(-time.Hour))
		w.sweep = func() []string { t.Error("a sweep was made"); return nil }
		err := o.Unlock(t.Context(), "echo", "production", "carol", "")
		wantFailure(t, err, release.KindRefused, "is running", "goldfinch abort "+id(1)+" --local")
		if w.ledger.leases["echo/production"] == nil {
			t.Error("the lock was taken")
		}
	})
}

func TestUnlockRecoversADeadRelease(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		record := w.add(1, canarying)
		w.hold(record, noon.Add(time.Hour))
		w.kill(record)
		err := o.Unlock(t.Context(), "echo", "production", "carol", "it died")
		wantFailure(t, err, release.KindConflict, "still holds the lock", "goldfinch history "+id(1))
		w.sweep = func() []string { delete(w.ledger.leases, "echo/production"); return []string{id(1)} }
		if err := o.Unlock(t.Context(), "echo", "production", "carol", "it died"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestUnlockWaitsForASweepThatIsAtWork(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.hold(w.add(1, canarying), noon.Add(time.Minute))
		w.ledger.leases["echo/production"].Owner = "sweep-1"
		wantFailure(t, o.Unlock(t.Context(), "echo", "production", "carol", ""), release.KindRefused, "is running")
		w.now = noon.Add(time.Hour)
		w.sweep = func() []string { delete(w.ledger.leases, "echo/production"); return nil }
		if err := o.Unlock(t.Context(), "echo", "production", "carol", ""); err != nil {
			t.Fatal(err)
		}
	})
}
