package policy

import (
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
)

// A Progression is Flagger's canary analysis: each minute the checks either pass, and the
// share grows, or fail, and are counted; failures are never forgiven. It reads Prometheus,
// which is taken to know the minute that has just ended.
//
// With Flagger's loop (advanceCanary in its scheduler): the share grows by Step on each
// pass up to Most; one more pass promotes, which takes effect a minute later; after Failures
// failed checks the next minute rolls back. No request at all counts as a failed check.
type Progression struct {
	// Step is by how much the share grows, Most what it grows to.
	Step float64 `json:"step"`
	Most float64 `json:"most"`
	// Failures is how many failed checks there may not be.
	Failures int `json:"failures"`
	// Limits are the bad rates of metrics that a check allows.
	Limits []Limit `json:"limits"`
}

// A Limit is the highest bad rate, 0–1, that is allowed of a metric.
type Limit struct {
	Metric int     `json:"metric"`
	Rate   float64 `json:"rate"`
}

type progressionPilot struct {
	course
	Progression
	failed   int
	promoted bool
}

func (p Progression) launch(*flight.Briefing) flight.Pilot {
	return &progressionPilot{course: begin(p.Step), Progression: p}
}

func (p *progressionPilot) Tick(period ladder.Period) flight.Outcome {
	switch {
	case p.promoted:
		p.complete()
	case p.failed >= p.Failures:
		p.rollBack()
	case !p.passes(period):
		p.failed++
	case p.share >= p.Most-1e-9:
		p.promoted = true
	default:
		p.share += p.Step
	}
	return p.outcome
}

// passes makes the check of a minute.
func (p *progressionPilot) passes(period ladder.Period) bool {
	for _, limit := range p.Limits {
		if period.Canary == 0 || period.Bad[limit.Metric].Canary/period.Canary > limit.Rate {
			return false
		}
	}
	return true
}
