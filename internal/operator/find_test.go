package operator_test

import (
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// refused is a release that was not let in.
func refused(r *ledger.Record) { r.Phase, r.Outcome = ledger.PhaseEnded, release.Refused }

// queued is a release that waits for its turn.
func queued(r *ledger.Record) { r.Phase = ledger.PhaseQueued }

func TestAServiceMeansTheReleaseThatRuns(t *testing.T) {
	for name, c := range map[string]struct {
		releases []func(*ledger.Record)
		// holder is the index of the release that holds the lock; -1: none does.
		holder, want int
	}{
		"the holder, not one that was refused":     {[]func(*ledger.Record){promoted("", "1"), canarying, refused}, 1, 1},
		"the holder, not one that waits":           {[]func(*ledger.Record){promoted("", "1"), canarying, queued, refused}, 1, 1},
		"one that waits, not one that was refused": {[]func(*ledger.Record){promoted("", "1"), queued, refused, refused}, -1, 1},
		"the newest, when all have ended":          {[]func(*ledger.Record){promoted("", "1"), promoted("1", "2"), refused}, -1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world, o operator.Operator) {
				for n, change := range c.releases {
					record := w.add(n, change)
					if n == c.holder {
						w.hold(record, noon.Add(time.Hour))
					}
				}
				for _, reference := range []operator.Reference{production, {Service: "echo"}} {
					status, err := o.Status(t.Context(), reference)
					if err != nil || status.ID != id(c.want) {
						t.Errorf("%s means release %s (%v), want %s", reference, status.ID, err, id(c.want))
					}
				}
			})
		})
	}
}

func TestARefusedReleaseDoesNotHideTheOneToSteer(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.hold(w.add(1, canarying), noon.Add(time.Hour))
		w.add(2, refused)
		if _, err := o.Signal(t.Context(), production, ledger.Signal{Kind: ledger.SignalPause, By: "bob"}); err != nil {
			t.Error(err)
		}
		started, err := o.Rollback(t.Context(), operator.RollbackRequest{Reference: production, By: "bob"})
		if err != nil || !started.Aborting || started.ID != id(1) {
			t.Errorf("started %+v: %v", started, err)
		}
		if got := w.signals[id(1)]; len(got) != 2 || got[0].Kind != ledger.SignalPause || got[1].Kind != ledger.SignalAbort {
			t.Errorf("signals %+v", got)
		}
	})
}
