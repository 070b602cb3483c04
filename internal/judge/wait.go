package judge

import (
	"fmt"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Wait is what a release waits for while it stays where it is.
type Wait struct {
	// For names it in a few words; empty: the verdict leads on.
	For string
	// Until is when it is over at the latest.
	Until time.Time
	// HoldingSince is what to ask the next question of this step with: since when data has been
	// waited for, or zero when it is not.
	HoldingSince time.Time
}

// Awaits is what the stage of a question waits for when nothing else is to be said: its end.
func (q Question) Awaits() Wait {
	switch {
	case q.Paused:
		return Wait{For: "a person to resume", Until: q.Ends}
	case q.Stage == StageSettle:
		return Wait{For: "the end of settling", Until: q.ends()}
	case q.Stage == StageApproval && q.Approval != nil:
		return Wait{For: fmt.Sprintf("approval (otherwise: %s)", q.Approval.Otherwise), Until: q.deadline()}
	case q.climbs():
		return Wait{For: fmt.Sprintf("proof that the canary is good, or the end of step %d", q.Step+1), Until: q.ends()}
	default:
		return Wait{For: fmt.Sprintf("the end of step %d", q.Step+1), Until: q.ends()}
	}
}

// waits is what a release waits for after the ruling. One that is paused waits for the person, unless
// what it lacks would end it before.
func (r ruling) waits(q Question) Wait {
	if r.decision != release.Continue && r.decision != release.Hold {
		return Wait{}
	}
	wait := r.wait
	if wait.For == "" || q.Paused && !r.givesUp {
		stage := q.Awaits()
		wait.For, wait.Until = stage.For, stage.Until
	}
	return wait
}
