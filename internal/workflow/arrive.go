package workflow

import (
	"context"
	"fmt"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// arrive is over when requests meet the shift that was made; until then it returns where to go: into
// another wait, or back. Only then the step, or settling, begins: nothing that is counted before is the split's doing.
func (r *run) arrive(ctx context.Context) (elsewhere *Progress, err error) {
	if r.record.Arriving == nil {
		return nil, nil
	}
	switch back, err := r.watchArrival(ctx); {
	case err != nil:
		return nil, err
	case back:
		progress := r.follow()
		return &progress, nil
	}
	wait, err := r.arriving(ctx)
	if wait == 0 || err != nil {
		return nil, err
	}
	progress := r.next(nextWait, wait)
	return &progress, r.awaitArrival(ctx, wait)
}

// arriving asks when requests meet the shift that was made. It returns 0 once they do, and has written that; before, how long
// to wait until it is asked again. It is a KindUnhealthy failure when they don't for too long.
func (r *run) arriving(ctx context.Context) (wait time.Duration, err error) {
	shift := r.record.Arriving
	if shift == nil {
		return 0, nil
	}
	at, got := r.Now(), shift.Split
	if lagging, ok := r.target.(target.Lagging); ok {
		if at, got, err = lagging.Arrives(ctx, target.Shifted{Split: shift.Split, At: shift.Since, Receipt: shift.Receipt}); err != nil {
			return 0, fmt.Errorf("ask when requests meet %s: %w", shift.Split, err)
		}
	}
	// The first answer holds: a target remembers nothing, and may count the time from when it is asked.
	if shift.Due.IsZero() {
		shift.Due = at
	}
	at = shift.Due
	now, limit := r.Now(), r.record.Document.Timeouts.Deploy
	deadline := shift.Since.Add(limit.Std())
	switch {
	case !at.IsZero() && !at.After(now):
		r.record.Arriving = nil
		r.record.Awaiting, r.record.WaitingUntil = "", time.Time{}
		return 0, r.met(ctx, got)
	case !now.Before(deadline):
		return 0, release.Fail(release.KindUnhealthy, "traffic was moved to %s, and has not arrived there within %s (timeouts.deploy): it is on %s", shift.Split, limit, got)
	}
	if got.Stable != "" {
		r.record.Actual = got
	}
	if at.IsZero() {
		r.record.WaitingUntil = deadline
		return min(r.untilNextLook(shift.Since), max(deadline.Sub(now), time.Second)), nil
	}
	r.record.WaitingUntil = at
	return min(at.Sub(now), longestLook), nil
}

// awaitArrival renews the lease for the wait. The timeline tells of the first wait only.
func (r *run) awaitArrival(ctx context.Context, wait time.Duration) error {
	var entries []ledger.Entry
	if what := "traffic to arrive on " + r.record.Arriving.Split.String(); r.record.Awaiting != what {
		r.record.Awaiting = what
		until := "it is on " + r.record.Actual.String()
		if r.record.Actual == r.record.Arriving.Split { // such as records that resolvers have not asked for again
			until = "that is set, and has not been heard of everywhere"
		}
		entries = []ledger.Entry{{Kind: ledger.EntryNote, Text: "waits for " + what + "; " + until}}
	}
	return r.write(ctx, wait, ledger.Change{Entries: entries})
}

// watchArrival heeds people and alarms while traffic is on its way: nothing is counted meanwhile, so that all that can follow is to
// go back. Then it has recorded that verdict.
func (r *run) watchArrival(ctx context.Context) (back bool, err error) {
	signals, err := r.Ledger.Signals(ctx, r.record.ID)
	if err != nil {
		return false, err
	}
	signals = urgent(signals)
	question := r.ask()
	question.Stage, question.Approval = judge.StageCanary, nil
	// No longer than this is waited for, so the judge never finds that it is over.
	question.Began, question.Lasts = r.Now(), r.record.Document.Timeouts.Deploy
	question.Back = wish(r.back(signals))
	if question.Periods, err = r.Ledger.Periods(ctx, r.record.ID); err != nil {
		return false, err
	}
	question.Analysis.Alarms = nil
	if r.record.Past != nil { // else nobody has looked which alarms were firing before
		if question.CanaryBegan.IsZero() {
			question.CanaryBegan = r.record.Arriving.Since
		}
		question.Analysis.Alarms = r.record.Document.Analysis.Alarms
		if question.Alarms, err = r.target.Alarms(ctx, question.Analysis.Alarms); err != nil {
			return false, err
		}
		r.forgetRecovered(question.Alarms)
		question.FiringBefore = r.record.FiringBefore
	}
	verdict, _ := judge.Answer(question)
	if verdict.Decision != release.Rollback {
		return false, nil
	}
	return true, r.conclude(ctx, question, verdict, nil, signals)
}

// turned reports whether it was decided to go back while traffic was on its way, and the answer that led there got lost.
func (r *run) turned() bool {
	return r.record.Judged && r.record.Verdict != nil && r.record.Verdict.Decision == release.Rollback
}

// value is where to go; nowhere when elsewhere is nil.
func value(elsewhere *Progress) Progress {
	if elsewhere == nil {
		return Progress{}
	}
	return *elsewhere
}
