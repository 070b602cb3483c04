package policy

import (
	"math"
	"testing"
)

// The samples that lie apart, and what they differ by, are those of Kayenta's own test,
// which has them from wilcox.test of R; the others follow from the formula.
func TestDifferenceOfSamples(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		x, y            []float64
		confidence      float64
		estimate, lower float64
	}{
		"apart":         {[]float64{10, 20, 30, 40}, []float64{1, 2, 3, 4}, 0.95, 22.5, 6},
		"one value":     {[]float64{3, 3, 3}, []float64{1, 1, 1}, 0.98, 2, 2},
		"alike":         {[]float64{0, 0, 0, 1}, []float64{0, 0, 0, 1}, 0.98, 0, -1},
		"single values": {[]float64{5}, []float64{2}, 0.98, 3, 3},
		// nₓ = n_y = 5, so σ² = 25/12·11 and the limit is the smallest difference that at most
		// 12.5 + ½ + 1.96·4.79 = 22.4 differences are above: the third of the 25.
		"interleaved": {[]float64{2, 4, 6, 8, 10}, []float64{1, 3, 5, 7, 9}, 0.95, 1, -5},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := compare(test.x, test.y, test.confidence)
			if math.Abs(got.estimate-test.estimate) > 1e-12 || math.Abs(got.lower-test.lower) > 1e-12 {
				t.Errorf("found %+v, want estimate %v and lower %v", got, test.estimate, test.lower)
			}
		})
	}
}
