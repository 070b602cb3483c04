package policy

import (
	"math"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
)

// A Likelihood is Wald's sequential probability ratio test at a fixed share: no policy can
// know what it knows, so it is a bound for what any may reach at that share. It never promotes.
//
// With both rates known the logarithm of the ratio grows, for x bad of n requests of the
// canary, by x·ln(p_c/p_s) + (n−x)·ln((1−p_c)/(1−p_s)). With only their ratio R known it
// uses how failures split between the versions: x_c·ln(1+λ) + x_s·ln(1−μ) with
// λ = (R−1)·n_s/(R·n_c+n_s) and μ = (R−1)·n_c/(R·n_c+n_s).
//
// Source: A. Wald: Sequential Tests of Statistical Hypotheses, https://doi.org/10.1214/aoms/1177731118.
type Likelihood struct {
	// Share is the canary's.
	Share float64 `json:"share"`
	// Threshold is the ratio at which everything goes back.
	Threshold float64 `json:"threshold"`
	// RatioOnly: it knows how many times stable's rate the canary's is, and not the rates.
	RatioOnly bool `json:"ratioOnly,omitempty"`
}

type likelihoodPilot struct {
	course
	rules   Likelihood
	tested  int
	stable  float64 // the true rates
	canary  float64
	delay   int
	waiting []ladder.Period
	log     float64
}

func (l Likelihood) launch(briefing *flight.Briefing) flight.Pilot {
	tested := briefing.Model.Tested()
	metric := briefing.Model.Metrics[tested]
	return &likelihoodPilot{
		course: begin(l.Share), rules: l, delay: briefing.Model.Delay,
		tested: tested, stable: metric.Base, canary: min(metric.Base+metric.Add, 1),
	}
}

func (p *likelihoodPilot) Tick(period ladder.Period) flight.Outcome {
	p.waiting = append(p.waiting, period)
	if len(p.waiting) <= p.delay {
		return p.outcome
	}
	seen := p.waiting[0]
	p.waiting = p.waiting[1:]
	if p.rules.RatioOnly {
		p.log += p.split(seen)
	} else {
		p.log += p.rates(seen)
	}
	if p.log >= math.Log(p.rules.Threshold) {
		p.rollBack()
	}
	return p.outcome
}

// rates is what a period adds when both rates are known.
func (p *likelihoodPilot) rates(seen ladder.Period) float64 {
	bad := seen.Bad[p.tested].Canary
	return times(bad, math.Log(p.canary)-math.Log(p.stable)) +
		times(seen.Canary-bad, math.Log1p(-p.canary)-math.Log1p(-p.stable))
}

// split is what a period adds when the ratio of the rates is known.
func (p *likelihoodPilot) split(seen ladder.Period) float64 {
	if seen.Canary == 0 || seen.Stable == 0 {
		return 0
	}
	bad := seen.Bad[p.tested]
	if p.stable == 0 { // the limit of an infinite ratio, where stable can't fail
		return bad.Canary * math.Log1p(seen.Stable/seen.Canary)
	}
	ratio := p.canary / p.stable
	all := ratio*seen.Canary + seen.Stable
	return bad.Canary*math.Log1p((ratio-1)*seen.Stable/all) + bad.Stable*math.Log1p(-(ratio-1)*seen.Canary/all)
}

// times is n·x, and 0 for no n whatever x is.
func times(n, x float64) float64 {
	if n == 0 {
		return 0
	}
	return n * x
}
