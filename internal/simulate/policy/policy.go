package policy

import (
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
)

// The metrics of a world, as indexes into [ladder.Period].Bad.
const (
	errorMetric = iota
	slowMetric
)

// A Policy is a way to release. Exactly one of its kinds is set.
type Policy struct {
	// Name is what people ask for.
	Name string `json:"name"`
	// About says in one line what it does.
	About string `json:"about"`
	// Source is the page that it was read from.
	Source string `json:"source"`

	Deployment  *Deployment  `json:"deployment,omitempty"`
	Progression *Progression `json:"progression,omitempty"`
	Analysis    *Analysis    `json:"analysis,omitempty"`
	HealthCheck *HealthCheck `json:"healthCheck,omitempty"`
	Likelihood  *Likelihood  `json:"likelihood,omitempty"`
	Goldfinch   *Goldfinch   `json:"goldfinch,omitempty"`
}

// Launch puts a pilot of the policy into a release.
func (p Policy) Launch() flight.Launch {
	switch {
	case p.Deployment != nil:
		return p.Deployment.launch
	case p.Progression != nil:
		return p.Progression.launch
	case p.Analysis != nil:
		return p.Analysis.launch
	case p.HealthCheck != nil:
		return p.HealthCheck.launch
	case p.Likelihood != nil:
		return p.Likelihood.launch
	default:
		return p.Goldfinch.launch
	}
}

// A course is where a release of somebody else's policy stands.
type course struct {
	share   float64
	outcome flight.Outcome
	// ticks is how many periods have ended.
	ticks int
}

// begin is a course that begins with that share.
func begin(share float64) course { return course{share: share, outcome: flight.Climbing} }

// Share is the canary's of the period that comes next.
func (c *course) Share() float64 { return c.share }

// over reports whether nothing is decided any more.
func (c *course) over() bool {
	return c.outcome == flight.Completed || c.outcome == flight.RolledBack
}

func (c *course) rollBack() { c.share, c.outcome = 0, flight.RolledBack }

func (c *course) complete() { c.share, c.outcome = 1, flight.Completed }

// promote gives the canary everything, and goes on watching it.
func (c *course) promote() { c.share, c.outcome = 1, flight.Promoted }
