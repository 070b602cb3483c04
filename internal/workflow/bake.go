package workflow

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
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
	if err != nil {
		return Progress{}, err
	}
	if !done {
		return r.poll(ctx)
	}
	return r.next(nextGo, 0), nil
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

// poll renews the lease and asks for another look in a moment.
func (r *run) poll(ctx context.Context) (Progress, error) {
	if err := r.write(ctx, r.Poll, ledger.Change{}); err != nil {
		return Progress{}, err
	}
	return r.next(nextWait, r.Poll), nil
}
