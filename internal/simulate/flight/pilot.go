package flight

import (
	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// A Pilot releases one canary by whatever rules it has.
type Pilot interface {
	// Share is the canary's share of the period that comes next, 0–1.
	Share() float64
	// Tick takes the period that has just ended, and says how the release stands.
	// After Completed, RolledBack or Inconclusive it is asked nothing more: the canary
	// keeps all traffic in the first case, and none in the others.
	Tick(ladder.Period) Outcome
}

// An Outcome is how a release stands.
type Outcome string

// Where a release may stand.
const (
	// Climbing: the canary has not reached its last share.
	Climbing Outcome = "climbing"
	// Promoted: the canary has all traffic that it will have before the end, and is still watched.
	Promoted Outcome = "promoted"
	// Completed: the canary has all traffic, for good.
	Completed Outcome = "completed"
	// RolledBack: stable has all traffic, for good.
	RolledBack Outcome = "rolledBack"
	// Inconclusive: the same, for want of requests.
	Inconclusive Outcome = "inconclusive"
)

// A Launch puts a pilot into a release that is about to begin.
type Launch func(*Briefing) Pilot

// A Briefing is what a pilot may know before the first shift.
type Briefing struct {
	// Model is the world; a pilot that knows more of it than its traffic and its delay is no fair comparison.
	Model world.Model
	// Number is which release it is, from 0, of those in a row that share the history.
	Number  int
	history func() []ladder.Period
	drawn   []ladder.Period
	row     int
	known   *Pasts
	said    *past
}

// History is what stable did in each of the 1,440 periods before the first shift, oldest first. It is drawn when somebody asks.
func (b *Briefing) History() []ladder.Period {
	if b.drawn == nil {
		b.drawn = b.history()
	}
	return b.drawn
}

// Burst is how many failures of the metric of that index come together, by the history.
func (b *Briefing) Burst(metric int) float64 { return b.summary().bursts[metric] }

// Past is what stable did in all of the history, in the metric of that index.
func (b *Briefing) Past(metric int) evidence.Past { return b.summary().pasts[metric] }

func (b *Briefing) summary() past {
	if b.said == nil {
		said := b.known.of(b.row, b.summarise)
		b.said = &said
	}
	return *b.said
}

func (b *Briefing) summarise() past {
	var said past
	for i := range b.Model.Metrics {
		said.bursts = append(said.bursts, world.Burst(b.History(), i))
		said.pasts = append(said.pasts, world.Past(b.History(), i))
	}
	return said
}
