package judge

import (
	"math"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A profile is how an adaptive release climbs.
type profile struct {
	// length is how many periods a rung lasts by time.
	length int
	// margin is the last rung's margin of promotion evidence (a₁).
	margin float64
}

// profileOf is the profile of an adaptive strategy.
func profileOf(adaptive release.AdaptiveStrategy) profile {
	margin := 0.005
	if adaptive.Profile == release.ProfileCareful {
		margin = 0.002
	}
	return profile{length: adaptive.RungPeriods(), margin: margin}
}

// AdaptiveSteps are the steps of an adaptive strategy for a service that has that many
// requests a period: rungs that last their time unless evidence ends them.
func AdaptiveSteps(adaptive release.AdaptiveStrategy, requests float64, period release.Duration) []release.Step {
	var steps []release.Step
	for _, share := range ladder.Rungs(requests) {
		weight := math.Round(share*1e4) / 1e2 // whole hundredths of a percent
		steps = append(steps, release.Step{Weight: weight, Wait: release.Duration(profileOf(adaptive).length) * period})
	}
	return steps
}

const (
	// adaptiveHoldback is the percent that stable keeps while an adaptive release settles, and
	// leastForHoldback from how many requests a period on: below, a fifth of them is no control group, and what the past
	// allows finds more. docs/holdback.md has the measurements.
	adaptiveHoldback = 20
	leastForHoldback = 500
)

// AdaptiveHoldback is the percent that stable keeps while an adaptive release settles whose
// document does not say, for a service that has that many requests a period.
func AdaptiveHoldback(requests float64) float64 {
	if requests < leastForHoldback {
		return 0
	}
	return adaptiveHoldback
}

// Climb fills in what an adaptive strategy leaves to traffic: its steps, and how much
// stable keeps while it settles. Any other strategy is returned as it is.
func Climb(strategy release.Strategy, requests float64, period release.Duration) release.Strategy {
	if strategy.Adaptive == nil {
		return strategy
	}
	if len(strategy.Steps) == 0 {
		strategy.Steps = AdaptiveSteps(*strategy.Adaptive, requests, period)
	}
	if strategy.Holdback == nil && value(strategy.Settle) > 0 {
		holdback := AdaptiveHoldback(requests)
		strategy.Holdback = &holdback
	}
	return strategy
}

// rules are what a release is held to.
func rules(analysis release.Analysis, strategy release.Strategy) ladder.Rules {
	rules := ladder.Default()
	if analysis.FalseRollbackRate != nil {
		rules.Alpha = *analysis.FalseRollbackRate
	}
	rules.EvidenceEnds = strategy.Adaptive != nil
	return rules
}

// parameters are what a metric is held to.
func parameters(threshold release.Threshold, past Past) evidence.Parameters {
	p := evidence.Default()
	if threshold.Tolerance != nil {
		p.Tolerance = *threshold.Tolerance
	}
	if threshold.Ratio != nil {
		p.Ratio = *threshold.Ratio
	}
	p.Burst = max(past.Burst, 1)
	if threshold.Burst != nil {
		p.Burst = *threshold.Burst
	}
	return p
}

// margins are the margins of promotion evidence on each step; none when steps do not end on evidence.
func margins(strategy release.Strategy) []float64 {
	if strategy.Adaptive == nil {
		return nil
	}
	shares := make([]float64, len(strategy.Steps))
	for i, step := range strategy.Steps {
		shares[i] = step.Weight / 100
	}
	return ladder.Margins(shares, profileOf(*strategy.Adaptive).margin)
}

// Ladder is the plan by which a release of document is judged, without its alarms and
// its people: approvals come at once, and rungs of an audience, whose requests nobody can foresee, are left out. The document has its defaults and its steps; past is
// what stable did before, by metric.
func Ladder(document release.Document, past map[string]Past) ladder.Plan {
	analysis, strategy := document.Analysis, document.Strategy
	period := analysis.Period.Std()
	plan := ladder.Plan{
		Rules: rules(analysis, strategy), Margins: margins(strategy),
		Delay: value(analysis.Delay), MinimumRequests: float64(value(analysis.MinimumSamples)),
		Settle: lengthIn(value(strategy.Settle).Std(), period), Holdback: value(strategy.Holdback) / 100,
	}
	for _, step := range strategy.Steps {
		if step.Approve == nil && step.Weight > 0 {
			plan.Shares = append(plan.Shares, step.Weight/100)
			plan.Lengths = append(plan.Lengths, lengthIn(step.Wait.Std(), period))
		}
	}
	limit := lengthIn(analysis.NoData.Limit.Std(), period) + 1 // held at first, and then for as long as the limit
	plan.NoDataLength, plan.BlindLength = limit, limit
	switch {
	case analysis.NoData.Policy == release.NoDataPass && strategy.Adaptive != nil:
		plan.NoDataLength, plan.Patience = 0, patience(profileOf(*strategy.Adaptive).length, plan.Delay)
	case analysis.NoData.Policy == release.NoDataPass:
		plan.NoDataLength, plan.NoDataPasses = 1, true
	case analysis.NoData.Policy == release.NoDataRollback:
		plan.NoDataLength, plan.BlindLength = 1, 1
	case analysis.NoData.Then == release.NoDataPromote:
		plan.NoDataPasses = true
	}
	for _, watch := range watches(analysis) {
		before := past[watch.name]
		plan.Metrics = append(plan.Metrics, ladder.MetricPlan{
			Parameters: parameters(watch.threshold, before), Share: watch.share,
			Past: evidence.Past{Requests: before.Requests, Bad: before.Bad},
		})
	}
	return plan
}

// patience is after how many periods on a rung of that length its requests are no longer needed
// where no data counts as healthy: twice the length, or later, so that as many periods as the rung should have
// are believed. Steps that evidence can't end need no patience: their length was chosen.
func patience(length, delay int) int { return max(2*length, length+delay) }

// lengthIn is a length in whole periods, rounded up.
func lengthIn(length, period time.Duration) int {
	return int((length + period - 1) / period)
}
