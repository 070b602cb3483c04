package ledger

import (
	"context"
	"fmt"
)

// Stable returns a service's stable version; ok is false when none was ever promoted.
func (l *Ledger) Stable(ctx context.Context, service, environment string) (stable Stable, ok bool, err error) {
	of := ServiceEnvironment{service, environment}
	found, err := l.get(ctx, of.stableKey())
	if err != nil {
		return Stable{}, false, fmt.Errorf("read stable version of %s: %w", of, err)
	}
	if found == nil {
		return Stable{}, false, nil
	}
	stable, err = valueOf[Stable](found)
	if err != nil {
		return Stable{}, false, fmt.Errorf("read stable version of %s: %w", of, err)
	}
	return stable, true, nil
}

// Rejected reports whether the artifact of that identity was rolled back in this
// service and environment and not promoted since, by which release, and why.
func (l *Ledger) Rejected(ctx context.Context, service, environment, identity string) (releaseID, reason string, rejected bool, err error) {
	of := ServiceEnvironment{service, environment}
	found, err := l.get(ctx, of.rejectedKey(identity))
	if err != nil {
		return "", "", false, fmt.Errorf("read whether %s was rejected by %s: %w", identity, of, err)
	}
	return stringOf(found["release"]), stringOf(found["reason"]), found != nil, nil
}
