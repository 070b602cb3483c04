// Package target says what a release needs of the thing it changes. Each kind
// of target is a package below this one that composes the small parts
// declared here; package wire has the table of kinds.
//
// What gets deployed and how traffic reaches it are independent: a [Baker] and
// a [Deployer] make a version that no user can reach, a [Router] moves traffic,
// and a [Measurer] tells the two versions apart.
//
// Every method is idempotent: a state of the workflow may be run again after a
// timeout, twice at once, or after its process died between two calls. None
// remembers anything; each reads what is, and changes the difference.
// Errors that the workflow must tell apart are [release.Failure]s.
package target

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Target is one thing that can be released.
type Target interface {
	Preflighter
	Baker
	Deployer
	Verifier
	Router
	Measurer
	Retirer
}

// A Router owns the one place that decides which version a request reaches.
type Router interface {
	// Split reads what the cloud says now; it never remembers. A place that
	// does not exist yet is the zero Split.
	Split(ctx context.Context) (release.Split, error)
	// Shift makes one atomic change, guarded against a concurrent one, and
	// returns what was really achieved. Guard.Mine tells it which splits were
	// intended by this release; any other split found there is somebody else's,
	// is left alone, and is a KindConflict failure that says who and what.
	Shift(ctx context.Context, want release.Split, guard Guard) (got release.Split, err error)
}

// A Guard protects a shift against other writers.
type Guard struct {
	// Mine reports whether this release, or the one it recovers, intended the
	// split: what the ledger recorded before, and what stood there at the start.
	Mine func(release.Split) bool
	// Check is called after the router has read the present state and before
	// each write; an error (the lease is lost) prevents the write.
	Check func(ctx context.Context) error
	// Touch makes Shift write even when traffic is already where it should be,
	// so that the optimistic lock of a writer that is still in flight fails.
	Touch bool
}

// A Preflighter finds out, before anything is written, whether the release can work.
type Preflighter interface {
	// Preflight changes nothing. Every reason to refuse is in one KindRefused failure.
	Preflight(ctx context.Context) (Preflight, error)
}

// A Preflight is what is there before the release.
type Preflight struct {
	// Split is where traffic goes now; the zero Split on a first release.
	Split release.Split `json:"split"`
	// First: the place that routes does not exist yet, and will be created.
	First bool `json:"first,omitempty"`
	// Notes are things that a person should know, such as a warning by choice.
	Notes []string `json:"notes,omitempty"`
}

// A Baker makes the immutable artifact ready to be deployed.
type Baker interface {
	// Bake goes as far as it can without waiting, and says whether it is done;
	// while it is not, it is called again.
	Bake(ctx context.Context) (done bool, err error)
}

// A Deployer makes a version that can take traffic and takes none.
type Deployer interface {
	// Deploy goes as far as it can without waiting. The version is known as
	// soon as it is not empty, and usable once done.
	Deploy(ctx context.Context, stable string) (version string, done bool, err error)
}

// A Verifier tests a version where no user can reach it.
type Verifier interface {
	// Verify runs every check of the document on the version, and returns a
	// KindUnhealthy failure that names each one that failed.
	Verify(ctx context.Context, version string) error
	// Usable reports whether the version exists and can take traffic now.
	Usable(ctx context.Context, version string) (bool, error)
}

// HistoryPeriods is how far back the judge looks for how a version behaves by itself: a day of minutes.
const HistoryPeriods = 1440

// A Measurer counts requests per version.
type Measurer interface {
	// Measure returns the periods that begin within [from, to), oldest first;
	// period is their length. A period without requests has zero counts.
	Measure(ctx context.Context, split release.Split, from, to time.Time, period time.Duration) ([]judge.Period, error)
	// History returns what one version did in the last HistoryPeriods periods that end at or
	// before until. Every one of them is there, with zero counts where nothing happened. A target
	// that may not tell versions apart while one has all traffic may give one that has no count of its own those of all.
	History(ctx context.Context, version string, until time.Time, period time.Duration) (judge.History, error)
	// Alarms reads the named alarms. One that does not exist has state AlarmMissing.
	Alarms(ctx context.Context, names []string) ([]judge.Alarm, error)
}

// A Retirer cleans up behind a release.
type Retirer interface {
	// Retire deletes versions beyond those to keep, never one that takes
	// traffic and never one of keep. It returns what it deleted.
	Retire(ctx context.Context, keep []string) (retired []string, err error)
	// Restore is called after a rollback. It gives back what the new version was
	// given to take traffic, and puts the stable version's code back where a new
	// version would be made from, when the document asks for that.
	// The note, if there is one, says what a person should know.
	Restore(ctx context.Context, stable string) (note string, err error)
}
