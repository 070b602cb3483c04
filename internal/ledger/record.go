package ledger

import (
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Phase is how far a release has come.
type Phase string

// The phases, in order. A release goes from any of them to PhaseRollingBack or PhaseEnded.
const (
	PhaseCreated     Phase = "created"
	PhaseQueued      Phase = "queued"
	PhaseLocked      Phase = "locked"
	PhaseBaking      Phase = "baking"
	PhaseDeploying   Phase = "deploying"
	PhaseVerifying   Phase = "verifying"
	PhaseCanary      Phase = "canary"
	PhasePromoting   Phase = "promoting"
	PhaseSettling    Phase = "settling"
	PhaseRetiring    Phase = "retiring"
	PhaseRollingBack Phase = "rolling-back"
	PhaseEnded       Phase = "ended"
)

// A Record is one release, as far as it has come.
type Record struct {
	// ID is the release's id, which is also the execution's name.
	ID          string `json:"id"`
	Service     string `json:"service"`
	Environment string `json:"environment"`
	// Execution is the ARN of the execution that runs the release.
	Execution string `json:"execution"`
	// Revision counts the writes of this record; a write must name the one it read.
	Revision int64 `json:"revision"`
	// LastEntry is the sequence of the last entry of its timeline, as a write must know it.
	LastEntry int64 `json:"-"`
	// Document is the release's document, with its defaults.
	Document release.Document `json:"document"`
	// Asked is the document's strategy as its author gave it, where this service's
	// traffic has decided what it left open; nil: Document.Strategy is that.
	Asked     *release.Strategy `json:"asked,omitempty"`
	CreatedAt time.Time         `json:"createdAt"`
	Phase     Phase             `json:"phase"`
	// First: the alias, or whatever routes, did not exist before this release.
	First bool `json:"first,omitempty"`
	// Before is where traffic went when the release began.
	Before release.Split `json:"before"`
	// Canary is the version that the release made; empty until it is known.
	Canary string `json:"canary,omitempty"`
	// Intended is the split that was last intended, Actual the one last seen.
	Intended release.Split `json:"intended"`
	Actual   release.Split `json:"actual"`
	// Splits are what was last seen and everything intended since: traffic
	// that stands anywhere else was moved by somebody else.
	Splits []release.Split `json:"splits,omitempty"`
	// Overtaken are all splits that this release ever intended, where the API that moves traffic has no lock: a handler
	// that was overtaken may still write any of them. Empty elsewhere.
	Overtaken []release.Split `json:"overtaken,omitempty"`
	// Arriving is the shift that was made last, until it is known that requests meet it; nil: they do.
	Arriving *Arriving `json:"arriving,omitempty"`
	// Step is the index of the strategy's step in force; StepBegan is since when.
	Step      int       `json:"step"`
	StepBegan time.Time `json:"stepBegan,omitzero"`
	// CanaryBegan is when the canary first got traffic, PromotedAt when it got all.
	CanaryBegan time.Time `json:"canaryBegan,omitzero"`
	PromotedAt  time.Time `json:"promotedAt,omitzero"`
	// Past is what the stable version did before the release, by metric; it is read once, before
	// the canary begins, because the judge's evidence must not change its terms.
	Past map[string]judge.Past `json:"past,omitempty"`
	// Shifts are the weights that the canary has had, oldest first.
	Shifts []judge.Shift `json:"shifts,omitempty"`
	// MeasuredTo is the end of the last period that was finalised.
	MeasuredTo time.Time `json:"measuredTo,omitzero"`
	// Ticks counts the ticks so far.
	Ticks int `json:"ticks,omitempty"`
	// FiringBefore names the alarms that were firing before the canary first got traffic.
	FiringBefore []string `json:"firingBefore,omitempty"`
	// HoldingSince is when the judge began to hold for want of data; zero: it does not.
	HoldingSince time.Time `json:"holdingSince,omitzero"`
	// Paused: a person asked not to go on.
	Paused bool `json:"paused,omitempty"`
	// Approved: a person approved the step in force.
	Approved bool `json:"approved,omitempty"`
	// Awaiting says what the release waits for, and WaitingUntil until when.
	Awaiting     string    `json:"awaiting,omitempty"`
	WaitingUntil time.Time `json:"waitingUntil,omitzero"`
	// Judged: the verdict answers the tick in force, so a second run repeats it instead of judging again.
	Judged bool `json:"judged,omitempty"`
	// Verdict is the last one.
	Verdict *release.Verdict `json:"verdict,omitempty"`
	// GoingBack is how the release will end, and GoingBackReason why, once it has begun
	// to go back; whoever finishes that must not find another reason. Blamed: the artifact is at fault.
	GoingBack       release.Outcome `json:"goingBack,omitempty"`
	GoingBackReason string          `json:"goingBackReason,omitempty"`
	Blamed          bool            `json:"blamed,omitempty"`
	// GoingBackSince is when it was known that traffic must go back: the verdict's
	// time, or the alarm's or the person's if that was earlier. Zero: it need not, or it never moved.
	GoingBackSince time.Time `json:"goingBackSince,omitzero"`
	// HomeSince is when traffic had been sent home, Secured: that nobody has overwritten it since, and nobody can.
	HomeSince time.Time `json:"homeSince,omitzero"`
	Secured   bool      `json:"secured,omitempty"`
	// Tidying is the cleaning up behind the release, once it takes several goes.
	Tidying *Tidying `json:"tidying,omitempty"`
	// Notes are what people should know, said as they came up.
	Notes []string `json:"notes,omitempty"`
	// Outcome is empty until the release has ended.
	Outcome release.Outcome `json:"outcome,omitempty"`
	// Reason says in one sentence why it ended so.
	Reason  string    `json:"reason,omitempty"`
	EndedAt time.Time `json:"endedAt,omitzero"`
}

// An Arriving is a shift that was made, and that requests may not meet yet.
type Arriving struct {
	// Split is what the router returned, and Since when.
	Split release.Split `json:"split"`
	Since time.Time     `json:"since"`
	// Receipt is what the cloud calls the change; empty when it has no name for it, or when it was lost.
	Receipt string `json:"receipt,omitempty"`
	// Due is when requests meet it, once that is known.
	Due time.Time `json:"due,omitzero"`
}

// A Tidying is work behind a release that is done in several goes.
type Tidying struct {
	// Since is when it began.
	Since time.Time `json:"since"`
	// Failures counts the goes that failed in a row.
	Failures int `json:"failures,omitempty"`
}

// AskedDocument is the document as its author gave it, with its defaults: what traffic has
// decided is not in it, because where the document is released once more, traffic is another.
func (r Record) AskedDocument() release.Document {
	document := r.Document
	if r.Asked != nil {
		document.Strategy = *r.Asked
	}
	return document
}

// Ended reports whether the release has an outcome.
func (r Record) Ended() bool { return r.Outcome != "" }

// An EntryKind is what an entry of a release's timeline tells.
type EntryKind string

// The kinds of entries. Intent is recorded before the action.
const (
	EntryPhase         EntryKind = "phase"
	EntrySplitIntended EntryKind = "split-intended"
	EntrySplitSeen     EntryKind = "split-seen"
	EntryVerdict       EntryKind = "verdict"
	EntryPeriods       EntryKind = "periods"
	EntryActor         EntryKind = "actor"
	EntryNote          EntryKind = "note"
	EntryOutcome       EntryKind = "outcome"
)

// An Entry is one line of a release's timeline. Entries are never changed.
type Entry struct {
	// Sequence orders the entries of one release, from 1; the ledger assigns it.
	Sequence int64     `json:"sequence"`
	At       time.Time `json:"at"`
	Kind     EntryKind `json:"kind"`
	// Actor is who acted: a state of the workflow, "sweep", or a person.
	Actor string `json:"actor"`
	// Text is one sentence for people.
	Text string `json:"text"`
	// Split, Verdict and Periods hold what the kind promises.
	Split   *release.Split   `json:"split,omitempty"`
	Verdict *release.Verdict `json:"verdict,omitempty"`
	Periods []judge.Period   `json:"periods,omitempty"`
	// Question is what the verdict answers, so that it can be asked again.
	Question *judge.Question `json:"question,omitempty"`
}

// A Stable is the version that users of a service have, as the ledger knows it.
type Stable struct {
	Version string `json:"version"`
	Release string `json:"release"`
	// SHA256 is the artifact's identity, as [release.Artifact.Identity] says it; for a package that is its SHA-256.
	SHA256 string    `json:"sha256,omitempty"`
	Since  time.Time `json:"since"`
}

// A SignalKind is what a signal asks for.
type SignalKind string

// The signals.
const (
	SignalAlarm       SignalKind = "alarm"        // an alarm changed its state: look now
	SignalPromote     SignalKind = "promote"      // go to the next step now
	SignalPromoteFull SignalKind = "promote-full" // go to 100% now
	SignalApprove     SignalKind = "approve"
	SignalReject      SignalKind = "reject"
	SignalPause       SignalKind = "pause"
	SignalResume      SignalKind = "resume"
	SignalAbort       SignalKind = "abort"
	SignalSupersede   SignalKind = "supersede" // a newer release wants the place
)

// A Signal reaches a running release from outside.
type Signal struct {
	// ID makes a signal unique; the same one sent twice is one signal.
	ID     string     `json:"id"`
	Kind   SignalKind `json:"kind"`
	At     time.Time  `json:"at"`
	By     string     `json:"by"`
	Reason string     `json:"reason,omitempty"`
	// Step is the index of the step that approve, reject and promote mean: they
	// count for no other, so that one said twice is not taken for two.
	Step int `json:"step"`
}

// A Lease is the right to change one service in one environment, for a while.
type Lease struct {
	Service     string `json:"service"`
	Environment string `json:"environment"`
	// Owner is the execution's ARN, or the sweep's name for itself.
	Owner string `json:"owner"`
	// Release is the release that is run, or swept.
	Release string `json:"release"`
	// Fence grows with every new owner: a write that names an older one is refused.
	Fence int64 `json:"fence"`
	// Since is when the owner got it, Until when it ends unless it is renewed.
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
}

// A PersonLock keeps every new release out, with a reason, until a person unlocks. It is also how
// drift pauses a service that runs something else than was released.
type PersonLock struct {
	// By is the person, or [ByDrift].
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

// ByDrift is who locks a service whose drift is not to be released over.
const ByDrift = "drift"

// A Change is all that one Write does, or nothing of it.
type Change struct {
	// Record replaces the stored one, whose revision must still be Record.Revision.
	Record Record
	// Entries are appended to the timeline.
	Entries []Entry
	// Consumed are ids of signals that have been acted on.
	Consumed []string
	// Token, when not empty, is the task token that a signal will answer.
	Token string
	// Stable, when not nil, becomes the service's stable version.
	Stable *Stable
	// Rejected, when not empty, is the identity of an artifact that was rolled back.
	Rejected string
	// Free gives the lease back.
	Free bool
}
