package fleet_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

var errDied = errors.New("the process died")

// inspect lists what is found of web, by kind and what was got.
func (c *cloud) inspect(version, image string) []target.Finding {
	c.TB.Helper()
	findings, err := c.fleet().Inspect(context.Background(), c.named("web"), target.Released{Version: version, Artifact: release.Artifact{AMI: image}})
	must(c.TB, err)
	return findings
}

func TestInspect(t *testing.T) {
	t.Parallel()
	foreign := fleettest.Foreign()
	tests := map[string]struct {
		mutate    func(*cloud)
		kind      target.FindingKind
		want, got string
	}{
		"a tainted instance":   {func(c *cloud) { c.Taint(c.Instances("web")[0], "ssm:StartSession by alice") }, target.FindingInstance, "an instance nobody changed", "tainted: ssm:StartSession by alice"},
		"a taint of no reason": {func(c *cloud) { c.Taint(c.Instances("web")[0], "") }, target.FindingInstance, "an instance nobody changed", "tainted: tagged goldfinch:tainted"},
		"another version for new instances": {func(c *cloud) {
			c.Version(c.images["4"])
			_, err := c.AutoScaling.UpdateAutoScalingGroup(foreign, &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: aws.String("web"), LaunchTemplate: launch(c, "3")})
			must(c.TB, err)
		}, target.FindingVersion, "launch template version 2", "launch template version 3"},
		"a process that is off": {func(c *cloud) {
			_, err := c.AutoScaling.SuspendProcesses(foreign, &autoscaling.SuspendProcessesInput{AutoScalingGroupName: aws.String("web"), ScalingProcesses: []string{"ReplaceUnhealthy"}})
			must(c.TB, err)
		}, target.FindingVersion, "a group that replaces what fails", "suspended processes ReplaceUnhealthy"},
		"no instances": {func(c *cloud) {
			_, err := c.AutoScaling.UpdateAutoScalingGroup(foreign, &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: aws.String("web"), MinSize: aws.Int32(0), DesiredCapacity: aws.Int32(0)})
			must(c.TB, err)
		}, target.FindingVersion, "a group with instances", "desired capacity 0 of at most 7"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, 2, nil)
			if found := c.inspect("2", c.images["2"]); len(found) > 0 {
				t.Fatalf("before, there is %+v", found)
			}
			test.mutate(c)
			writes := len(c.Writes())
			found := c.inspect("2", c.images["2"])
			if len(found) != 1 || found[0].Kind != test.kind || found[0].Want != test.want || found[0].Got != test.got {
				t.Errorf("found %+v", found)
			}
			if len(c.Writes()) != writes {
				t.Errorf("looking wrote %v", c.Writes()[writes:])
			}
		})
	}
}

func launch(c *cloud, version string) *types.LaunchTemplateSpecification {
	return &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String(c.Template), Version: aws.String(version)}
}

// TestInspectForeignInstances gives the group another version for a while, in which one of its instances is started.
func TestInspectForeignInstances(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 1, nil)
	c.Version(c.images["4"])
	for _, version := range []string{"3", "2"} {
		_, err := c.AutoScaling.UpdateAutoScalingGroup(fleettest.Foreign(), &autoscaling.UpdateAutoScalingGroupInput{
			AutoScalingGroupName: aws.String("web"), LaunchTemplate: launch(c, version), DesiredCapacity: aws.Int32(2),
		})
		must(t, err)
		c.Pass(time.Minute)
	}
	found := c.inspect("2", c.images["2"])
	if len(found) != 1 || found[0].Kind != target.FindingInstance || found[0].Want != c.images["2"] || found[0].Got != c.images["4"] {
		t.Errorf("found %+v", found)
	}
}

func TestInspectATemplateThatIsNotTheArtifact(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 1, nil)
	found := c.inspect("2", c.images["4"])
	if len(found) != 2 || found[0].Kind != target.FindingVersion || found[0].Want != c.images["4"] || found[1].Kind != target.FindingInstance {
		t.Errorf("found %+v", found)
	}
}

func TestMachines(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	instances := append(c.named("web").Instances, fleet.Instance{ID: "i-0123456789abcdef0"})
	machines, err := c.fleet().Machines(t.Context(), instances)
	must(t, err)
	if len(machines) != 2 || machines[instances[0].ID].Image != c.images["2"] || machines[instances[0].ID].Address == "" {
		t.Errorf("the machines are %+v", machines)
	}
}

// mended mends until it is done, and looks after each step that the floor is kept.
func (c *cloud) mended(f *fleet.Fleet, instance string, floor int) {
	c.TB.Helper()
	for range 100 {
		done, err := f.Mend(context.Background(), c.named("web"), instance, c.TargetGroup, nil)
		must(c.TB, err)
		if healthy := c.Healthy("web"); healthy < floor {
			c.TB.Fatalf("%d instances are healthy, and the floor is %d", healthy, floor)
		}
		if done {
			return
		}
		c.Pass(10 * time.Second)
		if healthy := c.Healthy("web"); healthy < floor {
			c.TB.Fatalf("%d instances are healthy, and the floor is %d", healthy, floor)
		}
	}
	c.TB.Fatalf("%s is not replaced: %+v", instance, c.named("web"))
}

func percent(floor float64) func(*release.Document) {
	return func(document *release.Document) { document.Drift.HealthyPercent = &floor }
}

func TestMendKeepsTheFloor(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		size, maximum int
		percent       float64
		floor         int
	}{
		"one of four, half may be away":          {4, 5, 50, 3},
		"one of four, none may be away":          {4, 5, 90, 4},
		"none may be away, and none may be more": {4, 4, 100, 4},
		"a group of one":                         {1, 1, 90, 1},
		"no floor":                               {2, 2, 0, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, test.size, sized(test.size, test.maximum))
			victim := c.Instances("web")[0]
			c.Taint(victim, "a login")
			c.mended(c.fleet(percent(test.percent)), victim, test.floor)
			c.Pass(5 * time.Minute)
			web := c.named("web")
			if slices.Contains(c.Instances("web"), victim) || c.Healthy("web") != test.size {
				t.Errorf("the instances are %v, healthy %d", c.Instances("web"), c.Healthy("web"))
			}
			if _, surging := web.Tag(fleet.TagSurge); surging || web.Desired != test.size || web.Maximum != test.maximum || web.Minimum != test.size {
				t.Errorf("the group is desired %d, minimum %d, maximum %d, tagged %t", web.Desired, web.Minimum, web.Maximum, surging)
			}
			if len(c.inspect("2", c.images["2"])) != 0 {
				t.Errorf("there is still %+v", c.inspect("2", c.images["2"]))
			}
		})
	}
}

func TestMendGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"autoscaling:CreateOrUpdateTags", "autoscaling:UpdateAutoScalingGroup", "autoscaling:TerminateInstanceInAutoScalingGroup", "autoscaling:DeleteTags"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, 1, sized(1, 1))
			victim, died := c.Instances("web")[0], false
			c.Next(operation, func() error { died = true; return errDied })
			for range 100 {
				done, err := c.fleet().Mend(t.Context(), c.named("web"), victim, c.TargetGroup, nil)
				if err != nil && !errors.Is(err, errDied) {
					t.Fatal(err)
				}
				if c.Healthy("web") < 1 {
					t.Fatal("nothing is healthy")
				}
				if done && err == nil {
					break
				}
				c.Pass(10 * time.Second)
			}
			c.Pass(5 * time.Minute)
			if web := c.named("web"); !died || web.Desired != 1 || web.Maximum != 1 || len(web.Instances) != 1 || web.Instances[0].ID == victim {
				t.Errorf("died %t; the group is %+v", died, web)
			}
		})
	}
}

func TestMendStopsAfterSomeReplacementsInADay(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	f := c.fleet(percent(0), func(document *release.Document) { document.Drift.Repeats = 2 })
	for range 2 {
		c.mended(f, c.Instances("web")[0], 1)
	}
	victim := c.Instances("web")[0]
	writes := len(c.Writes())
	_, err := f.Mend(t.Context(), c.named("web"), victim, c.TargetGroup, nil)
	expectKind(t, err, release.KindRefused, "2 instances of group web were replaced within a day", "drift.repeats")
	if len(c.Writes()) != writes {
		t.Errorf("it wrote %v", c.Writes()[writes:])
	}
	c.Pass(25 * time.Hour)
	c.mended(f, victim, 1)
}

func TestMendReplacesNoMoreAtOnceThanAllowed(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 4, nil)
	f := c.fleet(percent(0))
	ids := c.Instances("web")
	for _, id := range ids[:3] {
		if _, err := f.Mend(t.Context(), c.named("web"), id, c.TargetGroup, nil); err != nil {
			t.Fatal(err)
		}
	}
	terminated := 0
	for _, call := range c.Calls() {
		if call == "autoscaling:TerminateInstanceInAutoScalingGroup" {
			terminated++
		}
	}
	if terminated != 1 {
		t.Errorf("%d instances were terminated at once", terminated)
	}
}

func TestMendHeedsItsCheck(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	lost := errors.New("the lease is lost")
	writes := len(c.Writes())
	for _, floor := range []float64{0, 100} {
		_, err := c.fleet(percent(floor)).Mend(t.Context(), c.named("web"), c.Instances("web")[0], c.TargetGroup, func(context.Context) error { return lost })
		if !errors.Is(err, lost) {
			t.Errorf("with a failing check: %v", err)
		}
	}
	if len(c.Writes()) != writes {
		t.Errorf("it wrote %v", c.Writes()[writes:])
	}
}

// TestMendOfAnInstanceThatEndsByItself ends the instance that is to be replaced once its group has one more.
func TestMendOfAnInstanceThatEndsByItself(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 1, sized(1, 1))
	f, victim := c.fleet(), c.Instances("web")[0]
	_, err := f.Mend(t.Context(), c.named("web"), victim, c.TargetGroup, nil)
	must(t, err)
	c.Pass(2 * time.Minute)
	_, err = c.EC2.TerminateInstances(fleettest.Foreign(), &ec2.TerminateInstancesInput{InstanceIds: []string{victim}})
	must(t, err)
	c.Pass(5 * time.Minute)
	c.mended(f, victim, 1)
	c.Pass(5 * time.Minute)
	if web := c.named("web"); web.Desired != 1 || web.Maximum != 1 || len(web.Instances) != 1 {
		t.Errorf("the group is %+v", web)
	}
}

// scaled gives web a size, as a scaling policy does.
func (c *cloud) scaled(desired int) {
	c.TB.Helper()
	_, err := c.AutoScaling.SetDesiredCapacity(fleettest.Foreign(), &autoscaling.SetDesiredCapacityInput{AutoScalingGroupName: aws.String("web"), DesiredCapacity: aws.Int32(int32(desired))})
	must(c.TB, err)
}

// TestMendLeavesTheSizeThatSomebodyElseGives lets a scaling policy change the group's size while an instance is replaced, or when that is over.
func TestMendLeavesTheSizeThatSomebodyElseGives(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		maximum int
		// before and after are the sizes that the policy gives before and after the instance is terminated; 0 is none.
		before, after, want int
	}{
		"more before":                {12, 9, 0, 9},
		"one more after":             {12, 0, 5, 5},
		"many more after":            {12, 0, 9, 9},
		"less before":                {12, 3, 0, 3},
		"no more than what is there": {4, 5, 0, 4}, // which is what the replacement needs
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, 4, sized(2, test.maximum))
			f, victim, terminated := c.fleet(percent(100)), c.Instances("web")[0], false
			c.Taint(victim, "a login")
			_, err := f.Mend(t.Context(), c.named("web"), victim, c.TargetGroup, nil)
			must(t, err)
			if web := c.named("web"); web.Desired != 5 {
				t.Fatalf("the group has a size of %d", web.Desired)
			}
			if test.before > 0 {
				c.scaled(test.before)
			}
			for range 40 {
				for _, one := range c.inspect("2", c.images["2"]) {
					_, err := f.Mend(t.Context(), c.named("web"), one.Resource, c.TargetGroup, nil)
					must(t, err)
					if !terminated && slices.Contains(c.Calls(), "autoscaling:TerminateInstanceInAutoScalingGroup") {
						terminated = true
						if test.after > 0 {
							c.scaled(test.after)
						}
					}
				}
				c.Pass(30 * time.Second)
			}
			c.Pass(5 * time.Minute)
			web := c.named("web")
			if _, tagged := web.Tag(fleet.TagSurge); tagged || web.Desired != test.want || web.Maximum != test.maximum || c.Healthy("web") != test.want {
				t.Errorf("the group is desired %d, maximum %d, healthy %d, tagged %t", web.Desired, web.Maximum, c.Healthy("web"), tagged)
			}
			if slices.Contains(c.Instances("web"), victim) {
				t.Error("the instance is not replaced")
			}
		})
	}
}
