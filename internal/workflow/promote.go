package workflow

import (
	"context"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Promote gives the canary all traffic, or all but what is held back while settling; the old
// version stays until settling is over. A release that held something back comes here again
// after that, and gives the canary the rest.
func (w *Workflow) Promote(ctx context.Context, input Input) (Progress, error) {
	r, err := w.open(ctx, input)
	if err != nil {
		return Progress{}, err
	}
	if err := r.in(ledger.PhaseVerifying, ledger.PhasePromoting, ledger.PhaseSettling, ledger.PhaseRetiring); err != nil {
		return Progress{}, err
	}
	if r.turned() {
		return r.follow(), nil
	}
	var elsewhere *Progress
	switch {
	case r.record.PromotedAt.IsZero():
		elsewhere, err = r.promote(ctx)
	case r.record.Phase == ledger.PhasePromoting:
		elsewhere, err = r.giveRest(ctx)
	}
	if elsewhere != nil || err != nil {
		return value(elsewhere), err
	}
	if r.record.Phase == ledger.PhaseRetiring {
		return r.next(nextRetire, 0), nil
	}
	return r.next(nextSettle, r.tick()), nil
}

// promote moves traffic to the canary, and returns where to go as long as it has not arrived there.
func (r *run) promote(ctx context.Context) (elsewhere *Progress, err error) {
	if r.record.Arriving == nil {
		if err := r.giveMost(ctx); err != nil {
			return nil, err
		}
	}
	if elsewhere, err := r.arrive(ctx); elsewhere != nil || err != nil {
		return elsewhere, err
	}
	return nil, r.promoted(ctx)
}

// giveMost gives the canary the traffic that it settles with.
func (r *run) giveMost(ctx context.Context) error {
	if err := r.heed(ctx); err != nil {
		return err
	}
	if err := r.enter(ctx, ledger.PhasePromoting, "promotes version "+r.record.Canary, 0); err != nil {
		return err
	}
	var told []ledger.Entry
	if r.settles() && !r.begun() { // a return to an old version, which has had no steps
		var err error
		if _, told, err = r.lookBack(ctx); err != nil {
			return err
		}
	}
	return r.move(ctx, r.promotion(), false, told...)
}

// settles reports whether there is anything to watch after the promotion:
// without an old version there is nothing to go back to.
func (r *run) settles() bool {
	return !r.record.First && r.record.Document.Strategy.Settle.Std() > 0
}

// heldBack is the percent of traffic that the old version keeps while settling.
func (r *run) heldBack() float64 {
	if holdback := r.record.Document.Strategy.Holdback; holdback != nil && r.settles() {
		return *holdback
	}
	return 0
}

// promotion is where traffic goes while settling.
func (r *run) promotion() release.Split {
	if held := r.heldBack(); held > 0 {
		return release.Split{Stable: r.record.Before.Stable, Canary: r.record.Canary, Weight: 100 - held}
	}
	return release.Pure(r.record.Canary)
}

// promoted records that the canary has the traffic that it settles with, or, when there is
// nothing to settle, that it is stable.
func (r *run) promoted(ctx context.Context) error {
	r.record.PromotedAt = r.Now()
	r.record.Judged = false
	r.record.Awaiting = ""
	if !r.settles() {
		return r.stabilise(ctx)
	}
	r.canaryBegins()
	r.record.Phase = ledger.PhaseSettling
	text := "settles for " + r.record.Document.Strategy.Settle.String() + "; version " + r.record.Before.Stable + " is kept"
	if held := r.heldBack(); held > 0 {
		text += " with " + release.Percent(held) + "% of traffic"
	}
	return r.write(ctx, r.tick(), ledger.Change{Entries: []ledger.Entry{{Kind: ledger.EntryPhase, Text: text}}})
}

// giveRest gives the canary what was held back, now that settling is over. Only then
// does the stable version change: until that is written, a release that dies goes back to the
// old version, and a person may still ask for that.
func (r *run) giveRest(ctx context.Context) (elsewhere *Progress, err error) {
	if r.record.Arriving == nil {
		if err := r.heed(ctx); err != nil {
			return nil, err
		}
		if err := r.move(ctx, release.Pure(r.record.Canary), false); err != nil {
			return nil, err
		}
	}
	if elsewhere, err := r.arrive(ctx); elsewhere != nil || err != nil {
		return elsewhere, err
	}
	return nil, r.stabilise(ctx)
}

// stabilise records, in one write, that the canary is the stable version.
func (r *run) stabilise(ctx context.Context) error {
	r.record.Phase = ledger.PhaseRetiring
	change := ledger.Change{Entries: []ledger.Entry{{Kind: ledger.EntryPhase, Text: "version " + r.record.Canary + " is stable"}}}
	if err := r.becomeStable(ctx, &change); err != nil {
		return err
	}
	return r.write(ctx, 0, change)
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
