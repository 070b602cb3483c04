package operator

import (
	"context"
	"fmt"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Lock needs a reason, because whoever finds it will ask for one.
func (s *Service) Lock(ctx context.Context, service, environment string, lock ledger.PersonLock) error {
	if strings.TrimSpace(lock.Reason) == "" || lock.By == "" {
		return &InvalidError{Message: "a lock needs a reason and the name of who locks"}
	}
	if lock.Since.IsZero() {
		lock.Since = s.use.Now()
	}
	if err := s.use.Ledger.LockByPerson(ctx, service, environment, lock); err != nil {
		return fmt.Errorf("lock %s/%s: %w", service, environment, err)
	}
	return nil
}

// Unlock recovers a dead release by a sweep. A person's lock goes first: both
// can be held at once.
func (s *Service) Unlock(ctx context.Context, service, environment, by, reason string) error {
	place := ledger.ServiceEnvironment{Service: service, Environment: environment}
	lease, person, err := s.use.Ledger.Holder(ctx, service, environment)
	if err != nil {
		return fmt.Errorf("read who holds the lock on %s: %w", place, err)
	}
	if person != nil {
		if err := s.use.Ledger.UnlockByPerson(ctx, service, environment); err != nil {
			return fmt.Errorf("unlock %s: %w", place, err)
		}
		return nil
	}
	if lease == nil {
		return nil
	}
	running, err := s.leaseRuns(ctx, *lease)
	if err != nil {
		return err
	}
	if running {
		return release.Fail(release.KindRefused, "release %s holds the lock on %s and is running", lease.Release, place).
			WithHint("to stop it: %s", s.command("abort", lease.Release))
	}
	if _, err := s.use.Recover(ctx); err != nil {
		return fmt.Errorf("recover release %s, whose execution is dead, for %s (%s): %w", lease.Release, by, reason, err)
	}
	lease, _, err = s.use.Ledger.Holder(ctx, service, environment)
	if err != nil {
		return fmt.Errorf("read who holds the lock on %s: %w", place, err)
	}
	if lease != nil {
		return release.Fail(release.KindConflict, "release %s still holds the lock on %s after a sweep", lease.Release, place).
			WithHint("look for what hinders it: %s", s.command("history", lease.Release))
	}
	return nil
}

// leaseRuns reports whether the holder of a lease is alive: a release, while
// its execution runs; a sweep, until its lease ends.
func (s *Service) leaseRuns(ctx context.Context, lease ledger.Lease) (bool, error) {
	if strings.HasPrefix(lease.Owner, "arn:") {
		return s.running(ctx, lease.Owner)
	}
	return s.use.Now().Before(lease.Until), nil
}
