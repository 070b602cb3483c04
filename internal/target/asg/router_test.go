package asg_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/asg"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

// canaryGroup is the group of release r-1's version, once it is deployed.
const canaryGroup = "echo-production-5"

func TestShareIsTheNearestWholeNumber(t *testing.T) {
	t.Parallel()
	tests := []struct {
		others, able int
		percent      float64
		want         int
	}{
		{10, 10, 10, 1}, {10, 10, 20, 3}, {10, 10, 25, 3}, {10, 10, 33, 5}, {10, 10, 50, 10}, {4, 4, 1, 1}, {4, 4, 30, 2}, {1, 1, 0.01, 1},
		{100, 100, 1, 1}, {100, 100, 2, 2}, {100, 100, 0.5, 1}, {10, 3, 50, 3}, {10, 0, 50, 0}, {0, 5, 50, 1}, {10, 10, 0, 0},
	}
	for _, test := range tests {
		if got := asg.Share(test.others, test.able, test.percent); got != test.want {
			t.Errorf("beside %d, %v%% of %d: %d, want %d", test.others, test.percent, test.able, got, test.want)
		}
	}
}

// at is a split of the stable version and release r-1's.
func at(weight float64) release.Split {
	switch weight {
	case 0:
		return release.Pure("2")
	case 100:
		return release.Pure("5")
	default:
		return release.Split{Stable: "2", Canary: "5", Weight: weight}
	}
}

// TestEveryShiftKeepsTheCapacity goes from each weight to each other one, and looks every five seconds: what is healthy
// in the target group is never less than the stable version had, no instance is started or ended by a shift, and in the end requests
// meet the nearest share of whole instances.
func TestEveryShiftKeepsTheCapacity(t *testing.T) {
	t.Parallel()
	weights := []float64{0, 10, 50, 60, 90, 100}
	shares := map[float64]string{0: "4+0", 10: "4+1", 50: "4+4", 60: "3+4", 90: "1+4", 100: "0+4"}
	shifts := 0
	for _, from := range weights {
		for _, to := range weights {
			if from == to {
				continue
			}
			shifts++
			t.Run(fmt.Sprintf("from %v to %v", from, to), func(t *testing.T) {
				t.Parallel()
				c := newCloud(t)
				c.deployed()
				before := [][]string{c.Instances(stableGroup), c.Instances(canaryGroup)}
				tt := c.target()
				c.shift(tt, at(from))
				if _, err := tt.Shift(t.Context(), at(to), anything()); err != nil {
					t.Fatal(err)
				}
				for range 60 {
					if healthy := c.Healthy(stableGroup) + c.Healthy(canaryGroup); healthy < 4 {
						t.Fatalf("%d instances are healthy: %v", healthy, c.Health())
					}
					when, got, err := tt.Arrives(t.Context(), target.Shifted{Split: at(to), At: c.Clock.Now()})
					must(t, err)
					if !when.IsZero() {
						if share := fmt.Sprintf("%d+%d", c.Healthy(stableGroup), c.Healthy(canaryGroup)); share != shares[to] {
							t.Errorf("%s are healthy, want %s", share, shares[to])
						}
						if got.Stable != at(to).Stable || got.Canary != at(to).Canary {
							t.Errorf("requests meet %v", got)
						}
						break
					}
					c.Pass(5 * time.Second)
				}
				c.Pass(10 * time.Minute)
				if share := fmt.Sprintf("%d+%d", c.Healthy(stableGroup), c.Healthy(canaryGroup)); share != shares[to] {
					t.Errorf("later, %s are healthy, want %s", share, shares[to])
				}
				if split, err := tt.Split(t.Context()); err != nil || !split.Same(at(to)) {
					t.Errorf("later, traffic is at %v, %v", split, err)
				}
				if after := [][]string{c.Instances(stableGroup), c.Instances(canaryGroup)}; !slices.EqualFunc(before, after, slices.Equal) {
					t.Errorf("the instances were %v, and are %v", before, after)
				}
			})
		}
	}
	measured.Log(t, "%d shifts between weights: capacity never below the stable version's, no instance started or ended", shifts)
}

func TestActualShareIsShownBesideTheWantedOne(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.deployed()
	tt := c.target()
	if got := c.shift(tt, at(10)); got.Weight != 20 { // one of five
		t.Errorf("wanted 10%%, and requests meet %v", got)
	}
	if split, err := tt.Split(t.Context()); err != nil || split.Weight != 10 {
		t.Errorf("split reads %v, %v", split, err)
	}
	if got := c.shift(tt, at(90)); got.Weight != 80 {
		t.Errorf("wanted 90%%, and requests meet %v", got)
	}
}

// TestWhatWasTakenOutComesBack puts an instance back that a handler which was overtaken took out: Auto Scaling registers each once.
func TestWhatWasTakenOutComesBack(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.deployed()
	tt := c.target()
	c.shift(tt, at(10))
	_, err := c.LoadBalancing.DeregisterTargets(fleettest.Foreign(), &elbv2.DeregisterTargetsInput{
		TargetGroupArn: aws.String(c.TargetGroup), Targets: []elbtypes.TargetDescription{{Id: aws.String(c.Instances(stableGroup)[0])}},
	})
	must(t, err)
	c.Pass(5 * time.Minute)
	if healthy := c.Healthy(stableGroup); healthy != 3 {
		t.Fatalf("%d of 4 instances are healthy", healthy)
	}
	c.shift(tt, release.Pure("2"))
	c.Pass(time.Minute)
	if healthy := c.Healthy(stableGroup); healthy != 4 {
		t.Errorf("%d of 4 instances are healthy after the rollback; the targets are %v", healthy, c.Health())
	}
}

// TestWhatCameLateIsTakenOut goes back once more after a handler that was overtaken put one instance of two into the target group: no split that anybody wanted.
// Somebody who moves traffic on from there finds that it is not his.
func TestWhatCameLateIsTakenOut(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.deployed()
	tt := c.target()
	c.shift(tt, at(10))
	c.shift(tt, at(0))
	_, err := c.LoadBalancing.RegisterTargets(fleettest.Foreign(), &elbv2.RegisterTargetsInput{
		TargetGroupArn: aws.String(c.TargetGroup), Targets: []elbtypes.TargetDescription{{Id: aws.String(c.Instances(canaryGroup)[0])}},
	})
	must(t, err)
	c.Pass(5 * time.Minute)
	if canaries := c.Healthy(canaryGroup); canaries != 1 {
		t.Fatalf("%d canaries are healthy", canaries)
	}
	_, err = tt.Shift(t.Context(), at(50), mine(at(0), at(10)))
	expectKind(t, err, release.KindConflict, "somebody else")
	if _, err := tt.Shift(t.Context(), at(0), mine(at(0), at(10))); err != nil {
		t.Fatal(err)
	}
	c.settled(tt, at(0))
	if canaries, stables := c.Healthy(canaryGroup), c.Healthy(stableGroup); canaries != 0 || stables != 4 {
		t.Errorf("%d canaries and %d stable instances get requests", canaries, stables)
	}
}

// TestRollBackUpToHalf takes the canary out in the very call, because the stable version never left.
func TestRollBackUpToHalf(t *testing.T) {
	t.Parallel()
	for _, weight := range []float64{10, 50} {
		c := newCloud(t)
		c.deployed()
		tt := c.target()
		c.shift(tt, at(weight))
		if _, err := tt.Shift(t.Context(), at(0), anything()); err != nil {
			t.Fatal(err)
		}
		if canaries, stables := c.Healthy(canaryGroup), c.Healthy(stableGroup); canaries != 0 || stables != 4 {
			t.Errorf("right after going back from %v%%, %d canaries and %d stable instances get requests", weight, canaries, stables)
		}
	}
}

func TestShiftHoldsBothVersionsAtTheirSize(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.deployed()
	c.shift(c.target(), at(10))
	for _, name := range []string{stableGroup, canaryGroup} {
		if group := c.Described(name); *group.MinSize != 4 {
			t.Errorf("group %s has minimum %d", name, *group.MinSize)
		}
	}
}

// TestForeignChangesAreConflicts changes what has arrived, each in one way.
func TestForeignChangesAreConflicts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		weight float64
		change func(*cloud)
		names  string
	}{
		"another group attached": {10, func(c *cloud) {
			c.Group("echo-production-4", "4", 1, fleettest.Made("r-9"), nil)
			c.Attach("echo-production-4")
		}, "version 4"},
		"the canary's group attached": {10, func(c *cloud) { c.Attach(canaryGroup) }, "version 5"},
		"the stable group detached":   {10, func(c *cloud) { c.Detach(stableGroup) }, "version 5"},
		"a canary put in at weight 0": {0, func(c *cloud) { c.Register(c.Instances(canaryGroup)[0]) }, "version 5"},
		"an instance of nobody's": {0, func(c *cloud) {
			c.Group("strangers", "3", 1, map[string]string{"goldfinch:environment": "staging"}, nil)
			c.Register(c.Instances("strangers")[0])
		}, "instance i-"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.deployed()
			tt := c.target()
			c.shift(tt, at(10))
			c.shift(tt, at(test.weight))
			test.change(c)
			writes := len(c.Writes())
			_, err := tt.Shift(t.Context(), at(30), mine(at(0), at(10), at(30)))
			expectKind(t, err, release.KindConflict, test.names, "CloudTrail")
			if len(c.Writes()) != writes {
				t.Errorf("it wrote %v", c.Writes()[writes:])
			}
		})
	}
}

func TestShiftToAVersionWithoutAGroup(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	_, err := c.target().Shift(t.Context(), release.Split{Stable: "2", Canary: "77", Weight: 10}, anything())
	expectKind(t, err, release.KindConflict, "version 77 of service echo in production has no Auto Scaling group")
	if split, err := c.target().Split(t.Context()); err != nil || !split.Same(at(0)) {
		t.Errorf("traffic is at %v, %v", split, err)
	}
	_, err = c.target().Shift(t.Context(), release.Split{}, anything())
	expectKind(t, err, release.KindDirty, "no version to go back to")
}

// TestCrashBetweenAnyTwoCalls ends a shift at each of its writes, and lets another process go on.
func TestCrashBetweenAnyTwoCalls(t *testing.T) {
	t.Parallel()
	died := fmt.Errorf("the process died")
	for _, operation := range []string{
		"elasticloadbalancing:AddTags", "elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets", "autoscaling:AttachTrafficSources",
		"autoscaling:DetachTrafficSources", "autoscaling:UpdateAutoScalingGroup", "autoscaling:CreateOrUpdateTags",
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.deployed()
			c.Next(operation, func() error { return died })
			for _, weight := range []float64{30, 10, 80, 0} {
				for tries := 0; ; tries++ {
					if _, err := c.target().Shift(t.Context(), at(weight), anything()); err == nil {
						break
					} else if tries > 2 {
						t.Fatal(err)
					}
				}
				for range 50 {
					when, _, err := c.target().Arrives(t.Context(), target.Shifted{Split: at(weight), At: c.Clock.Now()})
					if err == nil && !when.IsZero() {
						break
					}
					c.Pass(10 * time.Second)
				}
			}
			if stables, canaries := c.Healthy(stableGroup), c.Healthy(canaryGroup); stables != 4 || canaries != 0 {
				t.Errorf("in the end, %d stable instances and %d canaries are healthy", stables, canaries)
			}
		})
	}
}

// TestArrivalWaitsForHealth: a canary that fails its health checks never takes over, and one of a small share never arrives.
func TestArrivalWaitsForHealth(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.deployed()
	c.Sicken(c.images["5"])
	tt := c.target()
	for _, want := range []release.Split{at(10), at(100)} {
		if _, err := tt.Shift(t.Context(), want, anything()); err != nil {
			t.Fatal(err)
		}
		for range 30 {
			c.Pass(10 * time.Second)
			when, _, err := tt.Arrives(t.Context(), target.Shifted{Split: want, At: c.Clock.Now()})
			if err != nil || !when.IsZero() {
				t.Fatalf("%v has arrived at %v, %v", want, when, err)
			}
			if c.Healthy(stableGroup) != 4 {
				t.Fatalf("the stable instances are taken out: %v", c.Health())
			}
		}
	}
	if got := c.shift(tt, at(0)); !got.Same(at(0)) {
		t.Errorf("requests meet %v", got)
	}
}

func TestArrivesOfAnotherSplit(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.deployed()
	tt := c.target()
	c.shift(tt, at(10))
	when, got, err := tt.Arrives(t.Context(), target.Shifted{Split: at(50), At: c.Clock.Now()})
	if err != nil || !when.IsZero() || !got.Same(at(10)) {
		t.Errorf("arrived %v, %v, %v", when, got, err)
	}
	if tt.UnlockedFor() < time.Minute {
		t.Errorf("a writer is waited for %s", tt.UnlockedFor())
	}
}

// TestATagOfSomebodyElse is no intention.
func TestATagOfSomebodyElse(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"", "hello", "stable=2 canary=5 weight=x", "stable=2 weight=200", "stable=2 canary=5 weight=1 at=y", "stable=2 weight=5"} {
		c := newCloud(t)
		_, err := c.LoadBalancing.AddTags(fleettest.Foreign(), &elbv2.AddTagsInput{ResourceArns: []string{c.TargetGroup}, Tags: tagged(asg.TagSplit, value)})
		must(t, err)
		if split, err := c.target().Split(context.Background()); err != nil || !split.Same(at(0)) {
			t.Errorf("with %q, traffic is at %v, %v", value, split, err)
		}
	}
}
