package workflow

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Observe serves the states Observe and Settle: it stores the task token that
// ends the wait early, and then looks whether a signal has come already.
// Signal does it the other way round, so no order of the two loses one.
func (w *Workflow) Observe(ctx context.Context, input Input) (any, error) {
	r, err := w.read(ctx, input)
	if err != nil {
		return nil, err
	}
	if err := r.in(ledger.PhaseCanary, ledger.PhaseSettling); err != nil {
		return nil, err
	}
	wait := time.Duration(max(r.progress.Seconds, 1)) * time.Second
	r.describeWait()
	if !r.decided() {
		r.record.Judged = false
	}
	if err := r.write(ctx, wait, ledger.Change{Token: input.Token}); err != nil {
		return nil, err
	}
	pending, err := r.Ledger.Signals(ctx, r.record.ID)
	if err != nil {
		return nil, err
	}
	if len(pending) == 0 {
		return nil, nil
	}
	return nil, r.answer(ctx, input.Token)
}

// describeWait says for people what the release waits for: what the last verdict says, or
// the stage when there has been none.
func (r *run) describeWait() {
	if r.record.Awaiting != "" {
		return
	}
	question := r.ask()
	question.Paused = r.record.Paused
	wait := question.Awaits()
	r.record.Awaiting, r.record.WaitingUntil = wait.For, wait.Until
}

// decided reports whether the last verdict leads on from the tick that it
// judged; the others mean that the same step is watched for another tick.
func (r *run) decided() bool {
	if !r.record.Judged || r.record.Verdict == nil {
		return false
	}
	return r.record.Verdict.Decision != release.Continue && r.record.Verdict.Decision != release.Hold
}
