package targettest

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

func splitReads(t *testing.T, w World) {
	expectSplit(t, w, release.Pure(w.Stable))
	if err := w.Move(t.Context(), release.Pure(w.Foreign)); err != nil {
		t.Fatal(err)
	}
	expectSplit(t, w, release.Pure(w.Foreign))
}

func shiftReadsBack(t *testing.T, w World) {
	shift(t, w.Target, w.split(10), w.guard())
	expectSplit(t, w, w.split(10))
	shift(t, w.Target, w.split(50), w.guard())
	expectSplit(t, w, w.split(50))
}

func weightsComeBack(t *testing.T, w World) {
	rapid.Check(t, func(r *rapid.T) {
		weight := float64(rapid.IntRange(1, 9999).Draw(r, "hundredths of a percent")) / 100
		want := w.split(weight)
		got, err := w.Target.Shift(t.Context(), want, w.guard())
		if err != nil {
			r.Fatal(err)
		}
		if got.Stable != w.Stable || got.Canary != w.Canary || math.Abs(got.Weight-want.Weight) > 1e-9 {
			r.Fatalf("shifted to %v, got %v", want, got)
		}
		if read, err := w.Twin.Split(t.Context()); err != nil || !read.Same(want) {
			r.Fatalf("shifted to %v, and read %v, %v", want, read, err)
		}
	})
}

func nearestIsNearest(t *testing.T, w World) {
	coarse, ok := w.Target.(target.Coarse)
	if !ok {
		return // it gives every weight: see the law before
	}
	rapid.Check(t, func(r *rapid.T) {
		weight := float64(rapid.IntRange(1, 9999).Draw(r, "hundredths of a percent")) / 100
		nearest := coarse.Nearest(weight)
		switch {
		case !(nearest > 0 && nearest < 100):
			r.Fatalf("the nearest of %v is %v", weight, nearest)
		case math.Abs(nearest*100-math.Round(nearest*100)) > 1e-6:
			r.Fatalf("the nearest of %v is %v, which has more than two decimals", weight, nearest)
		case coarse.Nearest(nearest) != nearest:
			r.Fatalf("the nearest of %v is %v, and of that %v", weight, nearest, coarse.Nearest(nearest))
		case math.Abs(nearest-weight) > 0.5:
			r.Fatalf("the nearest of %v is %v", weight, nearest)
		}
	})
}

// arrivalLimit bounds how often a shift is asked whether it has arrived.
const arrivalLimit = 100

func shiftArrives(t *testing.T, w World) {
	lagging, ok := w.Target.(target.Lagging)
	if !ok {
		return // a shift is true when it returns
	}
	for i, want := range []release.Split{w.split(30), w.split(60), release.Pure(w.Canary), release.Pure(w.Stable)} {
		receipt := ""
		guard := w.guard()
		guard.Receipt = func(given string) { receipt = given }
		shift(t, w.Target, want, guard)
		if i%2 == 1 {
			receipt = ""
		}
		at, asked := time.Time{}, 0
		for ; at.IsZero() && asked < arrivalLimit; asked++ {
			found, got, err := lagging.Arrives(t.Context(), target.Shifted{Split: want, At: w.now(), Receipt: receipt})
			if err != nil {
				t.Fatalf("ask whether %v has arrived: %v", want, err)
			}
			if at = found; !at.IsZero() && (got.Stable != want.Stable || got.Canary != want.Canary) {
				t.Errorf("wanted %v, and %v arrived", want, got)
			}
			w.wait()
		}
		if at.IsZero() {
			t.Fatalf("%v has not arrived after %d times of asking", want, asked)
		}
	}
}

func shiftTwice(t *testing.T, w World) {
	shift(t, w.Target, w.split(10), w.guard())
	before := w.Writes()
	shift(t, w.Target, w.split(10), w.guard())
	shift(t, w.Twin, w.split(10), w.guard())
	if after := w.Writes(); after != before {
		t.Errorf("shifting again to the same split wrote %d times", after-before)
	}
}

func rollBackBeforeShift(t *testing.T, w World) {
	before := w.Writes()
	shift(t, w.Target, release.Pure(w.Stable), w.guard())
	if after := w.Writes(); after != before {
		t.Errorf("rolling back wrote %d times, although nothing had been shifted", after-before)
	}
	expectSplit(t, w, release.Pure(w.Stable))
}

func rollBackAfterShift(t *testing.T, w World) {
	shift(t, w.Target, w.split(10), w.guard())
	shift(t, w.Twin, release.Pure(w.Stable), w.guard())
	expectSplit(t, w, release.Pure(w.Stable))
}

func promote(t *testing.T, w World) {
	shift(t, w.Target, w.split(10), w.guard())
	shift(t, w.Target, release.Pure(w.Canary), w.guard())
	expectSplit(t, w, release.Pure(w.Canary))
	shift(t, w.Target, release.Pure(w.Stable), w.guard())
	expectSplit(t, w, release.Pure(w.Stable))
}

func foreignSplit(t *testing.T, w World) {
	foreign := release.Split{Stable: w.Stable, Canary: w.Foreign, Weight: 20}
	if err := w.Move(t.Context(), foreign); err != nil {
		t.Fatal(err)
	}
	before := w.Writes()
	for _, want := range []release.Split{w.split(10), release.Pure(w.Stable), release.Pure(w.Canary)} {
		_, err := w.Target.Shift(t.Context(), want, w.guard())
		expectKind(t, err, release.KindConflict)
		if err != nil && !strings.Contains(err.Error(), w.Foreign) {
			t.Errorf("the conflict does not say where traffic is: %v", err)
		}
	}
	if after := w.Writes(); after != before {
		t.Errorf("shifting wrote %d times over a foreign split", after-before)
	}
	expectSplit(t, w, foreign)
}

// foreignDuringCheck is what an API without a lock allows too: a target reads again after its check, right before it writes.
func foreignDuringCheck(t *testing.T, w World) {
	foreign := release.Pure(w.Foreign)
	moved := false
	guard := w.guard()
	guard.Check = func(context.Context) error {
		if moved {
			return nil
		}
		moved = true
		return w.Move(context.Background(), foreign)
	}
	_, err := w.Target.Shift(t.Context(), w.split(10), guard)
	expectKind(t, err, release.KindConflict)
	expectSplit(t, w, foreign)
}

func throttled(t *testing.T, w World) {
	w.Throttle()
	_, err := w.Target.Split(t.Context())
	expectKind(t, err, release.KindTransient)
	w.Throttle()
	_, err = w.Target.Shift(t.Context(), w.split(10), w.guard())
	expectKind(t, err, release.KindTransient)
	shift(t, w.Target, w.split(10), w.guard())
}

func foreignBetween(t *testing.T, w World) {
	if w.unlocked() {
		return // nothing can be done within one call: the law after this one is what holds
	}
	foreign := release.Pure(w.Foreign)
	w.BeforeNextWrite(func() {
		if err := w.Move(context.Background(), foreign); err != nil {
			t.Error(err)
		}
	})
	_, err := w.Target.Shift(t.Context(), w.split(10), w.guard())
	expectKind(t, err, release.KindConflict)
	expectSplit(t, w, foreign)
}

func checkPrevents(t *testing.T, w World) {
	lost := errors.New("the lease is lost")
	guard := w.guard()
	guard.Check = func(context.Context) error { return lost }
	before := w.Writes()
	if _, err := w.Target.Shift(t.Context(), w.split(10), guard); !errors.Is(err, lost) {
		t.Errorf("shift with a failing check: %v", err)
	}
	guard.Touch = true
	if _, err := w.Target.Shift(t.Context(), release.Pure(w.Stable), guard); !errors.Is(err, lost) {
		t.Errorf("touch with a failing check: %v", err)
	}
	if after := w.Writes(); after != before {
		t.Errorf("shifting wrote %d times after its check had failed", after-before)
	}
	expectSplit(t, w, release.Pure(w.Stable))
}

// checkAfterRead lets a new holder of the lease write during the first check.
// What a target then writes must be based on what it read before that check, and
// so fail: a target that reads after its check would write over the new holder.
func checkAfterRead(t *testing.T, w World) {
	lost := errors.New("the lease is lost")
	checks := 0
	guard := w.guard()
	guard.Check = func(context.Context) error {
		checks++
		if checks > 1 {
			return lost
		}
		shift(t, w.Twin, w.split(30), w.guard())
		return nil
	}
	if _, err := w.Target.Shift(t.Context(), w.split(10), guard); !errors.Is(err, lost) {
		t.Errorf("a shift that lost its lease during its first check ended with %v", err)
	}
	expectSplit(t, w, w.split(30))
}

func touchWrites(t *testing.T, w World) {
	if w.unlocked() {
		return // without a lock, a write of what stands there changes nothing for anybody
	}
	guard := w.guard()
	guard.Touch = true
	before := w.Writes()
	shift(t, w.Target, release.Pure(w.Stable), guard)
	if after := w.Writes(); after != before+1 {
		t.Errorf("touch wrote %d times, want once", after-before)
	}
	expectSplit(t, w, release.Pure(w.Stable))
}

// touchDefeats lets a rollback find traffic where it should be while a shift,
// which has read that too, is about to write.
func touchDefeats(t *testing.T, w World) {
	if w.unlocked() {
		return // the workflow looks again after UnlockedFor
	}
	lost := errors.New("the lease is lost")
	rolledBack := false
	late := w.guard()
	late.Check = func(context.Context) error {
		if rolledBack {
			return lost
		}
		return nil
	}
	w.BeforeNextWrite(func() {
		guard := w.guard()
		guard.Touch = true
		rolledBack = true
		shift(t, w.Twin, release.Pure(w.Stable), guard)
	})
	if _, err := w.Target.Shift(t.Context(), w.split(10), late); !errors.Is(err, lost) {
		t.Errorf("the late shift ended with %v", err)
	}
	expectSplit(t, w, release.Pure(w.Stable))
}

// twoAtOnce lets one shift write between the other's read and write: the other
// must look again and decide anew, and the last one to write decides.
func twoAtOnce(t *testing.T, w World) {
	if w.unlocked() {
		return
	}
	w.BeforeNextWrite(func() { shift(t, w.Twin, w.split(30), w.guard()) })
	guard := w.guard()
	seen := false
	mine := guard.Mine
	guard.Mine = func(split release.Split) bool {
		seen = seen || split.Same(w.split(30))
		return mine(split)
	}
	shift(t, w.Target, w.split(10), guard)
	if !seen {
		t.Error("the shift wrote over the other one without having looked at it")
	}
	expectSplit(t, w, w.split(10))
}

// shift shifts, and wants that to work.
func shift(t *testing.T, router target.Router, want release.Split, guard target.Guard) {
	t.Helper()
	got, err := router.Shift(context.Background(), want, guard)
	if err != nil {
		t.Fatalf("shift to %v: %v", want, err)
	}
	if !got.Same(want) {
		t.Fatalf("shift to %v achieved %v", want, got)
	}
}

// expectSplit reads where traffic goes, as both processes see it.
func expectSplit(t *testing.T, w World, want release.Split) {
	t.Helper()
	for name, router := range map[string]target.Router{"target": w.Target, "twin": w.Twin} {
		got, err := router.Split(context.Background())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !got.Same(want) {
			t.Errorf("%s: traffic goes to %v, want %v", name, got, want)
		}
	}
}

// expectKind wants a failure of a kind.
func expectKind(t *testing.T, err error, want release.Kind) {
	t.Helper()
	if kind, _ := release.KindOf(err); kind != want {
		t.Errorf("got kind %q, want %q: %v", kind, want, err)
	}
}
