package ladder_test

import (
	"math"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// fiveMetrics is a plan of five metrics that never leaves its only rung.
func fiveMetrics() ladder.Plan {
	rules := ladder.Default()
	rules.EvidenceEnds = false
	plan := ladder.Plan{Rules: rules, Shares: []float64{0.1}, Lengths: []int{math.MaxInt}, Margins: []float64{0.005}, Delay: 1, MinimumRequests: 30}
	for range 5 {
		plan.Metrics = append(plan.Metrics, ladder.MetricPlan{Parameters: evidence.Default(), Share: 0.2})
	}
	return plan
}

// ordinary is a minute in which both versions fail a little, and alike.
func ordinary() ladder.Period {
	period := ladder.Period{Canary: 50, Stable: 450}
	for range 5 {
		period.Bad = append(period.Bad, ladder.Bad{Canary: 1, Stable: 9})
	}
	return period
}

// BenchmarkTick is one tick with five metrics.
func BenchmarkTick(b *testing.B) {
	r, period := ladder.Play(fiveMetrics()), ordinary()
	for b.Loop() {
		if tick := r.Tick(period); tick.Decision == release.Rollback {
			b.Fatal("rolled back")
		}
	}
}

// BenchmarkReplay recomputes a day, 1,440 minutes with five metrics, as a verdict is from what was recorded.
func BenchmarkReplay(b *testing.B) {
	plan, period := fiveMetrics(), ordinary()
	for b.Loop() {
		r := ladder.Play(plan)
		for range 1440 {
			if tick := r.Tick(period); tick.Decision == release.Rollback {
				b.Fatal("rolled back")
			}
		}
	}
}
