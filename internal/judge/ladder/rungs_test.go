package ladder_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
)

func TestRungs(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		requests float64
		want     []float64
	}{
		{0, []float64{0.10, 0.33}},
		{5, []float64{0.10, 0.33}},
		{100, []float64{0.10, 0.33}},
		{200, []float64{0.05, 0.33}},
		{250, []float64{0.04, 0.10, 0.33}},
		{500, []float64{0.02, 0.10, 0.33}},
		{1_000, []float64{0.01, 0.10, 0.33}},
		{5_000, []float64{0.002, 0.02, 0.10, 0.33}},
		{10_000, []float64{0.001, 0.02, 0.10, 0.33}},
		{1e9, []float64{0.001, 0.02, 0.10, 0.33}},
	} {
		if got := ladder.Rungs(row.requests); !slices.Equal(got, row.want) {
			t.Errorf("for %v requests: %v, want %v", row.requests, got, row.want)
		}
	}
}

// TestRungsRise for any traffic, by enough to be worth a rung, in weights that an alias can have.
func TestRungsRise(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		requests := rapid.OneOf(rapid.Float64Range(0, 20_000), rapid.Float64Range(0, 1e12)).Draw(t, "requests")
		rungs := ladder.Rungs(requests)
		if rungs[0] < 0.001 || rungs[0] > 0.10 || rungs[len(rungs)-1] != 0.33 {
			t.Fatalf("%v does not begin between 0.1%% and 10%%, or end at a third", rungs)
		}
		for i, share := range rungs {
			if math.Abs(share*1e4-math.Round(share*1e4)) > 1e-6 {
				t.Fatalf("%v is no whole hundredth of a percent", share)
			}
			if i > 0 && share < 2.5*rungs[0]-1e-9 {
				t.Fatalf("%v of %v is too near to the first", share, rungs)
			}
		}
		if !slices.IsSorted(rungs) {
			t.Fatalf("%v does not rise", rungs)
		}
		if first := rungs[0] * requests; requests >= 100 && requests <= 10_000 && math.Abs(first-10) > 0.5*requests*1e-4+1e-9 {
			t.Fatalf("the first of %v serves %v of %v requests, want ten", rungs, first, requests)
		}
	})
}

func TestMargins(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		rungs  []float64
		margin float64
		want   []float64
	}{
		{[]float64{0.002, 0.02, 0.10, 0.33}, 0.005, []float64{0.0825, 0.0165, 0.005, 0.005}},
		{[]float64{0.02, 0.10, 0.33}, 0.005, []float64{0.0165, 0.005, 0.005}},
		{[]float64{0.10, 0.33}, 0.002, []float64{0.002, 0.002}},
		{[]float64{0.001, 0.002, 0.33}, 0.005, []float64{0.2, 0.005, 0.005}},
		{nil, 0.005, []float64{}},
	} {
		got := ladder.Margins(row.rungs, row.margin)
		if !slices.EqualFunc(got, row.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }) {
			t.Errorf("of %v: %v, want %v", row.rungs, got, row.want)
		}
	}
}
