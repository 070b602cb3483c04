package asg_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

// others are groups with both tags of the service that no release is about, by their names, and how many instances each has.
func (c *cloud) others() map[string]int {
	c.TB.Helper()
	another := c.NewTemplate("worker", 5)
	behind := c.NewTargetGroup("batch", true)
	owned := map[string]string{fleet.TagEnvironment: fleettest.Environment}
	ofAnother := func(version string) func(*autoscaling.CreateAutoScalingGroupInput) {
		return func(input *autoscaling.CreateAutoScalingGroupInput) { input.LaunchTemplate = another(version) }
	}
	elsewhere := func(input *autoscaling.CreateAutoScalingGroupInput) {
		input.TrafficSources = c.Sources(behind)
	}
	c.Group("worker-2", "2", 6, owned, ofAnother("2"))
	c.Group("worker-5", "5", 6, owned, ofAnother("5"))
	c.Group("batch", "2", 1, owned, nil)
	c.Group("echo-production-4", "4", 1, fleettest.Made("r-0"), elsewhere)
	c.Group("copied", "3", 1, fleettest.Made("r-0"), nil)
	c.Group("copied-of-this-release", "3", 1, fleettest.Made("r-1"), nil)
	return map[string]int{"worker-2": 6, "worker-5": 6, "batch": 1, "echo-production-4": 1, "copied": 1, "copied-of-this-release": 1}
}

// untouched wants other groups as they were.
func (c *cloud) untouched(others map[string]int) {
	c.TB.Helper()
	for name, size := range others {
		group := c.Described(name)
		if group == nil || group.Status != nil || len(group.Instances) != size || int(*group.DesiredCapacity) != size || int(*group.MaxSize) != size+5 || *group.MinSize != 0 {
			c.TB.Errorf("group %s, which no release is about, is %+v", name, group)
		}
	}
	if len(c.Described("echo-production-4").TrafficSources) != 1 {
		c.TB.Error("a group was detached from a target group that is not the document's")
	}
}

// TestOtherGroupsOfTheServiceAreLeftAlone releases, and takes back, a service that has groups of the same version numbers, of this launch template and of another one, some of which have
// a copy of the tag that releases give.
func TestOtherGroupsOfTheServiceAreLeftAlone(t *testing.T) {
	t.Parallel()
	for name, home := range map[string]bool{"promoted": false, "rolled back": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			others := c.others()
			c.deployed()
			tt := c.target()
			c.shift(tt, at(10))
			if canaries := c.Healthy(canaryGroup); canaries != 1 {
				t.Fatalf("%d canaries get requests: %v", canaries, c.Health())
			}
			if home {
				c.shift(tt, at(0))
				c.restored(tt, "2")
			} else {
				c.shift(tt, at(100))
				c.retired(tt, "5", "2")
			}
			c.Pass(5 * time.Minute)
			c.untouched(others)
			gone, kept := stableGroup, canaryGroup
			if home {
				gone, kept = kept, gone
			}
			if c.Described(gone) != nil || c.Healthy(kept) != 4 {
				t.Errorf("the groups are %v, and %d instances of %s are healthy", c.Groups(), c.Healthy(kept), kept)
			}
		})
	}
}

// TestTheUsersOwnGroupIsEmptiedAfterACrash ends Retire before the group is emptied, which was detached when traffic left it. Another group of its very version stays.
func TestTheUsersOwnGroupIsEmptiedAfterACrash(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	owned := map[string]string{fleet.TagEnvironment: fleettest.Environment}
	c.Group("mine", "3", 2, nil, nil)
	c.Group("worker", "3", 3, owned, nil)
	c.Attach("mine")
	c.Detach(stableGroup)
	own := func(d *release.Document) { d.Target.ASG.Group = "mine" }
	for range 20 {
		_, done, err := c.target(own).Deploy(t.Context(), "3")
		must(t, err)
		if done {
			break
		}
		c.Pass(30 * time.Second)
	}
	c.shift(c.target(own), release.Split{Stable: "3", Canary: "5", Weight: 10})
	c.shift(c.target(own), release.Pure("5"))
	c.Pass(5 * time.Minute)
	died := fmt.Errorf("the process died")
	c.Next("autoscaling:UpdateAutoScalingGroup", func() error { return died })
	for range 10 {
		if _, _, err := c.target(own).Retire(t.Context(), "5", "3"); err != nil {
			break
		}
		c.Pass(15 * time.Second)
	}
	c.retired(c.target(own), "5", "3")
	if mine := c.Described("mine"); mine == nil || *mine.DesiredCapacity != 0 || len(mine.Instances) != 0 {
		t.Errorf("the user's own group is %+v", mine)
	}
	if worker := c.Described("worker"); len(worker.Instances) != 3 || *worker.MaxSize != 8 {
		t.Errorf("a group that was never in the target group is %+v", worker)
	}
}

// TestAGoneStableInstanceHoldsUpNoRollback goes home from a canary that has the larger share, while an instance of the stable version can't be had, or is not healthy.
func TestAGoneStableInstanceHoldsUpNoRollback(t *testing.T) {
	t.Parallel()
	terminate := func(c *cloud) {
		c.TB.Helper()
		idle := slices.DeleteFunc(c.Instances(stableGroup), func(id string) bool { return c.Health()[id] != "" })
		_, err := c.AutoScaling.TerminateInstanceInAutoScalingGroup(fleettest.Foreign(), &autoscaling.TerminateInstanceInAutoScalingGroupInput{
			InstanceId: aws.String(idle[0]), ShouldDecrementDesiredCapacity: aws.Bool(false),
		})
		must(c.TB, err)
		c.Pass(5 * time.Minute)
	}
	tests := map[string]struct {
		spoil func(*cloud)
		// waits: the canary stays as long as the instance has its first health checks.
		waits bool
	}{
		"one can't be launched": {func(c *cloud) { c.Abort(c.images["2"]); terminate(c) }, false},
		"one is not healthy": {func(c *cloud) {
			for _, version := range []string{"3", "2"} {
				_, err := c.AutoScaling.UpdateAutoScalingGroup(fleettest.Foreign(), &autoscaling.UpdateAutoScalingGroupInput{
					AutoScalingGroupName: aws.String(stableGroup), LaunchTemplate: c.Launch(version),
				})
				must(c.TB, err)
				if version == "3" {
					terminate(c)
				}
			}
			c.Sicken(c.images["3"])
		}, true},
	}
	for name, test := range tests {
		for _, weight := range []float64{80, 100} {
			t.Run(fmt.Sprintf("%s, from %v", name, weight), func(t *testing.T) {
				t.Parallel()
				c := newCloud(t)
				c.deployed()
				tt := c.target()
				c.shift(tt, at(weight))
				c.Pass(2 * time.Minute) // what was taken out is drained
				test.spoil(c)
				if _, err := tt.Shift(t.Context(), at(0), anything()); err != nil {
					t.Fatal(err)
				}
				c.Pass(time.Second)
				if test.waits {
					_, _, err := tt.Arrives(t.Context(), shiftedTo(c, at(0)))
					must(t, err)
					if c.Healthy(canaryGroup) != 4 {
						t.Errorf("at once, the targets are %v", c.Health())
					}
				}
				c.Pass(29 * time.Second)
				for range 3 {
					_, _, err := tt.Arrives(t.Context(), shiftedTo(c, at(0)))
					must(t, err)
					c.Pass(5 * time.Second)
				}
				if c.Healthy(canaryGroup) != 0 || c.Healthy(stableGroup) != 3 {
					t.Errorf("the targets are %v", c.Health())
				}
				if got := c.settled(tt, at(0)); !got.Same(at(0)) {
					t.Errorf("requests meet %v", got)
				}
				c.restored(tt, "2")
				if slices.Contains(c.Versions(), "5") {
					t.Errorf("the versions are %v", c.Versions())
				}
			})
		}
	}
}

// TestNobodyHealthyAtHome keeps the canary as long as nobody else would answer.
func TestNobodyHealthyAtHome(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.deployed()
	tt := c.target()
	c.shift(tt, at(100))
	c.Sicken(c.images["2"])
	if _, err := tt.Shift(t.Context(), at(0), anything()); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		c.Pass(10 * time.Second)
		when, _, err := tt.Arrives(t.Context(), shiftedTo(c, at(0)))
		if err != nil || !when.IsZero() || c.Healthy(canaryGroup) != 4 {
			t.Fatalf("arrived %v, %v; the targets are %v", when, err, c.Health())
		}
	}
}
