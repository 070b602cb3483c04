package evidence

import "slices"

// What the estimate of a burst needs and allows.
const (
	fewestTerms  = 10
	droppedTerms = 2
	smallestSeen = 1.3
	largestBurst = 10
)

// Burst estimates how many failures come together (φ) from a version's bad counts in
// consecutive periods: 1 for independent failures, b for bursts of b, at most 10.
//
// It is the mean of (x_t − x_{t−1})² / (x_t + x_{t−1}), which is 1 for Poisson counts, without
// its two largest terms: they are where one outage begins and ends. A slow drift cancels in the
// differences. Fewer than ten terms, or a mean below 1.3, are taken for independent failures.
func Burst(bad []float64) float64 {
	var terms []float64
	for t := 1; t < len(bad); t++ {
		if sum := bad[t] + bad[t-1]; sum > 0 {
			difference := bad[t] - bad[t-1]
			terms = append(terms, difference*difference/sum)
		}
	}
	if len(terms) < fewestTerms {
		return 1
	}
	slices.Sort(terms)
	terms = terms[:len(terms)-droppedTerms]
	sum := 0.0
	for _, term := range terms {
		sum += term
	}
	mean := sum / float64(len(terms))
	if mean < smallestSeen {
		return 1
	}
	return min(mean, largestBurst)
}
