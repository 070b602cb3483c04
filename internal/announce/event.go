package announce

import (
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The events' source, and their detail types.
const (
	source    = "goldfinch"
	changed   = "Goldfinch Release Changed"
	evaluated = "Goldfinch Service Evaluated"
	drifted   = "Goldfinch Drift Detected"
)

// A Change is the detail of a "Goldfinch Release Changed" event: one entry of a
// release's timeline. That of "Goldfinch Service Evaluated" is a [ledger.Evaluation],
// that of "Goldfinch Drift Detected" a [ledger.DriftReport].
type Change struct {
	// Release is the release's id.
	Release     string `json:"release"`
	Service     string `json:"service"`
	Environment string `json:"environment"`
	// Sequence orders the events of one release, from 1; a repeated event has the same.
	Sequence int64     `json:"sequence"`
	At       time.Time `json:"at"`
	// Kind is what the event tells: phase, split-intended, split-seen, verdict, periods, actor, note or outcome.
	Kind ledger.EntryKind `json:"kind"`
	// Actor is who acted: a state of the workflow, "sweep", or a person.
	Actor string `json:"actor"`
	// Reason is one sentence for people, the same that "goldfinch history" prints.
	Reason string `json:"reason"`
	// Split is where traffic goes: of split-intended and split-seen.
	Split *release.Split `json:"split,omitempty"`
	// Verdict is the judge's, with its evidence: of verdict.
	Verdict *release.Verdict `json:"verdict,omitempty"`
	// Outcome is how the release ended: of outcome.
	Outcome release.Outcome `json:"outcome,omitempty"`
}

// newChange leaves out the periods of an entry, which are the judge's own evidence: its verdict sums them up.
func newChange(line ledger.Line) Change {
	return Change{
		Release: line.Release, Service: line.Service, Environment: line.Environment,
		Sequence: line.Sequence, At: line.At, Kind: line.Kind, Actor: line.Actor, Reason: line.Text,
		Split: line.Split, Verdict: line.Verdict, Outcome: line.Outcome,
	}
}
