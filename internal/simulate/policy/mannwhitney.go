package policy

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A difference is by how much one sample lies above another.
type difference struct {
	// estimate is Hodges' and Lehmann's: the median of all pairs' differences.
	estimate float64
	// lower is the lower limit of its two-sided confidence interval.
	lower float64
}

// compare estimates by how much the sample x lies above y, neither empty.
//
// The interval inverts the Mann–Whitney test in its normal approximation, with the
// corrections for ties and continuity, as wilcox.test of R does and Kayenta after it: the
// limit is where
//
//	( W(μ) − nₓ·n_y/2 ∓ ½ ) / σ  =  z,   W(μ) = how many of the nₓ·n_y differences are above μ
//	σ² = nₓ·n_y/12 · ( nₓ + n_y + 1 − Σ(t³−t) / ((nₓ+n_y)·(nₓ+n_y−1)) )
//
// with a t for each group of t equal values. W falls only at the differences, so one of
// them is the limit, and no root has to be searched for. (Where most values are 0, limit and estimate
// are both 0; bisection would leave both a little beside it, and find a difference there in half of all cases.)
//
// Sources: M. Hollander, D. Wolfe: Nonparametric Statistical Methods, §4;
// https://github.com/spinnaker/kayenta (MannWhitney.scala, MannWhitneyClassifier.scala).
func compare(x, y []float64, confidence float64) difference {
	differences := make([]float64, 0, len(x)*len(y))
	for _, a := range x {
		for _, b := range y {
			differences = append(differences, a-b)
		}
	}
	slices.Sort(differences)
	pairs := float64(len(differences))
	all := float64(len(x) + len(y))
	sigma := math.Sqrt(pairs / 12 * (all + 1 - (ties(x)+ties(y))/(all*(all-1))))
	z := distuv.UnitNormal.Quantile(1 - (1-confidence)/2)
	// Among two samples of all-equal values σ is above 0 still: between differences no x equals a y.
	found := difference{estimate: (differences[(len(differences)-1)/2] + differences[len(differences)/2]) / 2}
	for i, d := range differences {
		if i+1 < len(differences) && differences[i+1] == d {
			continue
		}
		above := pairs - float64(i+1)
		excess := above - pairs/2
		if (excess-math.Copysign(min(0.5, math.Abs(excess)), excess))/sigma <= z {
			found.lower = d
			break
		}
	}
	return found
}

// ties is Σ(t³−t) over the groups of t equal values.
func ties(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	sum, run := 0.0, 1.0
	for i := range sorted {
		if i+1 < len(sorted) && sorted[i+1] == sorted[i] {
			run++
			continue
		}
		sum += run*run*run - run
		run = 1
	}
	return sum
}
