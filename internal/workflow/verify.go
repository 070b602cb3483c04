package workflow

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
)

// longestVerify covers every check of a document, each as long as a function may run.
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
	if err := r.enter(ctx, ledger.PhaseVerifying, "verifies version "+r.record.Canary+" offline", longestVerify); err != nil {
		return Progress{}, err
	}
	if err := r.target.Verify(ctx, r.record.Canary); err != nil {
		return Progress{}, err
	}
	return r.next(nextGo, 0), nil
}
