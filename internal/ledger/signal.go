package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// AddSignal sends a signal to a release. One with the same ID again is the same
// signal, even when it was consumed meanwhile.
func (l *Ledger) AddSignal(ctx context.Context, releaseID string, signal Signal) error {
	if signal.ID == "" {
		return fmt.Errorf("send %s to release %s: %w", signal.Kind, releaseID, errors.New("a signal needs an id"))
	}
	value, err := encode(signal)
	if err == nil {
		err = l.putOnce(ctx, l.expiring(valued(signalKey(releaseID, signal.ID), value)))
	}
	return wrap(err, "send %s to release %s", signal.Kind, releaseID)
}

// putOnce puts an item unless there is one of its key.
func (l *Ledger) putOnce(ctx context.Context, i item) error {
	_, err := l.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &l.table, Item: i, ConditionExpression: aws.String("attribute_not_exists(pk)")})
	if conditionFailed(err) {
		return nil
	}
	return err
}

// Signals returns the signals that no change has consumed, ordered by At and then ID.
func (l *Ledger) Signals(ctx context.Context, releaseID string) ([]Signal, error) {
	items, err := l.list(ctx, listing{partition: releasePartition(releaseID), prefix: signalPrefix, pending: true})
	if err != nil {
		return nil, fmt.Errorf("read signals of release %s: %w", releaseID, err)
	}
	signals, err := valuesOf[Signal](items)
	if err != nil {
		return nil, fmt.Errorf("read signals of release %s: %w", releaseID, err)
	}
	slices.SortFunc(signals, func(a, b Signal) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return signals, nil
}

// Token returns the task token that was written last, "" when there was none.
func (l *Ledger) Token(ctx context.Context, releaseID string) (string, error) {
	found, err := l.get(ctx, tokenKey(releaseID))
	if err != nil {
		return "", fmt.Errorf("read task token of release %s: %w", releaseID, err)
	}
	return stringOf(found["token"]), nil
}
