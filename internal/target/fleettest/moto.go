package fleettest

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// MotoScaling says to moto what it knows under an older name: target groups instead of traffic sources. It has neither notifications nor instance refreshes.
type MotoScaling struct{ *autoscaling.Client }

// CreateAutoScalingGroup attaches the group to target groups at once, as it should.
func (m MotoScaling) CreateAutoScalingGroup(ctx context.Context, input *autoscaling.CreateAutoScalingGroupInput, options ...func(*autoscaling.Options)) (*autoscaling.CreateAutoScalingGroupOutput, error) {
	said := *input
	said.TargetGroupARNs, said.TrafficSources = arnsOf(input.TrafficSources), nil
	return m.Client.CreateAutoScalingGroup(ctx, &said, options...)
}

// AttachTrafficSources attaches target groups.
func (m MotoScaling) AttachTrafficSources(ctx context.Context, input *autoscaling.AttachTrafficSourcesInput, options ...func(*autoscaling.Options)) (*autoscaling.AttachTrafficSourcesOutput, error) {
	_, err := m.AttachLoadBalancerTargetGroups(ctx, &autoscaling.AttachLoadBalancerTargetGroupsInput{AutoScalingGroupName: input.AutoScalingGroupName, TargetGroupARNs: arnsOf(input.TrafficSources)}, options...)
	return &autoscaling.AttachTrafficSourcesOutput{}, err
}

// DetachTrafficSources detaches target groups.
func (m MotoScaling) DetachTrafficSources(ctx context.Context, input *autoscaling.DetachTrafficSourcesInput, options ...func(*autoscaling.Options)) (*autoscaling.DetachTrafficSourcesOutput, error) {
	_, err := m.DetachLoadBalancerTargetGroups(ctx, &autoscaling.DetachLoadBalancerTargetGroupsInput{AutoScalingGroupName: input.AutoScalingGroupName, TargetGroupARNs: arnsOf(input.TrafficSources)}, options...)
	return &autoscaling.DetachTrafficSourcesOutput{}, err
}

// DescribeTrafficSources tells of none that is on its way: moto deregisters at once.
func (MotoScaling) DescribeTrafficSources(context.Context, *autoscaling.DescribeTrafficSourcesInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeTrafficSourcesOutput, error) {
	return &autoscaling.DescribeTrafficSourcesOutput{}, nil
}

// DescribeNotificationConfigurations tells of none.
func (MotoScaling) DescribeNotificationConfigurations(context.Context, *autoscaling.DescribeNotificationConfigurationsInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeNotificationConfigurationsOutput, error) {
	return &autoscaling.DescribeNotificationConfigurationsOutput{}, nil
}

// DescribeInstanceRefreshes tells of none.
func (MotoScaling) DescribeInstanceRefreshes(context.Context, *autoscaling.DescribeInstanceRefreshesInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeInstanceRefreshesOutput, error) {
	return &autoscaling.DescribeInstanceRefreshesOutput{}, nil
}

// MotoMachines does with launch template versions what moto does not.
type MotoMachines struct{ *ec2.Client }

// CreateLaunchTemplateVersion copies the instance type of the version that the new one is made from, and so what instances can't do without.
func (m MotoMachines) CreateLaunchTemplateVersion(ctx context.Context, input *ec2.CreateLaunchTemplateVersionInput, options ...func(*ec2.Options)) (*ec2.CreateLaunchTemplateVersionOutput, error) {
	if input.SourceVersion == nil {
		return m.Client.CreateLaunchTemplateVersion(ctx, input, options...)
	}
	source, err := m.DescribeLaunchTemplateVersions(ctx, &ec2.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: input.LaunchTemplateId, Versions: []string{*input.SourceVersion}})
	if err != nil {
		return nil, err
	}
	said, data := *input, *input.LaunchTemplateData
	data.InstanceType = source.LaunchTemplateVersions[0].LaunchTemplateData.InstanceType
	said.LaunchTemplateData = &data
	return m.Client.CreateLaunchTemplateVersion(ctx, &said, options...)
}

// DeleteLaunchTemplateVersions says that versions were deleted, and leaves them.
func (MotoMachines) DeleteLaunchTemplateVersions(context.Context, *ec2.DeleteLaunchTemplateVersionsInput, ...func(*ec2.Options)) (*ec2.DeleteLaunchTemplateVersionsOutput, error) {
	return &ec2.DeleteLaunchTemplateVersionsOutput{}, nil
}

// arnsOf are the target groups' ARNs.
func arnsOf(sources []types.TrafficSourceIdentifier) []string {
	var arns []string
	for _, source := range sources {
		arns = append(arns, *source.Identifier)
	}
	return arns
}
