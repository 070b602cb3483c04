package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A lock is the item that a lease and a person's lock are kept in. It is never
// deleted once it exists, so that the fence only grows.
type lock struct {
	// exists: there is an item.
	exists bool
	// active: lease is held. Else only its fence counts.
	active bool
	lease  Lease
	person *PersonLock
}

// lock reads the lock of a service in an environment.
func (l *Ledger) lock(ctx context.Context, of ServiceEnvironment) (lock, error) {
	found, err := l.get(ctx, of.lockKey())
	if err != nil {
		return lock{}, err
	}
	return readLock(of, found)
}

func readLock(of ServiceEnvironment, from item) (lock, error) {
	out := lock{exists: from != nil}
	active, _ := from["active"].(*types.AttributeValueMemberBOOL)
	out.active = active != nil && active.Value
	out.lease = Lease{
		Service: of.Service, Environment: of.Environment,
		Owner: stringOf(from["owner"]), Release: stringOf(from["release"]),
	}
	var err error
	if out.lease.Fence, err = integerOf(from["fence"]); err != nil {
		return lock{}, fmt.Errorf("decode lock of %s: %w", of, err)
	}
	if out.lease.Since, err = readTime(from["since"]); err != nil {
		return lock{}, fmt.Errorf("decode lock of %s: %w", of, err)
	}
	if out.lease.Until, err = readTime(from["until"]); err != nil {
		return lock{}, fmt.Errorf("decode lock of %s: %w", of, err)
	}
	if person, ok := from["person"].(*types.AttributeValueMemberM); ok {
		since, err := readTime(person.Value["since"])
		if err != nil {
			return lock{}, fmt.Errorf("decode lock of %s: %w", of, err)
		}
		out.person = &PersonLock{By: stringOf(person.Value["by"]), Reason: stringOf(person.Value["reason"]), Since: since}
	}
	return out, nil
}

func timeText(t time.Time) types.AttributeValue { return text(t.UTC().Format(time.RFC3339Nano)) }

// readTime reads what timeText wrote; an absent one is the zero time.
func readTime(v types.AttributeValue) (time.Time, error) {
	if v == nil {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, stringOf(v))
}

// isHeldBy reports whether exactly that lease is held.
func (k lock) isHeldBy(lease Lease) bool {
	return k.active && k.lease.Owner == lease.Owner && k.lease.Fence == lease.Fence
}

// holder is the lease that is held; nil when none is.
func (k lock) holder() *Lease {
	if !k.active {
		return nil
	}
	return &k.lease
}

// held is why the lock cannot be had at that time.
func (k lock) held(now time.Time) *HeldError {
	return &HeldError{
		Service: k.lease.Service, Environment: k.lease.Environment,
		Lease: k.holder(), Person: k.person,
		Expired: k.active && !now.Before(k.lease.Until),
	}
}

// Holder returns the lease that is held, expired or not, and the person's lock; each is nil when there is none.
func (l *Ledger) Holder(ctx context.Context, service, environment string) (*Lease, *PersonLock, error) {
	of := ServiceEnvironment{service, environment}
	found, err := l.lock(ctx, of)
	if err != nil {
		return nil, nil, fmt.Errorf("read who holds %s: %w", of, err)
	}
	return found.holder(), found.person, nil
}

// Holders returns every lease that is held, expired or not, sorted by service and then environment.
func (l *Ledger) Holders(ctx context.Context) ([]Lease, error) {
	places, err := l.places(ctx, "list held leases", activePartition)
	if err != nil {
		return nil, err
	}
	leases := make([]Lease, 0, len(places))
	for _, of := range places {
		found, err := l.lock(ctx, of)
		if err != nil {
			return nil, fmt.Errorf("list held leases: read who holds %s: %w", of, err)
		}
		if found.active { // it may have been freed since it was listed
			leases = append(leases, found.lease)
		}
	}
	return leases, nil
}

// LockByPerson keeps every new release of a service out of an environment. A
// release that holds the lease goes on. When another person has locked it, it
// is a *HeldError; the same person again changes nothing. A zero lock.Since is now.
func (l *Ledger) LockByPerson(ctx context.Context, service, environment string, lock PersonLock) error {
	of := ServiceEnvironment{service, environment}
	if lock.Since.IsZero() {
		lock.Since = l.now()
	}
	_, err := l.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                &l.table,
		Key:                      of.lockKey().item(),
		UpdateExpression:         aws.String("SET #person = :person, #fence = if_not_exists(#fence, :zero), #active = if_not_exists(#active, :false)"),
		ConditionExpression:      aws.String("attribute_not_exists(#person)"),
		ExpressionAttributeNames: placeholders("person", "fence", "active"),
		ExpressionAttributeValues: item{
			":person": &types.AttributeValueMemberM{Value: item{"by": text(lock.By), "reason": text(lock.Reason), "since": timeText(lock.Since)}},
			":zero":   number(0), ":false": truth(false),
		},
	})
	if !conditionFailed(err) {
		return wrap(err, "lock %s for %s", of, lock.By)
	}
	found, err := l.lock(ctx, of)
	if err != nil {
		return wrap(err, "lock %s for %s", of, lock.By)
	}
	if found.person != nil && found.person.By != lock.By {
		return wrap(&HeldError{Service: service, Environment: environment, Person: found.person}, "lock %s for %s", of, lock.By)
	}
	return nil
}

// UnlockByPerson removes a person's lock, whoever's it is. Without one it does nothing.
func (l *Ledger) UnlockByPerson(ctx context.Context, service, environment string) error {
	return l.unlock(ctx, ServiceEnvironment{service, environment}, "attribute_exists(pk)", nil)
}

// UnlockOwn removes a person's lock by that name. One by another name is left alone, and without one it does nothing.
func (l *Ledger) UnlockOwn(ctx context.Context, service, environment, by string) error {
	return l.unlock(ctx, ServiceEnvironment{service, environment}, "#person.#by = :by", item{":by": text(by)}, "by")
}

// unlock removes a person's lock if the condition on it holds.
func (l *Ledger) unlock(ctx context.Context, of ServiceEnvironment, condition string, values item, names ...string) error {
	_, err := l.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 &l.table,
		Key:                       of.lockKey().item(),
		UpdateExpression:          aws.String("REMOVE #person"),
		ConditionExpression:       &condition,
		ExpressionAttributeNames:  placeholders(append(names, "person")...),
		ExpressionAttributeValues: values,
	})
	if conditionFailed(err) {
		return nil
	}
	return wrap(err, "unlock %s", of)
}

// wrap says what the ledger was doing when err happened; nil stays nil.
func wrap(err error, format string, arguments ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(arguments, err)...)
}
