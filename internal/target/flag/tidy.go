package flag

import (
	"context"

	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// Retire deletes what the release has left in AppConfig, too: the hosted versions that it has made, but the one that is deployed.
func (t *Target) Retire(ctx context.Context, current, previous string) (retired []string, done bool, err error) {
	retired, done, err = t.Target.Retire(ctx, current, previous)
	if err != nil || !done {
		return retired, done, err
	}
	return retired, true, t.tidy(ctx)
}

// Restore deletes the same.
func (t *Target) Restore(ctx context.Context, stable string) (note string, done bool, err error) {
	note, done, err = t.Target.Restore(ctx, stable)
	if err != nil || !done {
		return note, done, err
	}
	return note, true, t.tidy(ctx)
}

func (t *Target) tidy(ctx context.Context) error {
	found, err := t.look(ctx)
	if err != nil {
		return err
	}
	return t.withdraw(ctx, found, target.Guard{}, func(int32) bool { return true })
}
