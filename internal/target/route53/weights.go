package route53

import "math"

const (
	// heaviest is the greatest weight of a record.
	heaviest = 255
	// whole is the weight of a record that has all traffic, and the sum of two where that gives the very percent.
	whole = 100
)

// Nearest is the weight nearest to one that two records can give. Each has a weight of 1 to 255, so it is within 0.39 and 99.61, and
// every whole percent is exact. Neither is ever 0: with health checks, Route 53 answers by a record of weight 0 when all others are unhealthy.
func (t *Target) Nearest(weight float64) float64 { return nearest(weight) }

func nearest(weight float64) float64 { return percentOf(weightsFor(weight)) }

// percentOf is the canary's percent, with two decimals.
func percentOf(stable, canary int64) float64 {
	return math.Round(10_000*float64(canary)/float64(stable+canary)) / 100
}

// weightsFor are the weights whose ratio is nearest to the canary's percent: those whose sum is 100 where none is
// nearer, and else the smallest.
func weightsFor(percent float64) (stable, canary int64) {
	const equal = 1e-9
	share := percent / 100
	stable, canary = whole-int64(math.Round(percent)), int64(math.Round(percent))
	stable, canary = max(stable, 1), max(canary, 1)
	best := math.Abs(float64(canary)/float64(stable+canary) - share)
	for one := int64(1); one <= heaviest; one++ {
		ideal := float64(one) * (1 - share) / share
		for _, other := range []float64{math.Floor(ideal), math.Ceil(ideal)} {
			rest := int64(min(max(other, 1), heaviest))
			if distance := math.Abs(float64(one)/float64(rest+one) - share); distance < best-equal {
				stable, canary, best = rest, one, distance
			}
		}
	}
	return stable, canary
}
