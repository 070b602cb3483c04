package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// An Ending is what the workflow's last states tell the world.
type Ending struct {
	Release string          `json:"release"`
	Outcome release.Outcome `json:"outcome"`
	Reason  string          `json:"reason"`
	// Subject is the first line of a notification: at most 100 ASCII characters, as SNS asks.
	Subject string `json:"subject"`
	// Event is the detail of the event on the bus.
	Event Event `json:"event"`
	// Notify are the topics to tell.
	Notify []string `json:"notify"`
}

// An Event is the detail of a "Goldfinch Release Ended" event.
type Event struct {
	Release     string          `json:"release"`
	Service     string          `json:"service"`
	Environment string          `json:"environment"`
	Outcome     release.Outcome `json:"outcome"`
	Reason      string          `json:"reason"`
	// Stable is the version that users have now, Canary the one that the release made.
	Stable string `json:"stable,omitempty"`
	Canary string `json:"canary,omitempty"`
}

// unlock writes the outcome and frees the lease, both or neither.
func (w *Workflow) unlock(ctx context.Context, input Input) (Ending, error) {
	progress, err := input.progress()
	if err != nil {
		return Ending{}, err
	}
	record, err := w.Ledger.Release(ctx, progress.Release)
	var missing *ledger.NotFoundError
	if errors.As(err, &missing) && progress.Error != nil {
		return ending(ledger.Record{ID: progress.Release, Outcome: release.Refused, Reason: progress.Error.message()}), nil
	}
	if err != nil {
		return Ending{}, err
	}
	if record.Ended() {
		return ending(record), nil
	}
	if progress.Lease.Fence == 0 {
		// A Lock that failed may have the lease all the same.
		holder, _, err := w.Ledger.Holder(ctx, record.Service, record.Environment)
		if err != nil {
			return Ending{}, err
		}
		if holder != nil && holder.Owner == record.Execution {
			progress.Lease = *holder
		}
	}
	outcome, reason := conclude(progress, record)
	record, err = w.end(ctx, record, progress.Lease, outcome, reason, progress.Blame, input.State)
	if err != nil {
		return Ending{}, err
	}
	return ending(record), nil
}

// conclude derives the outcome from the way that led to Unlock.
func conclude(progress Progress, record ledger.Record) (release.Outcome, string) {
	switch {
	case progress.RollbackError != nil:
		return release.FailedDirty, progress.RollbackError.message()
	case progress.RetireError != nil:
		return release.Promoted, promotedReason(record) + notRetired + progress.RetireError.message()
	case progress.Outcome != "":
		return progress.Outcome, progress.Reason
	case progress.Error != nil && progress.Error.Error == string(release.KindAborted):
		return release.Aborted, progress.Error.message()
	case progress.Error != nil:
		return release.Refused, progress.Error.message()
	default:
		return release.Promoted, promotedReason(record)
	}
}

// end writes how a release ended. With blame, its artifact is kept from being tried again. With a lease (fence > 0) it frees it in the same write.
func (w *Workflow) end(ctx context.Context, record ledger.Record, lease ledger.Lease, outcome release.Outcome, reason string, blame bool, actor string) (ledger.Record, error) {
	record.Outcome, record.Reason = outcome, reason
	record.Phase, record.EndedAt = ledger.PhaseEnded, w.Now()
	record.Awaiting, record.WaitingUntil = "", time.Time{}
	change := ledger.Change{
		Record:  record,
		Entries: []ledger.Entry{{At: w.Now(), Kind: ledger.EntryOutcome, Actor: actor, Text: string(outcome) + ": " + reason}},
	}
	if outcome == release.RolledBack && blame {
		change.Rejected = record.Document.Artifact.Identity()
	}
	if lease.Fence == 0 {
		if err := w.Ledger.Dequeue(ctx, record.Service, record.Environment, record.ID); err != nil {
			return record, err
		}
		return w.Ledger.WriteUnlocked(ctx, change)
	}
	change.Free = true
	return w.Ledger.Write(ctx, lease, w.Now(), change)
}

// ending makes what the last states need of an ended release.
func ending(record ledger.Record) Ending {
	topics := []string{}
	for _, notification := range record.Document.Notify {
		topics = append(topics, notification.Topic)
	}
	subject := fmt.Sprintf("%s: %s in %s", record.Outcome, record.Service, record.Environment)
	stable := record.Before.Stable
	if record.Outcome == release.Promoted {
		stable = record.Canary
	}
	return Ending{
		Release: record.ID, Outcome: record.Outcome, Reason: record.Reason,
		Subject: subject[:min(len(subject), 100)],
		Event: Event{
			Release: record.ID, Service: record.Service, Environment: record.Environment,
			Outcome: record.Outcome, Reason: record.Reason, Stable: stable, Canary: record.Canary,
		},
		Notify: topics,
	}
}
