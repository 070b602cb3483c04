package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// acquireAttempts bounds how often Acquire looks again when the lock changed
// between its reading and its writing.
const acquireAttempts = 3

// Acquire takes the lease that claim describes: its Service, Environment,
// Owner, Release and Until. It succeeds when the lease is free and no person
// has locked the service, and returns the lease with its new fence. The same
// owner, release and service again gets the same fence, since and a renewed
// Until, even when the lease had expired meanwhile or a person has locked the
// service. Anything else is a *HeldError; an expired lease of another owner too, with
// Expired set.
//
// Owner names one actor: two that call themselves the same share the lease.
func (l *Ledger) Acquire(ctx context.Context, claim Lease) (Lease, error) {
	return l.AcquireUnder(ctx, claim, "")
}

// AcquireUnder is Acquire for one who acts under a lock of his own: a person's lock by that name does not hinder it, and stays. Empty
// is nobody's name.
func (l *Ledger) AcquireUnder(ctx context.Context, claim Lease, by string) (Lease, error) {
	of := ServiceEnvironment{claim.Service, claim.Environment}
	for range acquireAttempts {
		lease, err := l.acquire(ctx, of, claim, by)
		if !errors.Is(err, errLockChanged) {
			return lease, wrap(err, "acquire the lease of %s for release %s", of, claim.Release)
		}
	}
	return Lease{}, release.Fail(release.KindTransient, "acquire the lease of %s for release %s: the lock changed %d times meanwhile", of, claim.Release, acquireAttempts)
}

// errLockChanged says that the lock is not any more what was read.
var errLockChanged = errors.New("the lock has changed")

func (l *Ledger) acquire(ctx context.Context, of ServiceEnvironment, claim Lease, by string) (Lease, error) {
	found, err := l.lock(ctx, of)
	own := by != "" && found.person != nil && found.person.By == by
	switch {
	case err != nil:
		return Lease{}, err
	case found.active && found.lease.Owner == claim.Owner && found.lease.Release == claim.Release:
		return l.renew(ctx, found.lease, claim.Until)
	case found.active || found.person != nil && !own:
		return Lease{}, found.held(l.now())
	case own:
		return l.take(ctx, claim, found.lease.Fence, "#fence = :dead AND #active = :false AND #person.#by = :by",
			item{":dead": number(found.lease.Fence), ":false": truth(false), ":by": text(by)}, "person", "by")
	case found.exists:
		return l.take(ctx, claim, found.lease.Fence, "#fence = :dead AND #active = :false AND attribute_not_exists(#person)",
			item{":dead": number(found.lease.Fence), ":false": truth(false)}, "person")
	default:
		return l.take(ctx, claim, 0, "attribute_not_exists(pk)", nil)
	}
}

// TakeOver hands the lease dead (by its owner, fence and Until) on to claim, whose
// Owner, Release and Until count, with a new fence. A person's lock does not
// hinder it. When dead is not what is held any more, it is a KindConflict failure;
// also when its owner has renewed it since it was read, because then he lives.
func (l *Ledger) TakeOver(ctx context.Context, dead, claim Lease) (Lease, error) {
	claim.Service, claim.Environment = dead.Service, dead.Environment
	lease, err := l.takeOver(ctx, dead, claim)
	return lease, wrap(err, "take the lease of %s/%s over from release %s", dead.Service, dead.Environment, dead.Release)
}

func (l *Ledger) takeOver(ctx context.Context, dead, claim Lease) (Lease, error) {
	lease, err := l.take(ctx, claim, dead.Fence, "#fence = :dead AND #active = :true AND #owner = :deadOwner AND #until = :deadUntil",
		item{":dead": number(dead.Fence), ":deadOwner": text(dead.Owner), ":deadUntil": timeText(dead.Until)})
	if !errors.Is(err, errLockChanged) {
		return lease, err
	}
	found, err := l.lock(ctx, ServiceEnvironment{dead.Service, dead.Environment})
	if err != nil {
		return Lease{}, err
	}
	claim.Fence = dead.Fence + 1
	if found.isHeldBy(claim) && found.lease.Release == claim.Release {
		return l.renew(ctx, found.lease, claim.Until)
	}
	if found.isHeldBy(dead) {
		return Lease{}, renewedLease(found.lease)
	}
	return Lease{}, lostLease(dead, found.holder())
}

// take makes claim the holder, with the fence after the one before, if the condition on the lock holds; else it is errLockChanged.
func (l *Ledger) take(ctx context.Context, claim Lease, fenceBefore int64, condition string, values item, names ...string) (Lease, error) {
	of := ServiceEnvironment{claim.Service, claim.Environment}
	claim.Fence = fenceBefore + 1
	claim.Since = l.now()
	update := &types.Update{
		TableName:                &l.table,
		Key:                      of.lockKey().item(),
		UpdateExpression:         aws.String("SET #owner = :owner, #release = :release, #fence = :fence, #since = :since, #until = :until, #active = :true"),
		ConditionExpression:      &condition,
		ExpressionAttributeNames: placeholders(append(names, "owner", "release", "fence", "since", "until", "active")...),
		ExpressionAttributeValues: item{
			":owner": text(claim.Owner), ":release": text(claim.Release), ":fence": number(claim.Fence),
			":since": timeText(claim.Since), ":until": timeText(claim.Until), ":true": truth(true),
		},
	}
	for name, value := range values {
		update.ExpressionAttributeValues[name] = value
	}
	lost, err := l.transact(ctx, "", types.TransactWriteItem{Update: update}, l.putAction(of.activeKey().item(), ""))
	if err != nil {
		return Lease{}, err
	}
	if lost != nil {
		return Lease{}, errLockChanged
	}
	return claim, nil
}

// renew gives a lease that is held a later end; it never shortens one, because
// the caller may have slept since it chose until.
func (l *Ledger) renew(ctx context.Context, lease Lease, until time.Time) (Lease, error) {
	if !until.After(lease.Until) {
		return lease, nil
	}
	renewal := l.renewal(lease, until)
	*renewal.ConditionExpression += " AND #until = :read"
	renewal.ExpressionAttributeValues[":read"] = timeText(lease.Until)
	_, err := l.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: renewal.TableName, Key: renewal.Key,
		UpdateExpression: renewal.UpdateExpression, ConditionExpression: renewal.ConditionExpression,
		ExpressionAttributeNames: renewal.ExpressionAttributeNames, ExpressionAttributeValues: renewal.ExpressionAttributeValues,
	})
	if conditionFailed(err) {
		return Lease{}, errLockChanged
	}
	if err != nil {
		return Lease{}, err
	}
	lease.Until = until
	return lease, nil
}

// whileHeld is the condition that exactly this lease is held, and its values.
const whileHeld = "#owner = :owner AND #fence = :fence AND #active = :true"

// renewal sets the end of exactly this lease.
func (l *Ledger) renewal(lease Lease, until time.Time) *types.Update {
	return &types.Update{
		TableName:                &l.table,
		Key:                      ServiceEnvironment{lease.Service, lease.Environment}.lockKey().item(),
		UpdateExpression:         aws.String("SET #until = :until"),
		ConditionExpression:      aws.String(whileHeld),
		ExpressionAttributeNames: l.names.renewed,
		ExpressionAttributeValues: item{
			":owner": text(lease.Owner), ":fence": number(lease.Fence), ":true": truth(true), ":until": timeText(until),
		},
	}
}

// freeing gives exactly this lease back.
func (l *Ledger) freeing(lease Lease) []types.TransactWriteItem {
	of := ServiceEnvironment{lease.Service, lease.Environment}
	return []types.TransactWriteItem{
		{Update: &types.Update{
			TableName:                &l.table,
			Key:                      of.lockKey().item(),
			UpdateExpression:         aws.String("SET #active = :false"),
			ConditionExpression:      aws.String(whileHeld),
			ExpressionAttributeNames: l.names.held,
			ExpressionAttributeValues: item{
				":owner": text(lease.Owner), ":fence": number(lease.Fence), ":true": truth(true), ":false": truth(false),
			},
		}},
		l.deleteAction(of.activeKey()),
	}
}

// Check returns nil while lease is the one held (by its owner and fence), even
// past its Until; else a KindConflict failure.
func (l *Ledger) Check(ctx context.Context, lease Lease) error {
	of := ServiceEnvironment{lease.Service, lease.Environment}
	found, err := l.lock(ctx, of)
	if err != nil {
		return fmt.Errorf("check the lease of %s: %w", of, err)
	}
	if !found.isHeldBy(lease) {
		return lostLease(lease, found.holder())
	}
	return nil
}

// Free gives exactly that lease back; again is no error. It is a KindConflict
// failure when somebody else has had the lease since.
func (l *Ledger) Free(ctx context.Context, lease Lease) error {
	of := ServiceEnvironment{lease.Service, lease.Environment}
	lost, err := l.transact(ctx, "", l.freeing(lease)...)
	if err != nil || lost == nil {
		return wrap(err, "free the lease of %s", of)
	}
	found, err := l.lock(ctx, of)
	if err != nil {
		return fmt.Errorf("free the lease of %s: %w", of, err)
	}
	if found.lease.Owner == lease.Owner && found.lease.Fence == lease.Fence {
		return nil
	}
	return fmt.Errorf("free the lease of %s: %w", of, lostLease(lease, found.holder()))
}
