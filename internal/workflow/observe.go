package workflow

import (
	"context"
	"fmt"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Observe serves the states Observe and Settle: it stores the task token that
// ends the wait early, and then looks whether a signal has come already.
// Signal does it the other way round, so no order of the two loses one.
func (w *Workflow) Observe(ctx context.Context, input Input) (any, error) {
	r, err := w.open(ctx, input)
	if err != nil {
		return nil, err
	}
	if err := r.in(ledger.PhaseCanary, ledger.PhaseSettling); err != nil {
		return nil, err
	}
	wait := time.Duration(max(r.progress.Seconds, 1)) * time.Second
	r.describeWait(wait)
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

// describeWait says for people what the release waits for.
func (r *run) describeWait(wait time.Duration) {
	began, lasts := r.stage()
	until := began.Add(lasts.Std())
	if !until.After(r.Now()) {
		until = r.Now().Add(wait)
	}
	switch {
	case r.record.Phase == ledger.PhaseSettling:
		r.record.Awaiting = "the end of settling"
	case r.awaitsApproval():
		r.record.Awaiting = fmt.Sprintf("approval (otherwise: %s)", r.step().Approve.Otherwise)
	case r.adaptive():
		r.record.Awaiting = fmt.Sprintf("proof that the canary is good, or the end of step %d", r.record.Step+1)
	default:
		r.record.Awaiting = fmt.Sprintf("the end of step %d", r.record.Step+1)
	}
	switch {
	case r.record.Paused:
		r.record.Awaiting = "a person to resume"
		until = r.record.CreatedAt.Add(r.record.Document.Timeouts.Release.Std())
	case !r.record.HoldingSince.IsZero():
		r.record.Awaiting = fmt.Sprintf("enough requests (noData.then: %s)", r.record.Document.Analysis.NoData.Then)
		until = r.record.HoldingSince.Add(r.record.Document.Analysis.NoData.Limit.Std())
	}
	r.record.WaitingUntil = until
}

// decided reports whether the last verdict leads on from the tick that it
// judged; the others mean that the same step is watched for another tick.
func (r *run) decided() bool {
	if !r.record.Judged || r.record.Verdict == nil {
		return false
	}
	return r.record.Verdict.Decision != release.Continue && r.record.Verdict.Decision != release.Hold
}
