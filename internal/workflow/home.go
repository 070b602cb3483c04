package workflow

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// A homecoming is how a release ends, and whether it is there yet.
type homecoming struct {
	outcome release.Outcome
	reason  string
	// wait is how long to wait before it is gone on with; 0: all is done.
	wait time.Duration
}

// progress is with what the workflow goes on: to the end, or round again after the wait.
func (h homecoming) progress(r *run) Progress {
	where := nextGo
	if h.wait > 0 {
		where = nextWait
	}
	progress := r.next(where, h.wait)
	progress.Outcome, progress.Reason = h.outcome, h.reason
	return progress
}

// goHome puts traffic where it belongs when a release can't go on, takes away what was made for it, and says
// how the release ends by that. It goes as far as it can without waiting, and is called again until it need not
// wait any more. It serves the Rollback state and the sweep.
//
// Home is the version that was stable, whether or not it is healthy at the moment: whoever goes back wants that, and what
// makes both versions sick may pass. Only where it is gone and the new one, which had been promoted, is not, home is the new one. Traffic that
// somebody else moved is left alone, and so is traffic that this release never touched.
//
// Nothing is taken away before requests meet home: those that are still on their way must find what they were sent to.
func (r *run) goHome(ctx context.Context, outcome release.Outcome, reason string) (homecoming, error) {
	ends := homecoming{outcome: outcome, reason: reason}
	switch {
	case r.record.Phase == ledger.PhaseRetiring:
		return r.retire(ctx) // the stable version has changed: this is home
	case slices.Contains([]ledger.Phase{ledger.PhaseCreated, ledger.PhaseQueued, ledger.PhaseLocked}, r.record.Phase):
		return ends, nil // nothing was made
	case !r.intended():
		if r.record.HomeSince.IsZero() {
			r.record.HomeSince = r.Now()
		}
		// From here on no handler that was overtaken can begin to move traffic to what is taken away.
		if err := r.turnBack(ctx, ends, "ends before it had traffic: "+reason); err != nil {
			return ends, err
		}
		// But one that deploys the version may still make what has to be taken away.
		wait, err := r.outlast(ctx, r.madeUntil(r.record.HomeSince))
		if ends.wait = wait; wait > 0 || err != nil {
			return ends, err
		}
		return r.restore(ctx, ends)
	case r.record.First:
		return r.finishFirst(ctx, ends)
	}
	if r.record.HomeSince.IsZero() {
		wait, err := r.sendHome(ctx, ends)
		if ends.wait = wait; wait > 0 || err != nil {
			return ends, err
		}
	}
	wait, err := r.reachHome(ctx)
	if ends.wait = wait; wait > 0 || err != nil {
		return ends, err
	}
	if r.record.Intended.Stable != r.record.Before.Stable {
		ends.outcome = release.Promoted
		ends.reason = fmt.Sprintf("version %s can't take traffic any more, version %s can: %s", r.record.Before.Stable, r.record.Canary, reason)
		return ends, r.write(ctx, 0, ledger.Change{Stable: r.newStable()})
	}
	return r.restore(ctx, ends)
}

// turnBack records that the release goes back, and why, unless it does already.
func (r *run) turnBack(ctx context.Context, ends homecoming, text string) error {
	if r.record.Phase == ledger.PhaseRollingBack {
		return nil
	}
	r.record.Blamed = r.blame()
	r.record.Phase = ledger.PhaseRollingBack
	r.record.GoingBack, r.record.GoingBackReason = ends.outcome, ends.reason
	r.record.Awaiting, r.record.WaitingUntil = "", time.Time{}
	return r.write(ctx, 0, ledger.Change{Entries: []ledger.Entry{{Kind: ledger.EntryPhase, Text: text}}})
}

// sendHome moves traffic home. While home has nothing that could answer, it returns how long to wait, and has renewed the lease for that.
func (r *run) sendHome(ctx context.Context, ends homecoming) (wait time.Duration, err error) {
	if r.record.GoingBackSince.IsZero() {
		r.record.GoingBackSince = r.Now()
	}
	home, err := r.home(ctx, ends.reason)
	if isUnhealthy(err) {
		return r.awaitHome(ctx, ends, err)
	}
	if err != nil {
		return 0, err
	}
	if err := r.turnBack(ctx, ends, "goes back to version "+home+": "+ends.reason); err != nil {
		return 0, err
	}
	r.record.Awaiting, r.record.WaitingUntil = "", time.Time{}
	return 0, r.moveHome(ctx, home)
}

// awaitHome keeps the lock while home has nothing that could answer, such as instances that are being replaced, and gives up when that lasts.
func (r *run) awaitHome(ctx context.Context, ends homecoming, lacking error) (wait time.Duration, err error) {
	limit := r.record.Document.Timeouts.Deploy
	deadline := r.record.GoingBackSince.Add(limit.Std())
	left := deadline.Sub(r.Now())
	if left <= 0 {
		return 0, release.Fail(release.KindDirty, "could not go back within %s (timeouts.deploy) after: %s", limit, ends.reason).Because(lacking).
			WithHint("traffic was left where it is")
	}
	if err := r.turnBack(ctx, ends, "goes back as soon as it can ("+lacking.Error()+"): "+ends.reason); err != nil {
		return 0, err
	}
	r.record.Awaiting, r.record.WaitingUntil = "a version to go back to ("+lacking.Error()+")", deadline
	wait = min(r.untilNextLook(r.record.GoingBackSince), max(left, time.Second))
	return wait, r.write(ctx, wait, ledger.Change{})
}

// moveHome gives home all traffic.
func (r *run) moveHome(ctx context.Context, home string) error {
	// A handler that is still in flight must fail, even when traffic is home already: hence touch.
	err := r.move(ctx, release.Pure(home), true)
	if kind, ok := release.KindOf(err); ok && kind == release.KindConflict {
		return release.Fail(release.KindDirty, "could not go back after: %s", r.record.GoingBackReason).Because(err)
	}
	return err
}

// reachHome is over when requests meet home and nobody can overwrite that any more; until then it returns how long
// to wait, and has renewed the lease for that.
func (r *run) reachHome(ctx context.Context) (wait time.Duration, err error) {
	if _, unlocked := r.target.(target.Unlocked); unlocked && !r.record.Secured {
		if wait, err = r.outlast(ctx, r.unlockedUntil(r.record.HomeSince)); wait > 0 || err != nil {
			return wait, err
		}
		if err := r.secure(ctx); err != nil {
			return 0, err
		}
	}
	wait, err = r.arriving(ctx)
	if isUnhealthy(err) {
		return 0, release.Fail(release.KindDirty, "went back after: %s", r.record.GoingBackReason).Because(err).
			WithHint("nothing was deleted: requests may still meet what was rolled back")
	}
	switch {
	case err != nil:
		return 0, err
	case wait > 0:
		return wait, r.awaitArrival(ctx, wait)
	case !r.record.Actual.Same(r.record.Intended):
		return 0, release.Fail(release.KindDirty, "went back after: %s; since then somebody else moved the traffic: it is on %s", r.record.GoingBackReason, r.record.Actual)
	default:
		return 0, nil
	}
}

// outlast returns how long to wait, having renewed the lease for it, until then: every handler that may have been about to write is
// dead by that time.
func (r *run) outlast(ctx context.Context, until time.Time) (wait time.Duration, err error) {
	left := until.Sub(r.Now())
	if left <= 0 {
		return 0, nil
	}
	wait = min(left, longestLook)
	return wait, r.write(ctx, wait, ledger.Change{})
}

// unlockedUntil is when nobody writes any more who began to move traffic before then; at once, where a lock makes them fail.
func (r *run) unlockedUntil(since time.Time) time.Time {
	unlocked, ok := r.target.(target.Unlocked)
	if !ok || since.IsZero() {
		return time.Time{}
	}
	return since.Add(unlocked.UnlockedFor())
}

// madeUntil is when nobody makes anything of a version any more who began to before then; at once, where what is made costs nothing
// and may stay: where versions have neither instances, which are baked, nor a place that is written without a lock.
func (r *run) madeUntil(since time.Time) time.Time {
	_, unlocked := r.target.(target.Unlocked)
	if _, baking := r.target.(target.Baking); !unlocked && !baking {
		return time.Time{}
	}
	return since.Add(leaseMargin)
}

// secure looks again at traffic that was sent home, and sends it there once more when a handler that was overtaken has overwritten that.
func (r *run) secure(ctx context.Context) error {
	split, err := r.target.Split(ctx)
	gaveUp := isUnhealthy(err) // what such a handler wanted has failed by itself, and nobody wants home any more
	if err != nil && !gaveUp {
		return err
	}
	if gaveUp || !split.Same(r.record.Intended) {
		if err := r.moveHome(ctx, r.record.Intended.Stable); err != nil {
			return err
		}
	}
	r.record.Secured = true // stored with the next write; without that, it is looked at once more
	return nil
}

// restore takes away what the new version was given. Traffic is home by then, so what can't be done is only noted.
func (r *run) restore(ctx context.Context, ends homecoming) (homecoming, error) {
	wait, left, err := r.tidy(ctx, func(ctx context.Context) (string, bool, error) {
		note, done, err := r.target.Restore(ctx, r.record.Before.Stable)
		if note == "" || slices.Contains(r.record.Notes, note) {
			return "", done, err
		}
		r.record.Notes = append(r.record.Notes, note)
		return note, done, err
	})
	if ends.wait = wait; wait > 0 || left == "" || err != nil {
		return ends, err
	}
	note := "not everything could be cleaned up after the rollback: " + left
	r.record.Notes = append(r.record.Notes, note)
	return ends, r.write(ctx, 0, ledger.Change{Entries: []ledger.Entry{{Kind: ledger.EntryNote, Text: note}}})
}

// intended reports whether this release ever meant to move traffic.
func (r *run) intended() bool {
	return !r.record.CanaryBegan.IsZero() || r.record.Intended != (release.Split{})
}

// home chooses the version to go back to. It is a KindUnhealthy failure while the one that it would be has nothing that could answer.
func (r *run) home(ctx context.Context, reason string) (string, error) {
	stable, canary := r.record.Before.Stable, r.record.Canary
	usable, err := r.target.Usable(ctx, stable)
	if err != nil || usable {
		return stable, err
	}
	if r.promoting() {
		usable, err := r.target.Usable(ctx, canary)
		if err != nil || usable {
			return canary, err
		}
	}
	return "", release.Fail(release.KindDirty, "version %s, which was stable, can't take traffic any more: %s", stable, reason).
		WithHint("traffic was left where it is")
}

func isUnhealthy(err error) bool {
	kind, ok := release.KindOf(err)
	return ok && kind == release.KindUnhealthy
}

// promoting reports whether the canary was already trusted with all traffic.
func (r *run) promoting() bool {
	return r.record.Phase == ledger.PhasePromoting || !r.record.PromotedAt.IsZero() || r.record.Intended.Same(release.Pure(r.record.Canary))
}

// finishFirst ends a first release, which has no version to go back to: if the
// place that routes was created, the only version there stays.
func (r *run) finishFirst(ctx context.Context, ends homecoming) (homecoming, error) {
	if r.record.HomeSince.IsZero() {
		r.record.HomeSince = r.Now()
	}
	if err := r.turnBack(ctx, ends, "ends as a first release: "+ends.reason); err != nil {
		return ends, err
	}
	split, err := r.target.Split(ctx)
	if err != nil {
		return ends, err
	}
	switch {
	case split == release.Split{}:
		// No lock protects what is not there: a handler that was overtaken may still make it.
		wait, err := r.outlast(ctx, r.record.HomeSince.Add(leaseMargin))
		if ends.wait = wait; wait > 0 || err != nil {
			return ends, err
		}
		return r.restore(ctx, ends)
	case split.Same(release.Pure(r.record.Canary)):
		r.record.Actual, r.record.Arriving = split, nil
		r.record.Phase = ledger.PhaseRetiring
		text := "version " + r.record.Canary + " is the first release and has all traffic, so it stays"
		ends.outcome, ends.reason = release.Promoted, text+" ("+ends.reason+")"
		return ends, r.write(ctx, 0, ledger.Change{
			Stable:  r.newStable(),
			Entries: []ledger.Entry{{Kind: ledger.EntrySplitSeen, Split: &split, Text: text}},
		})
	default:
		return ends, release.Fail(release.KindDirty, "somebody else moved the traffic of a first release: it is on %s: %s", split, ends.reason)
	}
}
