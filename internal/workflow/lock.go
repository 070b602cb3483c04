package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// How often a release that waits for another one looks again: soon at first,
// then less often, so that a day in the queue costs few of an execution's events.
const (
	shortestQueueWait = 2 * time.Second
	longestQueueWait  = 2 * time.Minute
)

// lock takes the lease, waits for it, or refuses.
func (w *Workflow) lock(ctx context.Context, input Input) (Progress, error) {
	r, err := w.open(ctx, input)
	if err != nil {
		return Progress{}, err
	}
	if r.record.Ended() {
		return Progress{}, release.Fail(release.KindRefused, "release %s has ended already: %s", r.record.ID, r.record.Reason)
	}
	if r.record.Phase != ledger.PhaseCreated && r.record.Phase != ledger.PhaseQueued {
		lease, err := r.acquire(ctx) // run again after its answer was lost: the same lease again
		if err != nil {
			return Progress{}, err
		}
		r.progress.Lease = lease
		return r.next(nextGo, 0), nil
	}
	if err := r.heed(ctx); err != nil {
		return Progress{}, err
	}
	if err := r.plannable(); err != nil {
		return Progress{}, err
	}
	if err := r.fits(); err != nil {
		return Progress{}, err
	}
	ahead, err := w.ahead(ctx, r.record.Service, r.record.Environment, r.record.ID)
	if err != nil {
		return Progress{}, err
	}
	if ahead != "" {
		return r.waitBehind(ctx, ahead)
	}
	lease, err := r.acquire(ctx)
	var held *ledger.HeldError
	if errors.As(err, &held) {
		return r.wait(ctx, held)
	}
	if err != nil {
		return Progress{}, err
	}
	r.progress.Lease = lease
	r.record.Awaiting, r.record.WaitingUntil = "", time.Time{}
	if err := r.enter(ctx, ledger.PhaseLocked, fmt.Sprintf("took the lock of %s/%s (fence %d)", lease.Service, lease.Environment, lease.Fence), 0); err != nil {
		return Progress{}, err
	}
	if err := r.Ledger.Dequeue(ctx, lease.Service, lease.Environment, r.record.ID); err != nil {
		return Progress{}, err
	}
	return r.next(nextGo, 0), nil
}

// fits refuses a release that has waited so long that its plan no longer ends
// within its time limit, which counts from its beginning.
func (r *run) fits() error {
	plan, limit := release.NewPlan(r.record.Document), r.record.Document.Timeouts.Release
	needs := plan.ShortestToPromotion.Std() + plan.Settle.Std()
	if !r.Now().Add(needs).After(r.record.CreatedAt.Add(limit.Std())) {
		return nil
	}
	return release.Fail(release.KindRefused, "release %s waited for %s, and what is left of its timeouts.release of %s is less than its plan takes, %s",
		r.record.ID, release.Duration(r.Now().Sub(r.record.CreatedAt).Truncate(time.Second)), limit, release.Duration(needs))
}

// acquire takes the lease, after recovering a holder that is dead.
func (r *run) acquire(ctx context.Context) (ledger.Lease, error) {
	claim := r.progress.Lease
	claim.Until = r.Now().Add(leaseMargin)
	for {
		lease, err := r.Ledger.Acquire(ctx, claim)
		var held *ledger.HeldError
		if !errors.As(err, &held) || held.Person != nil || held.Lease == nil {
			return lease, err
		}
		dead, diagnoseErr := r.dead(ctx, *held.Lease)
		if diagnoseErr != nil {
			return ledger.Lease{}, diagnoseErr
		}
		if !dead {
			return ledger.Lease{}, err
		}
		home, recoverErr := r.recovered(ctx, *held.Lease)
		if recoverErr == nil && !home {
			return ledger.Lease{}, err // it is on its way, which others see to
		}
		if err := recoverErr; err != nil {
			kind := release.KindTransient // somebody else may have been faster: look again
			if known, ok := release.KindOf(err); ok && known != release.KindConflict {
				kind = known
			}
			return ledger.Lease{}, release.Fail(kind, "bring home what release %s left behind", held.Lease.Release).Because(err)
		}
	}
}

// wait does what the document says when another release holds the lock.
func (r *run) wait(ctx context.Context, held *ledger.HeldError) (Progress, error) {
	if held.Person != nil {
		return Progress{}, held
	}
	switch r.record.Document.Strategy.OnNewRelease {
	case release.QueueNewRelease:
	case release.SupersedeOldRelease:
		signal := ledger.Signal{ID: "supersede-" + r.record.ID, Kind: ledger.SignalSupersede, At: r.Now(), By: "release " + r.record.ID, Reason: "a newer release supersedes this one"}
		if err := r.Send(ctx, held.Lease.Release, signal); err != nil {
			return Progress{}, err
		}
	default:
		return Progress{}, held
	}
	return r.queue(ctx, "the lock of "+held.Lease.Service+"/"+held.Lease.Environment+", held by release "+held.Lease.Release)
}

// waitBehind does what the document says when others came first, whether or not the lock is free.
func (r *run) waitBehind(ctx context.Context, ahead string) (Progress, error) {
	holder, person, err := r.Ledger.Holder(ctx, r.record.Service, r.record.Environment)
	if err != nil {
		return Progress{}, err
	}
	if holder != nil || person != nil {
		return r.wait(ctx, &ledger.HeldError{Service: r.record.Service, Environment: r.record.Environment, Lease: holder, Person: person})
	}
	if r.record.Document.Strategy.OnNewRelease == release.RejectNewRelease {
		return Progress{}, release.Fail(release.KindRefused, "release %s of %s/%s came first and is about to start", ahead, r.record.Service, r.record.Environment).
			WithHint("wait for it with: goldfinch wait %s", ahead)
	}
	return r.queue(ctx, "release "+ahead+", which came first")
}

// queue says what the release waits for and how long until it looks again.
func (r *run) queue(ctx context.Context, what string) (Progress, error) {
	if r.record.Phase != ledger.PhaseQueued || r.record.Awaiting != what {
		r.record.Phase = ledger.PhaseQueued
		r.record.Awaiting = what
		r.record.WaitingUntil = r.record.CreatedAt.Add(r.record.Document.Timeouts.Release.Std())
		change := ledger.Change{Record: r.record, Entries: []ledger.Entry{{At: r.Now(), Kind: ledger.EntryPhase, Actor: r.actor, Text: "waits for " + what}}}
		if _, err := r.Ledger.WriteUnlocked(ctx, change); err != nil {
			return Progress{}, err
		}
	}
	waited := r.Now().Sub(r.record.CreatedAt)
	return r.next(nextWait, min(max(waited/10, shortestQueueWait), longestQueueWait)), nil
}

// ahead finds the living release that came before id, if there is one, and ends
// those that died while they waited. Releases that wait get the lock in the order
// in which they came; one that a later release supersedes is refused.
func (w *Workflow) ahead(ctx context.Context, service, environment, id string) (ahead string, err error) {
	queue, err := w.Ledger.Queue(ctx, service, environment)
	if err != nil {
		return "", err
	}
	for i, waiting := range queue {
		if waiting == id {
			return ahead, w.refuseSuperseded(ctx, id, queue[i+1:])
		}
		alive, err := w.aliveInQueue(ctx, service, environment, waiting)
		if err != nil {
			return "", err
		}
		if alive && ahead == "" {
			ahead = waiting
		}
	}
	return "", nil // taken out of the queue by an earlier run of this very state
}

// refuseSuperseded refuses id when a later release in the queue supersedes: the newest wins.
func (w *Workflow) refuseSuperseded(ctx context.Context, id string, later []string) error {
	for _, other := range later {
		record, err := w.Ledger.Release(ctx, other)
		if err != nil {
			return err
		}
		if record.Document.Strategy.OnNewRelease == release.SupersedeOldRelease && !record.Ended() {
			return release.Fail(release.KindRefused, "release %s was superseded by release %s while it waited", id, other)
		}
	}
	return nil
}

// aliveInQueue ends a waiting release whose execution no longer runs, and takes it out of the queue.
func (w *Workflow) aliveInQueue(ctx context.Context, service, environment, id string) (bool, error) {
	record, err := w.Ledger.Release(ctx, id)
	if err != nil {
		return false, err
	}
	if !record.Ended() {
		running, status, err := w.running(ctx, record.Execution, record.CreatedAt)
		if err != nil || running {
			return running, err
		}
		record.Outcome, record.Reason = release.Refused, "its execution ended while it waited ("+status+"); no traffic was moved"
		record.Phase, record.EndedAt = ledger.PhaseEnded, w.Now()
		entry := ledger.Entry{At: w.Now(), Kind: ledger.EntryOutcome, Actor: "sweep", Text: string(record.Outcome) + ": " + record.Reason}
		if _, err := w.Ledger.WriteUnlocked(ctx, ledger.Change{Record: record, Entries: []ledger.Entry{entry}}); err != nil {
			return false, err
		}
	}
	return false, w.Ledger.Dequeue(ctx, service, environment, id)
}
