package planner

import (
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/chance"
)

// time plays that many good releases.
func (o outlook) time(releases int) Time {
	plan := release.NewPlan(o.document)
	t := Time{Shortest: plan.ShortestToPromotion, Likely: plan.LongestToPromotion, Longest: plan.LongestToPromotion}
	if promoted := o.promotionTimes(releases, seedTime); promoted.Len() > 0 {
		t.Likely = o.lasting(promoted.Quantile(0.5))
		t.Longest = max(t.Longest, o.lasting(promoted.Quantile(1))) // held for want of requests
	}
	return t
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
