package evidence

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// A promotion is the game against "the canary's bad rate is at least ρ₁·p + a₁",
// for each of several margins a₁. In a period with n requests and x bad ones of each
// version (c, s), the stake ν pays
//
//	exp( ( n_c·a₁·ν + x_c·ln(1−ν) + x_s·ln(1 + ν·ρ₁·n_c/n_s) ) / φ )
//
// Without failures it is a rule of three that survives any number of looks: about
// 3.9/a₁ requests to the canary make e^3 of it.
type promotion struct {
	parameters Parameters
	margins    []float64
	// stakes are logarithms of capital: a row of len(PromotionStakes) for each margin.
	stakes []float64
	// losses are ln(1−ν) for each stake.
	losses []float64
}

func newPromotion(p Parameters, margins []float64) promotion {
	made := promotion{
		parameters: p, margins: margins,
		stakes: make([]float64, len(margins)*len(p.PromotionStakes)), losses: make([]float64, len(p.PromotionStakes)),
	}
	for i := range made.stakes {
		made.stakes[i] = -math.Log(float64(len(p.PromotionStakes)))
	}
	for j, stake := range p.PromotionStakes {
		made.losses[j] = math.Log1p(-stake)
	}
	return made
}

func (s *promotion) watch(c Counts) {
	if c.CanaryRequests <= 0 || len(s.margins) == 0 {
		return
	}
	p := &s.parameters
	for j, stake := range p.PromotionStakes {
		canary, stable := 0.0, 0.0
		if c.CanaryBad > 0 {
			canary = c.CanaryBad * s.losses[j]
		}
		if c.StableBad > 0 && c.StableRequests > 0 {
			win := min(stake*p.PromotionRatio*c.CanaryRequests/c.StableRequests, math.MaxFloat64) // a fraction of a request can be next to nothing
			stable = c.StableBad * math.Log1p(win)
		}
		for i, margin := range s.margins {
			s.stakes[i*len(p.PromotionStakes)+j] += (c.CanaryRequests*margin*stake + canary + stable) / p.Burst
		}
	}
}

func (s *promotion) log(margin int) float64 {
	width := len(s.parameters.PromotionStakes)
	return floats.LogSumExp(s.stakes[margin*width : (margin+1)*width])
}
