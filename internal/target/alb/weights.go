package alb

import "math"

// A load balancer gives a target group of weight w the share w / (sum of all weights) of requests, and takes whole weights from 0 to
// 999; see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html .
const largestWeight = 999

// whole is the weight of a target group that is alone.
const whole = 1

// weightsOf are whole weights whose ratio is nearest to the canary's percent, above 0 and below 100, and neither of which is 0. Whole
// percents are written as such, and tenths of a percent as thousandths, because people read them.
func weightsOf(percent float64) (stable, canary int32) {
	for _, sum := range []float64{100, 1000} {
		if exact := percent * sum / 100; isWhole(exact) && exact >= 1 && sum-exact >= 1 && max(exact, sum-exact) <= largestWeight {
			return int32(math.Round(sum - exact)), int32(math.Round(exact))
		}
	}
	return nearestWeights(percent)
}

// nearestWeights tries every sum of two weights; the smallest sum of those that are equally near is taken.
func nearestWeights(percent float64) (stable, canary int32) {
	stable, canary = 1, 1
	distance := math.Inf(1)
	for sum := 2; sum <= 2*largestWeight; sum++ {
		least, most := max(1, sum-largestWeight), min(largestWeight, sum-1)
		candidate := min(max(int(math.Round(percent*float64(sum)/100)), least), most)
		if d := math.Abs(100*float64(candidate)/float64(sum) - percent); d < distance-1e-12 {
			distance, stable, canary = d, int32(sum-candidate), int32(candidate)
		}
	}
	return stable, canary
}

// percentOf is the share that a weight has, in percent with two decimals; never 0 or 100 while both weights are above 0.
func percentOf(stable, canary int32) float64 {
	return math.Round(10_000*float64(canary)/(float64(stable)+float64(canary))) / 100
}

// isWhole reports whether a value is a whole number, but for what arithmetic adds to it.
func isWhole(value float64) bool { return math.Abs(value-math.Round(value)) < 1e-9 }

// Nearest is the percent, with two decimals, of the whole weights that are nearest to weight: at least 0.1 and at most 99.9; between
// these it differs from weight by less than 0.02.
func (t *Target) Nearest(weight float64) float64 { return percentOf(weightsOf(weight)) }
