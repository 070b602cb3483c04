package fleet_test

import (
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

func TestReadyOnceEveryInstanceIsInServiceAndHealthy(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	f, group := c.fleet(), c.cloned()
	ready, why, err := f.Ready(t.Context(), group, "")
	if ready || err != nil || !strings.Contains(why, "0 of 2 instances of group echo-production-3 are in service") {
		t.Errorf("at once: %t, %q, %v", ready, why, err)
	}
	c.Pass(time.Minute)
	if ready, why, err = f.Ready(t.Context(), group, ""); !ready || why != "" || err != nil {
		t.Errorf("later: %t, %q, %v", ready, why, err)
	}
	ready, why, err = f.Ready(t.Context(), group, c.TargetGroup)
	if ready || err != nil || !strings.Contains(why, "0 of 2 instances") || !strings.Contains(why, "not registered") {
		t.Errorf("in a target group that it is not attached to: %t, %q, %v", ready, why, err)
	}
	c.Attach(group.Name)
	if ready, why, err = f.Ready(t.Context(), group, c.TargetGroup); !ready || err != nil {
		t.Errorf("attached: %t, %q, %v", ready, why, err)
	}
}

func TestReadyGivesUpWhatDoesNotComeUp(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	c.Abort(c.images["3"])
	f, group := c.fleet(), c.cloned()
	for range 100 {
		ready, _, err := f.Ready(t.Context(), group, "")
		if ready {
			t.Fatal("it is ready")
		}
		if err != nil {
			expectKind(t, err, release.KindUnhealthy, "does not come up", "the last time")
			return
		}
		c.Pass(30 * time.Second)
	}
	t.Fatal("it is waited for without end")
}

func TestReadyOfAGroupThatIsGone(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 1, nil)
	group := c.cloned()
	group.Name = "gone"
	_, _, err := c.fleet().Ready(t.Context(), group, "")
	expectKind(t, err, release.KindUnhealthy, "group gone is gone")
}

// TestHealthOfWhatLeaves: an instance that was not healthy when it was taken out drains under a name of its own.
func TestHealthOfWhatLeaves(t *testing.T) {
	t.Parallel()
	for state, leaves := range map[string]bool{"initial": false, "healthy": false, "unhealthy": false, "unhealthy.draining": true, "unused": false, "draining": true, "unavailable": false, "": false} {
		if health := (fleet.Health{State: state}); health.Draining() != leaves || health.Healthy() != (state == "healthy") {
			t.Errorf("%q: draining %t, healthy %t", state, health.Draining(), health.Healthy())
		}
	}
}
