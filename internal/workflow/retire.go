package workflow

import (
	"context"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Retire deletes what nobody needs, now that the release can't go back any more.
func (w *Workflow) Retire(ctx context.Context, input Input) (Progress, error) {
	r, err := w.open(ctx, input)
	if err != nil {
		return Progress{}, err
	}
	if err := r.in(ledger.PhaseRetiring); err != nil {
		return Progress{}, err
	}
	// Held through the deletions: nobody may release an old version meanwhile.
	if err := r.write(ctx, 0, ledger.Change{}); err != nil {
		return Progress{}, err
	}
	ended, err := r.retire(ctx)
	return ended.progress(r), err
}

// retire deletes what it can now, and says how the release ends once that is all.
func (r *run) retire(ctx context.Context) (homecoming, error) {
	ended := homecoming{outcome: release.Promoted, reason: promotedReason(r.record)}
	// Until then a handler of the steps before may still give the old version traffic, so nothing of it may be deleted.
	wait, err := r.outlast(ctx, r.unlockedUntil(r.record.PromotedAt))
	if ended.wait = wait; wait > 0 || err != nil {
		return ended, err
	}
	wait, left, err := r.tidy(ctx, func(ctx context.Context) (told string, done bool, err error) {
		retired, done, err := r.target.Retire(ctx, r.record.Canary, r.record.Before.Stable)
		if len(retired) > 0 {
			told = "retired version " + strings.Join(retired, ", ")
		}
		return told, done, err
	})
	if ended.wait = wait; wait > 0 || err != nil {
		return ended, err
	}
	split, err := r.target.Split(ctx)
	if err != nil {
		return ended, err
	}
	if !split.Same(release.Pure(r.record.Canary)) {
		ended.reason += "; since then somebody else moved it: it is on " + split.String()
	}
	if left != "" {
		ended.reason += notRetired + left
	}
	return ended, nil
}

// notRetired comes between why a release was promoted, and why it could not clean up behind itself.
const notRetired = "; versions that are no longer needed could not be deleted: "

// promotedReason says in one sentence why a release ended well.
func promotedReason(record ledger.Record) string {
	switch {
	case record.First:
		return "version " + record.Canary + " is the first release and has all traffic"
	case record.Verdict != nil && record.Verdict.Decision == release.Complete:
		return "version " + record.Canary + " has all traffic: " + record.Verdict.Reason
	default:
		return "version " + record.Canary + " has all traffic"
	}
}
