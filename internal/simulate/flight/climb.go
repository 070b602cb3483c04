package flight

import (
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Climb is the pilot of Goldfinch's own judge: it plays a plan that is fitted by what is known before the first shift.
func Climb(plan ladder.Plan) Launch {
	return func(briefing *Briefing) Pilot { return Play(Fit(plan, briefing)) }
}

// Fit completes a plan, whose metrics are those of the model, in their order: the history tells
// each metric's burst factor and past, and of the plan's and the world's delay the longer one holds.
func Fit(plan ladder.Plan, briefing *Briefing) ladder.Plan {
	plan.Delay = max(plan.Delay, briefing.Model.Delay)
	plan.Metrics = slices.Clone(plan.Metrics)
	for i := range plan.Metrics {
		metric := &plan.Metrics[i]
		metric.Parameters.Burst = briefing.Burst(i)
		metric.Past = briefing.Past(i)
	}
	return plan
}

// Play is the pilot of a plan that is complete as it is.
func Play(plan ladder.Plan) Pilot {
	return &climber{release: ladder.Play(plan), settles: plan.Settle > 0}
}

type climber struct {
	release *ladder.Release
	settles bool
}

func (c *climber) Share() float64 { return c.release.Share() }

func (c *climber) Tick(p ladder.Period) Outcome {
	tick := c.release.Tick(p)
	switch {
	case tick.Inconclusive:
		return Inconclusive
	case tick.Decision == release.Rollback:
		return RolledBack
	case tick.Decision == release.Complete || tick.Decision == release.Promote && !c.settles:
		return Completed
	case c.release.Settling():
		return Promoted
	default:
		return Climbing
	}
}
