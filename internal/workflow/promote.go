package workflow

import (
	"context"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Promote gives the canary all traffic. The old version stays until settling is over.
func (w *Workflow) Promote(ctx context.Context, input Input) (Progress, error) {
	r, err := w.open(ctx, input)
	if err != nil {
		return Progress{}, err
	}
	if err := r.in(ledger.PhaseVerifying, ledger.PhasePromoting, ledger.PhaseSettling, ledger.PhaseRetiring); err != nil {
		return Progress{}, err
	}
	if r.record.PromotedAt.IsZero() {
		if err := r.heed(ctx); err != nil {
			return Progress{}, err
		}
		if err := r.enter(ctx, ledger.PhasePromoting, "promotes version "+r.record.Canary, 0); err != nil {
			return Progress{}, err
		}
		if err := r.move(ctx, release.Pure(r.record.Canary), false); err != nil {
			return Progress{}, err
		}
		if err := r.promoted(ctx); err != nil {
			return Progress{}, err
		}
	}
	if r.record.Phase == ledger.PhaseRetiring {
		return r.next(nextRetire, 0), nil
	}
	return r.next(nextSettle, r.tick()), nil
}

// promoted records that the canary has all traffic, and whether there is
// anything to watch: without an old version there is nothing to go back to.
func (r *run) promoted(ctx context.Context) error {
	r.record.PromotedAt = r.Now()
	r.record.Judged = false
	r.record.Awaiting = ""
	change := ledger.Change{}
	if r.record.First || r.record.Document.Strategy.Settle.Std() == 0 {
		r.record.Phase = ledger.PhaseRetiring
		if err := r.becomeStable(ctx, &change); err != nil {
			return err
		}
		change.Entries = []ledger.Entry{{Kind: ledger.EntryPhase, Text: "version " + r.record.Canary + " is stable"}}
		return r.write(ctx, 0, change)
	}
	if r.record.CanaryBegan.IsZero() { // a return to an old version has had no steps
		r.record.CanaryBegan = r.Now()
		r.record.MeasuredTo = r.Now().Truncate(r.record.Document.Analysis.Period.Std())
	}
	r.record.Phase = ledger.PhaseSettling
	change.Entries = []ledger.Entry{{Kind: ledger.EntryPhase, Text: "settles for " + r.record.Document.Strategy.Settle.String() + "; version " + r.record.Before.Stable + " is kept"}}
	return r.write(ctx, r.tick(), change)
}

// becomeStable makes the canary the version that users of the service have. An
// artifact that people went back from must not come again without a reason.
func (r *run) becomeStable(ctx context.Context, change *ledger.Change) error {
	change.Stable = r.newStable()
	if r.record.Document.Request.Version == "" {
		return nil
	}
	left, ok, err := r.Ledger.Stable(ctx, r.record.Service, r.record.Environment)
	if err == nil && ok && left.SHA256 != change.Stable.SHA256 {
		change.Rejected = left.SHA256
	}
	return err
}
