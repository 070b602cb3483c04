package route53_test

import (
	"math"
	"testing"
)

func TestEveryWeightIsGivenNearly(t *testing.T) {
	t.Parallel()
	router := newCloud(t).target()
	worst := 0.0
	for hundredths := 1; hundredths < 10_000; hundredths++ {
		weight := float64(hundredths) / 100
		nearest := router.Nearest(weight)
		switch distance := math.Abs(nearest - weight); {
		case router.Nearest(nearest) != nearest:
			t.Errorf("the nearest of %v is %v, and of that %v", weight, nearest, router.Nearest(nearest))
		case nearest <= 0 || nearest >= 100:
			t.Errorf("the nearest of %v is %v", weight, nearest)
		case hundredths%100 == 0 && distance != 0:
			t.Errorf("%v is a whole percent, and the nearest is %v", weight, nearest)
		case weight >= 0.39 && weight <= 99.61:
			worst = max(worst, distance)
		}
	}
	if worst > 0.2 {
		t.Errorf("a weight is %v off", worst)
	}
	for weight, want := range map[float64]float64{0.01: 0.39, 99.99: 99.61} {
		if got := router.Nearest(weight); got != want {
			t.Errorf("the nearest of %v is %v, want %v", weight, got, want)
		}
	}
}
