package planner

import (
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/chance"
)

// time plays that many good releases.
func (o outlook) time(releases int) Time {
	plan, onTheWay := release.NewPlan(o.document), o.onTheWay()
	longest := plan.LongestToPromotion + onTheWay
	t := Time{Shortest: plan.ShortestToPromotion + onTheWay, Likely: longest, Longest: longest}
	if promoted := o.promotionTimes(releases, seedTime); promoted.Len() > 0 {
		t.Likely = o.lasting(promoted.Quantile(0.5)) + o.beforeWeights()
		t.Longest = max(t.Longest, o.lasting(promoted.Quantile(1))) // held for want of requests
	}
	return t
}

// onTheWay is how long traffic is on its way in all shifts until the promotion together.
func (o outlook) onTheWay() release.Duration {
	shifts := 1
	for _, step := range o.document.Strategy.Steps {
		if step.Approve == nil {
			shifts++
		}
	}
	return release.Duration(shifts) * release.Duration(o.shifts.There)
}

// beforeWeights is how long the rungs of an audience last, which are not played.
func (o outlook) beforeWeights() release.Duration {
	lasts := release.Duration(0)
	for _, step := range o.document.Strategy.Steps {
		if step.Approve == nil && step.Weight == 0 {
			lasts += step.Wait + release.Duration(o.shifts.There)
		}
	}
	return lasts
}

// promotionTimes are when good releases are promoted, in periods after the first shift, as far as they are.
func (o outlook) promotionTimes(releases int, seed uint64) chance.Sample {
	var times []float64
	for _, c := range o.field(o.good(), seed).courses(releases) {
		if c.promotedAt > 0 {
			times = append(times, float64(c.promotedAt))
		}
	}
	return chance.NewSample(times)
}
