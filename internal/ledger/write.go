package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// maximumActions is how many DynamoDB allows in a transaction.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-transactions
const maximumActions = 100

// Write makes change in one transaction, renews lease until then (or gives it
// back when change.Free is set), and returns the record with its new revision.
//
// It is a KindConflict failure when lease is lost, and a KindTransient one when
// the stored record's revision is not change.Record.Revision, unless it is exactly this
// change that was written last: then it succeeds again. DynamoDB allows 100
// actions in a transaction, so a change of more than about 90 entries
// and consumed signals is an error.
func (l *Ledger) Write(ctx context.Context, lease Lease, until time.Time, change Change) (Record, error) {
	if lease.Service != change.Record.Service || lease.Environment != change.Record.Environment {
		return Record{}, fmt.Errorf("write release %s: the lease is of %s/%s, the release of %s/%s",
			change.Record.ID, lease.Service, lease.Environment, change.Record.Service, change.Record.Environment)
	}
	record, err := l.write(ctx, change, &hold{lease, until})
	return record, wrap(err, "write release %s", change.Record.ID)
}

// WriteUnlocked is Write for a release that holds no lease: it is queued, or is
// refused before it gets one. change.Free must not be set.
func (l *Ledger) WriteUnlocked(ctx context.Context, change Change) (Record, error) {
	if change.Free {
		return Record{}, fmt.Errorf("write release %s without a lease: there is none to free", change.Record.ID)
	}
	record, err := l.write(ctx, change, nil)
	return record, wrap(err, "write release %s without a lease", change.Record.ID)
}

// A hold is the lease under which a change is written, and until when it is renewed by that.
type hold struct {
	lease Lease
	until time.Time
}

// guard are the actions of which the first holds the condition that the lease is held.
func (h *hold) guard(l *Ledger, free bool) []types.TransactWriteItem {
	switch {
	case h == nil:
		return nil
	case free:
		return l.freeing(h.lease)
	default:
		return []types.TransactWriteItem{{Update: l.renewal(h.lease, h.until)}}
	}
}

// write makes a change, under a lease unless held is nil. It takes the record for what
// is stored, and looks only when that is not so.
func (l *Ledger) write(ctx context.Context, change Change, held *hold) (Record, error) {
	done, err := l.attempt(ctx, change, held)
	if done || err != nil {
		return change.written(), err
	}
	stored, err := l.state(ctx, change.Record.ID)
	if err != nil {
		return Record{}, err
	}
	if stored.revision == change.Record.Revision && stored.sequence != change.Record.LastEntry {
		// Whoever has the record from elsewhere than this ledger does not know its last entry.
		change.Record.LastEntry = stored.sequence
		if done, err = l.attempt(ctx, change, held); done || err != nil {
			return change.written(), err
		}
		if stored, err = l.state(ctx, change.Record.ID); err != nil {
			return Record{}, err
		}
	}
	return l.notWritten(ctx, change, held, stored)
}

// attempt makes a change once, if the record is what is stored and the lease is held.
func (l *Ledger) attempt(ctx context.Context, change Change, held *hold) (done bool, err error) {
	now := l.now()
	content, err := change.encode(held)
	if err != nil {
		return false, err
	}
	actions := append(held.guard(l, change.Free), l.at(now).changeActions(change, content)...)
	if len(actions) > maximumActions {
		return false, fmt.Errorf("the change needs a transaction of %d actions, and DynamoDB allows %d: write it in parts", len(actions), maximumActions)
	}
	lost, err := l.transact(ctx, content.requestToken(held, now), actions...)
	return lost == nil && err == nil, err
}

// at is the ledger at one moment, so that all of a transaction expires at once.
func (l *Ledger) at(moment time.Time) *Ledger {
	frozen := *l
	frozen.now = func() time.Time { return moment }
	return &frozen
}

// notWritten finds out why a change could not be written: because it already
// is, which is success; because the lease is lost; or because the record was changed.
func (l *Ledger) notWritten(ctx context.Context, change Change, held *hold, stored state) (Record, error) {
	if stored.revision == change.Record.Revision+1 {
		change.Record.LastEntry = stored.sequence - int64(len(change.Entries))
		content, err := change.encode(held)
		if err != nil {
			return Record{}, err
		}
		if content.digest == stored.change {
			return change.written(), nil
		}
	}
	if held != nil {
		if err := l.Check(ctx, held.lease); err != nil {
			return Record{}, err
		}
	}
	return Record{}, release.Fail(release.KindTransient, "the record has been changed by another copy: it has revision %d, not %d", stored.revision, change.Record.Revision)
}

// written is the change's record once it is stored.
func (c Change) written() Record {
	c.Record.Revision++
	c.Record.LastEntry += int64(len(c.Entries))
	return c.Record
}

// changeActions are the actions that make a change of that content.
func (l *Ledger) changeActions(change Change, content content) []types.TransactWriteItem {
	record := l.putAction(recordItem(change.written(), content.record, content.digest), "#revision = :revision AND #sequence = :sequence")
	record.Put.ExpressionAttributeNames = l.names.written
	record.Put.ExpressionAttributeValues = item{":revision": number(change.Record.Revision), ":sequence": number(change.Record.LastEntry)}
	actions := []types.TransactWriteItem{record}
	for i, entry := range change.Entries {
		sequence := change.Record.LastEntry + int64(i) + 1
		line := lineItem(change.Record, entry.Kind, valued(entryKey(change.Record.ID, sequence), content.entries[i]))
		actions = append(actions, l.putAction(l.expiring(line), "attribute_not_exists(pk)"))
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(change.Consumed))) {
		actions = append(actions, l.consumption(change.Record.ID, id))
	}
	if change.Token != "" {
		token := tokenKey(change.Record.ID).item()
		token["token"] = text(change.Token)
		actions = append(actions, l.putAction(l.expiring(token), ""))
	}
	return append(actions, l.standingActions(change, content)...)
}

// standingActions are the actions on what the service keeps of its artifacts: the stable version, and those that were rejected.
func (l *Ledger) standingActions(change Change, content content) []types.TransactWriteItem {
	of := ServiceEnvironment{change.Record.Service, change.Record.Environment}
	var actions []types.TransactWriteItem
	if change.Stable != nil {
		actions = append(actions, l.putAction(valued(of.stableKey(), content.stable), ""))
		if change.Stable.SHA256 != "" {
			actions = append(actions, l.deleteAction(of.rejectedKey(change.Stable.SHA256)))
		}
	}
	if change.Rejected != "" {
		rejected := of.rejectedKey(change.Rejected).item()
		rejected["release"] = text(change.Record.ID)
		rejected["reason"] = text(whyRejected(change.Record))
		actions = append(actions, l.putAction(rejected, ""))
	}
	return actions
}

// whyRejected is the record's reason, or its last verdict's as long as it has none.
func whyRejected(record Record) string {
	if record.Reason == "" && record.Verdict != nil {
		return record.Verdict.Reason
	}
	return record.Reason
}

// consumption marks a signal: it has been acted on, and counts as sent as long as history is kept.
func (l *Ledger) consumption(releaseID, signalID string) types.TransactWriteItem {
	return types.TransactWriteItem{Update: &types.Update{
		TableName:                 &l.table,
		Key:                       signalKey(releaseID, signalID).item(),
		UpdateExpression:          aws.String("SET #consumed = :true, #expires = :expires"),
		ExpressionAttributeNames:  placeholders("consumed", ExpiresAttribute),
		ExpressionAttributeValues: item{":true": truth(true), ":expires": l.expires()},
	}}
}
