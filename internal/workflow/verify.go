package workflow

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// longestVerify is how long the state may run: its TimeoutSeconds, less a moment.
const longestVerify = 15 * time.Minute

// Verify tests the new version where no user can reach it.
func (w *Workflow) Verify(ctx context.Context, input Input) (Progress, error) {
	r, err := w.open(ctx, input)
	if err != nil {
		return Progress{}, err
	}
	if err := r.in(ledger.PhaseDeploying, ledger.PhaseVerifying); err != nil {
		return Progress{}, err
	}
	if err := r.heed(ctx); err != nil {
		return Progress{}, err
	}
	// Each run renews the lease for as long as it may last.
	r.record.Phase = ledger.PhaseVerifying
	r.record.Awaiting, r.record.WaitingUntil = "the checks of version "+r.record.Canary, r.Now().Add(longestVerify)
	if err := r.write(ctx, longestVerify, ledger.Change{Entries: []ledger.Entry{{Kind: ledger.EntryPhase, Text: "verifies version " + r.record.Canary + " offline"}}}); err != nil {
		return Progress{}, err
	}
	if err := r.verify(ctx); err != nil {
		return Progress{}, err
	}
	if err := r.heed(ctx); err != nil {
		return Progress{}, err
	}
	return r.next(nextGo, 0), nil
}

// verify runs the document's checks. A version that was stable before needs
// only be there: people return to it because something else is broken.
func (r *run) verify(ctx context.Context) error {
	if r.record.Document.Request.Version == "" {
		return r.target.Verify(ctx, r.record.Canary)
	}
	usable, err := r.target.Usable(ctx, r.record.Canary)
	if err == nil && !usable {
		err = release.Fail(release.KindUnhealthy, "version %s can't take traffic any more", r.record.Canary)
	}
	return err
}
