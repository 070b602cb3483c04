package workflow

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// Bake checks, before anything is written, that the release can work, and then makes the artifact ready.
func (w *Workflow) Bake(ctx context.Context, input Input) (Progress, error) {
	r, err := w.open(ctx, input)
	if err != nil {
		return Progress{}, err
	}
	if err := r.in(ledger.PhaseLocked, ledger.PhaseBaking); err != nil {
		return Progress{}, err
	}
	if r.record.Phase == ledger.PhaseLocked {
		if err := r.preflight(ctx); err != nil {
			return Progress{}, err
		}
	}
	if err := r.heed(ctx); err != nil {
		return Progress{}, err
	}
	if err := r.deadline("baking the artifact", r.record.Document.Timeouts.Bake); err != nil {
		return Progress{}, err
	}
	done, err := r.target.Bake(ctx)
	if err == nil && done {
		err = r.baked(ctx)
	}
	switch kind, _ := release.KindOf(err); {
	case kind == release.KindRefused:
		return r.refuse(ctx, err), nil
	case err != nil:
		return Progress{}, err
	case !done:
		return r.poll(ctx, r.record.Document.Timeouts.Bake)
	default:
		return r.next(nextGo, 0), nil
	}
}

// baked keeps the name that baking has given the artifact: from here on the release is of that
// one. By its name it may turn out to be one that was rolled back before.
func (r *run) baked(ctx context.Context) error {
	baking, ok := r.target.(target.Baking)
	if !ok || r.record.Document.Request.Version != "" {
		return nil
	}
	artifact, err := baking.Baked(ctx)
	if err != nil || artifact.Identity() == r.record.Document.Artifact.Identity() {
		return err
	}
	r.record.Document.Artifact = artifact
	if err := r.write(ctx, 0, ledger.Change{Entries: []ledger.Entry{{Kind: ledger.EntryNote, Text: "the artifact is " + artifact.String()}}}); err != nil {
		return err
	}
	return r.refuseRejected(ctx, r.record.Document)
}

// refuse ends a release whose artifact is refused when something may have been made of it already: what that is must be
// taken away, so it leads through the rollback, which moves no traffic.
func (r *run) refuse(ctx context.Context, why error) Progress {
	r.Log.WarnContext(ctx, "release refused", "release", r.record.ID, "error", why.Error())
	progress := r.next(nextBack, 0)
	progress.Outcome, progress.Reason = release.Refused, release.Shorten(why.Error(), longestMessage)
	return progress
}

// preflight records what stands before the release, which is also what it will return to.
func (r *run) preflight(ctx context.Context) error {
	found, err := r.target.Preflight(ctx)
	if err != nil {
		return err
	}
	r.record.Before = found.Split
	r.record.Actual = found.Split
	r.record.Splits = []release.Split{found.Split}
	r.record.First = found.First
	r.record.Notes = append(r.record.Notes, found.Notes...)
	entries := []ledger.Entry{
		{Kind: ledger.EntryPhase, Text: "preflight passed; traffic is on " + found.Split.String()},
		{Kind: ledger.EntrySplitSeen, Split: &found.Split, Text: "traffic is on " + found.Split.String()},
	}
	for _, note := range found.Notes {
		entries = append(entries, ledger.Entry{Kind: ledger.EntryNote, Text: note})
	}
	r.record.Phase = ledger.PhaseBaking
	r.await("the artifact", r.record.Document.Timeouts.Bake.Std())
	return r.write(ctx, 0, ledger.Change{Entries: entries})
}

// await says what the release waits for, and until when.
func (r *run) await(what string, limit time.Duration) {
	r.record.Awaiting, r.record.WaitingUntil = what, r.Now().Add(limit)
}

// poll renews the lease and asks for another look in a moment; limit is for how long the release
// has been told to wait in all.
func (r *run) poll(ctx context.Context, limit release.Duration) (Progress, error) {
	wait := r.untilNextLook(r.record.WaitingUntil.Add(-limit.Std()))
	if err := r.write(ctx, wait, ledger.Change{}); err != nil {
		return Progress{}, err
	}
	return r.next(nextWait, wait), nil
}

// longestLook is the longest wait between two looks at what the cloud is making, so that an abort is heard soon.
const longestLook = time.Minute

// untilNextLook is how long to wait for something that began then: soon at first, and less often the longer it takes, so
// that an hour costs few of an execution's 25,000 events.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
func (r *run) untilNextLook(began time.Time) time.Duration {
	return min(max(r.Now().Sub(began)/4, r.Poll), longestLook)
}
