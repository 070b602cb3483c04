package operator_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func approving(r *ledger.Record) {
	canarying(r)
	r.Document.Strategy.Steps = append(r.Document.Strategy.Steps, release.Step{Approve: &release.Approval{Timeout: 60 * minute}})
	r.Step = 1
}

func TestSignalReachesTheRelease(t *testing.T) {
	for name, c := range map[string]struct {
		kind   ledger.SignalKind
		change func(*ledger.Record)
		// step is the one that the signal means; 0 for one that means no step.
		step int
	}{
		"approve":            {ledger.SignalApprove, approving, 1},
		"reject":             {ledger.SignalReject, approving, 1},
		"promote":            {ledger.SignalPromote, approving, 1},
		"promote --full":     {ledger.SignalPromoteFull, approving, 0},
		"pause":              {ledger.SignalPause, approving, 0},
		"resume":             {ledger.SignalResume, func(r *ledger.Record) { approving(r); r.Paused = true }, 0},
		"abort while queued": {ledger.SignalAbort, func(r *ledger.Record) { r.Phase = ledger.PhaseQueued }, 0},
		"abort":              {ledger.SignalAbort, approving, 0},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world, o operator.Operator) {
				w.add(1, c.change)
				status, err := o.Signal(t.Context(), operator.Reference{Service: "echo", Environment: "production"}, ledger.Signal{Kind: c.kind, By: "bob", Reason: "because"})
				if err != nil || status.ID != id(1) {
					t.Fatalf("status %+v: %v", status, err)
				}
				if len(w.signals[id(1)]) != 1 {
					t.Fatalf("signals %+v", w.signals)
				}
				got := w.signals[id(1)][0]
				if got.ID == "" {
					t.Error("the signal has no id")
				}
				got.ID = ""
				if diff := cmp.Diff(ledger.Signal{Kind: c.kind, At: noon, By: "bob", Reason: "because", Step: c.step}, got); diff != "" {
					t.Errorf("signal (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// retiring is a release that has been promoted, and tidies up.
func retiring(before, version string) func(*ledger.Record) {
	return func(r *ledger.Record) {
		promoted(before, version)(r)
		r.Phase, r.Outcome, r.PromotedAt = ledger.PhaseRetiring, "", noon.Add(-time.Minute)
	}
}

func TestWhatTidiesUpIsNotSteeredAnyMore(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.hold(w.add(1, retiring("1", "2")), noon.Add(time.Hour))
		for _, kind := range []ledger.SignalKind{
			ledger.SignalAbort, ledger.SignalReject, ledger.SignalApprove, ledger.SignalPause, ledger.SignalResume,
			ledger.SignalPromote, ledger.SignalPromoteFull,
		} {
			_, err := o.Signal(t.Context(), production, ledger.Signal{Kind: kind, By: "bob"})
			wantFailure(t, err, release.KindRefused, id(1), "version 2 is stable now", "goldfinch rollback echo/production --local")
		}
		if len(w.signals) != 0 {
			t.Errorf("sent %+v", w.signals)
		}
	})
}

func TestSignalKeepsItsIDAndTime(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(1, canarying)
	signal := ledger.Signal{ID: "mine", Kind: ledger.SignalPause, At: noon.Add(-time.Hour), By: "bob"}
	if _, err := w.service.Signal(t.Context(), operator.Reference{ID: id(1)}, signal); err != nil {
		t.Fatal(err)
	}
	if got := w.signals[id(1)][0]; got != signal {
		t.Errorf("signal %+v", got)
	}
}

func TestSignalThatMeansNothingIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		for n, c := range []struct {
			kind   ledger.SignalKind
			change func(*ledger.Record)
			words  string
		}{
			{ledger.SignalApprove, canarying, "does not wait for approval now; it is canary"},
			{ledger.SignalReject, func(r *ledger.Record) { approving(r); r.Approved = true }, "does not wait for approval"},
			{ledger.SignalPromote, func(r *ledger.Record) { r.Phase = ledger.PhaseBaking }, "no canary to promote; it is baking"},
			{ledger.SignalResume, canarying, "is not paused"},
			{ledger.SignalAbort, func(r *ledger.Record) { canarying(r); r.Phase = ledger.PhaseRollingBack }, "rolling back already"},
			{ledger.SignalPause, promoted("1", "2"), "has ended: promoted; to go back: goldfinch rollback echo/production --local"},
			{ledger.SignalAbort, func(r *ledger.Record) { r.Outcome = release.Aborted }, "has ended: aborted"},
		} {
			w.add(n, c.change)
			_, err := o.Signal(t.Context(), operator.Reference{ID: id(n)}, ledger.Signal{Kind: c.kind, By: "bob"})
			wantFailure(t, err, release.KindRefused, c.words)
		}
		w.add(20, canarying)
		_, err := o.Signal(t.Context(), operator.Reference{ID: id(20)}, ledger.Signal{Kind: ledger.SignalSupersede, By: "bob"})
		wantInvalid(t, err, "not a signal that a person sends")
		if len(w.signals) != 0 {
			t.Errorf("sent %+v", w.signals)
		}
	})
}
