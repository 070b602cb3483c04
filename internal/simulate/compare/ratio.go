package compare

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// A ratio of two means: its logarithm, and that's variance.
type ratio struct{ log, variance float64 }

// ratioOf is how many times as many bad requests one policy's releases serve on average as another's.
func ratioOf(one, other Result) ratio {
	a, b := one.Exposure.Mean, other.Exposure.Mean
	return ratio{log: math.Log(a.Value) - math.Log(b.Value), variance: relativeVariance(a) + relativeVariance(b)}
}

// relativeVariance is that of a mean's logarithm, by the delta method.
func relativeVariance(mean Figure) float64 {
	deviation := (mean.High - mean.Low) / 2 / reach(level)
	return deviation * deviation / (mean.Value * mean.Value)
}

// reach is how many standard deviations a two-sided interval goes to each side.
func reach(level float64) float64 { return distuv.UnitNormal.Quantile((1 + level) / 2) }

// geometric is the geometric mean.
func geometric(ratios []ratio) ratio {
	var mean ratio
	n := float64(len(ratios))
	for _, one := range ratios {
		mean.log += one.log / n
		mean.variance += one.variance / (n * n)
	}
	return mean
}

// value is the ratio itself.
func (r ratio) value() float64 { return math.Exp(r.log) }

// upper is the upper end of its interval.
func (r ratio) upper() float64 { return math.Exp(r.log + reach(level)*math.Sqrt(r.variance)) }

// lower is the lower end.
func (r ratio) lower() float64 { return math.Exp(r.log - reach(level)*math.Sqrt(r.variance)) }

func (r ratio) String() string {
	return fmt.Sprintf("%.2f (%.2f–%.2f)", r.value(), r.lower(), r.upper())
}
