package laws_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

const autoscalingPage = "https://docs.aws.amazon.com/autoscaling/ec2/APIReference/"

// The laws of Auto Scaling groups.
var scalingLaws = []law[autoscalingWorld]{
	{
		name:   "a group's name is taken once",
		source: autoscalingPage + "API_CreateAutoScalingGroup.html: AlreadyExists, HTTP 400",
		hold: func(ctx context.Context, w autoscalingWorld) {
			template := w.group(ctx, 0)
			_, err := w.CreateAutoScalingGroup(ctx, w.creation(template, 0))
			refusedAs(err, "AlreadyExists", 400)
		},
	},
	{
		name:   "a group that is unknown is left out",
		source: autoscalingPage + "API_DescribeAutoScalingGroups.html",
		hold: func(ctx context.Context, w autoscalingWorld) {
			equal("groups", len(must(w.DescribeAutoScalingGroups(ctx, &sdk.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{w.name}})).AutoScalingGroups), 0)
			_, err := w.SetDesiredCapacity(ctx, &sdk.SetDesiredCapacityInput{AutoScalingGroupName: &w.name, DesiredCapacity: aws.Int32(1)})
			refusedAs(err, "ValidationError", 400)
		},
	},
	{
		name:   "a group has as many instances as it wants, of its template's version",
		source: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-capacity-limits.html",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 2)
			equal("instances", w.instances(ctx), []string{"InService 1", "InService 1"})
			must(w.SetDesiredCapacity(ctx, &sdk.SetDesiredCapacityInput{AutoScalingGroupName: &w.name, DesiredCapacity: aws.Int32(1)}))
			w.settle()
			equal("instances afterwards", w.instances(ctx), []string{"InService 1"})
		},
	},
	{
		name:   "a group's tags reach the instances that it launches",
		source: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 1)
			equal("tags", w.tagsOfInstance(ctx), map[string]string{"aws:autoscaling:groupName": w.name, "law": w.name})
		},
	},
	{
		name:   "a group is found by its tag",
		source: autoscalingPage + "API_DescribeAutoScalingGroups.html: Filters, tag:<key>",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 0)
			find := func(value string) int {
				return len(must(w.DescribeAutoScalingGroups(ctx, &sdk.DescribeAutoScalingGroupsInput{Filters: []types.Filter{{Name: aws.String("tag:law"), Values: []string{value}}}})).AutoScalingGroups)
			}
			equal("groups", []int{find(w.name), find("another")}, []int{1, 0})
		},
	},
	{
		name:   "the desired capacity keeps within the bounds",
		source: autoscalingPage + "API_SetDesiredCapacity.html; the words are those of AWS's command line",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 0)
			_, err := w.SetDesiredCapacity(ctx, &sdk.SetDesiredCapacityInput{AutoScalingGroupName: &w.name, DesiredCapacity: aws.Int32(5)})
			refusedAs(err, "ValidationError", 400)
		},
	},
	{
		name:   "another template is for later launches",
		source: autoscalingPage + "API_UpdateAutoScalingGroup.html",
		hold: func(ctx context.Context, w autoscalingWorld) {
			template := w.group(ctx, 1)
			must(w.UpdateAutoScalingGroup(ctx, &sdk.UpdateAutoScalingGroupInput{AutoScalingGroupName: &w.name, LaunchTemplate: versionOf(template, "2")}))
			w.settle()
			equal("instances", w.instances(ctx), []string{"InService 1"})
			equal("the group's version", *w.described(ctx).LaunchTemplate.Version, "2")
		},
	},
	{
		name:   "a group with instances is deleted by force only",
		source: autoscalingPage + "API_DeleteAutoScalingGroup.html: ForceDelete; ResourceInUse, HTTP 400",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 1)
			_, err := w.DeleteAutoScalingGroup(ctx, &sdk.DeleteAutoScalingGroupInput{AutoScalingGroupName: &w.name})
			refusedAs(err, "ResourceInUse", 400)
			must(w.DeleteAutoScalingGroup(ctx, &sdk.DeleteAutoScalingGroupInput{AutoScalingGroupName: &w.name, ForceDelete: aws.Bool(true)}))
			w.settle()
			equal("groups", len(must(w.DescribeAutoScalingGroups(ctx, &sdk.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{w.name}})).AutoScalingGroups), 0)
		},
	},
	{
		name:   "target groups are attached in addition, and once",
		source: autoscalingPage + "API_AttachLoadBalancerTargetGroups.html: \"This operation is additive\"",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 0)
			one, two := w.balancers.group(ctx, "a"), w.balancers.group(ctx, "b")
			for _, arn := range []string{one, two, one} {
				must(w.AttachLoadBalancerTargetGroups(ctx, &sdk.AttachLoadBalancerTargetGroupsInput{AutoScalingGroupName: &w.name, TargetGroupARNs: []string{arn}}))
			}
			equal("target groups", w.described(ctx).TargetGroupARNs, []string{one, two})
			must(w.DetachLoadBalancerTargetGroups(ctx, &sdk.DetachLoadBalancerTargetGroupsInput{AutoScalingGroupName: &w.name, TargetGroupARNs: []string{one}}))
			equal("target groups afterwards", w.described(ctx).TargetGroupARNs, []string{two})
		},
	},
	{
		name:   "a target group is a traffic source",
		source: autoscalingPage + "API_AttachTrafficSources.html",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 0)
			arn := w.balancers.group(ctx, "a")
			must(w.AttachTrafficSources(ctx, &sdk.AttachTrafficSourcesInput{AutoScalingGroupName: &w.name, TrafficSources: []types.TrafficSourceIdentifier{{Identifier: &arn, Type: aws.String("elbv2")}}}))
			equal("sources", len(must(w.DescribeTrafficSources(ctx, &sdk.DescribeTrafficSourcesInput{AutoScalingGroupName: &w.name})).TrafficSources), 1)
		},
	},
	{
		name:   "a hook is abandoned after an hour unless it says otherwise",
		source: autoscalingPage + "API_PutLifecycleHook.html: HeartbeatTimeout, DefaultResult",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 0)
			must(w.PutLifecycleHook(ctx, &sdk.PutLifecycleHookInput{AutoScalingGroupName: &w.name, LifecycleHookName: aws.String("h"), LifecycleTransition: aws.String("autoscaling:EC2_INSTANCE_LAUNCHING")}))
			hook := must(w.DescribeLifecycleHooks(ctx, &sdk.DescribeLifecycleHooksInput{AutoScalingGroupName: &w.name})).LifecycleHooks[0]
			equal("heartbeat", *hook.HeartbeatTimeout, int32(3600))
			equal("result", *hook.DefaultResult, "ABANDON")
		},
	},
	{
		name:   "a policy is kept",
		source: autoscalingPage + "API_PutScalingPolicy.html",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 0)
			arn := *must(w.PutScalingPolicy(ctx, &sdk.PutScalingPolicyInput{AutoScalingGroupName: &w.name, PolicyName: aws.String("p"), AdjustmentType: aws.String("ChangeInCapacity"), ScalingAdjustment: aws.Int32(1)})).PolicyARN
			policies := must(w.DescribePolicies(ctx, &sdk.DescribePoliciesInput{AutoScalingGroupName: &w.name})).ScalingPolicies
			equal("policies", len(policies), 1)
			equal("ARN", *policies[0].PolicyARN, arn)
			equal("type", *policies[0].PolicyType, "SimpleScaling")
		},
	},
	{
		name:   "one instance is terminated without another in its place",
		source: autoscalingPage + "API_TerminateInstanceInAutoScalingGroup.html: ShouldDecrementDesiredCapacity",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 2)
			id := w.described(ctx).Instances[0].InstanceId
			must(w.TerminateInstanceInAutoScalingGroup(ctx, &sdk.TerminateInstanceInAutoScalingGroupInput{InstanceId: id, ShouldDecrementDesiredCapacity: aws.Bool(true)}))
			w.settle()
			equal("instances", w.instances(ctx), []string{"InService 1"})
			equal("desired", *w.described(ctx).DesiredCapacity, int32(1))
		},
	},
	{
		name:   "an instance in standby stays in the group",
		source: autoscalingPage + "API_EnterStandby.html",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 1)
			id := *w.described(ctx).Instances[0].InstanceId
			must(w.EnterStandby(ctx, &sdk.EnterStandbyInput{AutoScalingGroupName: &w.name, InstanceIds: []string{id}, ShouldDecrementDesiredCapacity: aws.Bool(true)}))
			w.settle()
			equal("instances", w.instances(ctx), []string{"Standby 1"})
			equal("desired", *w.described(ctx).DesiredCapacity, int32(0))
		},
	},
	{
		name:   "an instance is protected from scale-in",
		source: autoscalingPage + "API_SetInstanceProtection.html",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 1)
			id := *w.described(ctx).Instances[0].InstanceId
			must(w.SetInstanceProtection(ctx, &sdk.SetInstanceProtectionInput{AutoScalingGroupName: &w.name, InstanceIds: []string{id}, ProtectedFromScaleIn: aws.Bool(true)}))
			equal("protected", *w.described(ctx).Instances[0].ProtectedFromScaleIn, true)
		},
	},
	{
		name:   "processes are suspended",
		source: autoscalingPage + "API_SuspendProcesses.html",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 0)
			must(w.SuspendProcesses(ctx, &sdk.SuspendProcessesInput{AutoScalingGroupName: &w.name, ScalingProcesses: []string{"Launch"}}))
			suspended := w.described(ctx).SuspendedProcesses
			equal("processes", len(suspended), 1)
			equal("process", *suspended[0].ProcessName, "Launch")
		},
	},
	{
		name:   "a template is named by its id or its name, not by both",
		source: autoscalingPage + "API_LaunchTemplateSpecification.html: \"You must specify either a LaunchTemplateId or a LaunchTemplateName\"",
		hold: func(ctx context.Context, w autoscalingWorld) {
			template := w.template(ctx)
			in := w.creation(template, 0)
			in.LaunchTemplate.LaunchTemplateName = &w.name
			_, err := w.CreateAutoScalingGroup(ctx, in)
			refusedAs(err, "ValidationError", 400)
		},
	},
}
