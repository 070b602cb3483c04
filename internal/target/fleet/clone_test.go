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

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

// furnished is a group with as much as a group can have.
func furnished(input *autoscaling.CreateAutoScalingGroupInput) {
	input.MinSize, input.MaxSize = aws.Int32(1), aws.Int32(9)
	input.HealthCheckType, input.HealthCheckGracePeriod = aws.String("ELB"), aws.Int32(45)
	input.DefaultInstanceWarmup, input.DefaultCooldown = aws.Int32(30), aws.Int32(77)
	input.TerminationPolicies = []string{"OldestInstance"}
	input.InstanceMaintenancePolicy = &types.InstanceMaintenancePolicy{MinHealthyPercentage: aws.Int32(100), MaxHealthyPercentage: aws.Int32(120)}
	input.LifecycleHookSpecificationList = []types.LifecycleHookSpecification{{
		LifecycleHookName: aws.String("warm"), LifecycleTransition: aws.String("autoscaling:EC2_INSTANCE_TERMINATING"), HeartbeatTimeout: aws.Int32(30), DefaultResult: aws.String("CONTINUE"),
	}}
	input.Tags = append(input.Tags,
		types.Tag{Key: aws.String("team"), Value: aws.String("birds"), PropagateAtLaunch: aws.Bool(true)},
		types.Tag{Key: aws.String("cost"), Value: aws.String("7"), PropagateAtLaunch: aws.Bool(false)})
}

// furnish gives a group what no request for one has room for.
func (c *cloud) furnish() {
	c.TB.Helper()
	ctx, web := fleettest.Foreign(), aws.String("web")
	_, err := c.AutoScaling.PutScalingPolicy(ctx, &autoscaling.PutScalingPolicyInput{
		AutoScalingGroupName: web, PolicyName: aws.String("cpu"), PolicyType: aws.String("TargetTrackingScaling"),
		TargetTrackingConfiguration: &types.TargetTrackingConfiguration{
			TargetValue:                   aws.Float64(50),
			PredefinedMetricSpecification: &types.PredefinedMetricSpecification{PredefinedMetricType: types.MetricTypeASGAverageCPUUtilization},
		},
	})
	must(c.TB, err)
	_, err = c.AutoScaling.PutScalingPolicy(ctx, &autoscaling.PutScalingPolicyInput{
		AutoScalingGroupName: web, PolicyName: aws.String("requests"), PolicyType: aws.String("TargetTrackingScaling"),
		TargetTrackingConfiguration: &types.TargetTrackingConfiguration{
			TargetValue: aws.Float64(100),
			PredefinedMetricSpecification: &types.PredefinedMetricSpecification{
				PredefinedMetricType: types.MetricTypeALBRequestCountPerTarget, ResourceLabel: aws.String("app/web/1/" + c.TargetGroup[len("arn:aws:elasticloadbalancing:us-east-1:123456789012:"):]),
			},
		},
	})
	must(c.TB, err)
	_, err = c.AutoScaling.PutScalingPolicy(ctx, &autoscaling.PutScalingPolicyInput{
		AutoScalingGroupName: web, PolicyName: aws.String("queue"), PolicyType: aws.String("TargetTrackingScaling"),
		TargetTrackingConfiguration: &types.TargetTrackingConfiguration{
			TargetValue: aws.Float64(5),
			CustomizedMetricSpecification: &types.CustomizedMetricSpecification{
				Namespace: aws.String("app"), MetricName: aws.String("Depth"), Statistic: types.MetricStatisticAverage,
				Dimensions: []types.MetricDimension{{Name: aws.String("AutoScalingGroupName"), Value: web}},
			},
		},
	})
	must(c.TB, err)
	_, err = c.AutoScaling.PutScalingPolicy(ctx, &autoscaling.PutScalingPolicyInput{
		AutoScalingGroupName: web, PolicyName: aws.String("step"), PolicyType: aws.String("StepScaling"), AdjustmentType: aws.String("ChangeInCapacity"),
		StepAdjustments: []types.StepAdjustment{{MetricIntervalLowerBound: aws.Float64(0), ScalingAdjustment: aws.Int32(1)}},
	})
	must(c.TB, err)
	_, err = c.AutoScaling.PutScheduledUpdateGroupAction(ctx, &autoscaling.PutScheduledUpdateGroupActionInput{
		AutoScalingGroupName: web, ScheduledActionName: aws.String("night"), Recurrence: aws.String("0 22 * * *"), MinSize: aws.Int32(1),
	})
	must(c.TB, err)
	_, err = c.AutoScaling.PutNotificationConfiguration(ctx, &autoscaling.PutNotificationConfigurationInput{
		AutoScalingGroupName: web, TopicARN: aws.String("arn:aws:sns:us-east-1:123456789012:birds"), NotificationTypes: []string{"autoscaling:EC2_INSTANCE_LAUNCH"},
	})
	must(c.TB, err)
	_, err = c.AutoScaling.EnableMetricsCollection(ctx, &autoscaling.EnableMetricsCollectionInput{AutoScalingGroupName: web, Granularity: aws.String("1Minute"), Metrics: []string{"GroupDesiredCapacity"}})
	must(c.TB, err)
	_, err = c.AutoScaling.SuspendProcesses(ctx, &autoscaling.SuspendProcessesInput{AutoScalingGroupName: web, ScalingProcesses: []string{"AZRebalance"}})
	must(c.TB, err)
}

func (c *cloud) policies(group string) map[string]types.ScalingPolicy {
	c.TB.Helper()
	output, err := c.AutoScaling.DescribePolicies(fleettest.Foreign(), &autoscaling.DescribePoliciesInput{AutoScalingGroupName: aws.String(group)})
	must(c.TB, err)
	found := map[string]types.ScalingPolicy{}
	for _, policy := range output.ScalingPolicies {
		found[*policy.PolicyName] = policy
	}
	return found
}

func TestCloneIsLikeTheOriginalAsItIsNow(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 3, furnished)
	c.furnish()
	_, err := c.AutoScaling.SetDesiredCapacity(fleettest.Foreign(), &autoscaling.SetDesiredCapacityInput{AutoScalingGroupName: aws.String("web"), DesiredCapacity: aws.Int32(4)})
	must(t, err)
	c.Pass(time.Minute)

	group := c.cloned()
	if group.Name != "echo-production-3" || group.Version != "3" || group.Release != "r-1" || group.Environment != "production" || !group.Made() || !group.Held {
		t.Errorf("the clone is %+v", group)
	}
	if group.Desired != 4 || group.Minimum != 4 || group.Maximum != 9 || len(group.TargetGroups) != 0 {
		t.Errorf("the clone has desired %d, minimum %d, maximum %d, target groups %v", group.Desired, group.Minimum, group.Maximum, group.TargetGroups)
	}
	if minimum, _ := group.Tag(fleet.TagMinimum); minimum != "1" {
		t.Errorf("its minimum will be %q, and the original's is 1", minimum)
	}
	got, want := c.Described(group.Name), c.Described("web")
	if *got.HealthCheckType != "ELB" || *got.HealthCheckGracePeriod != 45 || *got.DefaultInstanceWarmup != 30 || *got.DefaultCooldown != 77 ||
		!slices.Equal(got.TerminationPolicies, want.TerminationPolicies) || *got.VPCZoneIdentifier != *want.VPCZoneIdentifier ||
		*got.InstanceMaintenancePolicy.MaxHealthyPercentage != 120 || len(got.EnabledMetrics) != 1 || len(got.SuspendedProcesses) != 1 {
		t.Errorf("the clone is %+v", got)
	}
	propagated := map[string]bool{}
	for _, tag := range got.Tags {
		propagated[*tag.Key+"="+*tag.Value] = *tag.PropagateAtLaunch
	}
	for tag, propagates := range map[string]bool{"team=birds": true, "cost=7": false, "goldfinch:service=echo": true, "goldfinch:environment=production": true, "goldfinch:release=r-1": true, "goldfinch:minimum=1": false} {
		if found, ok := propagated[tag]; !ok || found != propagates {
			t.Errorf("tag %s: there %t, propagated %t", tag, ok, found)
		}
	}
	hooks, err := c.AutoScaling.DescribeLifecycleHooks(fleettest.Foreign(), &autoscaling.DescribeLifecycleHooksInput{AutoScalingGroupName: aws.String(group.Name)})
	must(t, err)
	if len(hooks.LifecycleHooks) != 1 || *hooks.LifecycleHooks[0].LifecycleHookName != "warm" {
		t.Errorf("its hooks are %+v", hooks.LifecycleHooks)
	}
	policies := c.policies(group.Name)
	if _, early := policies["requests"]; early {
		t.Error("it has a policy for the requests of a target group that it is not attached to, which AWS refuses")
	}
	if policies["cpu"].TargetTrackingConfiguration == nil || len(policies["step"].StepAdjustments) != 1 {
		t.Errorf("its policies are %v", policies)
	}
	if dimension := policies["queue"].TargetTrackingConfiguration.CustomizedMetricSpecification.Dimensions[0]; *dimension.Value != group.Name {
		t.Errorf("its policy follows the metric of %s", *dimension.Value)
	}
	if original := c.policies("web")["queue"].TargetTrackingConfiguration.CustomizedMetricSpecification.Dimensions[0]; *original.Value != "web" {
		t.Errorf("the original's policy follows the metric of %s now", *original.Value)
	}

	c.Attach(group.Name)
	must(t, c.fleet().Copy(context.Background(), c.named("web"), c.named(group.Name)))
	if policy, ok := c.policies(group.Name)["requests"]; !ok || *policy.TargetTrackingConfiguration.PredefinedMetricSpecification.ResourceLabel == "" {
		t.Error("attached, it still has no policy for the requests of its target group")
	}
	writes := len(c.Writes())
	must(t, c.fleet().Copy(context.Background(), c.named("web"), c.named(group.Name)))
	if again := len(c.Writes()); again != writes {
		t.Errorf("copying again wrote %d times", again-writes)
	}
}

func TestCloneGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	crash := errors.New("the process died")
	for _, operation := range []string{
		"autoscaling:DescribeLifecycleHooks", "autoscaling:CreateAutoScalingGroup", "autoscaling:PutScalingPolicy", "autoscaling:PutScheduledUpdateGroupAction",
		"autoscaling:PutNotificationConfiguration", "autoscaling:EnableMetricsCollection", "autoscaling:SuspendProcesses",
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, 2, furnished)
			c.furnish()
			f, from := c.fleet(), c.named("web")
			version, err := f.Version(t.Context(), from, c.images["3"])
			must(t, err)
			c.Next(operation, func() error { return crash })
			if _, err := f.Clone(t.Context(), from, version, f.Name(version), nil, 2); !errors.Is(err, crash) {
				t.Fatalf("the crash ended with %v", err)
			}
			c.cloned()
			if got := c.Described("echo-production-3"); len(c.policies("echo-production-3")) != 3 || len(got.EnabledMetrics) != 1 || len(got.SuspendedProcesses) != 1 {
				t.Errorf("after a crash the clone has policies %v, metrics %v, suspended %v", c.policies("echo-production-3"), got.EnabledMetrics, got.SuspendedProcesses)
			}
			writes := len(c.Writes())
			c.cloned()
			if again := len(c.Writes()); again != writes {
				t.Errorf("cloning again wrote %v", c.Writes()[writes:])
			}
		})
	}
}

func TestCloneLeavesOthersGroupsAlone(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	c.Version(c.images["3"])
	c.Group("echo-production-3", "3", 1, fleettest.Made("r-0"), nil)
	writes := len(c.Writes())
	_, err := c.fleet().Clone(t.Context(), c.named("web"), "3", "echo-production-3", nil, 2)
	expectKind(t, err, release.KindConflict, "echo-production-3", "r-0", "delete or rename it")
	if after := len(c.Writes()); after != writes {
		t.Errorf("it wrote %v", c.Writes()[writes:])
	}

	returns := c.fleet(func(document *release.Document) { document.Request.Version = "3" })
	group, err := returns.Clone(t.Context(), c.named("web"), "3", "echo-production-3", nil, 2)
	must(t, err)
	if group.Release != "r-1" || group.Desired != 2 || group.Minimum != 2 || !group.Held {
		t.Errorf("a return adopts its version's group as %+v", group)
	}
}

func TestCloneMixedInstances(t *testing.T) {
	t.Parallel()
	template := func(c *fleettest.Account) *types.MixedInstancesPolicy {
		return &types.MixedInstancesPolicy{
			LaunchTemplate: &types.LaunchTemplate{
				LaunchTemplateSpecification: &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String(c.Template), LaunchTemplateName: aws.String("echo"), Version: aws.String("2")},
				Overrides: []types.LaunchTemplateOverrides{
					{InstanceType: aws.String("m7i.large")},
					{InstanceType: aws.String("m7a.large"), LaunchTemplateSpecification: &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String(c.Template), Version: aws.String("2")}},
				},
			},
			InstancesDistribution: &types.InstancesDistribution{OnDemandPercentageAboveBaseCapacity: aws.Int32(50)},
		}
	}
	c := newCloud(t, 1, nil)
	policy := template(c.Account)
	pinned := fleet.Pinned(policy, "7")
	if base := pinned.LaunchTemplate.LaunchTemplateSpecification; *base.Version != "7" || base.LaunchTemplateName != nil {
		t.Errorf("the template is %+v; AWS takes its id or its name", base)
	}
	if own := pinned.LaunchTemplate.Overrides[1].LaunchTemplateSpecification; *own.Version != "7" {
		t.Errorf("an override's template is at version %s", *own.Version)
	}
	if pinned.LaunchTemplate.Overrides[0].LaunchTemplateSpecification != nil || *pinned.InstancesDistribution.OnDemandPercentageAboveBaseCapacity != 50 {
		t.Errorf("the rest is %+v", pinned)
	}
	if *policy.LaunchTemplate.LaunchTemplateSpecification.Version != "2" || *policy.LaunchTemplate.Overrides[1].LaunchTemplateSpecification.Version != "2" {
		t.Error("pinning changed the original")
	}
}

// TestCloneByTwoAtOnce: names are unique and creation has no client token, so that who comes second finds what the first has made.
func TestCloneByTwoAtOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	f, from := c.fleet(), c.named("web")
	version, err := f.Version(t.Context(), from, c.images["3"])
	must(t, err)
	c.Next("autoscaling:CreateAutoScalingGroup", func() error {
		_, err := c.fleet().Clone(t.Context(), from, version, f.Name(version), nil, 2)
		return err
	})
	group, err := f.Clone(t.Context(), from, version, f.Name(version), nil, 2)
	must(t, err)
	if got := c.Groups(); group.Version != version || group.Release != "r-1" || len(got) != 2 {
		t.Errorf("there are groups %v; the clone is %+v", got, group)
	}
}

// TestCloneOfAGroupThatIsPartOfAStack: CloudFormation's tags are AWS's own, which nobody else may give.
func TestCloneOfAGroupThatIsPartOfAStack(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	version, err := c.fleet().Version(t.Context(), c.named("web"), c.images["3"])
	must(t, err)
	f := fleetSeeing(c, func(group *types.AutoScalingGroup) {
		group.Tags = append(group.Tags, types.TagDescription{Key: aws.String("aws:cloudformation:stack-name"), Value: aws.String("echo"), PropagateAtLaunch: aws.Bool(true)})
	})
	from, err := f.Named(t.Context(), "web")
	must(t, err)
	_, err = f.Clone(t.Context(), from, version, f.Name(version), nil, 2)
	must(t, err)
}

// TestCloneOfMixedInstancesHasItsVersion, and the types and the mix of the original.
func TestCloneOfMixedInstancesHasItsVersion(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, func(in *autoscaling.CreateAutoScalingGroupInput) {
		in.MixedInstancesPolicy = &types.MixedInstancesPolicy{LaunchTemplate: &types.LaunchTemplate{
			LaunchTemplateSpecification: in.LaunchTemplate, Overrides: []types.LaunchTemplateOverrides{{InstanceType: aws.String("m7i.large")}, {InstanceType: aws.String("m7a.large")}},
		}}
		in.LaunchTemplate = nil
	})
	group := c.cloned()
	c.Pass(2 * time.Minute)
	got := c.Described(group.Name).MixedInstancesPolicy.LaunchTemplate
	if *got.LaunchTemplateSpecification.Version != "3" || len(got.Overrides) != 2 {
		t.Errorf("the clone launches version %s with %d types", *got.LaunchTemplateSpecification.Version, len(got.Overrides))
	}
	for _, instance := range c.named(group.Name).Instances {
		if instance.Version != "3" {
			t.Errorf("instance %s is of version %s", instance.ID, instance.Version)
		}
	}
}
