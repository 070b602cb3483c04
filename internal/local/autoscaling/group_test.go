package autoscaling_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	ec2sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/local/autoscaling"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

func TestAGroupGetsItsInstances(t *testing.T) {
	t.Parallel()
	c := start(t)
	must(c.CreateAutoScalingGroup(t.Context(), c.creation(3, nil)))(t)
	c.is()
	c.pass(0)
	c.is("3 Pending v1")
	c.pass(boots)
	c.is("3 InService v1")
	group := c.group()
	if *group.LaunchTemplate.LaunchTemplateName != "web" || *group.HealthCheckType != "ELB" || *group.DefaultCooldown != 300 || len(group.TrafficSources) != 1 || !strings.HasPrefix(*group.AutoScalingGroupARN, "arn:aws:autoscaling:us-east-1:000000000000:autoScalingGroup:") {
		t.Errorf("group %+v", group)
	}
	zones := map[string]int{}
	for _, instance := range group.Instances {
		zones[*instance.AvailabilityZone]++
	}
	if diff := cmp.Diff(map[string]int{"us-east-1a": 2, "us-east-1b": 1}, zones); diff != "" {
		t.Errorf("zones (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(sorted(c.ids()), c.balancer.serving(blue)); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
	instance := must(c.ec2.DescribeInstances(t.Context(), &ec2sdk.DescribeInstancesInput{InstanceIds: c.ids()[:1]}))(t).Reservations[0].Instances[0]
	tags := map[string]string{}
	for _, tag := range instance.Tags {
		tags[*tag.Key] = *tag.Value
	}
	want := map[string]string{"aws:autoscaling:groupName": "web", "aws:ec2launchtemplate:id": c.templateID, "aws:ec2launchtemplate:version": "1", "goldfinch:service": "web"}
	if diff := cmp.Diff(want, tags); diff != "" {
		t.Errorf("an instance's tags (-want +got):\n%s", diff)
	}
	activities := must(c.DescribeScalingActivities(t.Context(), &sdk.DescribeScalingActivitiesInput{AutoScalingGroupName: name("web")}))(t).Activities
	if len(activities) != 3 || activities[0].StatusCode != types.ScalingActivityStatusCodeSuccessful || !strings.HasPrefix(*activities[0].Description, "Launching a new EC2 instance: i-") {
		t.Errorf("activities %+v", activities)
	}
	if got := c.told("EC2 Instance Launch Successful"); len(got) != 3 {
		t.Errorf("events %v", got)
	}
	details := must(c.DescribeAutoScalingInstances(t.Context(), &sdk.DescribeAutoScalingInstancesInput{InstanceIds: c.ids()[:1]}))(t).AutoScalingInstances
	if len(details) != 1 || *details[0].HealthStatus != "HEALTHY" || *details[0].LifecycleState != "InService" {
		t.Errorf("details %+v", details)
	}
}

func sorted(all []string) []string { return slices.Sorted(slices.Values(all)) }

func TestAGroupScales(t *testing.T) {
	t.Parallel()
	c := start(t).web(2, nil)
	set := func(desired int32) error {
		_, err := c.SetDesiredCapacity(t.Context(), &sdk.SetDesiredCapacityInput{AutoScalingGroupName: name("web"), DesiredCapacity: &desired})
		return err
	}
	if err := set(4); err != nil {
		t.Fatal(err)
	}
	c.pass(boots)
	c.is("4 InService v1")
	kept := c.ids()[2:]
	if err := set(2); err != nil {
		t.Fatal(err)
	}
	c.pass(0)
	c.is("2 InService v1", "2 Terminating v1")
	if got := c.balancer.serving(blue); len(got) != 2 {
		t.Errorf("%v get requests", got)
	}
	c.pass(drains - time.Second)
	if got := c.group().Instances; len(got) != 4 {
		t.Error("instances went while they had requests")
	}
	c.pass(interval + time.Second)
	if diff := cmp.Diff(sorted(kept), sorted(c.ids())); diff != "" {
		t.Errorf("the oldest did not go first (-want +got):\n%s", diff)
	}
	refused(t, set(11), "ValidationError", "above max value 10")
	refused(t, set(-1), "ValidationError", "below min value 0")
	_, err := c.SetDesiredCapacity(t.Context(), &sdk.SetDesiredCapacityInput{AutoScalingGroupName: name("web")})
	refused(t, err, "ValidationError", "desiredCapacity")
	_, err = c.SetDesiredCapacity(t.Context(), &sdk.SetDesiredCapacityInput{})
	refused(t, err, "ValidationError", "autoScalingGroupName")
}

func TestWhichInstancesGoFirst(t *testing.T) {
	t.Parallel()
	for policy, want := range map[string][]string{"Default": {"2 InService v2"}, "OldestLaunchTemplate": {"2 InService v2"}, "OldestInstance": {"2 InService v2"}, "NewestInstance": {"2 InService v1"}} {
		c := start(t).web(2, func(in *sdk.CreateAutoScalingGroupInput) { in.TerminationPolicies = []string{policy} })
		must(c.UpdateAutoScalingGroup(t.Context(), &sdk.UpdateAutoScalingGroupInput{AutoScalingGroupName: name("web"), LaunchTemplate: c.version("2"), DesiredCapacity: aws.Int32(4)}))(t)
		c.pass(time.Minute)
		c.is("2 InService v1", "2 InService v2")
		must(c.UpdateAutoScalingGroup(t.Context(), &sdk.UpdateAutoScalingGroupInput{AutoScalingGroupName: name("web"), MaxSize: aws.Int32(2)}))(t)
		c.pass(time.Minute)
		c.is(want...)
	}
}

func TestAnUpdateIsForLaterLaunches(t *testing.T) {
	t.Parallel()
	c := start(t).web(1, nil)
	must(c.UpdateAutoScalingGroup(t.Context(), &sdk.UpdateAutoScalingGroupInput{
		AutoScalingGroupName: name("web"), LaunchTemplate: c.version("2"), MinSize: aws.Int32(2), HealthCheckType: aws.String("EC2"), HealthCheckGracePeriod: aws.Int32(7),
		VPCZoneIdentifier: aws.String("subnet-9"), TerminationPolicies: []string{"OldestInstance"}, DefaultInstanceWarmup: aws.Int32(30),
	}))(t)
	c.pass(time.Minute)
	c.is("1 InService v1", "1 InService v2")
	must(c.UpdateAutoScalingGroup(t.Context(), &sdk.UpdateAutoScalingGroupInput{AutoScalingGroupName: name("web"), DefaultInstanceWarmup: aws.Int32(-1)}))(t)
	if got := c.group(); *got.HealthCheckGracePeriod != 7 || got.DefaultInstanceWarmup != nil || !slices.Equal(got.AvailabilityZones, []string{"us-east-1a"}) || *got.DesiredCapacity != 2 {
		t.Errorf("group %+v", got)
	}
	for words, in := range map[string]*sdk.UpdateAutoScalingGroupInput{
		"must be between":                               {AutoScalingGroupName: name("web"), DesiredCapacity: aws.Int32(1)},
		"greater than or":                               {AutoScalingGroupName: name("web"), MaxSize: aws.Int32(1)},
		"launch configurations":                         {AutoScalingGroupName: name("web"), LaunchConfigurationName: name("old")},
		"deletion protection":                           {AutoScalingGroupName: name("web"), DeletionProtection: types.DeletionProtectionPreventAllDeletion},
		"either launchTemplateId or LaunchTemplateName": {AutoScalingGroupName: name("web"), LaunchTemplate: c.group().LaunchTemplate},
		"not found":                                     {AutoScalingGroupName: name("none")},
	} {
		_, err := c.UpdateAutoScalingGroup(t.Context(), in)
		refused(t, err, "ValidationError", words)
	}
}

func TestWhatCanNotBeAGroup(t *testing.T) {
	t.Parallel()
	c := start(t).web(0, nil)
	_, err := c.CreateAutoScalingGroup(t.Context(), c.creation(0, nil))
	refused(t, err, "AlreadyExists", "web")
	for words, change := range map[string]func(*sdk.CreateAutoScalingGroupInput){
		"must have 1 to 255":     func(in *sdk.CreateAutoScalingGroupInput) { in.AutoScalingGroupName = name("a:b") },
		"'minSize'":              func(in *sdk.CreateAutoScalingGroupInput) { in.MinSize = nil },
		"'maxSize'":              func(in *sdk.CreateAutoScalingGroupInput) { in.MaxSize = nil },
		"At least one Availab":   func(in *sdk.CreateAutoScalingGroupInput) { in.VPCZoneIdentifier = nil },
		"launch configurations":  func(in *sdk.CreateAutoScalingGroupInput) { in.LaunchConfigurationName = name("old") },
		"classic load balancers": func(in *sdk.CreateAutoScalingGroupInput) { in.LoadBalancerNames = []string{"old"} },
		"deletion protection":    func(in *sdk.CreateAutoScalingGroupInput) { in.Operator = &types.Operator{} },
		"instance lifetime":      func(in *sdk.CreateAutoScalingGroupInput) { in.MaxInstanceLifetime = aws.Int32(86400) },
		"type VPC_LATTICE":       func(in *sdk.CreateAutoScalingGroupInput) { in.HealthCheckType = aws.String("EC2,VPC_LATTICE") },
		"ClosestToNext": func(in *sdk.CreateAutoScalingGroupInput) {
			in.TerminationPolicies = []string{"ClosestToNextInstanceHour"}
		},
		"MaxHealthyPercentage": func(in *sdk.CreateAutoScalingGroupInput) {
			in.InstanceMaintenancePolicy = &types.InstanceMaintenancePolicy{MinHealthyPercentage: aws.Int32(90), MaxHealthyPercentage: aws.Int32(300)}
		},
		"must contain either": func(in *sdk.CreateAutoScalingGroupInput) { in.LaunchTemplate = nil },
		"fully-formed":        func(in *sdk.CreateAutoScalingGroupInput) { in.LaunchTemplate = c.version("7") },
		"may not be valid":    func(in *sdk.CreateAutoScalingGroupInput) { in.TargetGroupARNs = []string{"arn:none"} },
		"type vpc-lattice": func(in *sdk.CreateAutoScalingGroupInput) {
			in.TrafficSources = []types.TrafficSourceIdentifier{{Identifier: name("x"), Type: name("vpc-lattice")}}
		},
		"Tag key 'aws:x'": func(in *sdk.CreateAutoScalingGroupInput) { in.Tags = []types.Tag{{Key: name("aws:x")}} },
		"must be between": func(in *sdk.CreateAutoScalingGroupInput) { in.DesiredCapacity = aws.Int32(11) },
		"lifecycleHookName": func(in *sdk.CreateAutoScalingGroupInput) {
			in.LifecycleHookSpecificationList = []types.LifecycleHookSpecification{{}}
		},
		"launchTemplateSpecifi": func(in *sdk.CreateAutoScalingGroupInput) {
			in.LaunchTemplate, in.MixedInstancesPolicy = nil, &types.MixedInstancesPolicy{}
		},
		"instance weights": func(in *sdk.CreateAutoScalingGroupInput) {
			in.LaunchTemplate, in.MixedInstancesPolicy = nil, &types.MixedInstancesPolicy{LaunchTemplate: &types.LaunchTemplate{
				LaunchTemplateSpecification: c.version("1"), Overrides: []types.LaunchTemplateOverrides{{WeightedCapacity: name("2")}},
			}}
		},
	} {
		_, err := c.CreateAutoScalingGroup(t.Context(), c.creation(0, func(in *sdk.CreateAutoScalingGroupInput) {
			in.AutoScalingGroupName = name("other")
			change(in)
		}))
		refused(t, err, "ValidationError", words)
	}
}

func TestMixedInstances(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.web(2, func(in *sdk.CreateAutoScalingGroupInput) {
		in.LaunchTemplate = nil
		in.MixedInstancesPolicy = &types.MixedInstancesPolicy{LaunchTemplate: &types.LaunchTemplate{
			LaunchTemplateSpecification: c.version("1"),
			Overrides:                   []types.LaunchTemplateOverrides{{InstanceType: name("m5.large"), LaunchTemplateSpecification: c.version("2")}, {InstanceType: name("m5.xlarge")}},
		}}
	})
	c.is("2 InService v2")
	if got := *c.group().Instances[0].InstanceType; got != "m5.large" {
		t.Errorf("type %s", got)
	}
	policy := &types.MixedInstancesPolicy{LaunchTemplate: &types.LaunchTemplate{LaunchTemplateSpecification: c.version("3"), Overrides: []types.LaunchTemplateOverrides{{InstanceType: name("m5.large")}}}}
	must(c.StartInstanceRefresh(t.Context(), &sdk.StartInstanceRefreshInput{
		AutoScalingGroupName: name("web"), Preferences: preferences(nil), DesiredConfiguration: &types.DesiredConfiguration{MixedInstancesPolicy: policy},
	}))(t)
	c.pass(5 * time.Minute)
	c.is("2 InService v3")
	if got := c.group().MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification; *got.Version != "3" || *got.LaunchTemplateName != "web" {
		t.Errorf("the group has %+v", got)
	}
}

func TestUnhealthyInstancesAreReplaced(t *testing.T) {
	t.Parallel()
	for title, test := range map[string]struct {
		check  string
		within time.Duration
		spoil  func(c *cloud, id string)
		goes   bool
	}{
		"one that target groups find unhealthy, after the grace": {"ELB", time.Minute, func(c *cloud, id string) { c.balancer.sick[id] = true }, true},
		"but not within the grace":                               {"ELB", 30 * time.Second, func(c *cloud, id string) { c.balancer.sick[id] = true }, false},
		"and never when the group does not ask them":             {"EC2", time.Hour, func(c *cloud, id string) { c.balancer.sick[id] = true }, false},
		"one that was terminated behind the group's back, at once": {"EC2", 0, func(c *cloud, id string) {
			must(c.ec2.TerminateInstances(c.t.Context(), &ec2sdk.TerminateInstancesInput{InstanceIds: []string{id}}))(c.t)
		}, true},
		"one that somebody says is unhealthy":            {"EC2", time.Minute, func(c *cloud, id string) { c.sicken(id, nil) }, true},
		"not within the grace":                           {"EC2", 0, func(c *cloud, id string) { c.sicken(id, nil) }, false},
		"but within it when that is not to be respected": {"EC2", 0, func(c *cloud, id string) { c.sicken(id, aws.Bool(false)) }, true},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			c := start(t).web(2, func(in *sdk.CreateAutoScalingGroupInput) { in.HealthCheckType = &test.check })
			victim := c.ids()[0]
			if strings.Contains(title, "somebody") {
				c.pass(time.Minute)
			}
			test.spoil(c, victim)
			c.pass(test.within + interval)
			if gone := len(c.balancer.serving(blue)) != 2 || !slices.Contains(c.balancer.serving(blue), victim); gone != test.goes {
				t.Errorf("it goes: %v, want %v (%v)", gone, test.goes, c.states())
			}
			c.pass(2 * time.Minute)
			if got := c.balancer.serving(blue); len(got) != 2 {
				t.Errorf("%v serve", got)
			}
		})
	}
}

// sicken says that an instance is unhealthy.
func (c *cloud) sicken(id string, respect *bool) {
	must(c.SetInstanceHealth(c.t.Context(), &sdk.SetInstanceHealthInput{InstanceId: &id, HealthStatus: name("Unhealthy"), ShouldRespectGracePeriod: respect}))(c.t)
}

func TestHealthIsSet(t *testing.T) {
	t.Parallel()
	c := start(t).web(1, nil)
	must(c.SuspendProcesses(t.Context(), &sdk.SuspendProcessesInput{AutoScalingGroupName: name("web"), ScalingProcesses: []string{"ReplaceUnhealthy"}}))(t)
	id := c.ids()[0]
	c.sicken(id, aws.Bool(false))
	c.pass(time.Minute)
	if got := *c.group().Instances[0].HealthStatus; got != "Unhealthy" {
		t.Errorf("it is %s", got)
	}
	must(c.SetInstanceHealth(t.Context(), &sdk.SetInstanceHealthInput{InstanceId: &id, HealthStatus: name("Healthy")}))(t)
	must(c.ResumeProcesses(t.Context(), &sdk.ResumeProcessesInput{AutoScalingGroupName: name("web")}))(t)
	c.pass(time.Minute)
	if diff := cmp.Diff([]string{id}, c.ids()); diff != "" {
		t.Errorf("instances (-want +got):\n%s", diff)
	}
	_, err := c.SetInstanceHealth(t.Context(), &sdk.SetInstanceHealthInput{InstanceId: &id, HealthStatus: name("Fine")})
	refused(t, err, "ValidationError", "Fine")
	_, err = c.SetInstanceHealth(t.Context(), &sdk.SetInstanceHealthInput{InstanceId: name("i-0"), HealthStatus: name("Healthy")})
	refused(t, err, "ValidationError", "No managed instance found")
}

func TestLaunchesThatFailAreTriedAgainEverMoreRarely(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.runner.ends["s3://images/v1"] = true
	c.web(1, nil)
	c.pass(time.Hour)
	activities := must(c.DescribeScalingActivities(t.Context(), &sdk.DescribeScalingActivitiesInput{AutoScalingGroupName: name("web")}))(t).Activities
	failed := 0
	for _, activity := range activities {
		if activity.StatusCode == types.ScalingActivityStatusCodeFailed && strings.Contains(*activity.StatusMessage, "terminated") {
			failed++
		}
	}
	if failed < 5 || failed > 25 {
		t.Errorf("%d launches failed in an hour", failed)
	}
	if got := c.told("EC2 Instance Launch Unsuccessful"); len(got) != failed {
		t.Errorf("%d events, %d failures", len(got), failed)
	}
	c.runner.ends = nil
	c.pass(10 * time.Minute)
	c.is("1 InService v1")
	// A launch that EC2 refuses is another failure: the image is gone.
	image := c.group().Instances[0].ImageId
	must(c.ec2.DeregisterImage(t.Context(), &ec2sdk.DeregisterImageInput{ImageId: image}))(t)
	must(c.SetDesiredCapacity(t.Context(), &sdk.SetDesiredCapacityInput{AutoScalingGroupName: name("web"), DesiredCapacity: aws.Int32(2)}))(t)
	c.pass(time.Second)
	last := must(c.DescribeScalingActivities(t.Context(), &sdk.DescribeScalingActivitiesInput{AutoScalingGroupName: name("web"), MaxRecords: aws.Int32(1)}))(t).Activities[0]
	if last.StatusCode != types.ScalingActivityStatusCodeFailed || !strings.Contains(*last.StatusMessage, "InvalidAMIID.NotFound") {
		t.Errorf("activity %+v", last)
	}
}

func TestDeleting(t *testing.T) {
	t.Parallel()
	c := start(t).web(2, nil)
	remove := func(force bool) error {
		_, err := c.DeleteAutoScalingGroup(t.Context(), &sdk.DeleteAutoScalingGroupInput{AutoScalingGroupName: name("web"), ForceDelete: &force})
		return err
	}
	refused(t, remove(false), "ResourceInUse", "still in the group")
	must(c.UpdateAutoScalingGroup(t.Context(), &sdk.UpdateAutoScalingGroupInput{AutoScalingGroupName: name("web"), MaxSize: aws.Int32(0)}))(t)
	c.pass(0)
	refused(t, remove(false), "ScalingActivityInProgress", "web")
	c.pass(drains + interval)
	if err := remove(false); err != nil {
		t.Fatal(err)
	}
	c.pass(0)
	if !c.gone() {
		t.Error("the group is still there")
	}
	refused(t, remove(false), "ValidationError", "not found")
}

// A group that is deleted by force waits neither for hooks nor for requests: scale it to nothing first.
func TestDeletingByForceCutsRequests(t *testing.T) {
	t.Parallel()
	c := start(t).web(2, func(in *sdk.CreateAutoScalingGroupInput) {
		in.LifecycleHookSpecificationList = []types.LifecycleHookSpecification{{LifecycleHookName: name("bye"), LifecycleTransition: name("autoscaling:EC2_INSTANCE_TERMINATING")}}
	})
	must(c.refresh("2", preferences(nil)))(t)
	c.pass(boots)
	must(c.DeleteAutoScalingGroup(t.Context(), &sdk.DeleteAutoScalingGroupInput{AutoScalingGroupName: name("web"), ForceDelete: aws.Bool(true)}))(t)
	if got := c.group(); *got.Status != "Delete in progress" {
		t.Errorf("status %v", got.Status)
	}
	_, err := c.SetDesiredCapacity(t.Context(), &sdk.SetDesiredCapacityInput{AutoScalingGroupName: name("web"), DesiredCapacity: aws.Int32(1)})
	refused(t, err, "ValidationError", "pending delete")
	_, err = c.CreateAutoScalingGroup(t.Context(), c.creation(1, nil))
	refused(t, err, "AlreadyExists", "web")
	c.pass(time.Second)
	if !c.gone() || len(c.balancer.serving(blue)) != 0 {
		t.Errorf("groups are left, or targets: %v", c.balancer.serving(blue))
	}
	running := must(c.ec2.DescribeInstances(t.Context(), &ec2sdk.DescribeInstancesInput{Filters: []ec2types.Filter{{Name: name("instance-state-name"), Values: []string{"running", "pending"}}}}))(t)
	if len(running.Reservations) != 0 {
		t.Errorf("%d reservations run", len(running.Reservations))
	}
}

func TestTraffic(t *testing.T) {
	t.Parallel()
	c := start(t)
	must(c.CreateAutoScalingGroup(t.Context(), c.creation(2, func(in *sdk.CreateAutoScalingGroupInput) {
		in.TargetGroupARNs, in.TrafficSources = nil, []types.TrafficSourceIdentifier{{Identifier: name(blue), Type: name("elbv2")}}
	})))(t)
	state := func() []string {
		var all []string
		for _, source := range must(c.DescribeTrafficSources(t.Context(), &sdk.DescribeTrafficSourcesInput{AutoScalingGroupName: name("web")}))(t).TrafficSources {
			all = append(all, map[string]string{blue: "blue", green: "green"}[*source.Identifier]+" "+*source.State)
		}
		return all
	}
	is := func(want ...string) {
		t.Helper()
		if got := state(); !slices.Equal(got, want) {
			t.Errorf("traffic %v, want %v", got, want)
		}
	}
	is("blue Added") // there is nobody to add
	c.pass(0)
	is("blue Adding")
	c.pass(boots)
	is("blue InService")
	for _, id := range c.ids()[:1] {
		c.balancer.sick[id] = true
	}
	is("blue InService") // one healthy instance is enough
	c.balancer.sick[c.ids()[1]] = true
	is("blue Added")
	c.balancer.sick = map[string]bool{}
	sources := []types.TrafficSourceIdentifier{{Identifier: name(green), Type: name("elbv2")}}
	for range 2 { // twice is once
		must(c.AttachTrafficSources(t.Context(), &sdk.AttachTrafficSourcesInput{AutoScalingGroupName: name("web"), TrafficSources: sources}))(t)
	}
	c.pass(0)
	is("blue InService", "green InService")
	must(c.DetachTrafficSources(t.Context(), &sdk.DetachTrafficSourcesInput{AutoScalingGroupName: name("web"), TrafficSources: sources}))(t)
	c.pass(0)
	is("blue InService", "green Removing")
	if got := c.balancer.serving(green); len(got) != 0 {
		t.Errorf("%v serve in green", got)
	}
	c.pass(drains + interval)
	is("blue InService")
	c.is("2 InService v1") // the instances stay in the group
	must(c.AttachTrafficSources(t.Context(), &sdk.AttachTrafficSourcesInput{AutoScalingGroupName: name("web"), TrafficSources: sources}))(t)
	must(c.DetachTrafficSources(t.Context(), &sdk.DetachTrafficSourcesInput{AutoScalingGroupName: name("web"), TrafficSources: sources}))(t)
	c.pass(0)
	is("blue InService") // nobody was registered in between
	_, err := c.DetachTrafficSources(t.Context(), &sdk.DetachTrafficSourcesInput{AutoScalingGroupName: name("web"), TrafficSources: sources})
	refused(t, err, "ValidationError", "not part of the group")
	must(c.AttachLoadBalancerTargetGroups(t.Context(), &sdk.AttachLoadBalancerTargetGroupsInput{AutoScalingGroupName: name("web"), TargetGroupARNs: []string{green}}))(t)
	must(c.DetachLoadBalancerTargetGroups(t.Context(), &sdk.DetachLoadBalancerTargetGroupsInput{AutoScalingGroupName: name("web"), TargetGroupARNs: []string{blue}}))(t)
	c.pass(time.Minute)
	older := must(c.DescribeLoadBalancerTargetGroups(t.Context(), &sdk.DescribeLoadBalancerTargetGroupsInput{AutoScalingGroupName: name("web")}))(t).LoadBalancerTargetGroups
	if len(older) != 1 || *older[0].LoadBalancerTargetGroupARN != green || *older[0].State != "InService" {
		t.Errorf("target groups %+v", older)
	}
	_, err = c.AttachTrafficSources(t.Context(), &sdk.AttachTrafficSourcesInput{AutoScalingGroupName: name("web"), TrafficSources: make([]types.TrafficSourceIdentifier, 11)})
	refused(t, err, "ValidationError", "At most 10")
	_, err = c.DescribeTrafficSources(t.Context(), &sdk.DescribeTrafficSourcesInput{AutoScalingGroupName: name("web"), TrafficSourceType: name("elb")})
	refused(t, err, "ValidationError", "elb")
	_, err = c.DescribeTrafficSources(t.Context(), &sdk.DescribeTrafficSourcesInput{AutoScalingGroupName: name("none")})
	refused(t, err, "ValidationError", "none")
	// A target group that is deleted under the group has no instances any more.
	delete(c.balancer.targets, green)
	must(c.DetachLoadBalancerTargetGroups(t.Context(), &sdk.DetachLoadBalancerTargetGroupsInput{AutoScalingGroupName: name("web"), TargetGroupARNs: []string{green}}))(t)
	c.pass(interval)
	is()
}

func TestLoadBalancingThatFailsIsTriedAgain(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.balancer.fail = errors.New("throttled")
	c.web(1, nil)
	if got := c.balancer.serving(blue); got != nil {
		t.Errorf("%v serve", got)
	}
	c.balancer.fail = nil
	c.pass(interval)
	if got := c.balancer.serving(blue); len(got) != 1 {
		t.Errorf("%v serve", got)
	}
}

// Whatever others do in between, an instance is registered once.
func TestNothingIsDoneTwice(t *testing.T) {
	t.Parallel()
	c := start(t).web(2, nil)
	c.pass(time.Hour)
	if diff := cmp.Diff([]string{"register", "register"}, kinds(c.balancer.calls)); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func kinds(calls []string) []string {
	var all []string
	for _, call := range calls {
		kind, _, _ := strings.Cut(call, " ")
		all = append(all, kind)
	}
	return all
}

func TestAGroupSurvivesAndItsInstancesAreReplaced(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state")
	c := start(t)
	c.store = must(store.Open(path))(t)
	c.open()
	image := must(c.ec2.RegisterImage(t.Context(), &ec2sdk.RegisterImageInput{Name: name("image"), ImageLocation: name("s3://images/v1")}))(t).ImageId
	c.templateID = *must(c.ec2.CreateLaunchTemplate(t.Context(), &ec2sdk.CreateLaunchTemplateInput{LaunchTemplateName: name("web"), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: image}}))(t).LaunchTemplate.LaunchTemplateId
	c.web(2, nil)
	before := c.ids()
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.store.Close(); err != nil {
		t.Fatal(err)
	}
	c.store = must(store.Open(path))(t)
	defer c.store.Close()
	c.open()
	if diff := cmp.Diff(before, c.ids()); diff != "" {
		t.Errorf("the group forgot its instances (-want +got):\n%s", diff)
	}
	c.pass(boots)
	c.is("2 InService v1")
	if diff := cmp.Diff(sorted(c.ids()), c.balancer.serving(blue)); diff != "" || slices.Contains(c.ids(), before[0]) {
		t.Errorf("dead instances were not replaced: %v (-want +got):\n%s", c.ids(), diff)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	if _, err := autoscaling.New(autoscaling.Options{Store: store.Memory()}); err == nil {
		t.Error("a service without instances was made")
	}
	c := start(t)
	bad := store.Memory()
	if err := bad.Save(store.Change{Bucket: "autoscaling", Key: "pool/1", Value: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	if _, err := autoscaling.New(autoscaling.Options{Store: bad, Instances: c.ec2}); err == nil || !strings.Contains(err.Error(), "pool") {
		t.Errorf("error %v", err)
	}
	var seen []string
	bare := must(autoscaling.New(autoscaling.Options{Clock: c.clock, Store: store.Memory(), Instances: c.ec2, Intercept: func(ctx context.Context, operation string, call func(context.Context) error) error {
		seen = append(seen, operation)
		return call(ctx)
	}}))(t)
	_, err := bare.CreateAutoScalingGroup(t.Context(), c.creation(1, nil))
	refused(t, err, "ValidationError", "no target groups")
	must(bare.CreateAutoScalingGroup(t.Context(), c.creation(1, func(in *sdk.CreateAutoScalingGroupInput) { in.TargetGroupARNs = nil })))(t)
	_, err = bare.StartInstanceRefresh(t.Context(), &sdk.StartInstanceRefreshInput{AutoScalingGroupName: name("web"), Preferences: preferences(func(p *types.RefreshPreferences) {
		p.AlarmSpecification = &types.AlarmSpecification{Alarms: []string{"a"}}
	})})
	refused(t, err, "ValidationError", "alarms")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := bare.DescribeTags(ctx, &sdk.DescribeTagsInput{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	want := []string{"autoscaling:CreateAutoScalingGroup", "autoscaling:CreateAutoScalingGroup", "autoscaling:StartInstanceRefresh", "autoscaling:DescribeTags"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("intercepted (-want +got):\n%s", diff)
	}
	if autoscaling.Internal(t.Context()) {
		t.Error("a test's call counts as the service's")
	}
}

// On the wall clock, looks at a group are made by whoever comes first, and never two at once.
func TestOnTheWallClock(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.clock = nil
	service := must(autoscaling.New(autoscaling.Options{Store: store.Memory(), Instances: c.ec2, Interval: time.Millisecond}))(t)
	for size := range int32(5) {
		in := c.creation(0, func(in *sdk.CreateAutoScalingGroupInput) { in.TargetGroupARNs, in.DesiredCapacity = nil, aws.Int32(0) })
		if size == 0 {
			must(service.CreateAutoScalingGroup(t.Context(), in))(t)
		}
		must(service.SetDesiredCapacity(t.Context(), &sdk.SetDesiredCapacityInput{AutoScalingGroupName: name("web"), DesiredCapacity: &size}))(t)
	}
	for {
		groups := must(service.DescribeAutoScalingGroups(t.Context(), &sdk.DescribeAutoScalingGroupsInput{}))(t).AutoScalingGroups
		if len(groups[0].Instances) >= 4 {
			break
		}
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(time.Millisecond):
		}
	}
	if err := service.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	launched := 0
	for _, reservation := range must(c.ec2.DescribeInstances(t.Context(), &ec2sdk.DescribeInstancesInput{}))(t).Reservations {
		launched += len(reservation.Instances)
	}
	if launched != 4 {
		t.Errorf("%d instances were launched for 4", launched)
	}
}
