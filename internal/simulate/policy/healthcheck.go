package policy

import (
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
)

// A HealthCheck is what aws-lambda-deploy does: the share grows in equal steps, and at
// the end of each any error in the last minute sends everything back. The minute that has
// just ended is taken to be known, which CloudWatch does not promise.
type HealthCheck struct {
	// Steps is in how many equal steps the share grows to 1, Every how many minutes each lasts.
	Steps int `json:"steps"`
	Every int `json:"every"`
}

type healthCheckPilot struct {
	course
	HealthCheck
}

func (h HealthCheck) launch(*flight.Briefing) flight.Pilot {
	return &healthCheckPilot{course: begin(1 / float64(h.Steps)), HealthCheck: h}
}

func (p *healthCheckPilot) Tick(period ladder.Period) flight.Outcome {
	p.ticks++
	if p.ticks%p.Every != 0 {
		return p.outcome
	}
	step := p.ticks/p.Every + 1 // that comes next, from 1
	switch {
	case period.Bad[errorMetric].Canary > 0:
		p.rollBack()
	case step > p.Steps:
		p.complete()
	case step == p.Steps:
		p.promote()
	default:
		p.share = float64(step) / float64(p.Steps)
	}
	return p.outcome
}
