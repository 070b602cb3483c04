package judge_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// simulate releases one version of five one-minute periods, judged after each,
// and reports whether it was rolled back.
func simulate(random *rand.Rand, requestsPerMinute int, weight, canaryRate, stableRate float64) bool {
	q := question()
	q.Analysis.Metrics.Latency = nil
	for minute := range 5 {
		var pair judge.Pair
		for range requestsPerMinute {
			version, rate := &pair.Stable, stableRate
			if random.Float64()*100 < weight {
				version, rate = &pair.Canary, canaryRate
			}
			version.Requests++
			if random.Float64() < rate {
				version.Bad++
			}
		}
		q.Periods = append(q.Periods[:minute:minute], judge.Period{
			Start: noon.Add(time.Duration(minute) * time.Minute), Metrics: map[string]judge.Pair{judge.MetricErrors: pair},
		})
		q.Now = noon.Add(time.Duration(minute+1) * time.Minute)
		if judge.Judge(q).Decision == release.Rollback {
			return true
		}
	}
	return false
}

func rollbackShare(seed uint64, releases, requestsPerMinute int, weight, canaryRate, stableRate float64) float64 {
	random := rand.New(rand.NewPCG(seed, 1))
	rolledBack := 0
	for range releases {
		if simulate(random, requestsPerMinute, weight, canaryRate, stableRate) {
			rolledBack++
		}
	}
	return float64(rolledBack) / float64(releases)
}

func TestEqualVersionsAreRarelyRolledBack(t *testing.T) {
	t.Parallel()
	for _, weight := range []float64{1, 10, 50, 90} {
		for _, rate := range []float64{0.0005, 0.01, 0.05, 0.2, 0.5} {
			t.Run(fmt.Sprintf("weight %g, rate %g", weight, rate), func(t *testing.T) {
				t.Parallel()
				share := rollbackShare(7, 2000, 200, weight, rate, rate)
				t.Logf("rolled back %.2f%% of 2,000 good releases", 100*share)
				if share > 0.02 {
					t.Errorf("rolled back %.2f%% of good releases, want at most 2%%", 100*share)
				}
			})
		}
	}
}

func TestBadVersionsAreRolledBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		requestsPerMinute          int
		weight, canaryRate, stable float64
	}{
		"a fifth fails at 10%":              {200, 10, 0.2, 0},
		"a fifth fails at 50%":              {200, 50, 0.2, 0},
		"all fail where stable mostly does": {1000, 10, 1, 0.8},
		"a tenth fails where few did":       {1000, 10, 0.1, 0.01},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			share := rollbackShare(11, 1000, c.requestsPerMinute, c.weight, c.canaryRate, c.stable)
			t.Logf("rolled back %.2f%% of 1,000 bad releases", 100*share)
			if share < 0.99 {
				t.Errorf("rolled back %.2f%% of bad releases, want more than 99%%", 100*share)
			}
		})
	}
}

func BenchmarkJudge(b *testing.B) {
	q := failing(question(), 0.03, 0.01)
	q.Periods = append(q.Periods, periods(noon.Add(4*time.Minute), 296, judge.Pair{Canary: judge.Count{Requests: 1e4, Bad: 300}, Stable: judge.Count{Requests: 9e4, Bad: 900}})...)
	for b.Loop() {
		judge.Judge(q)
	}
}
