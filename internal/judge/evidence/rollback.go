package evidence

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// A rollback is the game against "the canary's bad rate is at most ρ·p + a".
//
// In a period with n requests and x bad ones of each version (c, s), bet k of ratio R pays
//
//	exp( ( x_c·ln(1+λ) + x_s·ln(1−μ) − a·n_c·λ ) / φ )
//	λ = (R−ρ)·n_s / (ρ·(R·n_c + n_s))    the stake on a failure of the canary, above 0
//	μ = (R−ρ)·n_c / (R·n_c + n_s)        the loss of a failure of stable, between 0 and 1
//
// λ is the stake under which the capital grows fastest if the true ratio is R. Because
// n_s·μ = ρ·n_c·λ, the payment's mean is at most 1 whenever p_c ≤ ρ·p_s + a, for every p_s.
type rollback struct {
	parameters Parameters
	// bets and reserve are logarithms of capital.
	bets    []float64
	reserve float64
	// release, kept and shares are logarithms of η, of 1 − η, and of what each bet gets of what is released.
	release, kept float64
	shares        []float64
	// terms is room for a sum.
	terms []float64
}

func newRollback(p Parameters) rollback {
	r := rollback{
		parameters: p, bets: make([]float64, len(p.Bets)), reserve: math.Log(p.Reserve),
		release: math.Log(p.Release), kept: math.Log1p(-p.Release), shares: make([]float64, len(p.Bets)),
		terms: make([]float64, len(p.Bets)+1),
	}
	for k, bet := range p.Bets {
		r.shares[k] = math.Log(bet.Share)
		r.bets[k] = math.Log1p(-p.Reserve) + r.shares[k]
	}
	return r
}

func (r *rollback) watch(c Counts) {
	if c.CanaryRequests <= 0 || c.StableRequests <= 0 {
		return
	}
	p := &r.parameters
	released := r.reserve + r.release // before the period is used
	r.reserve += r.kept
	for k, bet := range p.Bets {
		if !math.IsInf(released, -1) {
			r.bets[k] = logAdd(r.bets[k], released+r.shares[k])
		}
		all := bet.Ratio*c.CanaryRequests + c.StableRequests
		stake := (bet.Ratio - p.Ratio) * c.StableRequests / (p.Ratio * all)
		loss := (bet.Ratio - p.Ratio) * c.CanaryRequests / all
		gain := 0.0
		if c.CanaryBad > 0 {
			gain += c.CanaryBad * math.Log1p(stake)
		}
		if c.StableBad > 0 {
			gain += c.StableBad * math.Log1p(-loss)
		}
		gain -= p.Tolerance * c.CanaryRequests * stake
		r.bets[k] += gain / p.Burst
	}
}

// log is the logarithm of all capital, the reserve included.
func (r *rollback) log() float64 {
	n := copy(r.terms, r.bets)
	r.terms[n] = r.reserve
	return floats.LogSumExp(r.terms)
}

// negligible is the difference of logarithms from which the smaller summand is lost in the larger one's rounding.
const negligible = 40

// logAdd is ln(exp(a)+exp(b)).
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if a-b > negligible {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}
