package chance

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A Sample is what was measured, in ascending order; [NewSample] sorts it.
type Sample struct{ sorted []float64 }

// NewSample makes a sample of values, which it copies.
func NewSample(values []float64) Sample {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return Sample{sorted: sorted}
}

// Len is how many values there are.
func (s Sample) Len() int { return len(s.sorted) }

// Mean is the average; of nothing it is NaN.
func (s Sample) Mean() float64 { return stat.Mean(s.sorted, nil) }

// MeanInterval is the interval of the mean, by the normal approximation.
func (s Sample) MeanInterval(level float64) Interval {
	mean, deviation := stat.MeanStdDev(s.sorted, nil)
	reach := distuv.UnitNormal.Quantile((1+level)/2) * deviation / math.Sqrt(float64(len(s.sorted)))
	return Interval{Low: mean - reach, High: mean + reach}
}

// Quantile is the smallest value that at least the part q, 0–1, of all values do not exceed; of nothing it is NaN.
func (s Sample) Quantile(q float64) float64 {
	if len(s.sorted) == 0 {
		return math.NaN()
	}
	return s.at(int(math.Ceil(q*float64(len(s.sorted)))) - 1)
}

// QuantileInterval is the interval of the quantile between two of the values: how many
// values lie below the true quantile is binomial, whatever their distribution is. Where so
// few values allow no interval of that level, it ends at the smallest or the largest.
func (s Sample) QuantileInterval(q, level float64) Interval {
	n := len(s.sorted)
	if n == 0 {
		return Interval{Low: math.NaN(), High: math.NaN()}
	}
	tail := (1 - level) / 2
	below := distuv.Binomial{N: float64(n), P: q}
	// The k-th smallest value is above the quantile with probability CDF(k−1), and below it with 1 − CDF(k−1).
	low := sort.Search(n, func(k int) bool { return below.CDF(float64(k)) > tail })
	high := 1 + sort.Search(n, func(k int) bool { return below.CDF(float64(k)) >= 1-tail })
	return Interval{Low: s.at(low - 1), High: s.at(high - 1)}
}

// at is the value at an index, or the nearest that exists.
func (s Sample) at(index int) float64 { return s.sorted[min(max(index, 0), len(s.sorted)-1)] }
