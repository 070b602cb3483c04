package world

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// fewExpected is up to how many are expected that a count is drawn by inversion: it takes as many steps.
const fewExpected = 10

// poisson draws from the Poisson distribution, exactly.
func poisson(random *rand.Rand, mean float64) float64 {
	if mean <= 0 {
		return 0
	}
	if mean >= fewExpected {
		return distuv.Poisson{Lambda: mean, Src: random}.Rand()
	}
	// The chance of k is that of k−1 times mean/k.
	left, chance := random.Float64(), math.Exp(-mean)
	for k := 0.0; ; k++ {
		if left < chance || chance == 0 {
			return k
		}
		left -= chance
		chance *= mean / (k + 1)
	}
}

// binomial draws from the binomial distribution of n trials, exactly: by inversion
// (BINV of V. Kachitvichyanukul, B. Schmeiser: Binomial random variate generation,
// https://doi.org/10.1145/42372.42381) where few are expected, and else by gonum's rejection.
func binomial(random *rand.Rand, n, probability float64) float64 {
	switch {
	case n <= 0 || probability <= 0:
		return 0
	case probability >= 1:
		return n
	case probability > 0.5:
		return n - binomial(random, n, 1-probability)
	case n*probability >= fewExpected:
		return distuv.Binomial{N: n, P: probability, Src: random}.Rand()
	}
	// The chance of k is that of k−1 times (n−k+1)/k × odds.
	odds := probability / (1 - probability)
	left, chance := random.Float64(), math.Exp(n*math.Log1p(-probability))
	for k := 0.0; k < n; k++ {
		if left < chance || chance == 0 {
			return k
		}
		left -= chance
		chance *= (n - k) / (k + 1) * odds
	}
	return n
}
