package evidence_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
)

// rounding is what an exact expectation may be above 1.
const rounding = 1e-9

// drawParameters draws any valid parameters, often the default.
func drawParameters(t *rapid.T) evidence.Parameters {
	p := evidence.Default()
	if rapid.Bool().Draw(t, "default") {
		return p
	}
	p.Ratio = rapid.Float64Range(1, 1.4).Draw(t, "ratio")
	p.Tolerance = rapid.Float64Range(0, 0.05).Draw(t, "tolerance")
	p.Reserve = rapid.Float64Range(0, 0.9).Draw(t, "reserve")
	p.Release = rapid.Float64Range(0, 1).Draw(t, "release")
	p.PromotionRatio = rapid.Float64Range(1, 3).Draw(t, "promotion ratio")
	p.SettleSlack = rapid.Float64Range(1, 5).Draw(t, "slack")
	p.Burst = rapid.SampledFrom([]float64{1, 1, 2, 3, 4}).Draw(t, "burst")
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	return p
}

// drawHistory draws what was seen before the period in question.
func drawHistory(t *rapid.T) []evidence.Counts {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) evidence.Counts {
		return evidence.Counts{
			CanaryRequests: rapid.Float64Range(0, 50).Draw(t, "canary requests"), CanaryBad: rapid.Float64Range(0, 5).Draw(t, "canary bad"),
			StableRequests: rapid.Float64Range(0, 50).Draw(t, "stable requests"), StableBad: rapid.Float64Range(0, 5).Draw(t, "stable bad"),
		}
	}), 0, 3).Draw(t, "history")
}

// expectation is the mean of value(canary bad, stable bad) when failures come together in
// clusters of burst, independently of each other with the rates pc and ps: every outcome, weighed by its probability.
func expectation(burst, canary, stable int, pc, ps float64, value func(canaryBad, stableBad float64) float64) float64 {
	mean := 0.0
	canaryDraws := distuv.Binomial{N: float64(canary), P: pc}
	stableDraws := distuv.Binomial{N: float64(stable), P: ps}
	for x := range canary + 1 {
		for y := range stable + 1 {
			probability := chance(canaryDraws, x) * chance(stableDraws, y)
			if probability > 0 {
				mean += probability * value(float64(x*burst), float64(y*burst))
			}
		}
	}
	return mean
}

// chance is the probability of x; gonum's makes NaN of the rates 0 and 1.
func chance(b distuv.Binomial, x int) float64 {
	switch {
	case b.P == 0 && x == 0, b.P == 1 && float64(x) == b.N:
		return 1
	case b.P == 0 || b.P == 1:
		return 0
	}
	return b.Prob(float64(x))
}

// TestGamesAreUnfavourable is the guarantee itself: whatever has been seen, whatever stable's
// rate is, and whatever traffic both versions get, the capital of the game against a true claim
// grows by a factor of at most 1 in the mean. Ville's inequality does the rest.
func TestGamesAreUnfavourable(t *testing.T) {
	t.Parallel()
	for _, game := range []struct {
		name string
		// worst is the rate of the canary that makes the claim just true, at stable's rate ps.
		worst func(p evidence.Parameters, ps float64) float64
		log   func(m *evidence.Metric) float64
	}{
		{
			"rollback", func(p evidence.Parameters, ps float64) float64 { return min(1, p.Ratio*ps+p.Tolerance) },
			func(m *evidence.Metric) float64 { return m.LogRollback() },
		},
		{
			"promotion", func(p evidence.Parameters, ps float64) float64 { return p.PromotionRatio*ps + margin },
			func(m *evidence.Metric) float64 { return m.LogPromotion(0) },
		},
	} {
		t.Run(game.name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				p, history := drawParameters(t), drawHistory(t)
				ps := rapid.Float64Range(0, 1).Draw(t, "stable's rate")
				if game.name == "promotion" {
					ps *= (1 - margin) / p.PromotionRatio // a canary can't be worse than failing everything
				}
				pc := game.worst(p, ps)
				canary, stable := rapid.IntRange(0, 8).Draw(t, "canary clusters"), rapid.IntRange(0, 8).Draw(t, "stable clusters")
				before := watch(p, history)
				burst := int(p.Burst)
				growth := expectation(burst, canary, stable, pc, ps, func(canaryBad, stableBad float64) float64 {
					after := watch(p, history)
					after.Watch(evidence.Counts{
						CanaryRequests: float64(burst * canary), CanaryBad: canaryBad,
						StableRequests: float64(burst * stable), StableBad: stableBad,
					})
					return math.Exp(game.log(after) - game.log(before))
				})
				if !(growth <= 1+rounding) {
					t.Fatalf("the capital grows by %v in the mean", growth)
				}
			})
		})
	}
}

// TestSettlingIsUnfavourable is the same for a version whose rate is at the limit.
func TestSettlingIsUnfavourable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, history := drawParameters(t), drawHistory(t)
		past := evidence.Past{Requests: rapid.Float64Range(0, 1e6).Draw(t, "requests before")}
		past.Bad = past.Requests * rapid.Float64Range(0, 1).Draw(t, "rate before")
		settling := func() *evidence.Metric {
			m := watch(p, history)
			m.BeginSettling(past)
			return m
		}
		before := settling()
		burst, clusters := int(p.Burst), rapid.IntRange(0, 30).Draw(t, "clusters")
		growth := expectation(burst, clusters, 0, min(before.SettleLimit(), 1), 0, func(bad, _ float64) float64 {
			after := settling()
			after.Settle(float64(burst*clusters), bad)
			return math.Exp(after.LogRollback() - before.LogRollback())
		})
		if !(growth <= 1+rounding) {
			t.Fatalf("the capital grows by %v in the mean", growth)
		}
	})
}

// margin is the margin of promotion evidence in these tests.
const margin = 0.005

// watch replays periods.
func watch(p evidence.Parameters, periods []evidence.Counts) *evidence.Metric {
	m := evidence.New(p, margin)
	for _, c := range periods {
		m.Watch(c)
	}
	return m
}

func describe(m *evidence.Metric) string {
	return fmt.Sprint(m.LogRollback(), m.LogControlled(), m.LogPromotion(0), m.SettleLimit())
}
