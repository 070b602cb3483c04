package planner

import (
	"math/rand/v2"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// A course is what one release came to, until it was taken back or promoted. Times are
// in periods after the first shift; 0 means never.
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
	seed  uint64
}

// field is where o's release is played with a regression; seed chooses a stream of chance.
func (o outlook) field(r regression, seed uint64) field {
	return field{plan: o.plan(), model: o.model(r), metric: r.metric, limit: o.limit(), seed: seed}
}

// play plays the release of that number.
func (f field) play(trial int) course {
	through := world.New(f.model, rand.New(rand.NewPCG(f.seed, uint64(trial))))
	played := ladder.Play(f.plan)
	c := course{noticed: len(f.plan.Shares)}
	for period := 1; period <= f.limit; period++ {
		seen := through.Next(played.Share())
		c.bad += seen.Bad[f.metric].Canary
		switch tick := played.Tick(seen); tick.Decision {
		case release.Rollback:
			c.tookBackAt = period
			if !tick.Inconclusive {
				c.noticed = c.step
			}
			return c
		case release.Promote:
			c.promotedAt = period
			return c
		case release.Advance:
			c.step++
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
