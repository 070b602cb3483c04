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

// A Target is one thing that can be released. What only some can do is in [Lagging], [Coarse], [Granular], [Unlocked], [Baking],
// [Inspector] and [Foreseeing].
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
	// does not exist yet is the zero Split. Where the cloud has given up what was
	// wanted, it is a KindUnhealthy failure that says why: nobody else moved traffic.
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
	// Receipt, when it is not nil, is told what the cloud calls the change that was made, for [Lagging].
	Receipt func(receipt string)
}

// A Lagging router's shifts take time to be true: instances start, name servers and resolvers hear of them.
type Lagging interface {
	// Arrives says when requests meet the split that Shift has made; the zero time while that is not known,
	// so that the caller must ask again. The first answer holds: later ones may count from when they are asked for. Got is what they meet now, which a router that moves whole instances brings
	// only near to what was wanted.
	Arrives(ctx context.Context, shifted Shifted) (at time.Time, got release.Split, err error)
}

// A Shifted is a shift that has been made.
type Shifted struct {
	Split release.Split
	// At is when Shift returned, or when it was found to have happened.
	At time.Time
	// Receipt is what Guard.Receipt was told; empty when that got lost.
	Receipt string
}

// A Coarse router can't give a canary every weight.
type Coarse interface {
	// Nearest is the weight nearest to one above 0 and below 100 that the router can give, with at most two decimals,
	// and never 0 or 100. The nearest of a nearest is itself.
	Nearest(weight float64) float64
}

// An Unlocked router's API takes any write, whatever stands there: a writer that had read before a rollback may still
// overwrite it, for as long as a handler may live. The workflow looks again after that time.
type Unlocked interface {
	// UnlockedFor is how long that is.
	UnlockedFor() time.Duration
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

// A Baking target bakes artifacts that have no name before: golden images.
type Baking interface {
	// Baked is the document's artifact with what is known of it now that [Baker].Bake is done, such as the id of the AMI. The
	// release is of that artifact from then on, and another environment gets the very same.
	Baked(ctx context.Context) (release.Artifact, error)
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
	// Usable reports whether the version exists and traffic can be led to it, healthy or not: that is what going back needs. One that exists and has nothing
	// at the moment that could answer, such as a group all of whose instances are being replaced, is a KindUnhealthy failure: that may pass.
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
	// Retire deletes versions that nobody needs, never one that takes traffic and never current, which takes all of it.
	// Previous is what took it before the release; it may be empty. A target whose idle versions cost nothing keeps it, among as many
	// as the document says; another deletes it, once its last request is answered. Retire goes as far as it can without
	// waiting, and returns what it deleted this time; while it is not done, it is called again.
	Retire(ctx context.Context, current, previous string) (retired []string, done bool, err error)
	// Restore is called after a rollback, or when a release ends before it had traffic. It takes away what the new
	// version was given, deletes it where idle versions cost something, and puts the stable version's code back where a new
	// version would be made from, when the document asks for that. It goes as far as it can without waiting; while it is not
	// done, it is called again. The note, if there is one, says what a person should know.
	Restore(ctx context.Context, stable string) (note string, done bool, err error)
}

// An Inspector finds drift: what runs and was not released.
type Inspector interface {
	// Inspect compares what runs with what was released, changes nothing, and returns a finding for each difference.
	Inspect(ctx context.Context, released Released) ([]Finding, error)
	// Mend repairs what the finding says, as far as it can without waiting and without going below the floor of
	// the document's Drift; while it is not done, it is called again.
	Mend(ctx context.Context, released Released, finding Finding, guard Guard) (done bool, err error)
}

// A Released is what the ledger says runs.
type Released struct {
	// Version takes all traffic.
	Version string
	// Artifact is what it was made of.
	Artifact release.Artifact
}

// A Finding is one difference between what runs and what was released.
type Finding struct {
	// Kind says what is different.
	Kind FindingKind `json:"kind"`
	// Resource is the AWS resource, by its ARN or id.
	Resource string `json:"resource"`
	// Want and Got are the two sides: what was released, and what is there.
	Want string `json:"want"`
	Got  string `json:"got"`
	// Principal is who did it, where that is known.
	Principal string `json:"principal,omitempty"`
	// Since is when it happened, where that is known.
	Since time.Time `json:"since,omitzero"`
}

// A FindingKind groups findings by what is done about them.
type FindingKind string

// The kinds of findings.
const (
	// FindingRouting: traffic goes elsewhere. The document's Drift.Routing says what is done.
	FindingRouting FindingKind = "routing"
	// FindingInstance: an instance is of another image or launch template version, or was changed in place. Drift.Instances says what is done.
	FindingInstance FindingKind = "instance"
	// FindingVersion: what makes the version is not what was released, or is gone: a group's launch template, a stack, a
	// deployment, a function's code. A release is needed; it is only reported, unless traffic has a version to go to.
	FindingVersion FindingKind = "version"
)
