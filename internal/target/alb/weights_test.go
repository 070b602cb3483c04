package alb_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	target := newCloud(t).target()
	worst := 0.0
	for hundredths := 1; hundredths < 10_000; hundredths++ {
		weight := float64(hundredths) / 100
		got := target.Nearest(weight)
		if got < 0.1 || got > 99.9 || math.Abs(got*100-math.Round(got*100)) > 1e-9 {
			t.Fatalf("the nearest of %v is %v", weight, got)
		}
		if again := target.Nearest(got); again != got {
			t.Fatalf("the nearest of %v is %v, whose nearest is %v", weight, got, again)
		}
		if weight >= 0.1 && weight <= 99.9 {
			worst = max(worst, math.Abs(got-weight))
		}
	}
	if worst >= 0.02 {
		t.Errorf("a weight is %v percent off", worst)
	}
	measured.Log(t, "alb: largest distance of a weight between 0.1 and 99.9 from the one wanted, in percent: %v", math.Round(worst*1000)/1000)
	for weight, want := range map[float64]float64{0.01: 0.1, 0.1: 0.1, 1: 1, 2.5: 2.5, 10: 10, 33.3: 33.3, 50: 50, 99: 99, 99.99: 99.9} {
		if got := target.Nearest(weight); got != want {
			t.Errorf("the nearest of %v is %v, want %v", weight, got, want)
		}
	}
}

// TestNearestOfAny is of weights with more decimals than a document may have.
func TestNearestOfAny(t *testing.T) {
	t.Parallel()
	target := newCloud(t).target()
	rapid.Check(t, func(r *rapid.T) {
		weight := rapid.Float64Range(1e-6, 100-1e-6).Draw(r, "weight")
		got := target.Nearest(weight)
		if bounded := min(max(weight, 0.1), 99.9); math.Abs(got-bounded) >= 0.02 || target.Nearest(got) != got {
			r.Fatalf("the nearest of %v is %v, whose nearest is %v", weight, got, target.Nearest(got))
		}
	})
}

// TestWeightsForPeople wants weights that a person recognises.
func TestWeightsForPeople(t *testing.T) {
	t.Parallel()
	for weight, want := range map[float64]string{10: "blue 90, green 10", 1: "blue 99, green 1", 0.1: "blue 999, green 1", 12.5: "blue 875, green 125", 99.9: "blue 1, green 999"} {
		c := newCloud(t)
		c.attach("1", c.blue)
		c.attach("2", c.green)
		split := release.Split{Stable: "1", Canary: "2", Weight: weight}
		got, err := c.target().Shift(t.Context(), split, mine(release.Pure("1")))
		if err != nil || !got.Same(split) {
			t.Fatal(got, err)
		}
		if got := weightsOf(c.actions("")); got != want {
			t.Errorf("%v%% is %s, want %s", weight, got, want)
		}
	}
}
