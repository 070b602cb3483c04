package autoscaling_test

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/goldfinch-dev/goldfinch/internal/local/autoscaling"
)

// api are the methods of the SDK's client that the local one has, too.
type api interface {
	CreateAutoScalingGroup(context.Context, *sdk.CreateAutoScalingGroupInput, ...func(*sdk.Options)) (*sdk.CreateAutoScalingGroupOutput, error)
	UpdateAutoScalingGroup(context.Context, *sdk.UpdateAutoScalingGroupInput, ...func(*sdk.Options)) (*sdk.UpdateAutoScalingGroupOutput, error)
	SetDesiredCapacity(context.Context, *sdk.SetDesiredCapacityInput, ...func(*sdk.Options)) (*sdk.SetDesiredCapacityOutput, error)
	DeleteAutoScalingGroup(context.Context, *sdk.DeleteAutoScalingGroupInput, ...func(*sdk.Options)) (*sdk.DeleteAutoScalingGroupOutput, error)
	DescribeAutoScalingGroups(context.Context, *sdk.DescribeAutoScalingGroupsInput, ...func(*sdk.Options)) (*sdk.DescribeAutoScalingGroupsOutput, error)
	DescribeAutoScalingInstances(context.Context, *sdk.DescribeAutoScalingInstancesInput, ...func(*sdk.Options)) (*sdk.DescribeAutoScalingInstancesOutput, error)
	CreateOrUpdateTags(context.Context, *sdk.CreateOrUpdateTagsInput, ...func(*sdk.Options)) (*sdk.CreateOrUpdateTagsOutput, error)
	DeleteTags(context.Context, *sdk.DeleteTagsInput, ...func(*sdk.Options)) (*sdk.DeleteTagsOutput, error)
	DescribeTags(context.Context, *sdk.DescribeTagsInput, ...func(*sdk.Options)) (*sdk.DescribeTagsOutput, error)
	AttachTrafficSources(context.Context, *sdk.AttachTrafficSourcesInput, ...func(*sdk.Options)) (*sdk.AttachTrafficSourcesOutput, error)
	DetachTrafficSources(context.Context, *sdk.DetachTrafficSourcesInput, ...func(*sdk.Options)) (*sdk.DetachTrafficSourcesOutput, error)
	DescribeTrafficSources(context.Context, *sdk.DescribeTrafficSourcesInput, ...func(*sdk.Options)) (*sdk.DescribeTrafficSourcesOutput, error)
	AttachLoadBalancerTargetGroups(context.Context, *sdk.AttachLoadBalancerTargetGroupsInput, ...func(*sdk.Options)) (*sdk.AttachLoadBalancerTargetGroupsOutput, error)
	DetachLoadBalancerTargetGroups(context.Context, *sdk.DetachLoadBalancerTargetGroupsInput, ...func(*sdk.Options)) (*sdk.DetachLoadBalancerTargetGroupsOutput, error)
	DescribeLoadBalancerTargetGroups(context.Context, *sdk.DescribeLoadBalancerTargetGroupsInput, ...func(*sdk.Options)) (*sdk.DescribeLoadBalancerTargetGroupsOutput, error)
	PutLifecycleHook(context.Context, *sdk.PutLifecycleHookInput, ...func(*sdk.Options)) (*sdk.PutLifecycleHookOutput, error)
	DeleteLifecycleHook(context.Context, *sdk.DeleteLifecycleHookInput, ...func(*sdk.Options)) (*sdk.DeleteLifecycleHookOutput, error)
	DescribeLifecycleHooks(context.Context, *sdk.DescribeLifecycleHooksInput, ...func(*sdk.Options)) (*sdk.DescribeLifecycleHooksOutput, error)
	CompleteLifecycleAction(context.Context, *sdk.CompleteLifecycleActionInput, ...func(*sdk.Options)) (*sdk.CompleteLifecycleActionOutput, error)
	RecordLifecycleActionHeartbeat(context.Context, *sdk.RecordLifecycleActionHeartbeatInput, ...func(*sdk.Options)) (*sdk.RecordLifecycleActionHeartbeatOutput, error)
	PutScalingPolicy(context.Context, *sdk.PutScalingPolicyInput, ...func(*sdk.Options)) (*sdk.PutScalingPolicyOutput, error)
	DescribePolicies(context.Context, *sdk.DescribePoliciesInput, ...func(*sdk.Options)) (*sdk.DescribePoliciesOutput, error)
	DeletePolicy(context.Context, *sdk.DeletePolicyInput, ...func(*sdk.Options)) (*sdk.DeletePolicyOutput, error)
	ExecutePolicy(context.Context, *sdk.ExecutePolicyInput, ...func(*sdk.Options)) (*sdk.ExecutePolicyOutput, error)
	EnterStandby(context.Context, *sdk.EnterStandbyInput, ...func(*sdk.Options)) (*sdk.EnterStandbyOutput, error)
	ExitStandby(context.Context, *sdk.ExitStandbyInput, ...func(*sdk.Options)) (*sdk.ExitStandbyOutput, error)
	SetInstanceProtection(context.Context, *sdk.SetInstanceProtectionInput, ...func(*sdk.Options)) (*sdk.SetInstanceProtectionOutput, error)
	SetInstanceHealth(context.Context, *sdk.SetInstanceHealthInput, ...func(*sdk.Options)) (*sdk.SetInstanceHealthOutput, error)
	TerminateInstanceInAutoScalingGroup(context.Context, *sdk.TerminateInstanceInAutoScalingGroupInput, ...func(*sdk.Options)) (*sdk.TerminateInstanceInAutoScalingGroupOutput, error)
	SuspendProcesses(context.Context, *sdk.SuspendProcessesInput, ...func(*sdk.Options)) (*sdk.SuspendProcessesOutput, error)
	ResumeProcesses(context.Context, *sdk.ResumeProcessesInput, ...func(*sdk.Options)) (*sdk.ResumeProcessesOutput, error)
	DescribeScalingActivities(context.Context, *sdk.DescribeScalingActivitiesInput, ...func(*sdk.Options)) (*sdk.DescribeScalingActivitiesOutput, error)
	StartInstanceRefresh(context.Context, *sdk.StartInstanceRefreshInput, ...func(*sdk.Options)) (*sdk.StartInstanceRefreshOutput, error)
	DescribeInstanceRefreshes(context.Context, *sdk.DescribeInstanceRefreshesInput, ...func(*sdk.Options)) (*sdk.DescribeInstanceRefreshesOutput, error)
	CancelInstanceRefresh(context.Context, *sdk.CancelInstanceRefreshInput, ...func(*sdk.Options)) (*sdk.CancelInstanceRefreshOutput, error)
	RollbackInstanceRefresh(context.Context, *sdk.RollbackInstanceRefreshInput, ...func(*sdk.Options)) (*sdk.RollbackInstanceRefreshOutput, error)
}

var (
	_ api = (*sdk.Client)(nil)
	_ api = (*autoscaling.Service)(nil)
)
