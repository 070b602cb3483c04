package release_test

import (
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A canary that is held on suspicion still has its traffic: with periods of a second, too, the next look comes a period later.
func TestAHoldWithinThePlanIsLookedAtOften(t *testing.T) {
	t.Parallel()
	document := release.Document{Analysis: release.Analysis{Period: release.Duration(time.Second)}}
	document.Strategy.Steps = []release.Step{{Weight: 50, Wait: release.Duration(15 * time.Second)}}
	plan := release.NewPlan(release.Default(document))
	var elapsed time.Duration
	for ticks := range 150 { // a quarter of an hour
		at := release.Moment{Elapsed: elapsed, InStep: 15 * time.Second, Ticks: ticks, Waiting: elapsed >= 15*time.Second}
		tick, most := plan.Tick(at), time.Second
		if elapsed >= 2*time.Minute {
			most = 20 * time.Second
		}
		if tick > most {
			t.Fatalf("held for %s, in tick %d, the next look comes after %s, later than %s", elapsed, ticks, tick, most)
		}
		elapsed += tick
	}
}
