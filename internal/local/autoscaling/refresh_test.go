package autoscaling_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	ec2sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"
)

// preferences launch before they terminate, and need no warmup.
func preferences(change func(*types.RefreshPreferences)) *types.RefreshPreferences {
	p := &types.RefreshPreferences{MinHealthyPercentage: aws.Int32(100), MaxHealthyPercentage: aws.Int32(200), InstanceWarmup: aws.Int32(20)}
	if change != nil {
		change(p)
	}
	return p
}

// refresh starts a refresh of the group web to a version.
func (c *cloud) refresh(version string, p *types.RefreshPreferences) (*sdk.StartInstanceRefreshOutput, error) {
	in := &sdk.StartInstanceRefreshInput{AutoScalingGroupName: name("web"), Preferences: p}
	if version != "" {
		in.DesiredConfiguration = &types.DesiredConfiguration{LaunchTemplate: c.version(version)}
	}
	return c.StartInstanceRefresh(c.t.Context(), in)
}

// latest is the last refresh of the group web.
func (c *cloud) latest() types.InstanceRefresh {
	c.t.Helper()
	return must(c.DescribeInstanceRefreshes(c.t.Context(), &sdk.DescribeInstanceRefreshesInput{AutoScalingGroupName: name("web")}))(c.t).InstanceRefreshes[0]
}

// status checks the last refresh's status and percentage.
func (c *cloud) status(want types.InstanceRefreshStatus, percentage int32) {
	c.t.Helper()
	if got := c.latest(); got.Status != want || *got.PercentageComplete != percentage {
		c.t.Errorf("after %v the refresh is %s at %d %% (%s), want %s at %d %%", c.clock.Now().Sub(began), got.Status, *got.PercentageComplete, aws.ToString(got.StatusReason), want, percentage)
	}
}

func TestARefreshReplacesInstancesBeforeItTerminatesOthers(t *testing.T) {
	t.Parallel()
	c := start(t).web(4, nil)
	must(c.refresh("2", preferences(nil)))(t)
	if got := c.latest(); got.Status != types.InstanceRefreshStatusPending || got.EndTime != nil {
		t.Errorf("at first %+v", got)
	}
	c.pass(0)
	c.status(types.InstanceRefreshStatusInProgress, 0)
	c.is("4 InService v1", "4 Pending v2")
	c.pass(boots)
	c.is("4 InService v1", "4 InService v2") // none goes before another is warm
	c.pass(20 * time.Second)
	c.is("4 InService v2", "4 Terminating v1") // they have requests yet
	c.status(types.InstanceRefreshStatusInProgress, 100)
	if got := c.group().LaunchTemplate.Version; *got != "1" {
		t.Errorf("the group has version %s before the refresh has ended", *got)
	}
	c.pass(drains + interval)
	c.is("4 InService v2")
	c.status(types.InstanceRefreshStatusSuccessful, 100)
	if got := c.group().LaunchTemplate.Version; *got != "2" {
		t.Errorf("the group has version %s after the refresh", *got)
	}
	if got := c.balancer.serving(blue); len(got) != 4 {
		t.Errorf("targets %v", got)
	}
	for _, kind := range []string{"Started", "Succeeded"} {
		if got := c.told("EC2 Auto Scaling Instance Refresh " + kind); len(got) != 1 || got[0]["InstanceRefreshId"] != *c.latest().InstanceRefreshId {
			t.Errorf("events %s: %v", kind, got)
		}
	}
}

// healthy are the fewest instances in service while time passes.
func (c *cloud) fewest(d time.Duration) int {
	fewest := len(c.group().Instances)
	for range int(d / time.Second) {
		count := 0
		for _, instance := range c.group().Instances {
			if instance.LifecycleState == types.LifecycleStateInService {
				count++
			}
		}
		fewest = min(fewest, count)
		c.pass(time.Second)
	}
	return fewest
}

// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html: a maximum that is left out is not one of 100 that is given.
func TestTheHealthyBounds(t *testing.T) {
	t.Parallel()
	for title, test := range map[string]struct {
		size   int32
		change func(*types.RefreshPreferences)
		fewest int
	}{
		"by default a group of one has an outage": {1, func(p *types.RefreshPreferences) { p.MinHealthyPercentage, p.MaxHealthyPercentage = nil, nil }, 0},
		"by default one of ten is away at a time": {10, func(p *types.RefreshPreferences) { p.MinHealthyPercentage, p.MaxHealthyPercentage = nil, nil }, 9},
		"a minimum of 100 alone terminates first": {2, func(p *types.RefreshPreferences) { p.MaxHealthyPercentage = nil }, 1},
		"both at 100 launch one before one goes":  {2, func(p *types.RefreshPreferences) { p.MaxHealthyPercentage = aws.Int32(100) }, 2},
		"half of the group may be away":           {4, func(p *types.RefreshPreferences) { p.MinHealthyPercentage, p.MaxHealthyPercentage = aws.Int32(50), nil }, 2},
		"a maximum lets launch before it goes": {4, func(p *types.RefreshPreferences) {
			p.MinHealthyPercentage, p.MaxHealthyPercentage = aws.Int32(90), aws.Int32(110)
		}, 4},
		"more than the bound is launched at once": {2, func(p *types.RefreshPreferences) { p.MaxHealthyPercentage = aws.Int32(150) }, 2},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			c := start(t).web(test.size, func(in *sdk.CreateAutoScalingGroupInput) { in.MaxSize = aws.Int32(20) })
			must(c.refresh("2", preferences(test.change)))(t)
			if got := c.fewest(15 * time.Minute); got != test.fewest {
				t.Errorf("at the fewest %d of %d were in service, want %d", got, test.size, test.fewest)
			}
			c.status(types.InstanceRefreshStatusSuccessful, 100)
		})
	}
}

func TestDefaultsOfARefresh(t *testing.T) {
	t.Parallel()
	c := start(t).web(1, nil)
	must(c.refresh("2", &types.RefreshPreferences{CheckpointPercentages: []int32{100}}))(t)
	got := c.latest().Preferences
	if *got.MinHealthyPercentage != 90 || *got.MaxHealthyPercentage != 100 || *got.InstanceWarmup != 60 || *got.CheckpointDelay != 3600 || *got.SkipMatching || *got.AutoRollback ||
		*got.BakeTime != 0 || got.ScaleInProtectedInstances != types.ScaleInProtectedInstancesWait || got.StandbyInstances != types.StandbyInstancesWait {
		t.Errorf("defaults %+v", got)
	}
	c = start(t).web(1, func(in *sdk.CreateAutoScalingGroupInput) {
		in.DefaultInstanceWarmup = aws.Int32(7)
		in.InstanceMaintenancePolicy = &types.InstanceMaintenancePolicy{MinHealthyPercentage: aws.Int32(100), MaxHealthyPercentage: aws.Int32(150)}
	})
	must(c.refresh("2", nil))(t)
	if got := c.latest().Preferences; *got.MinHealthyPercentage != 100 || *got.MaxHealthyPercentage != 150 || *got.InstanceWarmup != 7 {
		t.Errorf("the group's defaults %+v", got)
	}
}

func TestCheckpoints(t *testing.T) {
	t.Parallel()
	c := start(t).web(4, nil)
	must(c.refresh("2", preferences(func(p *types.RefreshPreferences) {
		p.CheckpointPercentages, p.CheckpointDelay = []int32{25, 50, 100}, aws.Int32(600)
	})))(t)
	c.pass(boots + 20*time.Second + drains + interval)
	c.is("1 InService v2", "3 InService v1")
	c.status(types.InstanceRefreshStatusInProgress, 25)
	want := []map[string]any{{"AutoScalingGroupName": "web", "InstanceRefreshId": *c.latest().InstanceRefreshId, "CheckpointPercentage": "25", "CheckpointDelay": "600"}}
	if diff := cmp.Diff(want, c.told("EC2 Auto Scaling Instance Refresh Checkpoint Reached")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	c.pass(500 * time.Second)
	c.is("1 InService v2", "3 InService v1") // nobody can say go on
	c.pass(200 * time.Second)
	c.is("2 InService v1", "2 InService v2")
	c.pass(700 * time.Second)
	c.is("4 InService v2")
	c.status(types.InstanceRefreshStatusSuccessful, 100)
	if got := len(c.told("EC2 Auto Scaling Instance Refresh Checkpoint Reached")); got != 2 {
		t.Errorf("%d checkpoints were told, want 2: the last is none", got)
	}
}

func TestSmallGroupsSkipCheckpoints(t *testing.T) {
	t.Parallel()
	c := start(t).web(2, nil)
	must(c.refresh("2", preferences(func(p *types.RefreshPreferences) {
		p.CheckpointPercentages, p.CheckpointDelay = []int32{10, 40, 100}, aws.Int32(600)
	})))(t)
	c.pass(time.Hour)
	got := c.told("EC2 Auto Scaling Instance Refresh Checkpoint Reached")
	if len(got) != 1 || got[0]["CheckpointPercentage"] != "40" {
		t.Errorf("checkpoints %v, want 40 alone", got)
	}
	c.status(types.InstanceRefreshStatusSuccessful, 100)
}

func TestWithoutACheckpointOf100TheRestStays(t *testing.T) {
	t.Parallel()
	c := start(t).web(4, nil)
	must(c.refresh("2", preferences(func(p *types.RefreshPreferences) {
		p.CheckpointPercentages, p.CheckpointDelay = []int32{50}, aws.Int32(60)
	})))(t)
	c.pass(time.Hour)
	c.is("2 InService v1", "2 InService v2")
	c.status(types.InstanceRefreshStatusSuccessful, 50)
}

func TestScalingOutDuringARefreshLaunchesTheNewConfiguration(t *testing.T) {
	t.Parallel()
	c := start(t).web(4, nil)
	must(c.refresh("2", preferences(func(p *types.RefreshPreferences) {
		p.CheckpointPercentages, p.CheckpointDelay = []int32{50, 100}, aws.Int32(3600)
	})))(t)
	c.pass(5 * time.Minute)
	c.is("2 InService v1", "2 InService v2")
	must(c.SetDesiredCapacity(t.Context(), &sdk.SetDesiredCapacityInput{AutoScalingGroupName: name("web"), DesiredCapacity: aws.Int32(8)}))(t)
	c.pass(0)
	c.is("2 InService v1", "2 InService v2", "4 Pending v2")
	c.status(types.InstanceRefreshStatusInProgress, 25)
	c.pass(5 * time.Minute)
	// The group has grown, and so the checkpoint is reached once more.
	if got := len(c.told("EC2 Auto Scaling Instance Refresh Checkpoint Reached")); got != 2 {
		t.Errorf("the checkpoint was told %d times", got)
	}
}

func TestWhatARefreshForbids(t *testing.T) {
	t.Parallel()
	c := start(t).web(2, nil)
	must(c.refresh("2", preferences(nil)))(t)
	_, err := c.refresh("2", nil)
	refused(t, err, "InstanceRefreshInProgress", "already in progress")
	_, err = c.UpdateAutoScalingGroup(t.Context(), &sdk.UpdateAutoScalingGroupInput{AutoScalingGroupName: name("web"), LaunchTemplate: c.version("3")})
	refused(t, err, "ValidationError", "An active instance refresh with a desired configuration exists")
	must(c.UpdateAutoScalingGroup(t.Context(), &sdk.UpdateAutoScalingGroupInput{AutoScalingGroupName: name("web"), MaxSize: aws.Int32(12)}))(t)
	_, err = c.AttachTrafficSources(t.Context(), &sdk.AttachTrafficSourcesInput{AutoScalingGroupName: name("web"), TrafficSources: []types.TrafficSourceIdentifier{{Identifier: name(green)}}})
	refused(t, err, "InstanceRefreshInProgress", "web")
	_, err = c.DetachLoadBalancerTargetGroups(t.Context(), &sdk.DetachLoadBalancerTargetGroupsInput{AutoScalingGroupName: name("web"), TargetGroupARNs: []string{blue}})
	refused(t, err, "InstanceRefreshInProgress", "web")

	c = start(t).web(2, nil) // without a desired configuration the template may change
	must(c.refresh("", preferences(nil)))(t)
	must(c.UpdateAutoScalingGroup(t.Context(), &sdk.UpdateAutoScalingGroupInput{AutoScalingGroupName: name("web"), LaunchTemplate: c.version("3")}))(t)
	c.pass(5 * time.Minute)
	c.is("2 InService v3")
	c.status(types.InstanceRefreshStatusSuccessful, 100)
}

func TestWhatCanNotBeARefresh(t *testing.T) {
	t.Parallel()
	c := start(t).web(2, nil)
	c.alarms["errors"] = cloudwatchtypes.StateValueOk
	for words, change := range map[string]func(*types.RefreshPreferences){
		"ascending":                          func(p *types.RefreshPreferences) { p.CheckpointPercentages = []int32{50, 50} },
		"CheckpointPercentages must be spec": func(p *types.RefreshPreferences) { p.CheckpointDelay = aws.Int32(1) },
		"CheckpointDelay must be from": func(p *types.RefreshPreferences) {
			p.CheckpointPercentages, p.CheckpointDelay = []int32{100}, aws.Int32(172801)
		},
		"BakeTime must be from":             func(p *types.RefreshPreferences) { p.BakeTime = aws.Int32(-1) },
		"MinHealthyPercentage must be spec": func(p *types.RefreshPreferences) { p.MinHealthyPercentage = nil },
		"difference between":                func(p *types.RefreshPreferences) { p.MinHealthyPercentage = aws.Int32(50) },
		"MinHealthyPercentage must be from": func(p *types.RefreshPreferences) { p.MinHealthyPercentage = aws.Int32(101) },
		"MaxHealthyPercentage must be from": func(p *types.RefreshPreferences) { p.MaxHealthyPercentage = aws.Int32(99) },
		"is not valid":                      func(p *types.RefreshPreferences) { p.StandbyInstances = "Maybe" },
		"do not exist": func(p *types.RefreshPreferences) {
			p.AlarmSpecification = &types.AlarmSpecification{Alarms: []string{"errors", "unheard"}}
		},
		"1 to 10 alarms": func(p *types.RefreshPreferences) { p.AlarmSpecification = &types.AlarmSpecification{} },
	} {
		_, err := c.refresh("2", preferences(change))
		refused(t, err, "ValidationError", words)
	}
	automatic := preferences(func(p *types.RefreshPreferences) { p.AutoRollback = aws.Bool(true) })
	_, err := c.refresh("", automatic)
	refused(t, err, "ValidationError", "no desired configuration")
	_, err = c.refresh("$Latest", automatic)
	refused(t, err, "ValidationError", "$Latest")
	_, err = c.refresh("9", nil)
	refused(t, err, "ValidationError", "valid fully-formed launch template")
	_, err = c.StartInstanceRefresh(t.Context(), &sdk.StartInstanceRefreshInput{AutoScalingGroupName: name("web"), Strategy: types.RefreshStrategyReplaceRootVolume})
	refused(t, err, "ValidationError", "ReplaceRootVolume")
	_, err = c.StartInstanceRefresh(t.Context(), &sdk.StartInstanceRefreshInput{AutoScalingGroupName: name("none")})
	refused(t, err, "ValidationError", "not found")
	_, err = c.CancelInstanceRefresh(t.Context(), &sdk.CancelInstanceRefreshInput{AutoScalingGroupName: name("web")})
	refused(t, err, "ActiveInstanceRefreshNotFound", "web")
	_, err = c.RollbackInstanceRefresh(t.Context(), &sdk.RollbackInstanceRefreshInput{AutoScalingGroupName: name("web")})
	refused(t, err, "ActiveInstanceRefreshNotFound", "web")
}

func TestARollbackBringsBackWhatWas(t *testing.T) {
	t.Parallel()
	c := start(t).web(4, nil)
	must(c.refresh("2", preferences(func(p *types.RefreshPreferences) {
		p.CheckpointPercentages, p.CheckpointDelay = []int32{50, 100}, aws.Int32(3600)
	})))(t)
	c.pass(5 * time.Minute)
	c.status(types.InstanceRefreshStatusInProgress, 50)
	must(c.RollbackInstanceRefresh(t.Context(), &sdk.RollbackInstanceRefreshInput{AutoScalingGroupName: name("web")}))(t)
	c.pass(0)
	c.status(types.InstanceRefreshStatusRollbackInProgress, 50)
	c.is("2 InService v1", "2 InService v2", "2 Pending v1")
	c.pass(5 * time.Minute)
	c.status(types.InstanceRefreshStatusRollbackSuccessful, 0)
	c.is("4 InService v1")
	if got := c.latest().RollbackDetails; *got.PercentageCompleteOnRollback != 50 || *got.InstancesToUpdateOnRollback != 2 {
		t.Errorf("details %+v", got)
	}
	for _, kind := range []string{"Rollback Started", "Rollback Succeeded"} {
		if got := c.told("EC2 Auto Scaling Instance Refresh " + kind); len(got) != 1 {
			t.Errorf("events %s: %v", kind, got)
		}
	}
	// After it has ended there is nothing to roll back.
	must(c.refresh("2", preferences(nil)))(t)
	c.pass(5 * time.Minute)
	c.status(types.InstanceRefreshStatusSuccessful, 100)
	_, err := c.RollbackInstanceRefresh(t.Context(), &sdk.RollbackInstanceRefreshInput{AutoScalingGroupName: name("web")})
	refused(t, err, "ActiveInstanceRefreshNotFound", "web")
}

// The trap of https://github.com/hashicorp/terraform-provider-aws/issues/34189: who gives the group the new version first
// has it as the one to go back to.
func TestUpdatingTheGroupFirstMakesTheRollbackBringTheBadVersion(t *testing.T) {
	t.Parallel()
	c := start(t).web(2, nil)
	must(c.UpdateAutoScalingGroup(t.Context(), &sdk.UpdateAutoScalingGroupInput{AutoScalingGroupName: name("web"), LaunchTemplate: c.version("2")}))(t)
	c.pass(time.Minute)
	c.is("2 InService v1") // an update is for later launches
	must(c.refresh("2", preferences(func(p *types.RefreshPreferences) {
		p.CheckpointPercentages, p.CheckpointDelay = []int32{50, 100}, aws.Int32(3600)
	})))(t)
	c.pass(5 * time.Minute)
	must(c.RollbackInstanceRefresh(t.Context(), &sdk.RollbackInstanceRefreshInput{AutoScalingGroupName: name("web")}))(t)
	c.pass(5 * time.Minute)
	c.status(types.InstanceRefreshStatusRollbackSuccessful, 0)
	c.is("2 InService v2")
}

func TestARefreshThatCanNotBeRolledBack(t *testing.T) {
	t.Parallel()
	c := start(t).web(2, func(in *sdk.CreateAutoScalingGroupInput) { in.LaunchTemplate = c0(in) })
	rollback := func() error {
		_, err := c.RollbackInstanceRefresh(t.Context(), &sdk.RollbackInstanceRefreshInput{AutoScalingGroupName: name("web")})
		return err
	}
	must(c.refresh("2", preferences(nil)))(t)
	refused(t, rollback(), "IrreversibleInstanceRefresh", "$Default")
	c.pass(5 * time.Minute)
	must(c.refresh("", preferences(nil)))(t)
	refused(t, rollback(), "IrreversibleInstanceRefresh", "no desired configuration")
}

// c0 is the launch template of a creation, without a version: $Default.
func c0(in *sdk.CreateAutoScalingGroupInput) *types.LaunchTemplateSpecification {
	return &types.LaunchTemplateSpecification{LaunchTemplateId: in.LaunchTemplate.LaunchTemplateId}
}

func TestAnImageByAParameterCanNotBeRolledBack(t *testing.T) {
	t.Parallel()
	c := start(t).web(1, nil)
	must(c.ec2.CreateLaunchTemplateVersion(t.Context(), &ec2sdk.CreateLaunchTemplateVersionInput{
		LaunchTemplateId: &c.templateID, LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String("resolve:ssm:/golden")},
	}))(t)
	_, err := c.refresh("4", preferences(func(p *types.RefreshPreferences) { p.AutoRollback = aws.Bool(true) }))
	refused(t, err, "ValidationError", "Systems Manager")
}

func TestACancelledRefreshLeavesAMixedFleet(t *testing.T) {
	t.Parallel()
	for _, waits := range []bool{true, false} {
		c := start(t).web(4, nil)
		must(c.refresh("2", preferences(func(p *types.RefreshPreferences) {
			p.CheckpointPercentages, p.CheckpointDelay = []int32{50, 100}, aws.Int32(3600)
		})))(t)
		c.pass(boots / 2)
		must(c.CancelInstanceRefresh(t.Context(), &sdk.CancelInstanceRefreshInput{AutoScalingGroupName: name("web"), WaitForTransitioningInstances: &waits}))(t)
		c.pass(0)
		want := map[bool]types.InstanceRefreshStatus{true: types.InstanceRefreshStatusCancelling, false: types.InstanceRefreshStatusCancelled}[waits]
		c.status(want, 0)
		c.pass(5 * time.Minute)
		c.status(types.InstanceRefreshStatusCancelled, 0)
		if got := c.group(); *got.LaunchTemplate.Version != "1" || len(got.Instances) != 4 {
			t.Errorf("the group has version %s and %d instances", *got.LaunchTemplate.Version, len(got.Instances))
		}
		if got := c.told("EC2 Auto Scaling Instance Refresh Cancelled"); len(got) != 1 {
			t.Errorf("events %v", got)
		}
	}
	c := start(t).web(4, nil)
	must(c.refresh("2", preferences(func(p *types.RefreshPreferences) {
		p.CheckpointPercentages, p.CheckpointDelay = []int32{50, 100}, aws.Int32(3600)
	})))(t)
	c.pass(5 * time.Minute)
	must(c.CancelInstanceRefresh(t.Context(), &sdk.CancelInstanceRefreshInput{AutoScalingGroupName: name("web")}))(t)
	c.pass(time.Hour)
	c.is("2 InService v1", "2 InService v2")
}

func TestAnAlarmFailsARefresh(t *testing.T) {
	t.Parallel()
	for title, test := range map[string]struct {
		alarm    string
		rollback bool
		status   types.InstanceRefreshStatus
		fleet    []string
	}{
		"and leaves a mixed fleet":         {"errors", false, types.InstanceRefreshStatusFailed, []string{"2 InService v1", "2 InService v2"}},
		"and rolls back when it is to":     {"errors", true, types.InstanceRefreshStatusRollbackSuccessful, []string{"4 InService v1"}},
		"also when the alarm is composite": {"composite", true, types.InstanceRefreshStatusRollbackSuccessful, []string{"4 InService v1"}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			c := start(t).web(4, nil)
			c.alarms[test.alarm] = cloudwatchtypes.StateValueInsufficientData
			must(c.refresh("2", preferences(func(p *types.RefreshPreferences) {
				p.CheckpointPercentages, p.CheckpointDelay, p.AutoRollback = []int32{50, 100}, aws.Int32(3600), &test.rollback
				p.AlarmSpecification = &types.AlarmSpecification{Alarms: []string{test.alarm}}
			})))(t)
			c.pass(5 * time.Minute)
			c.status(types.InstanceRefreshStatusInProgress, 50) // no data is no alarm
			c.alarms[test.alarm] = cloudwatchtypes.StateValueAlarm
			c.pass(5 * time.Minute)
			if got := c.latest(); got.Status != test.status || *got.StatusReason != "The CloudWatch alarm "+test.alarm+" is in ALARM state." {
				t.Errorf("%s: %s", got.Status, *got.StatusReason)
			}
			c.is(test.fleet...)
			if *c.group().LaunchTemplate.Version != "1" {
				t.Error("the group has the new version")
			}
		})
	}
}

func TestBaking(t *testing.T) {
	t.Parallel()
	c := start(t).web(1, nil)
	c.alarms["errors"] = cloudwatchtypes.StateValueOk
	bakes := preferences(func(p *types.RefreshPreferences) {
		p.BakeTime, p.AutoRollback, p.AlarmSpecification = aws.Int32(600), aws.Bool(true), &types.AlarmSpecification{Alarms: []string{"errors"}}
	})
	must(c.refresh("2", bakes))(t)
	c.pass(5 * time.Minute)
	c.status(types.InstanceRefreshStatusBaking, 100)
	c.alarms["errors"] = cloudwatchtypes.StateValueAlarm
	c.pass(5 * time.Minute)
	c.status(types.InstanceRefreshStatusRollbackSuccessful, 0)
	c.is("1 InService v1")
	c.alarms["errors"] = cloudwatchtypes.StateValueOk
	must(c.refresh("2", bakes))(t)
	c.pass(20 * time.Minute)
	c.status(types.InstanceRefreshStatusSuccessful, 100)
}

func TestSkipMatching(t *testing.T) {
	t.Parallel()
	c := start(t).web(2, nil)
	before := c.ids()
	skip := preferences(func(p *types.RefreshPreferences) { p.SkipMatching = aws.Bool(true) })
	for _, version := range []string{"1", ""} {
		must(c.refresh(version, skip))(t)
		c.pass(time.Minute)
		c.status(types.InstanceRefreshStatusSuccessful, 100)
		if diff := cmp.Diff(before, c.ids()); diff != "" {
			t.Errorf("version %q: instances were replaced (-before +after):\n%s", version, diff)
		}
	}
	must(c.refresh("1", preferences(nil)))(t)
	c.pass(5 * time.Minute)
	if slices.Equal(before, c.ids()) {
		t.Error("without skip matching nothing was replaced")
	}
}

// https://docs.aws.amazon.com/autoscaling/ec2/userguide/understand-instance-refresh-default-values.html
func TestProtectedAndStandbyInstances(t *testing.T) {
	t.Parallel()
	for title, test := range map[string]struct {
		protected types.ScaleInProtectedInstances
		standby   types.StandbyInstances
		status    types.InstanceRefreshStatus
		fleet     []string
	}{
		"are waited for an hour": {"", "", types.InstanceRefreshStatusFailed, []string{"1 InService v1", "1 InService v2", "1 Standby v1"}},
		"are ignored":            {types.ScaleInProtectedInstancesIgnore, types.StandbyInstancesIgnore, types.InstanceRefreshStatusSuccessful, []string{"1 InService v1", "1 InService v2", "1 Standby v1"}},
		"are replaced":           {types.ScaleInProtectedInstancesRefresh, types.StandbyInstancesTerminate, types.InstanceRefreshStatusSuccessful, []string{"2 InService v2"}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			c := start(t).web(3, nil)
			ids := c.ids()
			must(c.SetInstanceProtection(t.Context(), &sdk.SetInstanceProtectionInput{AutoScalingGroupName: name("web"), InstanceIds: ids[:1], ProtectedFromScaleIn: aws.Bool(true)}))(t)
			must(c.EnterStandby(t.Context(), &sdk.EnterStandbyInput{AutoScalingGroupName: name("web"), InstanceIds: ids[1:2], ShouldDecrementDesiredCapacity: aws.Bool(true)}))(t)
			c.pass(time.Minute)
			c.is("1 Standby v1", "2 InService v1")
			must(c.refresh("2", preferences(func(p *types.RefreshPreferences) {
				p.ScaleInProtectedInstances, p.StandbyInstances = test.protected, test.standby
			})))(t)
			c.pass(30 * time.Minute)
			if test.status == types.InstanceRefreshStatusFailed {
				c.status(types.InstanceRefreshStatusInProgress, 50)
			}
			c.pass(time.Hour)
			if got := c.latest(); got.Status != test.status {
				t.Errorf("%s: %s", got.Status, aws.ToString(got.StatusReason))
			}
			c.is(test.fleet...)
		})
	}
}

// A version whose program does not start is tried for an hour.
func TestARefreshToWhatDoesNotStartFails(t *testing.T) {
	t.Parallel()
	c := start(t).web(2, nil)
	c.runner.ends["s3://images/v2"] = true
	must(c.refresh("2", preferences(func(p *types.RefreshPreferences) { p.AutoRollback = aws.Bool(true) })))(t)
	c.pass(30 * time.Minute)
	if got := c.latest().Status; got != types.InstanceRefreshStatusInProgress {
		t.Errorf("after half an hour it is %s", got)
	}
	if got := c.balancer.serving(blue); len(got) != 2 {
		t.Errorf("%v serve", got)
	}
	c.pass(24 * time.Hour)
	c.status(types.InstanceRefreshStatusRollbackSuccessful, 0)
	c.is("2 InService v1")
}

// New instances that target groups find unhealthy never count, and are replaced.
func TestUnhealthyInstancesDoNotCount(t *testing.T) {
	t.Parallel()
	c := start(t).web(2, nil)
	must(c.refresh("2", preferences(nil)))(t)
	c.pass(boots)
	for _, instance := range c.group().Instances {
		if *instance.LaunchTemplate.Version == "2" {
			c.balancer.sick[*instance.InstanceId] = true
		}
	}
	c.pass(50 * time.Second)
	c.status(types.InstanceRefreshStatusInProgress, 0)
	c.is("2 InService v1", "2 InService v2")
	c.pass(5 * time.Minute) // those that replace them are healthy
	c.status(types.InstanceRefreshStatusSuccessful, 100)
}

func TestAttributeBasedGroupsCanNotBeRefreshed(t *testing.T) {
	t.Parallel()
	c := start(t)
	policy := func(version string) *types.MixedInstancesPolicy {
		return &types.MixedInstancesPolicy{LaunchTemplate: &types.LaunchTemplate{
			LaunchTemplateSpecification: c.version(version), Overrides: []types.LaunchTemplateOverrides{{InstanceRequirements: &types.InstanceRequirements{}}},
		}}
	}
	c.web(1, func(in *sdk.CreateAutoScalingGroupInput) {
		in.LaunchTemplate, in.MixedInstancesPolicy = nil, policy("1")
	})
	must(c.StartInstanceRefresh(t.Context(), &sdk.StartInstanceRefreshInput{AutoScalingGroupName: name("web"), DesiredConfiguration: &types.DesiredConfiguration{MixedInstancesPolicy: policy("2")}}))(t)
	c.pass(0)
	if got := c.latest(); got.Status != types.InstanceRefreshStatusFailed {
		t.Errorf("it is %s", got.Status)
	}
	if got := c.told("EC2 Auto Scaling Instance Refresh Failed"); len(got) != 1 {
		t.Errorf("events %v", got)
	}
}

func TestRefreshesAreTold(t *testing.T) {
	t.Parallel()
	c := start(t).web(1, nil)
	first := *must(c.refresh("2", preferences(nil)))(t).InstanceRefreshId
	c.pass(5 * time.Minute)
	second := *must(c.refresh("1", preferences(nil)))(t).InstanceRefreshId
	describe := func(in sdk.DescribeInstanceRefreshesInput) []string {
		in.AutoScalingGroupName = name("web")
		var ids []string
		for _, r := range must(c.DescribeInstanceRefreshes(t.Context(), &in))(t).InstanceRefreshes {
			ids = append(ids, *r.InstanceRefreshId)
		}
		return ids
	}
	if diff := cmp.Diff([]string{second, first}, describe(sdk.DescribeInstanceRefreshesInput{})); diff != "" {
		t.Errorf("newest first (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{first}, describe(sdk.DescribeInstanceRefreshesInput{InstanceRefreshIds: []string{first}})); diff != "" {
		t.Errorf("by id (-want +got):\n%s", diff)
	}
	page := must(c.DescribeInstanceRefreshes(t.Context(), &sdk.DescribeInstanceRefreshesInput{AutoScalingGroupName: name("web"), MaxRecords: aws.Int32(1)}))(t)
	if diff := cmp.Diff([]string{first}, describe(sdk.DescribeInstanceRefreshesInput{NextToken: page.NextToken})); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}
	_, err := c.DescribeInstanceRefreshes(t.Context(), &sdk.DescribeInstanceRefreshesInput{AutoScalingGroupName: name("web"), NextToken: name("mine")})
	refused(t, err, "InvalidNextToken", "mine")
	_, err = c.DescribeInstanceRefreshes(t.Context(), &sdk.DescribeInstanceRefreshesInput{AutoScalingGroupName: name("web"), MaxRecords: aws.Int32(101)})
	refused(t, err, "ValidationError", "100")
}
