package evidence_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
)

// noisy draws counts of enough periods with failures for an estimate.
func noisy(t *rapid.T) []float64 {
	counts := make([]float64, rapid.IntRange(20, 60).Draw(t, "periods"))
	for i := range counts {
		counts[i] = float64(rapid.IntRange(0, 6).Draw(t, "bad"))
	}
	return counts
}

func each(counts []float64, change func(i int, count float64) float64) []float64 {
	changed := make([]float64, len(counts))
	for i, count := range counts {
		changed[i] = change(i, count)
	}
	return changed
}

// TestBurstGrowsWithTheBursts: failures that come k at a time have k times the factor, up to the largest.
func TestBurstGrowsWithTheBursts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		counts := noisy(t)
		k := rapid.Float64Range(1, 8).Draw(t, "k")
		one, many := evidence.Burst(counts), evidence.Burst(each(counts, func(_ int, count float64) float64 { return k * count }))
		if one < 1 || many > 10 || many < one {
			t.Fatalf("the factor is %v, of %v at a time %v", one, k, many)
		}
		if want := min(10, k*one); one > 1 && math.Abs(many-want) > 1e-9 {
			t.Fatalf("the factor is %v, of %v at a time %v, want %v", one, k, many, want)
		}
	})
}

func TestBurst(t *testing.T) {
	t.Parallel()
	swinging := func(low, high float64) []float64 {
		counts := make([]float64, 40)
		for i := range counts {
			counts[i] = low
			if i%2 == 1 {
				counts[i] = high
			}
		}
		return counts
	}
	steady := swinging(100, 110)
	for name, row := range map[string]struct {
		counts []float64
		want   float64
	}{
		"nothing":                           {nil, 1},
		"one period":                        {[]float64{7}, 1},
		"nothing bad":                       {make([]float64, 1440), 1},
		"too few noisy periods":             {[]float64{0, 50, 0, 50, 0, 50, 0, 50, 0, 50}, 1},
		"just enough":                       {[]float64{0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0}, 5},
		"steadier than chance":              {steady, 1},
		"below what is taken for bursts":    {swinging(1, 3.3), 1},
		"above it":                          {swinging(1, 3.5), 6.25 / 4.5},
		"bursts":                            {swinging(0, 4), 4},
		"more than is believed":             {swinging(0, 400), 10},
		"a drift":                           {each(steady, func(i int, count float64) float64 { return count + 5*float64(i) }), 1},
		"an outage's begin and end":         {each(steady, func(i int, count float64) float64 { return count + 5000*float64((i/10)%2*(1-i/20)) }), 1},
		"fractions, as CloudWatch's can be": {swinging(0, 2.5), 2.5},
	} {
		if got := evidence.Burst(row.counts); math.Abs(got-row.want) > 1e-9 {
			t.Errorf("%s: the factor is %v, want %v", name, got, row.want)
		}
	}
}
