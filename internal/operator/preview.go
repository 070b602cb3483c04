package operator

import (
	"github.com/goldfinch-dev/goldfinch/internal/planner"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
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
	// last moment. What There takes is in them for each shift, as far as it is known. Baking and deploying come before, and holding may prolong it.
	ShortestToPromotion release.Duration `json:"shortestToPromotion"`
	LongestToPromotion  release.Duration `json:"longestToPromotion"`
	// LongestToRollback is how long a bad version keeps its share of traffic at
	// most, once it shows in a metric, with what Back takes, as far as that is known. An alarm or a person begins the way back at once.
	LongestToRollback release.Duration `json:"longestToRollback"`
	// There is what happens between a shift to the new version and the moment at which requests meet it, Back the same of the longest way back.
	There Passage `json:"there,omitzero"`
	Back  Passage `json:"back,omitzero"`
	// Charges are what AWS charges for the release beside the cost that Forecast tells.
	Charges []string `json:"charges,omitempty"`
	// Ticks is how often the judge looks.
	Ticks int `json:"ticks"`
	// Forecast is what it would notice, risk, take and cost on the traffic of the stable version; absent where
	// there is no canary, no traffic, or nothing to compare.
	Forecast *planner.Forecast `json:"forecast,omitempty"`
	// Holder is who holds the lock now.
	Holder *Holder `json:"holder,omitempty"`
}

// A Passage is what happens between a shift and the moment at which requests meet it.
type Passage = target.Passage

// A PlannedStep is one thing that a release would do.
type PlannedStep struct {
	Kind StepKind `json:"kind"`
	// What says it in one sentence.
	What string `json:"what"`
	// Weight is the canary's percent from then on: what the target can give.
	Weight float64 `json:"weight"`
	// Asked is the percent that the document asks for, where the target can't give that; else absent.
	Asked float64 `json:"asked,omitempty"`
	// Audience is the last rung of the audience whose people get the new version, whatever the weight; Share is the percent of
	// them that does, absent where all do.
	Audience string  `json:"audience,omitempty"`
	Share    float64 `json:"share,omitempty"`
	// Starts and Ends count from the first shift of traffic, at the earliest; what the shift takes is part of the step.
	// Preparing comes before it, and has neither.
	Starts release.Duration `json:"starts"`
	Ends   release.Duration `json:"ends"`
}
