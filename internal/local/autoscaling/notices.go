package autoscaling

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// What a group has that changes nothing here, and that its clones have to have too: who is told of
// launches, what is counted, and at which times it is to have another size. No time comes by itself, as policies aren't triggered either.

// PutNotificationConfiguration is Auto Scaling's PutNotificationConfiguration; nobody is told.
func (s *Service) PutNotificationConfiguration(ctx context.Context, in *sdk.PutNotificationConfigurationInput, _ ...func(*sdk.Options)) (*sdk.PutNotificationConfigurationOutput, error) {
	return change(ctx, s, "PutNotificationConfiguration", in.AutoScalingGroupName, func(g *group) (*sdk.PutNotificationConfigurationOutput, error) {
		if aws.ToString(in.TopicARN) == "" || len(in.NotificationTypes) == 0 {
			return nil, required("topicARN and notificationTypes")
		}
		g.Notifications = slices.DeleteFunc(g.Notifications, func(present types.NotificationConfiguration) bool { return *present.TopicARN == *in.TopicARN })
		for _, kind := range in.NotificationTypes {
			g.Notifications = append(g.Notifications, types.NotificationConfiguration{
				AutoScalingGroupName: in.AutoScalingGroupName, TopicARN: in.TopicARN, NotificationType: aws.String(kind),
			})
		}
		return &sdk.PutNotificationConfigurationOutput{}, nil
	})
}

// DescribeNotificationConfigurations is Auto Scaling's DescribeNotificationConfigurations.
func (s *Service) DescribeNotificationConfigurations(
	ctx context.Context, in *sdk.DescribeNotificationConfigurationsInput, _ ...func(*sdk.Options),
) (*sdk.DescribeNotificationConfigurationsOutput, error) {
	return look(ctx, s, "DescribeNotificationConfigurations", func() (*sdk.DescribeNotificationConfigurationsOutput, error) {
		var all []types.NotificationConfiguration
		for _, g := range s.sortedGroups() {
			if len(in.AutoScalingGroupNames) == 0 || slices.Contains(in.AutoScalingGroupNames, g.name()) {
				all = append(all, g.Notifications...)
			}
		}
		found, next, err := page(all, in.NextToken, in.MaxRecords)
		return &sdk.DescribeNotificationConfigurationsOutput{NotificationConfigurations: found, NextToken: next}, err
	})
}

// PutScheduledUpdateGroupAction is Auto Scaling's PutScheduledUpdateGroupAction.
func (s *Service) PutScheduledUpdateGroupAction(ctx context.Context, in *sdk.PutScheduledUpdateGroupActionInput, _ ...func(*sdk.Options)) (*sdk.PutScheduledUpdateGroupActionOutput, error) {
	return change(ctx, s, "PutScheduledUpdateGroupAction", in.AutoScalingGroupName, func(g *group) (*sdk.PutScheduledUpdateGroupActionOutput, error) {
		if aws.ToString(in.ScheduledActionName) == "" {
			return nil, required("scheduledActionName")
		}
		action := types.ScheduledUpdateGroupAction{
			AutoScalingGroupName: in.AutoScalingGroupName, ScheduledActionName: in.ScheduledActionName, Recurrence: in.Recurrence, TimeZone: in.TimeZone,
			StartTime: either(in.StartTime, in.Time), EndTime: in.EndTime, MinSize: in.MinSize, MaxSize: in.MaxSize, DesiredCapacity: in.DesiredCapacity,
			ScheduledActionARN: aws.String(s.arn("scheduledUpdateGroupAction", s.identifier()+":autoScalingGroupName/"+g.name()+":scheduledActionName/"+*in.ScheduledActionName)),
		}
		action.Time = action.StartTime
		at := slices.IndexFunc(g.Schedules, func(present types.ScheduledUpdateGroupAction) bool {
			return *present.ScheduledActionName == *in.ScheduledActionName
		})
		if at >= 0 {
			action.ScheduledActionARN = g.Schedules[at].ScheduledActionARN
			g.Schedules[at] = action
		} else {
			g.Schedules = append(g.Schedules, action)
		}
		return &sdk.PutScheduledUpdateGroupActionOutput{}, nil
	})
}

// DescribeScheduledActions is Auto Scaling's DescribeScheduledActions.
func (s *Service) DescribeScheduledActions(ctx context.Context, in *sdk.DescribeScheduledActionsInput, _ ...func(*sdk.Options)) (*sdk.DescribeScheduledActionsOutput, error) {
	return look(ctx, s, "DescribeScheduledActions", func() (*sdk.DescribeScheduledActionsOutput, error) {
		var all []types.ScheduledUpdateGroupAction
		for _, g := range s.sortedGroups() {
			for _, action := range g.Schedules {
				if (in.AutoScalingGroupName == nil || *in.AutoScalingGroupName == g.name()) &&
					(len(in.ScheduledActionNames) == 0 || slices.Contains(in.ScheduledActionNames, *action.ScheduledActionName)) {
					all = append(all, action)
				}
			}
		}
		found, next, err := page(all, in.NextToken, in.MaxRecords)
		return &sdk.DescribeScheduledActionsOutput{ScheduledUpdateGroupActions: found, NextToken: next}, err
	})
}

// groupMetrics are what a group can count.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html
var groupMetrics = []string{
	"GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity", "GroupInServiceInstances", "GroupPendingInstances", "GroupStandbyInstances",
	"GroupTerminatingInstances", "GroupTotalInstances", "GroupInServiceCapacity", "GroupPendingCapacity", "GroupStandbyCapacity",
	"GroupTerminatingCapacity", "GroupTotalCapacity", "WarmPoolDesiredCapacity", "WarmPoolWarmedCapacity", "WarmPoolPendingCapacity",
	"WarmPoolTerminatingCapacity", "WarmPoolTotalCapacity", "GroupAndWarmPoolDesiredCapacity", "GroupAndWarmPoolTotalCapacity",
}

// EnableMetricsCollection is Auto Scaling's EnableMetricsCollection: of those that are named, or of all. Nothing is counted.
func (s *Service) EnableMetricsCollection(ctx context.Context, in *sdk.EnableMetricsCollectionInput, _ ...func(*sdk.Options)) (*sdk.EnableMetricsCollectionOutput, error) {
	return change(ctx, s, "EnableMetricsCollection", in.AutoScalingGroupName, func(g *group) (*sdk.EnableMetricsCollectionOutput, error) {
		if aws.ToString(in.Granularity) != "1Minute" {
			return nil, validation("Granularity must be 1Minute")
		}
		names := in.Metrics
		if len(names) == 0 {
			names = groupMetrics
		}
		for _, name := range names {
			if !slices.Contains(groupMetrics, name) {
				return nil, validation("There is no metric %s of a group", name)
			}
			g.Config.EnabledMetrics = slices.DeleteFunc(g.Config.EnabledMetrics, func(present types.EnabledMetric) bool { return *present.Metric == name })
			g.Config.EnabledMetrics = append(g.Config.EnabledMetrics, types.EnabledMetric{Metric: aws.String(name), Granularity: in.Granularity})
		}
		return &sdk.EnableMetricsCollectionOutput{}, nil
	})
}

// DescribeLaunchConfigurations is Auto Scaling's DescribeLaunchConfigurations: there are none, only launch templates.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html
func (s *Service) DescribeLaunchConfigurations(ctx context.Context, _ *sdk.DescribeLaunchConfigurationsInput, _ ...func(*sdk.Options)) (*sdk.DescribeLaunchConfigurationsOutput, error) {
	return look(ctx, s, "DescribeLaunchConfigurations", func() (*sdk.DescribeLaunchConfigurationsOutput, error) {
		return &sdk.DescribeLaunchConfigurationsOutput{}, nil
	})
}
