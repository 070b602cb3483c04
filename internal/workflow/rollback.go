package workflow

import (
	"context"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Rollback gives the version that was stable all traffic again.
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
	outcome, reason, err = r.goHome(ctx, outcome, reason)
	if err != nil {
		return Progress{}, err
	}
	progress := r.next(nextGo, 0)
	progress.Outcome, progress.Reason, progress.Blame = outcome, reason, blame
	return progress, nil
}

// blame reports whether the artifact is at fault, so that it must not be tried
// again without a reason: it was judged, or failed a check. What breaks around
// it is not its fault, and a version that was stable before keeps its name.
func (r *run) blame() bool {
	if r.record.Document.Request.Version != "" {
		return false
	}
	if r.progress.Error != nil {
		return r.progress.Error.Error == string(release.KindUnhealthy) && r.record.Phase == ledger.PhaseVerifying
	}
	return r.record.Verdict != nil && r.record.Verdict.Decision == release.Rollback && r.record.Verdict.Outcome == release.RolledBack
}

// why finds out what the rollback is for: a verdict, or the failure of a state.
func (r *run) why() (release.Outcome, string) {
	if r.progress.Error != nil {
		if r.progress.Error.Error == string(release.KindAborted) {
			return release.Aborted, r.progress.Error.message()
		}
		return release.RolledBack, r.progress.Error.message()
	}
	if r.progress.Outcome != "" {
		return r.progress.Outcome, r.progress.Reason
	}
	return release.RolledBack, "the workflow asked for a rollback without a reason"
}

// goHome puts traffic where it belongs when a release can't go on, and says
// how the release ends by that. It serves the Rollback state and the sweep.
//
// Home is the version that was stable. Only where that can't take traffic any
// more and the new one can, home is the new one. Traffic that somebody else
// moved is left alone, and so is traffic that this release never touched.
func (r *run) goHome(ctx context.Context, outcome release.Outcome, reason string) (release.Outcome, string, error) {
	if r.record.Phase == ledger.PhaseRetiring {
		return release.Promoted, promotedReason(r.record), nil // the stable version has changed: this is home
	}
	if !r.intended() {
		return outcome, reason, r.restore(ctx)
	}
	if r.record.First {
		return r.finishFirst(ctx, outcome, reason)
	}
	home, outcome, reason, err := r.home(ctx, outcome, reason)
	if err != nil {
		return "", "", err
	}
	if r.record.Phase != ledger.PhaseRollingBack {
		r.record.Phase = ledger.PhaseRollingBack
		r.record.GoingBack, r.record.GoingBackReason = outcome, reason
		if r.record.GoingBackSince.IsZero() {
			r.record.GoingBackSince = r.Now()
		}
		if err := r.write(ctx, 0, ledger.Change{Entries: []ledger.Entry{{Kind: ledger.EntryPhase, Text: "goes back to version " + home + ": " + reason}}}); err != nil {
			return "", "", err
		}
	}
	// A handler that is still in flight must fail, even when traffic is home already: hence touch.
	if err := r.move(ctx, release.Pure(home), true); err != nil {
		if kind, ok := release.KindOf(err); ok && kind == release.KindConflict {
			return "", "", release.Fail(release.KindDirty, "could not go back after: %s", reason).Because(err)
		}
		return "", "", err
	}
	if home == r.record.Canary {
		return outcome, reason, r.write(ctx, 0, ledger.Change{Stable: r.newStable()})
	}
	return outcome, reason, r.restore(ctx)
}

// restore cleans up where new versions are made from. Traffic is home by then, so a failure is only noted.
func (r *run) restore(ctx context.Context) error {
	note, _, err := r.target.Restore(ctx, r.record.Before.Stable)
	if err != nil {
		note = "not everything could be cleaned up after the rollback: " + err.Error()
	}
	if note == "" {
		return nil
	}
	r.record.Notes = append(r.record.Notes, note)
	return r.write(ctx, 0, ledger.Change{Entries: []ledger.Entry{{Kind: ledger.EntryNote, Text: note}}})
}

// intended reports whether this release ever meant to move traffic.
func (r *run) intended() bool {
	return !r.record.CanaryBegan.IsZero() || r.record.Intended != (release.Split{})
}

// home chooses the version to go back to.
func (r *run) home(ctx context.Context, outcome release.Outcome, reason string) (string, release.Outcome, string, error) {
	stable, canary := r.record.Before.Stable, r.record.Canary
	usable, err := r.target.Usable(ctx, stable)
	if err != nil {
		return "", "", "", err
	}
	if usable {
		return stable, outcome, reason, nil
	}
	if r.promoting() {
		usable, err := r.target.Usable(ctx, canary)
		if err != nil {
			return "", "", "", err
		}
		if usable {
			return canary, release.Promoted, fmt.Sprintf("version %s can't take traffic any more, version %s can: %s", stable, canary, reason), nil
		}
	}
	return "", "", "", release.Fail(release.KindDirty, "version %s, which was stable, can't take traffic any more: %s", stable, reason).
		WithHint("traffic was left where it is")
}

// promoting reports whether the canary was already trusted with all traffic.
func (r *run) promoting() bool {
	return r.record.Phase == ledger.PhasePromoting || !r.record.PromotedAt.IsZero() || r.record.Intended.Same(release.Pure(r.record.Canary))
}

// finishFirst ends a first release, which has no version to go back to: if the
// place that routes was created, the only version there stays.
func (r *run) finishFirst(ctx context.Context, outcome release.Outcome, reason string) (release.Outcome, string, error) {
	split, err := r.target.Split(ctx)
	if err != nil {
		return "", "", err
	}
	switch {
	case split == release.Split{}:
		return outcome, reason, nil
	case split.Same(release.Pure(r.record.Canary)):
		r.record.Actual = split
		r.record.Phase = ledger.PhaseRetiring
		text := "version " + r.record.Canary + " is the first release and has all traffic, so it stays"
		return release.Promoted, text + " (" + reason + ")", r.write(ctx, 0, ledger.Change{
			Stable:  r.newStable(),
			Entries: []ledger.Entry{{Kind: ledger.EntrySplitSeen, Split: &split, Text: text}},
		})
	default:
		return "", "", release.Fail(release.KindDirty, "somebody else moved the traffic of a first release: it is on %s: %s", split, reason)
	}
}
