package asg_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/asg"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

func denied(operation string) error {
	return &smithy.GenericAPIError{Code: "AccessDenied", Message: "not authorized to perform: " + operation}
}

// retired retires until it is done, and wants the present version to keep its instances.
func (c *cloud) retired(t *asg.Target, current, previous string) (versions []string) {
	c.TB.Helper()
	for range 60 {
		gone, done, err := t.Retire(c.TB.Context(), current, previous)
		must(c.TB, err)
		versions = append(versions, gone...)
		if done {
			return versions
		}
		c.Pass(15 * time.Second)
	}
	c.TB.Fatal("retiring does not end")
	return nil
}

func (c *cloud) restored(t *asg.Target, stable string) {
	c.TB.Helper()
	for range 60 {
		_, done, err := t.Restore(c.TB.Context(), stable)
		must(c.TB, err)
		if done {
			return
		}
		c.Pass(15 * time.Second)
	}
	c.TB.Fatal("restoring does not end")
}

func TestRetireAfterPromotion(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.deployed()
	tt := c.target()
	c.shift(tt, at(10))
	c.shift(tt, at(100))
	if got := c.retired(tt, "5", "2"); !slices.Equal(got, []string{"2"}) {
		t.Errorf("retired %v", got)
	}
	c.Pass(time.Minute)
	group := c.Described(canaryGroup)
	if c.Described(stableGroup) != nil || *group.MinSize != 0 || c.Healthy(canaryGroup) != 4 {
		t.Errorf("the groups are %v; minimum %d, healthy %d", c.Groups(), *group.MinSize, c.Healthy(canaryGroup))
	}
	if split, err := tt.Split(t.Context()); err != nil || !split.Same(at(100)) {
		t.Errorf("traffic is at %v, %v", split, err)
	}
	found, err := c.target(func(d *release.Document) { d.Artifact.AMI = c.images["4"] }).Preflight(t.Context())
	if err != nil || !found.Split.Same(at(100)) {
		t.Errorf("the next release finds %+v, %v", found, err)
	}
}

func TestRestoreAfterRollback(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.deployed()
	tt := c.target()
	c.shift(tt, at(80))
	if _, err := tt.Shift(t.Context(), at(0), anything()); err != nil {
		t.Fatal(err)
	}
	c.restored(tt, "2")
	c.Pass(time.Minute)
	if c.Described(canaryGroup) != nil || slices.Contains(c.Versions(), "5") || *c.Described(stableGroup).MinSize != 0 || c.Healthy(stableGroup) != 4 {
		t.Errorf("the groups are %v, the versions %v, minimum %d, healthy %d", c.Groups(), c.Versions(), *c.Described(stableGroup).MinSize, c.Healthy(stableGroup))
	}
	writes := len(c.Writes())
	c.restored(tt, "2")
	if len(c.Writes()) != writes {
		t.Errorf("restoring again wrote %v", c.Writes()[writes:])
	}
}

func TestRestoreWithoutTraffic(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.deployed()
	c.restored(c.target(), "")
	if c.Described(canaryGroup) == nil {
		t.Error("without a stable version, something was deleted")
	}
	c.restored(c.target(), "2")
	c.Pass(time.Minute)
	if c.Described(canaryGroup) != nil {
		t.Errorf("the groups are %v", c.Groups())
	}
}

func TestRestoreKeepsWhatHasTraffic(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.deployed()
	tt := c.target()
	c.shift(tt, at(10))
	note, done, err := tt.Restore(t.Context(), "2")
	if err != nil || !done || note == "" || c.Described(canaryGroup) == nil {
		t.Errorf("restored: %q, %t, %v", note, done, err)
	}
}

// TestTheUsersOwnGroupIsEmptied releases over a group that Goldfinch did not make, and returns to its version.
func TestTheUsersOwnGroupIsEmptied(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Group("mine", "3", 2, nil, nil)
	c.Attach("mine")
	c.Detach(stableGroup)
	own := func(d *release.Document) { d.Target.ASG.Group = "mine" }
	tt := c.target(own)
	found, err := tt.Preflight(t.Context())
	if err != nil || !found.Split.Same(release.Pure("3")) {
		t.Fatalf("found %+v, %v", found, err)
	}
	for range 20 {
		_, done, err := tt.Deploy(t.Context(), "3")
		must(t, err)
		if done {
			break
		}
		c.Pass(30 * time.Second)
	}
	c.shift(tt, release.Split{Stable: "3", Canary: "5", Weight: 50})
	c.shift(tt, release.Pure("5"))
	if got := c.retired(tt, "5", "3"); slices.Contains(got, "3") {
		t.Errorf("deleted %v", got)
	}
	mine := c.Described("mine")
	if mine == nil || *mine.DesiredCapacity != 0 || len(mine.Instances) != 0 {
		t.Errorf("the user's own group is %+v", mine)
	}
	if again := c.retired(tt, "5", "3"); len(again) > 0 {
		t.Errorf("retiring again, %v", again)
	}
	if usable, err := tt.Usable(t.Context(), "3"); usable || err != nil {
		t.Errorf("the emptied version is usable: %t, %v", usable, err)
	}
}

func TestRetireCopiesPoliciesThatNeedTheTargetGroup(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	_, err := c.AutoScaling.PutScalingPolicy(fleettest.Foreign(), requestsPolicy(c))
	must(t, err)
	c.deployed()
	tt := c.target()
	c.shift(tt, at(100))
	c.retired(tt, "5", "2")
	output, err := c.AutoScaling.DescribePolicies(fleettest.Foreign(), &autoscaling.DescribePoliciesInput{AutoScalingGroupName: aws.String(canaryGroup)})
	must(t, err)
	if len(output.ScalingPolicies) != 1 {
		t.Errorf("the policies are %+v", output.ScalingPolicies)
	}
}

func TestInspectAndMend(t *testing.T) {
	t.Parallel()
	released := target.Released{Version: "2"}
	tests := map[string]struct {
		mutate func(*cloud)
		kind   target.FindingKind
	}{
		"another version attached": {func(c *cloud) {
			c.Group("echo-production-4", "4", 4, fleettest.Made("r-9"), nil)
			c.Attach("echo-production-4")
		}, target.FindingRouting},
		"all traffic elsewhere": {func(c *cloud) {
			c.Group("echo-production-4", "4", 4, fleettest.Made("r-9"), nil)
			c.Attach("echo-production-4")
			c.Detach(stableGroup)
		}, target.FindingRouting},
		"an instance of nobody's": {func(c *cloud) {
			c.Group("strangers", "3", 1, map[string]string{"goldfinch:environment": "staging"}, nil)
			c.Register(c.Instances("strangers")[0])
		}, target.FindingInstance},
		"a tainted instance": {func(c *cloud) { c.Taint(c.Instances(stableGroup)[0], "a login") }, target.FindingInstance},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			tt := c.target()
			if found, err := tt.Inspect(t.Context(), released); err != nil || len(found) > 0 {
				t.Fatalf("before, found %+v, %v", found, err)
			}
			test.mutate(c)
			found, err := tt.Inspect(t.Context(), released)
			if err != nil || len(found) != 1 || found[0].Kind != test.kind {
				t.Fatalf("found %+v, %v", found, err)
			}
			for tries := 0; ; tries++ {
				done, err := tt.Mend(t.Context(), released, found[0], anything())
				must(t, err)
				if done {
					break
				}
				if tries > 60 {
					t.Fatalf("mending does not end: %v", c.Health())
				}
				c.Pass(10 * time.Second)
			}
			c.Pass(3 * time.Minute)
			if left, err := tt.Inspect(t.Context(), released); err != nil || len(left) > 0 {
				t.Errorf("afterwards, found %+v, %v", left, err)
			}
			if c.Healthy(stableGroup) != 4 || *c.Described(stableGroup).MinSize != 0 {
				t.Errorf("%d stable instances are healthy, minimum %d", c.Healthy(stableGroup), *c.Described(stableGroup).MinSize)
			}
			if slices.Contains(c.Groups(), "strangers") && len(c.Instances("strangers")) != 1 {
				t.Error("somebody else's instance was ended")
			}
		})
	}
}

func TestInspectWithoutAGroup(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	found, err := c.target().Inspect(t.Context(), target.Released{Version: "99"})
	if err != nil || len(found) != 2 || found[0].Kind != target.FindingRouting || found[1].Kind != target.FindingVersion {
		t.Errorf("found %+v, %v", found, err)
	}
	_, err = c.target().Mend(t.Context(), target.Released{Version: "99"}, found[1], anything())
	expectKind(t, err, release.KindRefused, "only a release mends")
	_, err = c.target().Mend(t.Context(), target.Released{Version: "99"}, target.Finding{Kind: target.FindingInstance, Resource: "i-1"}, anything())
	expectKind(t, err, release.KindConflict, "version 99")
}

func TestMendOfAStrangerHeedsItsCheck(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Group("strangers", "3", 1, map[string]string{"goldfinch:environment": "staging"}, nil)
	id := c.Instances("strangers")[0]
	c.Register(id)
	lost := errors.New("the lease is lost")
	guard := anything()
	guard.Check = func(context.Context) error { return lost }
	if _, err := c.target().Mend(t.Context(), target.Released{Version: "2"}, target.Finding{Kind: target.FindingInstance, Resource: id}, guard); !errors.Is(err, lost) {
		t.Errorf("with a failing check: %v", err)
	}
	if len(c.Writes()) > 0 {
		t.Errorf("it wrote %v", c.Writes())
	}
}
