package fleet_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

// TestDeleteDrainsFirst looks after each call: no instance may end while it still answers requests.
func TestDeleteDrainsFirst(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	group := c.cloned()
	c.Attach(group.Name)
	c.Pass(time.Minute)
	ids := c.Instances(group.Name)
	if c.Healthy(group.Name) != 2 {
		t.Fatalf("the targets are %v", c.Health())
	}
	drained := false
	for range 50 {
		done, err := c.fleet().Delete(t.Context(), group)
		must(t, err)
		states := c.Health()
		busy := slices.ContainsFunc(ids, func(id string) bool { _, there := states[id]; return there })
		drained = drained || busy
		if described := c.Described(group.Name); busy && *described.DesiredCapacity != 2 {
			t.Fatalf("the group is emptied while the targets are %v", states)
		}
		if done {
			break
		}
		c.Pass(10 * time.Second)
	}
	c.Pass(time.Minute)
	if !drained || c.Described(group.Name) != nil {
		t.Errorf("drained %t; the group is %v", drained, c.Described(group.Name))
	}
	if done, err := c.fleet().Delete(t.Context(), group); !done || err != nil {
		t.Errorf("deleting what is gone: %t, %v", done, err)
	}
	if c.Healthy("web") != 2 {
		t.Errorf("web has %d healthy instances", c.Healthy("web"))
	}
}

// TestDeleteByTwoAtOnce: AWS refuses to detach a group from what another run has detached it from just now.
func TestDeleteByTwoAtOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	group := c.cloned()
	c.Attach(group.Name)
	c.Next("autoscaling:DetachTrafficSources", func() error { c.Detach(group.Name); return nil })
	if _, err := c.fleet().Delete(t.Context(), group); err != nil {
		t.Errorf("detached by another run: %v", err)
	}
}

func TestDeleteOfProtectedAndStandbyInstances(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 3, nil)
	group := c.cloned()
	c.Pass(time.Minute)
	ids := c.Instances(group.Name)
	_, err := c.AutoScaling.SetInstanceProtection(fleettest.Foreign(), &autoscaling.SetInstanceProtectionInput{AutoScalingGroupName: aws.String(group.Name), InstanceIds: ids[:1], ProtectedFromScaleIn: aws.Bool(true)})
	must(t, err)
	_, err = c.AutoScaling.UpdateAutoScalingGroup(fleettest.Foreign(), &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: aws.String(group.Name), MinSize: aws.Int32(0)})
	must(t, err)
	_, err = c.AutoScaling.EnterStandby(fleettest.Foreign(), &autoscaling.EnterStandbyInput{AutoScalingGroupName: aws.String(group.Name), InstanceIds: ids[1:2], ShouldDecrementDesiredCapacity: aws.Bool(true)})
	must(t, err)
	c.Pass(time.Minute)
	c.deleted(c.fleet(), group)
}

func TestDeleteEmptiesTheUsersOwnGroup(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	c.deleted(c.fleet(), c.named("web"))
	web := c.Described("web")
	if web == nil || *web.DesiredCapacity != 0 || *web.MaxSize != 0 || len(web.Instances) != 0 || len(web.TargetGroupARNs)+len(web.TrafficSources) != 0 {
		t.Errorf("the group is %+v", web)
	}
	if slices.Contains(c.Calls(), "autoscaling:DeleteAutoScalingGroup") {
		t.Error("somebody else's group was to be deleted")
	}
}

func TestDeleteOfAGroupThatIsNotOurs(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 1, nil)
	c.Group("other", "2", 1, map[string]string{fleet.TagEnvironment: "staging"}, nil)
	writes := len(c.Writes())
	_, err := c.fleet().Delete(t.Context(), c.named("other"))
	expectKind(t, err, release.KindConflict, "other", "left alone")
	if len(c.Writes()) != writes {
		t.Errorf("it wrote %v", c.Writes()[writes:])
	}
}

func TestHoldAndFree(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 3, sized(1, 5))
	f := c.fleet()
	must(t, f.Hold(t.Context(), c.named("web")))
	held := c.named("web")
	if held.Minimum != 3 || !held.Held {
		t.Errorf("held, it is %+v", held)
	}
	writes := len(c.Writes())
	must(t, f.Hold(t.Context(), held))
	if len(c.Writes()) != writes {
		t.Errorf("holding again wrote %v", c.Writes()[writes:])
	}
	must(t, f.Free(t.Context(), held))
	free := c.named("web")
	if free.Minimum != 1 || free.Held {
		t.Errorf("freed, it is %+v", free)
	}
	writes = len(c.Writes())
	must(t, f.Free(t.Context(), free))
	if len(c.Writes()) != writes {
		t.Errorf("freeing again wrote %v", c.Writes()[writes:])
	}
}

func TestHoldGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 3, sized(1, 5))
	c.Next("autoscaling:UpdateAutoScalingGroup", func() error { return errDied })
	if err := c.fleet().Hold(t.Context(), c.named("web")); err == nil {
		t.Fatal("the crash went unnoticed")
	}
	must(t, c.fleet().Hold(t.Context(), c.named("web")))
	if web := c.named("web"); web.Minimum != 3 {
		t.Errorf("the minimum is %d", web.Minimum)
	}
	must(t, c.fleet().Free(t.Context(), c.named("web")))
	if web := c.named("web"); web.Minimum != 1 {
		t.Errorf("freed, the minimum is %d", web.Minimum)
	}
}

// TestDeleteOfAGroupThatServesElsewhere leaves it alone: nobody moves that traffic.
func TestDeleteOfAGroupThatServesElsewhere(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 1, nil)
	behind := c.NewTargetGroup("batch", true)
	c.Group("echo-production-2", "2", 1, fleettest.Made("r-0"), func(input *autoscaling.CreateAutoScalingGroupInput) { input.TrafficSources = c.Sources(behind) })
	writes := len(c.Writes())
	_, err := c.fleet().Delete(t.Context(), c.named("echo-production-2"))
	expectKind(t, err, release.KindConflict, "echo-production-2", "targetgroup/batch", "left alone")
	if len(c.Writes()) != writes {
		t.Errorf("it wrote %v", c.Writes()[writes:])
	}
}

// TestClaim marks the user's own group while it is attached, for one release.
func TestClaim(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 1, nil)
	c.Group("worker", "2", 1, map[string]string{fleet.TagEnvironment: fleettest.Environment}, nil)
	c.Group("echo-production-2", "2", 0, fleettest.Made("r-0"), nil)
	c.Group("copied", "2", 0, fleettest.Made("r-0"), nil)
	f, live := c.fleet(), c.named("web")
	for _, name := range []string{"worker", "echo-production-2", "copied"} {
		must(t, f.Claim(t.Context(), c.named(name)))
	}
	if len(c.Writes()) > 0 {
		t.Errorf("claiming what is attached to nothing wrote %v", c.Writes())
	}
	must(t, f.Claim(t.Context(), c.named("web")))
	writes := len(c.Writes())
	must(t, f.Claim(t.Context(), c.named("web")))
	if len(c.Writes()) != writes {
		t.Errorf("claiming again wrote %v", c.Writes()[writes:])
	}
	if web := c.named("web"); web.Environment != fleettest.Environment {
		t.Errorf("its environment is %q, and nobody knows it any more when it is detached", web.Environment)
	}
	c.Detach("web")
	for name, want := range map[string]bool{"web": true, "worker": false, "echo-production-2": true, "copied": false} {
		if got := f.Replaces(c.named(name), live); got != want {
			t.Errorf("the release replaces %s: %t", name, got)
		}
	}
	if c.fleetOf("r-2").Replaces(c.named("web"), live) {
		t.Error("another release replaces what this one has claimed")
	}
	if f.Replaces(c.named("web"), fleet.Group{}) {
		t.Error("without a live group, the user's own is replaced")
	}
}
