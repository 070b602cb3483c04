package operator

import (
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Status is where a release stands.
type Status struct {
	// ID is the release's id.
	ID          string `json:"id"`
	Service     string `json:"service"`
	Environment string `json:"environment"`
	// Version is the artifact's label for people; where it has none, the
	// version that the release made, or is to return to.
	Version string `json:"version,omitempty"`
	// Artifact is what is released.
	Artifact release.Artifact `json:"artifact"`
	// Phase is how far the release has come.
	Phase ledger.Phase `json:"phase"`
	// Outcome is how it ended: promoted, rolled-back, aborted, refused or
	// failed-dirty. Left out while it runs.
	Outcome release.Outcome `json:"outcome,omitempty"`
	// Reason says in one sentence why it ended so.
	Reason string `json:"reason,omitempty"`
	// StartedBy is who asked for the release.
	StartedBy string `json:"startedBy,omitempty"`
	// At is when this status was true.
	At        time.Time `json:"at"`
	CreatedAt time.Time `json:"createdAt"`
	EndedAt   time.Time `json:"endedAt,omitzero"`
	// First: this is the first release of the service in the environment.
	First bool `json:"first,omitempty"`
	// Paused: a person asked not to go on.
	Paused bool `json:"paused,omitempty"`
	// Split is where traffic should go, and where it goes.
	Split Splits `json:"split"`
	// Steps are all steps of the release, in order.
	Steps []Step `json:"steps"`
	// Progress is how far the present step has come, 0–1; 1 once the release has ended.
	Progress float64 `json:"progress"`
	// Checks are what each check of the judge saw last.
	Checks []release.Finding `json:"checks,omitempty"`
	// Verdict is what the judge said last.
	Verdict *Verdict `json:"verdict,omitempty"`
	// Awaiting is what the release waits for.
	Awaiting *Awaiting `json:"awaiting,omitempty"`
	// Next is what happens next by itself.
	Next *Next `json:"next,omitempty"`
	// RollbackTo is the version that traffic goes back to when something is wrong.
	RollbackTo string `json:"rollbackTo,omitempty"`
	// Notes are what people should know, in the order they came up.
	Notes []string `json:"notes,omitempty"`
	// Holder is who holds the lock on the service and environment now.
	Holder *Holder `json:"holder,omitempty"`
}

// Ended reports whether the release has an outcome.
func (s Status) Ended() bool { return s.Outcome != "" }

// Splits are where traffic should go and where it goes.
type Splits struct {
	// Wanted is the split that was last intended.
	Wanted release.Split `json:"wanted"`
	// Actual is the split that was last seen.
	Actual release.Split `json:"actual"`
}

// A StepKind is what a step of a release does.
type StepKind string

// The kinds of steps. A release prepares once, shifts and waits for approval as its
// strategy says, and settles once.
const (
	StepPrepare StepKind = "prepare"
	StepWeight  StepKind = "weight"
	StepApprove StepKind = "approve"
	StepSettle  StepKind = "settle"
)

// A StepState is whether a step is over.
type StepState string

// The states of a step. StepSkipped is one that the release ended before.
const (
	StepDone    StepState = "done"
	StepNow     StepState = "now"
	StepNext    StepState = "next"
	StepSkipped StepState = "skipped"
)

// A Step is one step of a release.
type Step struct {
	Kind StepKind `json:"kind"`
	// Weight is the canary's percent during the step.
	Weight float64 `json:"weight"`
	// Lasts is how long the step takes unless something ends it early; for an
	// approval, how long it waits for a person. Left out where it is not known.
	Lasts release.Duration `json:"lasts,omitempty"`
	// Otherwise is what an approval does at its timeout: "abort" or "promote".
	Otherwise string    `json:"otherwise,omitempty"`
	State     StepState `json:"state"`
	// Began is when it began, and Ends when it ends by itself; left out where not known.
	Began time.Time `json:"began,omitzero"`
	Ends  time.Time `json:"ends,omitzero"`
}

// A Verdict is what the judge said last; its findings are the status's Checks.
type Verdict struct {
	At       time.Time        `json:"at"`
	Decision release.Decision `json:"verdict"`
	Reason   string           `json:"reason"`
}

// Awaiting is what a release waits for.
type Awaiting struct {
	// What is the one thing awaited.
	What  string    `json:"what"`
	Since time.Time `json:"since,omitzero"`
	// Until is when waiting ends, and Otherwise what happens then.
	Until     time.Time `json:"until,omitzero"`
	Otherwise string    `json:"otherwise,omitempty"`
	// Command unblocks it.
	Command string `json:"command,omitempty"`
}

// Next is what happens next by itself.
type Next struct {
	What string `json:"what"`
	// At is when, if that is known.
	At time.Time `json:"at,omitzero"`
}

// A Holder holds the lock on a service and environment: a release or a person.
type Holder struct {
	// Release is the release that holds it; empty for a person.
	Release string `json:"release,omitempty"`
	// By and Reason are the person's; empty for a release.
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Since  time.Time `json:"since"`
	// Until is when a release's lease ends unless it is renewed; a person's lock has no end.
	Until time.Time `json:"until,omitzero"`
	// Expired: the lease has ended, and a sweep will recover the release.
	Expired bool `json:"expired,omitempty"`
}

// A History is everything that was recorded of a release.
type History struct {
	Status Status `json:"status"`
	// Entries are the timeline, oldest first.
	Entries []ledger.Entry `json:"entries"`
}
