package workflow_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// held leaves a tenth of the traffic on the old version while the release settles.
func held(d *release.Document) {
	holdback := 10.0
	d.Strategy.Holdback = &holdback
}

// stable is the version that the ledger has for stable.
func (w *world) stable() string {
	w.t.Helper()
	found, _, err := w.engine.Ledger.Stable(w.t.Context(), "echo", "production")
	if err != nil {
		w.t.Fatal(err)
	}
	if w.named != nil && found.Version != "" {
		return w.named(found.Version)
	}
	return found.Version
}

// splits are where traffic was seen, one after the other.
func (w *world) splits(id string) []string {
	var list []string
	for _, entry := range w.entries(id) {
		if entry.Kind == ledger.EntrySplitSeen {
			list = append(list, entry.Split.String())
		}
	}
	return list
}

func TestWhatIsHeldBackIsGivenOnceSettlingIsOver(t *testing.T) {
	t.Parallel()
	w := released(t)
	id := w.start(w.document("two", held))
	w.pass(8 * time.Minute)
	record := w.record(id)
	if diff := cmp.Diff(map[string]float64{"1": 0.1, "2": 0.9}, w.rounded()); diff != "" || record.Phase != ledger.PhaseSettling {
		t.Errorf("phase %s, alias (-want +got):\n%s", record.Phase, diff)
	}
	if got := w.stable(); got != "1" {
		t.Errorf("while it settles, version %s is stable", got)
	}
	record = w.finish(id)
	if record.Outcome != release.Promoted || w.stable() != "2" {
		t.Errorf("outcome %s, version %s is stable: %s\n%s", record.Outcome, w.stable(), record.Reason, w.timeline(id))
	}
	if settled := record.EndedAt.Sub(record.PromotedAt); settled < 5*time.Minute || settled > 5*time.Minute+10*time.Second {
		t.Errorf("settling for 5m lasted %s", settled)
	}
	want := []string{"version 1 at 100%", "version 1 at 90%, version 2 at 10%", "version 1 at 10%, version 2 at 90%", "version 2 at 100%"}
	if diff := cmp.Diff(want, w.splits(id)); diff != "" {
		t.Errorf("splits (-want +got):\n%s", diff)
	}
	if len(w.path) > 60 {
		t.Errorf("it took %d transitions, at most 60 are allowed: %v", len(w.path), w.path)
	}
	// There is a control group to the end.
	verdicts := w.verdicts(id)
	final := verdicts[len(verdicts)-1]
	if final.Decision != release.Complete || final.Findings[0].StableSamples <= 5*900 {
		t.Errorf("completed as %s with %+v", final.Decision, final.Findings)
	}
}

// rounded is where traffic goes, without the noise of subtraction.
func (w *world) rounded() map[string]float64 {
	shares := w.alias()
	for version, share := range shares {
		shares[version] = float64(int(share*1000+0.5)) / 1000
	}
	return shares
}

func TestAHeldBackReleaseGoesBackInOneMove(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		disturb func(w *world, id string)
		want    release.Outcome
		says    string
	}{
		"bad while it settles": {func(w *world, _ string) { w.broken["2"] = 0.05 }, release.RolledBack, "errors"},
		"aborted":              {func(w *world, id string) { w.signal(id, ledger.SignalAbort, "wrong build") }, release.Aborted, "wrong build"},
		"aborted after the verdict, before the last move": {func(w *world, id string) {
			w.beforeFunction("promote", func() error { w.send(id, ledger.Signal{Kind: ledger.SignalAbort, Reason: "wrong build"}); return nil })
		}, release.Aborted, "wrong build"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := released(t)
			id := w.start(w.document("two", held))
			w.pass(7 * time.Minute)
			test.disturb(w, id)
			record := w.finish(id)
			if record.Outcome != test.want || !strings.Contains(record.Reason, test.says) || w.stable() != "1" {
				t.Errorf("outcome %s, version %s is stable: %s\n%s", record.Outcome, w.stable(), record.Reason, w.timeline(id))
			}
			want := []string{"version 1 at 100%", "version 1 at 90%, version 2 at 10%", "version 1 at 10%, version 2 at 90%", "version 1 at 100%"}
			if diff := cmp.Diff(want, w.splits(id)); diff != "" {
				t.Errorf("splits (-want +got):\n%s", diff)
			}
		})
	}
}

// An outage of everything after the promotion is nobody's fault when there is still something to compare with.
func TestAnOutageOfBothVersionsWhileSettlingRollsNothingBack(t *testing.T) {
	t.Parallel()
	w := released(t)
	id := w.start(w.document("two", held))
	w.pass(7 * time.Minute)
	w.broken["1"], w.broken["2"] = 0.3, 0.3
	if record := w.finish(id); record.Outcome != release.Promoted {
		t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
	}
}

func TestAFirstReleaseHoldsNothingBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	record := w.release(w.document("one", held, adaptive))
	if diff := cmp.Diff(map[string]float64{"1": 1}, w.alias()); diff != "" || record.Outcome != release.Promoted {
		t.Errorf("outcome %s: %s; alias (-want +got):\n%s", record.Outcome, record.Reason, diff)
	}
}

// Somebody else's move is noticed while something is held back, too.
func TestAHeldBackSplitThatSomebodyElseMovesIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := released(t)
	w.publish("somebody else's")
	id := w.start(w.document("two", held))
	w.pass(8 * time.Minute)
	moved := ""
	w.handler = func(ctx context.Context, _ string, run func(context.Context) (any, error)) (any, error) {
		if moved == "" {
			moved = aliased{}.foreign(w)
		}
		return run(ctx)
	}
	record := w.finish(id)
	if record.Outcome != release.FailedDirty || !strings.Contains(record.Reason, "somebody else") {
		t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
	}
	if diff := cmp.Diff(map[string]float64{moved: 1}, w.alias()); diff != "" {
		t.Errorf("alias (-want +got):\n%s", diff)
	}
}
