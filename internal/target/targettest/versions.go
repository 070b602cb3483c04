package targettest

import (
	"slices"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func missingAlarm(t *testing.T, w World) {
	alarms, err := w.Target.Alarms(t.Context(), []string{"nobody-made-this", "nor-this"})
	if err != nil {
		t.Fatal(err)
	}
	if len(alarms) != 2 || alarms[0].Name != "nobody-made-this" || alarms[1].Name != "nor-this" {
		t.Fatalf("got %+v", alarms)
	}
	for _, alarm := range alarms {
		if alarm.State != judge.AlarmMissing {
			t.Errorf("alarm %s is %s", alarm.Name, alarm.State)
		}
	}
	none, err := w.Target.Alarms(t.Context(), nil)
	if err != nil || len(none) != 0 {
		t.Errorf("no names give %v, %v", none, err)
	}
}

func usable(t *testing.T, w World) {
	for version, want := range map[string]bool{w.Stable: true, w.Canary: true, w.Missing: false, "": false} {
		got, err := w.Target.Usable(t.Context(), version)
		if err != nil || got != want {
			t.Errorf("version %q is usable: %v, %v; want %v", version, got, err, want)
		}
	}
}

func verifyUsable(t *testing.T, w World) {
	if err := w.Target.Verify(t.Context(), w.Canary); err != nil {
		t.Error(err)
	}
	expectSplit(t, w, release.Pure(w.Stable))
}

func verifyMissing(t *testing.T, w World) {
	expectKind(t, w.Target.Verify(t.Context(), w.Missing), release.KindUnhealthy)
}

// deployLimit bounds how often a state that is not done is run again.
const deployLimit = 100

func deployTwice(t *testing.T, w World) {
	bake(t, w)
	first := deploy(t, w)
	if first == w.Stable || first == w.Missing {
		t.Fatalf("deployed version %q", first)
	}
	writes, versions := w.Writes(), w.Versions()
	bake(t, w)
	if second := deploy(t, w); second != first {
		t.Errorf("deployed version %q at first and %q then", first, second)
	}
	if after := w.Writes(); after != writes {
		t.Errorf("doing again what was done wrote %d times", after-writes)
	}
	if after := w.Versions(); !slices.Equal(after, versions) {
		t.Errorf("there were versions %v, and are %v", versions, after)
	}
	expectSplit(t, w, release.Pure(w.Stable))
}

// bake runs Bake until it is done.
func bake(t *testing.T, w World) {
	t.Helper()
	for range deployLimit {
		done, err := w.Target.Bake(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if done {
			return
		}
		w.wait()
	}
	t.Fatalf("bake is not done after %d runs", deployLimit)
}

// deploy runs Deploy until it is done.
func deploy(t *testing.T, w World) string {
	t.Helper()
	for range deployLimit {
		version, done, err := w.Target.Deploy(t.Context(), w.Stable)
		if err != nil {
			t.Fatal(err)
		}
		if done {
			return version
		}
		w.wait()
	}
	t.Fatalf("deploy is not done after %d runs", deployLimit)
	return ""
}

func preflightReads(t *testing.T, w World) {
	before := w.Writes()
	first, err := w.Target.Preflight(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.Target.Preflight(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if first.First || !first.Split.Same(release.Pure(w.Stable)) {
		t.Errorf("preflight found %+v", first)
	}
	if !first.Split.Same(second.Split) || !slices.Equal(first.Notes, second.Notes) {
		t.Errorf("preflight found %+v, and then %+v", first, second)
	}
	if after := w.Writes(); after != before {
		t.Errorf("preflight wrote %d times", after-before)
	}
}

func preflightSplit(t *testing.T, w World) {
	if err := w.Move(t.Context(), release.Split{Stable: w.Stable, Canary: w.Foreign, Weight: 5}); err != nil {
		t.Fatal(err)
	}
	_, err := w.Target.Preflight(t.Context())
	expectKind(t, err, release.KindRefused)
}

// retire keeps three versions: two take traffic, and one is named. It deletes
// the spare ones.
func retire(t *testing.T, w World) {
	shift(t, w.Target, w.split(10), w.guard())
	before := w.Versions()
	retired := retireAll(t, w, w.Foreign, "")
	after := w.Versions()
	for _, version := range []string{w.Stable, w.Canary, w.Foreign} {
		if !slices.Contains(after, version) {
			t.Errorf("version %s is gone; %v are left of %v", version, after, before)
		}
	}
	if !slices.Equal(slices.Sorted(slices.Values(retired)), slices.Sorted(slices.Values(w.Spare))) {
		t.Errorf("of %v, retire says it deleted %v; the spare ones are %v", before, retired, w.Spare)
	}
	if len(after)+len(retired) != len(before) {
		t.Errorf("there were %v, retire says it deleted %v, and %v are left", before, retired, after)
	}
	again, done, err := w.Target.Retire(t.Context(), w.Foreign, "")
	if err != nil || len(again) != 0 || !done {
		t.Errorf("retiring again deleted %v, done %t, %v", again, done, err)
	}
	expectSplit(t, w, w.split(10))
}

// retireAll runs Retire until it is done.
func retireAll(t *testing.T, w World, current, previous string) (retired []string) {
	t.Helper()
	for range deployLimit {
		gone, done, err := w.Target.Retire(t.Context(), current, previous)
		if err != nil {
			t.Fatal(err)
		}
		retired = append(retired, gone...)
		if done {
			return retired
		}
		w.wait()
	}
	t.Fatalf("retire is not done after %d runs", deployLimit)
	return nil
}

func retirePrevious(t *testing.T, w World) {
	shift(t, w.Target, w.split(10), w.guard())
	shift(t, w.Target, release.Pure(w.Canary), w.guard())
	retireAll(t, w, w.Canary, w.Stable)
	after := w.Versions()
	if kept := slices.Contains(after, w.Stable); kept == w.Costly {
		t.Errorf("version %s, which had the traffic, is kept: %t; %v are left", w.Stable, kept, after)
	}
	if !slices.Contains(after, w.Canary) {
		t.Errorf("version %s has all traffic, and is gone; %v are left", w.Canary, after)
	}
	expectSplit(t, w, release.Pure(w.Canary))
}

func restore(t *testing.T, w World) {
	shift(t, w.Target, w.split(10), w.guard())
	shift(t, w.Target, release.Pure(w.Stable), w.guard())
	for range 2 { // twice is once
		restoreAll(t, w)
	}
	after := w.Versions()
	if kept := slices.Contains(after, w.Canary); kept == w.Costly {
		t.Errorf("version %s, which was not wanted, is kept: %t; %v are left", w.Canary, kept, after)
	}
	for _, version := range []string{w.Stable, w.Foreign} {
		if !slices.Contains(after, version) {
			t.Errorf("version %s is gone; %v are left", version, after)
		}
	}
	expectSplit(t, w, release.Pure(w.Stable))
}

// restoreAll runs Restore until it is done.
func restoreAll(t *testing.T, w World) {
	t.Helper()
	for range deployLimit {
		_, done, err := w.Target.Restore(t.Context(), w.Stable)
		if err != nil {
			t.Fatal(err)
		}
		if done {
			return
		}
		w.wait()
	}
	t.Fatalf("restore is not done after %d runs", deployLimit)
}
