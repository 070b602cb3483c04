// Package calibration_test holds the judge to its promise: a good release is rolled back
// with a probability of at most 1 %, however the base rate drifts, whatever fails on both
// versions at once, and however failures cluster, as long as stable has requests to compare with.
//
// The same check must fail a judge that is sabotaged; otherwise it says nothing. So that a judge who
// never rolls anything back can't pass it, it asks as well that a canary which fails every request is.
package calibration_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/chance"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
)

const (
	// promised is the highest share of good releases that may be rolled back.
	promised = 0.01
	// certainty is that of the one-sided limit that is held against it.
	certainty = 0.99
	// seed is the beginning of all chance here.
	seed = 20261123
	// holdback is what stable keeps while a release settles, so that there is always a control group.
	holdback = 0.2
)

// kept reports whether so many false rollbacks are compatible with the promise beyond doubt.
func kept(falseRollbacks chance.Share) bool { return falseRollbacks.Upper(certainty) <= promised }

// caught reports whether broken releases are rolled back.
func caught(detected chance.Share) bool { return detected.Lower(certainty) >= 0.98 }

// plan is the strategy adaptive at its default.
func plan(requests float64) ladder.Plan {
	return flight.WithHoldback(flight.Adaptive(flight.Balanced(), requests), holdback)
}

// fly flies the same number of releases in each of the worlds, and counts those that are rolled back.
func fly(ctx context.Context, launch flight.Launch, worlds []namedWorld, releasesPerWorld int) (chance.Share, error) {
	var all chance.Share
	for i, one := range worlds {
		settings := flight.Settings{Model: one.model, Seed: seed + uint64(i)}
		flights, err := flight.Trials(ctx, launch, settings, releasesPerWorld)
		if err != nil {
			return all, err
		}
		rolledBack := flight.Summarise(flights).RolledBack
		all.Count += rolledBack.Count
		all.Of += rolledBack.Of
	}
	return all, nil
}

// judges are the judge, and what sabotage would make of it. The check must tell them apart.
var judges = []struct {
	name   string
	launch func(requests float64) flight.Launch
	passes bool
}{
	{
		name:   "the judge",
		launch: func(requests float64) flight.Launch { return flight.Climb(plan(requests)) },
		passes: true,
	},
	{
		name: "alpha × 20",
		launch: func(requests float64) flight.Launch {
			sabotaged := plan(requests)
			sabotaged.Rules.Alpha *= 20
			return flight.Climb(sabotaged)
		},
	},
	{
		name: "the sign of each failure flipped",
		launch: func(requests float64) flight.Launch {
			return func(briefing *flight.Briefing) flight.Pilot {
				return swapped{flight.Climb(plan(requests))(briefing)}
			}
		},
	},
	{
		name: "the sign of all evidence flipped",
		launch: func(requests float64) flight.Launch {
			return func(briefing *flight.Briefing) flight.Pilot {
				fitted := flight.Fit(plan(requests), briefing)
				return &negated{release: ladder.Play(fitted), threshold: fitted.Rules.Threshold()}
			}
		},
	},
}

// swapped is a judge to whom stable's failures speak against the canary, and the canary's for it.
type swapped struct{ flight.Pilot }

func (s swapped) Tick(period ladder.Period) flight.Outcome {
	period.Bad = slices.Clone(period.Bad)
	for i, bad := range period.Bad {
		period.Bad[i] = ladder.Bad{Canary: bad.Stable, Stable: bad.Canary}
	}
	return s.Pilot.Tick(period)
}

// negated is a judge that rolls back when there is as much evidence for the canary as there should be against it.
type negated struct {
	release   *ladder.Release
	threshold float64
}

func (n *negated) Share() float64 { return n.release.Share() }

func (n *negated) Tick(period ladder.Period) flight.Outcome {
	tick := n.release.Tick(period)
	switch {
	case -tick.LogEvidence >= n.threshold:
		return flight.RolledBack
	case tick.Decision == release.Complete:
		return flight.Completed
	default:
		return flight.Climbing
	}
}

func TestThePromiseIsKept(t *testing.T) {
	t.Parallel()
	for _, judge := range judges {
		t.Run(judge.name, func(t *testing.T) {
			t.Parallel()
			good := flyEverywhere(t, judge.launch, goodWorlds, 25)
			bad := flyEverywhere(t, judge.launch, brokenWorlds, 50)
			if good.Of < 4000 {
				t.Errorf("flew %d good releases, want 4,000 at least", good.Of)
			}
			measured.Log(t, "of good releases %v rolled back, with %g%% certainty at most %.3f%%, promised are %g%%; of broken ones %v",
				good, 100*certainty, 100*good.Upper(certainty), 100*promised, bad)
			if passes := kept(good) && caught(bad); passes != judge.passes {
				t.Errorf("passes: %v, want %v", passes, judge.passes)
			}
		})
	}
}

// flyEverywhere flies at all traffic levels.
func flyEverywhere(t *testing.T, launch func(requests float64) flight.Launch, worlds func(requests float64) []namedWorld, releasesPerWorld int) chance.Share {
	t.Helper()
	var all chance.Share
	for _, requests := range levels() {
		share, err := fly(t.Context(), launch(requests), worlds(requests), releasesPerWorld)
		if err != nil {
			t.Fatal(err)
		}
		all.Count += share.Count
		all.Of += share.Of
	}
	return all
}

// BenchmarkCalibration flies 40,000 good releases and more at each traffic level, and fails when the promise is not kept at one.
func BenchmarkCalibration(b *testing.B) {
	const releasesPerWorld = 2000
	for _, requests := range levels() {
		b.Run(fmt.Sprintf("requests=%v", requests), func(b *testing.B) {
			var share chance.Share
			for b.Loop() {
				var err error
				if share, err = fly(b.Context(), flight.Climb(plan(requests)), goodWorlds(requests), releasesPerWorld); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(share.Of*b.N)/b.Elapsed().Seconds(), "releases/s")
			b.ReportMetric(100*share.Estimate(), "%falseRollbacks")
			b.ReportMetric(100*share.Upper(certainty), "%upperLimit")
			if !kept(share) {
				b.Errorf("%v of good releases rolled back: that at most %g%% are is not certain to %g%%", share, 100*promised, 100*certainty)
			}
		})
	}
}
