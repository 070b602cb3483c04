package ledger_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// wantHeld requires a *HeldError that is a refusal, and whose text has all parts.
func wantHeld(t failer, err error, parts ...string) *ledger.HeldError {
	t.Helper()
	var held *ledger.HeldError
	if !errors.As(err, &held) {
		t.Fatalf("got %v, want a HeldError", err)
	}
	wantKind(t, err, release.KindRefused)
	for _, part := range append(parts, "echo/production") {
		if !strings.Contains(err.Error(), part) {
			t.Fatalf("%q does not say %q", err, part)
		}
	}
	return held
}

func TestOneOwnerAtATime(t *testing.T) {
	everyWay(t, func(t *testing.T, w *world) {
		first := must[ledger.Lease](t)(w.Acquire(t.Context(), claim("r1")))
		want := claim("r1")
		want.Fence, want.Since = 1, start
		if diff := cmp.Diff(want, first); diff != "" {
			t.Errorf("lease (-want +got):\n%s", diff)
		}

		_, err := w.Acquire(t.Context(), claim("r2"))
		held := wantHeld(t, err, "release r1", "execution of r1", "since 2026-01-02T03:04:05Z", "until 2026-01-02T03:05:05Z",
			"; free it with: goldfinch abort r1, or wait for it with: goldfinch wait r1")
		if held.Expired || held.Person != nil || held.Lease == nil || *held.Lease != first {
			t.Errorf("held by %+v", held)
		}
		other := claim("r2")
		other.Environment = "beta"
		must[ledger.Lease](t)(w.Acquire(t.Context(), other))
		if leases := must[[]ledger.Lease](t)(w.Holders(t.Context())); len(leases) != 2 || leases[1] != first || leases[0].Environment != "beta" {
			t.Errorf("held leases: %+v", leases)
		}

		w.clock.RunUntil(start.Add(time.Second))
		again := claim("r1")
		again.Until = start.Add(time.Hour)
		renewed := must[ledger.Lease](t)(w.Acquire(t.Context(), again))
		want.Until = again.Until
		if diff := cmp.Diff(want, renewed); diff != "" {
			t.Errorf("renewed (-want +got):\n%s", diff)
		}

		for range 2 {
			if err := w.Free(t.Context(), first); err != nil {
				t.Fatal(err)
			}
		}
		wantKind(t, w.Check(t.Context(), first), release.KindConflict)
		if holder, person, err := w.Holder(t.Context(), "echo", "production"); holder != nil || person != nil || err != nil {
			t.Errorf("after Free: %+v, %+v, %v", holder, person, err)
		}
		second := must[ledger.Lease](t)(w.Acquire(t.Context(), claim("r2")))
		if second.Fence != 2 {
			t.Errorf("the new owner has fence %d", second.Fence)
		}
		wantKind(t, w.Free(t.Context(), first), release.KindConflict)
		if err := w.Check(t.Context(), second); err != nil {
			t.Error(err)
		}
		if leases := must[[]ledger.Lease](t)(w.Holders(t.Context())); len(leases) != 2 || leases[1] != second {
			t.Errorf("held leases: %+v", leases)
		}
	})
}

func TestOneOwnerCannotHoldTwoReleases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must[ledger.Lease](t)(w.Acquire(t.Context(), claim("r1")))
	other := claim("r2")
	other.Owner = claim("r1").Owner
	_, err := w.Acquire(t.Context(), other)
	wantHeld(t, err, "release r1")
}

func TestAnExpiredLeaseIsTakenOverOnly(t *testing.T) {
	everyWay(t, func(t *testing.T, w *world) {
		r, dead := begin(t, w, "r1")
		w.clock.RunUntil(dead.Until)
		_, err := w.Acquire(t.Context(), claim("r2"))
		if held := wantHeld(t, err, "which is over", "; free it with: goldfinch unlock echo/production"); !held.Expired {
			t.Errorf("held by %+v", held)
		}
		if err := w.Check(t.Context(), dead); err != nil {
			t.Errorf("nobody has taken it, but Check says %v", err)
		}
		if err := w.LockByPerson(t.Context(), "echo", "production", ledger.PersonLock{By: "ann", Reason: "freeze"}); err != nil {
			t.Fatal(err)
		}

		sweep := claim("r1")
		sweep.Owner, sweep.Until = "sweep 1", dead.Until.Add(time.Minute)
		taken := must[ledger.Lease](t)(w.TakeOver(t.Context(), dead, sweep))
		want := sweep
		want.Fence, want.Since = dead.Fence+1, dead.Until
		if diff := cmp.Diff(want, taken); diff != "" {
			t.Errorf("taken over (-want +got):\n%s", diff)
		}
		late := sweep
		late.Owner = "sweep 2"
		_, err = w.TakeOver(t.Context(), dead, late)
		wantKind(t, err, release.KindConflict)
		_, err = w.Write(t.Context(), dead, dead.Until, ledger.Change{Record: r})
		wantKind(t, err, release.KindConflict)
		r = must[ledger.Record](t)(w.Write(t.Context(), taken, taken.Until, ledger.Change{Record: r, Free: true}))
		if r.Revision != 2 {
			t.Errorf("revision %d", r.Revision)
		}
		_, err = w.TakeOver(t.Context(), taken, late)
		wantKind(t, err, release.KindConflict)
		_, err = w.Write(t.Context(), taken, taken.Until, ledger.Change{Record: r})
		wantKind(t, err, release.KindConflict)
	})
}

// TestALivingLeaseIsNotTakenOver: its owner renews it between the moment when
// somebody finds it dead and the moment when he takes it.
func TestALivingLeaseIsNotTakenOver(t *testing.T) {
	everyWay(t, func(t *testing.T, w *world) {
		r, read := begin(t, w, "r1")
		w.clock.RunUntil(read.Until)
		renewed := read.Until.Add(time.Minute)
		r = must[ledger.Record](t)(w.Write(t.Context(), read, renewed, ledger.Change{Record: r}))
		sweep := claim("r1")
		sweep.Owner, sweep.Until = "sweep", renewed
		_, err := w.TakeOver(t.Context(), read, sweep)
		wantKind(t, err, release.KindConflict)
		if !strings.Contains(err.Error(), "execution of r1") || !strings.Contains(err.Error(), "has renewed its lease") || !strings.Contains(err.Error(), "until 2026-01-02T03:06:05Z") {
			t.Errorf("%q does not say who renewed it until when", err)
		}
		if err := w.Check(t.Context(), read); err != nil {
			t.Errorf("its owner has lost it: %v", err)
		}
		must[ledger.Record](t)(w.Write(t.Context(), read, renewed, ledger.Change{Record: r}))

		w.clock.RunUntil(renewed)
		dead, _, err := w.Holder(t.Context(), "echo", "production")
		if err != nil || dead == nil {
			t.Fatalf("held by %+v, %v", dead, err)
		}
		sweep.Until = renewed.Add(time.Minute)
		first := must[ledger.Lease](t)(w.TakeOver(t.Context(), *dead, sweep))
		sweep.Until = renewed.Add(time.Hour)
		again := must[ledger.Lease](t)(w.TakeOver(t.Context(), *dead, sweep))
		if again.Fence != first.Fence || !again.Until.Equal(sweep.Until) {
			t.Errorf("the same again got %+v after %+v", again, first)
		}
	})
}

func TestAStaleWriterLearnsThatItsLeaseIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, dead := begin(t, w, "r1")
	sweep := claim("r1")
	sweep.Owner = "sweep"
	taken := must[ledger.Lease](t)(w.TakeOver(t.Context(), dead, sweep))
	must[ledger.Record](t)(w.Write(t.Context(), taken, taken.Until, ledger.Change{Record: r}))
	r.Notes = []string{"too late"}
	_, err := w.Write(t.Context(), dead, dead.Until, ledger.Change{Record: r})
	wantKind(t, err, release.KindConflict)
	if !strings.Contains(err.Error(), "sweep") {
		t.Errorf("%q does not say who holds it", err)
	}
}

func TestAPersonKeepsNewReleasesOut(t *testing.T) {
	everyWay(t, func(t *testing.T, w *world) {
		ann := ledger.PersonLock{By: "ann", Reason: "freeze", Since: start}
		if err := w.UnlockByPerson(t.Context(), "echo", "production"); err != nil {
			t.Fatal(err)
		}
		if len(w.content(t)) != 0 {
			t.Error("unlocking what was never locked left something behind")
		}
		for _, lock := range []ledger.PersonLock{ann, {By: "ann", Reason: "again"}} {
			if err := w.LockByPerson(t.Context(), "echo", "production", lock); err != nil {
				t.Fatal(err)
			}
		}
		if holder, person, err := w.Holder(t.Context(), "echo", "production"); holder != nil || person == nil || *person != ann || err != nil {
			t.Errorf("got %+v, %+v, %v", holder, person, err)
		}
		err := w.LockByPerson(t.Context(), "echo", "production", ledger.PersonLock{By: "bob", Reason: "mine"})
		wantHeld(t, err, "locked by ann", "freeze")
		_, err = w.Acquire(t.Context(), claim("r1"))
		held := wantHeld(t, err, "locked by ann", "freeze", "since 2026-01-02T03:04:05Z", "; free it with: goldfinch unlock echo/production")
		if held.Lease != nil || held.Person == nil || *held.Person != ann {
			t.Errorf("held by %+v", held)
		}
		if err := w.UnlockByPerson(t.Context(), "echo", "production"); err != nil {
			t.Fatal(err)
		}
		lease := must[ledger.Lease](t)(w.Acquire(t.Context(), claim("r1")))
		if lease.Fence != 1 {
			t.Errorf("fence %d", lease.Fence)
		}
		if err := w.LockByPerson(t.Context(), "echo", "production", ledger.PersonLock{By: "ann", Reason: "freeze"}); err != nil {
			t.Fatal(err)
		}
		if _, person, err := w.Holder(t.Context(), "echo", "production"); err != nil || person == nil || !person.Since.Equal(start) {
			t.Errorf("got %+v, %v", person, err)
		}
		if err := w.Check(t.Context(), lease); err != nil {
			t.Errorf("a person's lock disturbed the release that runs: %v", err)
		}
		if renewed := must[ledger.Lease](t)(w.Acquire(t.Context(), claim("r1"))); renewed.Fence != lease.Fence {
			t.Errorf("fence %d", renewed.Fence)
		}
		_, err = w.Acquire(t.Context(), claim("r2"))
		wantHeld(t, err, "release r1", "locked by ann", "; free it with: goldfinch abort r1, or wait for it with: goldfinch wait r1, and then goldfinch unlock echo/production")
	})
}

// TestALockOfOnesOwn: who has locked a service may act under that lock, and removes no other one.
func TestALockOfOnesOwn(t *testing.T) {
	everyWay(t, func(t *testing.T, w *world) {
		ann := ledger.PersonLock{By: "ann", Reason: "freeze", Since: start}
		locked := func(want *ledger.PersonLock) {
			t.Helper()
			if _, person, err := w.Holder(t.Context(), "echo", "production"); err != nil || (person == nil) != (want == nil) || person != nil && *person != *want {
				t.Errorf("locked by %+v, %v; want %+v", person, err, want)
			}
		}
		if err := w.UnlockOwn(t.Context(), "echo", "production", "ann"); err != nil || len(w.content(t)) != 0 {
			t.Errorf("unlocking what was never locked: %v, and left %v", err, w.content(t))
		}
		if err := w.LockByPerson(t.Context(), "echo", "production", ann); err != nil {
			t.Fatal(err)
		}
		for _, other := range []string{"", "bob"} {
			_, err := w.AcquireUnder(t.Context(), claim("r1"), other)
			wantHeld(t, err, "locked by ann", "freeze")
			if err := w.UnlockOwn(t.Context(), "echo", "production", other); err != nil {
				t.Error(err)
			}
			locked(&ann)
		}
		lease := must[ledger.Lease](t)(w.AcquireUnder(t.Context(), claim("r1"), "ann"))
		if err := w.Check(t.Context(), lease); err != nil {
			t.Error(err)
		}
		locked(&ann)
		_, err := w.AcquireUnder(t.Context(), claim("r2"), "ann")
		wantHeld(t, err, "release r1", "locked by ann")
		if err := w.UnlockOwn(t.Context(), "echo", "production", "ann"); err != nil {
			t.Fatal(err)
		}
		locked(nil)
		if err := w.Free(t.Context(), lease); err != nil {
			t.Fatal(err)
		}
		if next := must[ledger.Lease](t)(w.AcquireUnder(t.Context(), claim("r2"), "ann")); next.Fence != lease.Fence+1 {
			t.Errorf("fence %d after %d", next.Fence, lease.Fence)
		}
	})
}
