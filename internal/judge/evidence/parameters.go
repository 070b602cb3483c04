package evidence

import (
	"errors"
	"fmt"
	"math"
)

// Parameters say what one metric of a canary is held to, and how the bets are made.
// All rates and shares are between 0 and 1.
type Parameters struct {
	// Ratio (ρ ≥ 1) and Tolerance (a ≥ 0) bound an acceptable canary: its true bad rate is at
	// most ρ × stable's + a in every period. Each of Bets must be above ρ by more than 0.05.
	Ratio, Tolerance float64
	// Bets are what the capital is divided into.
	Bets []Bet
	// Reserve (s₀, below 1) is the share of the capital that is not bet from the beginning;
	// in each period the share Release (η) of what is left of it is. It keeps a regression that begins late cheap to notice.
	Reserve, Release float64
	// Burst (φ ≥ 1) is how many failures come together, as [Burst] estimates it: evidence is raised to the power 1/φ.
	Burst float64
	// PromotionRatio (ρ₁) and a margin (a₁) bound a canary that must not be promoted early:
	// its true bad rate is at least ρ₁ × stable's + a₁.
	PromotionRatio float64
	// PromotionStakes (ν, between 0 and 1) are bet in equal parts.
	PromotionStakes []float64
	// SettleRatios (r > 1) are the multiples of the highest rate that the past allows that are
	// bet on, in equal parts, while stable has no requests.
	SettleRatios []float64
	// SettleSlack (κ) multiplies the upper bound of the past's rate.
	SettleSlack float64
}

// A Bet is the part Share of the capital, staked as is best if the canary's bad rate is Ratio times stable's.
type Bet struct{ Ratio, Share float64 }

// smallestEdge is by how much a bet's ratio must be above the tolerated one. Closer to it a
// stake is next to nothing, and so is what it can win. The last digits are for 1.5 − 1.45, which is a little above 0.05.
const smallestEdge = 0.05 + 1e-12

// Default returns the parameters that were measured to be a good compromise over
// traffic from 5 to 20,000 requests a minute; docs/judge.md tells what each costs and buys.
func Default() Parameters {
	return Parameters{
		Ratio: 1.1, Tolerance: 0.0002,
		Bets:    []Bet{{1.5, 0.15}, {2.5, 0.15}, {5, 0.15}, {15, 0.20}, {200, 0.35}},
		Reserve: 0.2, Release: 0.1,
		Burst:          1,
		PromotionRatio: 1.5, PromotionStakes: []float64{0.4, 0.7, 0.95},
		SettleRatios: []float64{2, 5, 20, 100}, SettleSlack: 3,
	}
}

// Check returns every reason for which the parameters make no valid game.
func (p Parameters) Check() error {
	var wrong []error
	check := func(ok bool, format string, arguments ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf(format, arguments...))
		}
	}
	check(p.Ratio >= 1 && !math.IsInf(p.Ratio, 0), "the ratio is %v, and must be at least 1", p.Ratio)
	check(p.Tolerance >= 0 && p.Tolerance <= 1, "the tolerance is %v, and must be between 0 and 1", p.Tolerance)
	check(len(p.Bets) > 0, "there are no bets")
	shares := 0.0
	for _, bet := range p.Bets {
		shares += bet.Share
		check(bet.Ratio-p.Ratio > smallestEdge, "a bet on the ratio %v can't win: it must be above the tolerated ratio, %v, by more than 0.05", bet.Ratio, p.Ratio)
		check(bet.Share > 0, "a bet has the share %v, and must have more than 0", bet.Share)
	}
	check(len(p.Bets) == 0 || math.Abs(shares-1) < 1e-9, "the shares of the bets add up to %v, and must to 1", shares)
	check(p.Reserve >= 0 && p.Reserve < 1, "the reserve is %v, and must be at least 0 and below 1", p.Reserve)
	check(p.Release >= 0 && p.Release <= 1, "the release of the reserve is %v, and must be between 0 and 1", p.Release)
	check(p.Burst >= 1 && !math.IsInf(p.Burst, 0), "the burst factor is %v, and must be at least 1", p.Burst)
	check(p.PromotionRatio >= 1 && !math.IsInf(p.PromotionRatio, 0), "the promotion ratio is %v, and must be at least 1", p.PromotionRatio)
	check(len(p.PromotionStakes) > 0, "there are no stakes for promotion")
	for _, stake := range p.PromotionStakes {
		check(stake > 0 && stake < 1, "a stake for promotion is %v, and must be between 0 and 1", stake)
	}
	check(len(p.SettleRatios) > 0, "there are no ratios for settling")
	for _, ratio := range p.SettleRatios {
		check(ratio > 1 && !math.IsInf(ratio, 0), "a ratio for settling is %v, and must be above 1", ratio)
	}
	check(p.SettleSlack >= 1, "the slack for settling is %v, and must be at least 1", p.SettleSlack)
	return errors.Join(wrong...)
}
