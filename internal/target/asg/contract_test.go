package asg_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
	"github.com/goldfinch-dev/goldfinch/internal/target/targettest"

	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// TestContract holds the target to the laws of every target, on the local cloud: version 2 has the traffic, release r-1 has made
// version 5, version 4 is a foreigner's, and version 3 is of an earlier release and idle.
func TestContract(t *testing.T) {
	t.Parallel()
	targettest.Run(t, func(t *testing.T) targettest.World {
		c := newCloud(t)
		c.Group("echo-production-3", "3", 0, fleettest.Made("r-0"), nil)
		c.Group("echo-production-4", "4", 4, map[string]string{"goldfinch:environment": fleettest.Environment}, nil)
		c.deployed()
		return targettest.World{
			Target: c.target(), Twin: c.target(),
			Stable: "2", Canary: "5", Foreign: "4", Spare: []string{"3"}, Missing: "99",
			Move:     func(_ context.Context, want release.Split) error { c.move(want); return nil },
			Request:  c.count,
			Writes:   func() int { return len(c.Writes()) },
			Versions: c.running,
			Throttle: func() {
				c.NextCall(func() error { return &autoscalingtypes.ResourceContentionFault{} })
			},
			Pass: c.Pass, Now: c.Clock.Now, Costly: true,
		}
	})
}

// running lists the versions that have a group.
func (c *cloud) running() []string {
	var versions []string
	for _, name := range c.Groups() {
		if group := c.Described(name); group.Status == nil { // the others are being deleted
			versions = append(versions, *group.LaunchTemplate.Version)
		}
	}
	slices.Sort(versions)
	return slices.Compact(versions)
}

// move makes a foreigner's change: version 4's group takes the place of the stable one, or one of its instances comes beside those.
func (c *cloud) move(want release.Split) {
	c.TB.Helper()
	if want.IsPure() {
		c.Attach("echo-production-" + want.Stable)
		c.Detach(stableGroup)
		c.Pass(time.Minute)
		return
	}
	c.Register(c.Instances("echo-production-" + want.Canary)[0])
}
