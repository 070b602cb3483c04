package workflow

import (
	"context"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
)

// Deploy publishes the version beside the stable one and waits until it can take traffic.
func (w *Workflow) Deploy(ctx context.Context, input Input) (Progress, error) {
	r, err := w.open(ctx, input)
	if err != nil {
		return Progress{}, err
	}
	if err := r.in(ledger.PhaseBaking, ledger.PhaseDeploying); err != nil {
		return Progress{}, err
	}
	limit := r.record.Document.Timeouts.Deploy
	if r.record.Phase == ledger.PhaseBaking {
		r.record.Phase = ledger.PhaseDeploying
		r.await("the new version", limit.Std())
		if err := r.write(ctx, 0, ledger.Change{Entries: []ledger.Entry{{Kind: ledger.EntryPhase, Text: "deploys the new version offline"}}}); err != nil {
			return Progress{}, err
		}
	}
	if err := r.heed(ctx); err != nil {
		return Progress{}, err
	}
	if err := r.deadline("deploying the new version offline", limit); err != nil {
		return Progress{}, err
	}
	version, done, err := r.target.Deploy(ctx, r.record.Before.Stable)
	if err != nil {
		return Progress{}, err
	}
	if version != r.record.Canary {
		r.record.Canary = version
		if err := r.write(ctx, 0, ledger.Change{Entries: []ledger.Entry{{Kind: ledger.EntryNote, Text: "the new version is " + version}}}); err != nil {
			return Progress{}, err
		}
	}
	if !done {
		return r.poll(ctx, limit)
	}
	// Verify may take long, and its first call may be its last.
	if err := r.write(ctx, longestVerify, ledger.Change{}); err != nil {
		return Progress{}, err
	}
	return r.next(nextGo, 0), nil
}
