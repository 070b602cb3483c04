package judge

import "math"

// chance is how improbable a result must be, if the canary were acceptable,
// before it counts as a breach.
const chance = 0.001

// beyondChance reports whether the canary's share is above limit and luck is a
// poor explanation of it. Both of two exact one-sided tests must say so at
// level chance, because each is blind to what the other sees:
//
//   - the binomial test (Clopper and Pearson, Biometrika 26, 1934) of the
//     canary's bad requests against limit, P(X ≥ bad | n, limit), which knows
//     the tolerance but takes stable's share for certain;
//   - Fisher's exact test of the two counts (Statistical Methods for Research
//     Workers, 1934, §21.02), which knows how uncertain a small stable count
//     is, but no tolerance.
//
// Fractional counts are rounded against a breach.
//
// The tests are made anew with every period, without correction: the level is
// strict enough for the few looks of one release, as this package's
// calibration test measures.
func beyondChance(pair Pair, limit float64) bool {
	if pair.Canary.share() <= limit {
		return false
	}
	canaryBad, canaryRequests := math.Floor(pair.Canary.Bad), math.Ceil(pair.Canary.Requests)
	stableBad := math.Ceil(pair.Stable.Bad)
	stableRequests := max(math.Floor(pair.Stable.Requests), stableBad)
	return binomialTail(canaryBad, canaryRequests, limit) <= chance &&
		hypergeometricTail(canaryBad, canaryRequests, canaryBad+stableBad, canaryRequests+stableRequests) <= chance
}

// binomialTail is P(X ≥ k) for X successes in n trials of probability p, 0–1.
func binomialTail(k, n, p float64) float64 {
	switch {
	case k <= 0 || p >= 1:
		return 1
	case p <= 0:
		return 0
	}
	first := logChoose(n, k) + k*math.Log(p) + (n-k)*math.Log1p(-p)
	return sumTail(first, k, n, func(i float64) float64 { return (n - i) / (i + 1) * p / (1 - p) })
}

// hypergeometricTail is P(X ≥ k) for X marked items among n drawn from all, of which marked are marked.
func hypergeometricTail(k, n, marked, all float64) float64 {
	first := logChoose(marked, k) + logChoose(all-marked, n-k) - logChoose(all, n)
	return sumTail(first, k, min(n, marked), func(i float64) float64 {
		return (marked - i) / (i + 1) * (n - i) / (all - marked - n + i + 1)
	})
}

// sumTail adds up the terms from..to, of which logFirst is the first's
// logarithm and ratio(i) leads from term i to term i+1. It ends early where
// what is left no longer matters: terms of both distributions fall ever faster
// beyond their mode.
func sumTail(logFirst, from, to float64, ratio func(float64) float64) float64 {
	term, sum := 1.0, 1.0
	for i := from; i < to; i++ {
		step := ratio(i)
		term *= step
		sum += term
		if step < 1 && term < sum*1e-15 {
			break
		}
	}
	return min(math.Exp(logFirst+math.Log(sum)), 1)
}

// logChoose is the logarithm of n over k.
func logChoose(n, k float64) float64 {
	return logFactorial(n) - logFactorial(k) - logFactorial(n-k)
}

func logFactorial(n float64) float64 {
	logarithm, _ := math.Lgamma(n + 1)
	return logarithm
}
