package policy

import (
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// A Goldfinch is a plan of our own judge. One of Plan, OneRung, InsideCanary and Document
// is chosen, or else it is the strategy adaptive with its Profile.
type Goldfinch struct {
	// Profile is how cautious the strategy adaptive is.
	Profile *flight.Profile `json:"profile,omitempty"`
	// Unsettled: it ends with the promotion.
	Unsettled bool `json:"unsettled,omitempty"`
	// NoHoldback: it settles with all traffic, where the strategy would leave stable some of it.
	NoHoldback bool `json:"noHoldback,omitempty"`
	// OneRung: 10 % until evidence or ten minutes end it; suspicion holds it for as long as it lasts.
	OneRung bool `json:"oneRung,omitempty"`
	// InsideCanary: the judge beside CodeDeploy's Canary10Percent5Minutes.
	InsideCanary bool `json:"insideCanary,omitempty"`
	// Document: what a release document without a strategy gets.
	Document bool `json:"document,omitempty"`
	// Plan is that of somebody's own document.
	Plan *ladder.Plan `json:"-"`
}

// forEver is more periods than anybody watches.
const forEver = 1 << 30

func (g Goldfinch) launch(briefing *flight.Briefing) flight.Pilot {
	return flight.Climb(g.plan(briefing.Model))(briefing)
}

// plan is the plan for a service of that world.
func (g Goldfinch) plan(model world.Model) ladder.Plan {
	metrics := metrics(len(model.Metrics))
	switch {
	case g.Plan != nil:
		return *g.Plan
	case g.OneRung:
		plan := flight.OneRung(metrics...)
		plan.Rules.HoldLength = forEver
		return plan
	case g.InsideCanary:
		return flight.InsideCanary(metrics...)
	case g.Document:
		return flight.Document(metrics...)
	}
	requests := model.Requests(0)
	plan := flight.Adaptive(*g.Profile, requests, metrics...)
	switch {
	case g.Unsettled:
		return flight.WithoutSettling(plan)
	case g.NoHoldback:
		return plan
	default:
		return flight.WithHoldback(plan, judge.AdaptiveHoldback(requests)/100)
	}
}

// metrics are so many: errors and slow requests where there are two, and else all of one weight.
func metrics(count int) []ladder.MetricPlan {
	all := flight.Metrics()
	if count == len(all) {
		return all
	}
	one := all[0]
	one.Share = 1 / float64(count)
	return slices.Repeat([]ladder.MetricPlan{one}, count)
}

// Document is the policy of a plan that somebody wrote.
func Document(name, about string, plan ladder.Plan) Policy {
	return Policy{Name: name, About: about, Source: judgePage, Goldfinch: &Goldfinch{Plan: &plan}}
}

// goldfinch are our own policies.
func goldfinch() []Policy {
	balanced, fast, careful := flight.Balanced(), flight.Fast(), flight.Careful()
	own := func(name, about string, plan Goldfinch) Policy {
		return Policy{Name: name, About: "Goldfinch: " + about, Source: judgePage, Goldfinch: &plan}
	}
	return []Policy{
		own("default", "10 % for 5 minutes, longer in doubt, then everything, settling for 5", Goldfinch{Document: true}),
		own("adaptive", "small first, rungs that end on evidence, settling for 10 minutes, with 20 % held back from 500 requests a minute on", Goldfinch{Profile: &balanced}),
		own("adaptive-fast", "adaptive, with rungs of 2 minutes", Goldfinch{Profile: &fast}),
		own("adaptive-careful", "adaptive, with rungs of 7 minutes, and less allowed", Goldfinch{Profile: &careful}),
		own("adaptive-unsettled", "adaptive, ending with the promotion", Goldfinch{Profile: &balanced, Unsettled: true}),
		own("judge-10percent", "10 % until evidence or 10 minutes without suspicion end it, then everything unwatched", Goldfinch{OneRung: true}),
		own("judge-canary5", "its judge inside Canary10Percent5Minutes", Goldfinch{InsideCanary: true}),
	}
}
