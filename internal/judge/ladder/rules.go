package ladder

import (
	"math"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Rules are what a decision is held to. Lengths are in periods.
type Rules struct {
	// Alpha bounds the probability that a good release is rolled back, whenever somebody looks.
	Alpha float64
	// Beta bounds the probability that a rung is left early on evidence although the canary
	// is at least as bad as the rung's margin forbids.
	Beta float64
	// HoldLength is how many more periods a rung is held for suspicion of at least Hold.
	HoldLength int
	// Hold and Strong are evidence, not logarithms: from Hold on a rung is held until
	// HoldLength is over, from Strong on until the evidence thins or a person speaks. Holding never rolls back.
	Hold, Strong float64
	// EvidenceEnds: a rung may end before its time when the canary is proven good.
	EvidenceEnds bool
}

// Default returns the rules that were measured to be a good compromise, of rungs that end on evidence.
func Default() Rules {
	return Rules{Alpha: 0.01, Beta: 0.05, HoldLength: 6, Hold: 2, Strong: 20, EvidenceEnds: true}
}

// Threshold is the logarithm of the evidence at which a canary is rolled back: ln(1/α).
func (r Rules) Threshold() float64 { return -math.Log(r.Alpha) }

// PromotionThreshold is the logarithm of the evidence at which a canary is proven good: ln(1/β).
func (r Rules) PromotionThreshold() float64 { return -math.Log(r.Beta) }

// A Standing is how a release stands at the end of a period.
type Standing struct {
	// LogEvidence is the logarithm of the evidence against the canary, over all metrics.
	LogEvidence float64
	// LogPromotion is the least of the metrics' promotion evidence at the rung's margin.
	LogPromotion float64
	// Finalised: at least one period has been counted.
	Finalised bool
	// Got is how many requests the canary had, Expected how many its weight promised it, over all counted periods.
	Got, Expected float64
	// InStage is how many periods the rung has lasted, Length how many it should.
	InStage, Length int
	// Enough: there were enough requests to go on by time.
	Enough bool
	// Settling: the canary has all traffic that it will have; Settled: for long enough.
	Settling, Settled bool
}

// FewestExpected is how many requests must have been due before their absence says something.
const FewestExpected = 20

// A Why says which rule decided.
type Why int

// The rules, in the order in which they are asked.
const (
	// WhyEvidence: the evidence against the canary has reached 1/α.
	WhyEvidence Why = iota
	// WhySettled: settling has lasted its time.
	WhySettled
	// WhySettling: it has not.
	WhySettling
	// WhyNothingYet: no period is finalised.
	WhyNothingYet
	// WhyBlind: the canary should have had requests and had none, so its routing or its metrics are broken.
	WhyBlind
	// WhyProven: every metric is proven good.
	WhyProven
	// WhyTime: the rung has lasted its time, and nothing speaks against going on.
	WhyTime
	// WhySuspicion: the rung's time is over, but there is evidence of harm.
	WhySuspicion
	// WhyTooFew: the rung's time is over, but there were too few requests.
	WhyTooFew
	// WhyWatching: the rung's time is not over.
	WhyWatching
)

// Decide says what follows from a standing, and why. While settling it continues until it completes.
func (r Rules) Decide(s Standing) (release.Decision, Why) {
	suspicion := s.LogEvidence >= math.Log(r.Hold)
	strong := s.LogEvidence >= math.Log(r.Strong)
	switch {
	case s.LogEvidence >= r.Threshold():
		return release.Rollback, WhyEvidence
	case s.Settling && s.Settled:
		return release.Complete, WhySettled
	case s.Settling:
		return release.Continue, WhySettling
	case !s.Finalised && (r.EvidenceEnds || s.InStage < s.Length):
		return release.Continue, WhyNothingYet
	case s.Got == 0 && s.Expected >= FewestExpected && (r.EvidenceEnds || s.InStage >= s.Length):
		return release.Hold, WhyBlind
	case r.EvidenceEnds && s.LogPromotion >= r.PromotionThreshold() && !strong:
		return release.Advance, WhyProven
	case s.InStage < s.Length:
		return release.Continue, WhyWatching
	case s.Enough && (!suspicion || s.InStage >= s.Length+r.HoldLength && !strong):
		return release.Advance, WhyTime
	case suspicion && (strong || s.InStage < s.Length+r.HoldLength):
		return release.Hold, WhySuspicion
	default:
		return release.Hold, WhyTooFew
	}
}
