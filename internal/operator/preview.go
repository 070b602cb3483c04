package operator

import (
	"github.com/goldfinch-dev/goldfinch/internal/planner"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Preview is what a release would do.
type Preview struct {
	Service     string           `json:"service"`
	Environment string           `json:"environment"`
	Artifact    release.Artifact `json:"artifact"`
	// Refusals are why the release would be refused; none: it would start.
	Refusals []string `json:"refusals,omitempty"`
	// Notes are what people should know before they start it.
	Notes []string `json:"notes,omitempty"`
	// Split is where traffic goes now.
	Split release.Split `json:"split"`
	// First: what routes does not exist yet, and would be created.
	First bool `json:"first,omitempty"`
	// Steps are what would happen, in order.
	Steps []PlannedStep `json:"steps"`
	// ShortestToPromotion and LongestToPromotion are the times from the first
	// shift until the new version has all traffic: with approvals at once, and at the
	// last moment. Baking and deploying come before, and holding may prolong it.
	ShortestToPromotion release.Duration `json:"shortestToPromotion"`
	LongestToPromotion  release.Duration `json:"longestToPromotion"`
	// LongestToRollback is how long a bad version keeps its share of traffic at
	// most, once it shows in a metric. An alarm or a person ends that at once.
	LongestToRollback release.Duration `json:"longestToRollback"`
	// Ticks is how often the judge looks.
	Ticks int `json:"ticks"`
	// Forecast is what it would notice, risk, take and cost on the traffic of the stable version; absent where
	// there is no canary, no traffic, or nothing to compare.
	Forecast *planner.Forecast `json:"forecast,omitempty"`
	// Holder is who holds the lock now.
	Holder *Holder `json:"holder,omitempty"`
}

// A PlannedStep is one thing that a release would do.
type PlannedStep struct {
	Kind StepKind `json:"kind"`
	// What says it in one sentence.
	What string `json:"what"`
	// Weight is the canary's percent from then on.
	Weight float64 `json:"weight"`
	// Starts and Ends count from the first shift of traffic, at the earliest.
	// Preparing comes before it, and has neither.
	Starts release.Duration `json:"starts"`
	Ends   release.Duration `json:"ends"`
}
