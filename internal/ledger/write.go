package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
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
	guard := []types.TransactWriteItem{{Update: l.renewal(lease, until)}}
	if change.Free {
		guard = l.freeing(lease)
	}
	record, err := l.write(ctx, change, lease, guard)
	return record, wrap(err, "write release %s", change.Record.ID)
}

// WriteUnlocked is Write for a release that holds no lease: it is queued, or is
// refused before it gets one. change.Free must not be set.
func (l *Ledger) WriteUnlocked(ctx context.Context, change Change) (Record, error) {
	if change.Free {
		return Record{}, fmt.Errorf("write release %s without a lease: there is none to free", change.Record.ID)
	}
	record, err := l.write(ctx, change, Lease{}, nil)
	return record, wrap(err, "write release %s without a lease", change.Record.ID)
}

// write makes a change and guard, whose first action holds the condition that lease is held; without a guard, lease does not count.
func (l *Ledger) write(ctx context.Context, change Change, lease Lease, guard []types.TransactWriteItem) (Record, error) {
	digest, err := digestOf(change, lease.Owner, lease.Fence)
	if err != nil {
		return Record{}, err
	}
	stored, err := l.state(ctx, change.Record.ID)
	if err != nil {
		return Record{}, err
	}
	if stored.revision != change.Record.Revision {
		return l.notWritten(ctx, change, lease, digest, guard != nil, stored)
	}
	actions, err := l.changeActions(change, state{stored.revision + 1, stored.sequence + int64(len(change.Entries)), digest})
	if err != nil {
		return Record{}, err
	}
	actions = append(guard, actions...)
	if len(actions) > maximumActions {
		return Record{}, fmt.Errorf("the change needs a transaction of %d actions, and DynamoDB allows %d: write it in parts", len(actions), maximumActions)
	}
	token, err := requestToken(digest, actions)
	if err != nil {
		return Record{}, err
	}
	lost, err := l.transact(ctx, token, actions...)
	if err != nil {
		return Record{}, err
	}
	if lost == nil {
		return change.written(), nil
	}
	if stored, err = l.state(ctx, change.Record.ID); err != nil {
		return Record{}, err
	}
	return l.notWritten(ctx, change, lease, digest, guard != nil, stored)
}

// notWritten finds out why a change could not be written: because it already
// is, which is success; because the lease is lost; or because the record was changed.
func (l *Ledger) notWritten(ctx context.Context, change Change, lease Lease, digest string, guarded bool, stored state) (Record, error) {
	if stored.revision == change.Record.Revision+1 && stored.change == digest {
		return change.written(), nil
	}
	if guarded {
		if err := l.Check(ctx, lease); err != nil {
			return Record{}, err
		}
	}
	return Record{}, release.Fail(release.KindTransient, "the record has been changed by another copy: it has revision %d, not %d", stored.revision, change.Record.Revision)
}

// written is the change's record once it is stored.
func (c Change) written() Record {
	c.Record.Revision++
	return c.Record
}

// changeActions are the actions that make a change; after is the record's state by them.
func (l *Ledger) changeActions(change Change, after state) ([]types.TransactWriteItem, error) {
	record, err := l.recordItem(change.written(), after)
	if err != nil {
		return nil, err
	}
	actions := []types.TransactWriteItem{
		l.putAction(record, "#revision = :revision", item{":revision": number(change.Record.Revision)}, "revision"),
	}
	first := after.sequence - int64(len(change.Entries)) + 1
	for i, entry := range change.Entries {
		entry.Sequence = first + int64(i)
		line, err := l.lineItem(change.Record, entry)
		if err != nil {
			return nil, err
		}
		actions = append(actions, l.putAction(line, "attribute_not_exists(pk)", nil))
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(change.Consumed))) {
		actions = append(actions, l.consumption(change.Record.ID, id))
	}
	if change.Token != "" {
		token := tokenKey(change.Record.ID).item()
		token["token"] = text(change.Token)
		actions = append(actions, l.putAction(l.expiring(token), "", nil))
	}
	standing, err := l.standingActions(change)
	return append(actions, standing...), err
}

// standingActions are the actions on what the service keeps of its artifacts: the stable version, and those that were rejected.
func (l *Ledger) standingActions(change Change) ([]types.TransactWriteItem, error) {
	of := ServiceEnvironment{change.Record.Service, change.Record.Environment}
	var actions []types.TransactWriteItem
	if change.Stable != nil {
		if change.Rejected != "" && change.Rejected == change.Stable.SHA256 {
			return nil, errors.New("the artifact cannot be stable and rejected at once")
		}
		stable, err := valued(of.stableKey(), change.Stable)
		if err != nil {
			return nil, err
		}
		actions = append(actions, l.putAction(stable, "", nil))
		if change.Stable.SHA256 != "" {
			actions = append(actions, l.deleteAction(of.rejectedKey(change.Stable.SHA256)))
		}
	}
	if change.Rejected != "" {
		rejected := of.rejectedKey(change.Rejected).item()
		rejected["release"] = text(change.Record.ID)
		rejected["reason"] = text(whyRejected(change.Record))
		actions = append(actions, l.putAction(rejected, "", nil))
	}
	return actions, nil
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

// digestOf names a change by its content and by whose it is. The lease's end does not count: a second attempt may ask for a later one.
func digestOf(change Change, owner string, fence int64) (string, error) {
	data, err := json.Marshal(struct {
		Change Change
		Owner  string
		Fence  int64
	}{change, owner, fence})
	if err != nil {
		return "", fmt.Errorf("encode the change: %w", err)
	}
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:]), nil
}

// requestToken makes DynamoDB's token of a transaction: its 36 characters are a
// digest of the change and of the actions that make it, so equal attempts are one transaction.
func requestToken(change string, actions []types.TransactWriteItem) (string, error) {
	data, err := json.Marshal(actions)
	if err != nil {
		return "", fmt.Errorf("encode the transaction: %w", err)
	}
	digest := sha256.Sum256(append(data, change...))
	id := hex.EncodeToString(digest[:16])
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:], nil
}
