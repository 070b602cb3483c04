package workflow

import (
	"context"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Rollback gives the version that was stable all traffic again, and takes away what the new one was given. It is called again
// until that is done.
func (w *Workflow) Rollback(ctx context.Context, input Input) (Progress, error) {
	r, err := w.open(ctx, input)
	if err != nil {
		return Progress{}, err
	}
	if r.record.Ended() { // the sweep was faster
		progress := r.next(nextGo, 0)
		progress.Outcome, progress.Reason = r.record.Outcome, r.record.Reason
		return progress, nil
	}
	outcome, reason := r.why()
	blame := r.blame()
	home, err := r.goHome(ctx, outcome, reason)
	if err != nil {
		return Progress{}, err
	}
	progress := home.progress(r)
	progress.Blame = blame
	return progress, nil
}

// blame reports whether the artifact is at fault, so that it must not be tried
// again without a reason: it was judged, or failed a check. What breaks around
// it is not its fault, and a version that was stable before keeps its name.
func (r *run) blame() bool {
	if r.record.Phase == ledger.PhaseRollingBack {
		return r.record.Blamed
	}
	if r.record.Document.Request.Version != "" {
		return false
	}
	if r.progress.Error != nil {
		return r.progress.Error.Error == string(release.KindUnhealthy) && r.record.Phase == ledger.PhaseVerifying
	}
	return r.record.Verdict != nil && r.record.Verdict.Decision == release.Rollback && r.record.Verdict.Outcome == release.RolledBack
}

// why finds out what the rollback is for: what it began for, a verdict, or the failure of a state. A
// version that was refused while it was made has changed nothing.
func (r *run) why() (release.Outcome, string) {
	switch failed := r.progress.Error; {
	case r.record.GoingBack != "":
		return r.record.GoingBack, r.record.GoingBackReason
	case failed != nil && failed.Error == string(release.KindAborted):
		return release.Aborted, failed.message()
	case failed != nil && failed.Error == string(release.KindRefused) && slices.Contains([]ledger.Phase{ledger.PhaseBaking, ledger.PhaseDeploying}, r.record.Phase):
		return release.Refused, failed.message()
	case failed != nil:
		return release.RolledBack, failed.message()
	case r.progress.Outcome != "":
		return r.progress.Outcome, r.progress.Reason
	default:
		return release.RolledBack, "the workflow asked for a rollback without a reason"
	}
}
