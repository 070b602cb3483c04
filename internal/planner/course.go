package planner

import (
	"math/rand/v2"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// A course is what one release came to, until no request meets it any more or it was promoted. Times are
// in periods after the first shift, with those in which traffic is on its way; 0 means never.
type course struct {
	// noticed is the index of the step in which evidence took it back; the number of steps when none did.
	noticed int
	// step is the index of the step in which it ended.
	step int
	// tookBackAt is when it was taken back, on evidence or for want of requests, promotedAt when it was promoted.
	tookBackAt, promotedAt int
	// bad is how many bad requests the canary served in the metric that is worse.
	bad float64
}

// A field is where releases are played.
type field struct {
	plan  ladder.Plan
	model world.Model
	// metric is the index of the metric whose bad requests are counted.
	metric int
	// limit is after how many periods a release ends undecided.
	limit int
	// there and back are how many periods traffic is on its way after each shift, uncounted by the judge.
	there, back int
	seed        uint64
}

// field is where o's release is played with a regression; seed chooses a stream of chance.
func (o outlook) field(r regression, seed uint64) field {
	return field{plan: o.plan(), model: o.model(r), metric: r.metric, limit: o.limit(), there: o.periodsIn(o.shifts.There), back: o.periodsIn(o.shifts.Back), seed: seed}
}

// play plays the release of that number.
func (f field) play(trial int) course {
	through := world.New(f.model, rand.New(rand.NewPCG(f.seed, uint64(trial))))
	played := ladder.Play(f.plan)
	c := course{noticed: len(f.plan.Shares)}
	period := 0
	serve := func(share float64) (seen ladder.Period) {
		period++
		seen = through.Next(share)
		c.bad += seen.Bad[f.metric].Canary
		return seen
	}
	// While traffic is on its way, requests meet the larger share, if they are unlucky.
	travel := func(share float64, periods int) {
		for range periods {
			serve(share)
		}
	}
	travel(played.Share(), f.there)
	for period < f.limit {
		share := played.Share()
		switch tick := played.Tick(serve(share)); tick.Decision {
		case release.Rollback:
			travel(share, f.back)
			c.tookBackAt = period
			if !tick.Inconclusive {
				c.noticed = c.step
			}
			return c
		case release.Promote:
			c.promotedAt = period + f.there
			return c
		case release.Advance:
			c.step++
			travel(played.Share(), f.there)
		}
	}
	return c
}

// courses plays that many releases.
func (f field) courses(releases int) []course {
	all := make([]course, releases)
	for trial := range all {
		all[trial] = f.play(trial)
	}
	return all
}

// usualLength is how many periods all steps of a plan last, unless something holds them or ends them early.
func usualLength(plan ladder.Plan) int {
	sum := 0
	for _, length := range plan.Lengths {
		sum += length
	}
	return sum
}
