package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Dequeue takes a release out of a service's queue. One that is not in it is no error.
func (l *Ledger) Dequeue(ctx context.Context, service, environment, releaseID string) error {
	of := ServiceEnvironment{service, environment}
	_, err := l.transact(ctx, "", l.deleteAction(of.queueKey(releaseID)))
	return wrap(err, "take release %s out of the queue for %s", releaseID, of)
}

// Queue returns the ids of the releases that wait, the longest waiting first.
func (l *Ledger) Queue(ctx context.Context, service, environment string) ([]string, error) {
	of := ServiceEnvironment{service, environment}
	items, err := l.list(ctx, listing{partition: of.partition(), prefix: queuePrefix})
	if err != nil {
		return nil, fmt.Errorf("read the queue for %s: %w", of, err)
	}
	slices.SortFunc(items, func(a, b item) int {
		return cmp.Or(strings.Compare(stringOf(a["at"]), stringOf(b["at"])), strings.Compare(keyOf(a).sort, keyOf(b).sort))
	})
	ids := make([]string, len(items))
	for i, waiting := range items {
		ids[i] = strings.TrimPrefix(keyOf(waiting).sort, queuePrefix)
	}
	return ids, nil
}
