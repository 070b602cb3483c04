package workflow

import (
	"context"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Retire deletes versions beyond those to keep, now that the release can't go back any more.
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
	retired, _, err := r.target.Retire(ctx, r.record.Canary, r.record.Before.Stable)
	if err != nil {
		return Progress{}, err
	}
	if len(retired) > 0 {
		note := "retired version " + strings.Join(retired, ", ")
		if err := r.write(ctx, 0, ledger.Change{Entries: []ledger.Entry{{Kind: ledger.EntryNote, Text: note}}}); err != nil {
			return Progress{}, err
		}
	}
	progress := r.next(nextGo, 0)
	progress.Outcome, progress.Reason = release.Promoted, promotedReason(r.record)
	split, err := r.target.Split(ctx)
	if err != nil {
		return Progress{}, err
	}
	if !split.Same(release.Pure(r.record.Canary)) {
		progress.Reason += "; since then somebody else moved it: it is on " + split.String()
	}
	return progress, nil
}

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
