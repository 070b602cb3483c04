package ledger

import (
	"fmt"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A NotFoundError says that the ledger has no release of that id.
type NotFoundError struct{ ID string }

// Error names the release.
func (e *NotFoundError) Error() string { return "there is no release " + e.ID }

// A HeldError says why a lease could not be acquired: another release holds it
// (Lease), or a person has locked the service (Person). It wraps a
// [release.Failure] of KindRefused.
type HeldError struct {
	Service     string
	Environment string
	// Lease is who holds it; nil when only a person keeps it.
	Lease *Lease
	// Person is who locked it; nil when only a release holds it.
	Person *PersonLock
	// Expired: the lease's time is over, and it was not given back. Its release
	// must be recovered; then TakeOver.
	Expired bool
}

// Error says who holds it, since when, until when, and which command frees it.
func (e *HeldError) Error() string { return e.failure().Error() }

// Unwrap returns a *release.Failure of KindRefused.
func (e *HeldError) Unwrap() error { return e.failure() }

func (e *HeldError) failure() *release.Failure {
	place := ServiceEnvironment{e.Service, e.Environment}.String()
	var reasons []string
	if e.Lease != nil {
		reason := fmt.Sprintf("is held by release %s (%s) since %s until %s", e.Lease.Release, e.Lease.Owner, moment(e.Lease.Since), moment(e.Lease.Until))
		if e.Expired {
			reason += ", which is over, and was not given back"
		}
		reasons = append(reasons, reason)
	}
	if e.Person != nil {
		reasons = append(reasons, fmt.Sprintf("is locked by %s since %s until it is unlocked (%s)", e.Person.By, moment(e.Person.Since), e.Person.Reason))
	}
	return release.Fail(release.KindRefused, "%s %s", place, strings.Join(reasons, ", and ")).
		WithHint("free it with: %s", strings.Join(e.commands(place), ", and then "))
}

// commands free it, in their order. A release that lives gives its lease back by
// itself, sooner when it is aborted; unlock recovers only a dead one.
func (e *HeldError) commands(place string) []string {
	var commands []string
	if e.Lease != nil && !e.Expired {
		commands = append(commands, fmt.Sprintf("goldfinch abort %s, or wait for it with: goldfinch wait %s", e.Lease.Release, e.Lease.Release))
	}
	if e.Person != nil || e.Expired {
		commands = append(commands, "goldfinch unlock "+place)
	}
	return commands
}

// moment writes a time for people.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// lostLease is the failure of a write whose lease is not held any more; holder is who holds it instead, nil when nobody does.
func lostLease(lease Lease, holder *Lease) error {
	place := ServiceEnvironment{lease.Service, lease.Environment}
	now := "nobody holds it now"
	if holder != nil {
		now = fmt.Sprintf("release %s (%s) holds it since %s with fence %d", holder.Release, holder.Owner, moment(holder.Since), holder.Fence)
	}
	return release.Fail(release.KindConflict, "release %s (%s) has lost its lease of %s with fence %d: %s", lease.Release, lease.Owner, place, lease.Fence, now)
}

// renewedLease is the failure of a takeover that its owner has forestalled; lease is as it is held now.
func renewedLease(lease Lease) error {
	place := ServiceEnvironment{lease.Service, lease.Environment}
	return release.Fail(release.KindConflict, "release %s (%s) lives: it has renewed its lease of %s with fence %d until %s", lease.Release, lease.Owner, place, lease.Fence, moment(lease.Until))
}
