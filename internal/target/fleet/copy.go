package fleet

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// Copy gives a clone what no request for a group has room for, and it does not have yet: scaling policies, scheduled actions, notifications,
// metrics and suspended processes. A policy that counts requests of a target group waits until the clone is attached to one; call Copy again then.
func (f *Fleet) Copy(ctx context.Context, from, to Group) error {
	for _, copy := range []func(context.Context, Group, Group) error{
		f.copyPolicies, f.copySchedule, f.copyNotifications, f.copyMetrics, f.copySuspensions,
	} {
		if err := copy(ctx, from, to); err != nil {
			return err
		}
	}
	return nil
}

// hooks are a group's lifecycle hooks as they are given to a new one.
func (f *Fleet) hooks(ctx context.Context, from Group) ([]types.LifecycleHookSpecification, error) {
	output, err := call.Do(ctx, "autoscaling: read the lifecycle hooks of group "+from.Name, f.autoScaling.DescribeLifecycleHooks,
		&autoscaling.DescribeLifecycleHooksInput{AutoScalingGroupName: aws.String(from.Name)})
	if err != nil {
		return nil, err
	}
	var hooks []types.LifecycleHookSpecification
	for _, hook := range output.LifecycleHooks {
		hooks = append(hooks, types.LifecycleHookSpecification{
			LifecycleHookName: hook.LifecycleHookName, LifecycleTransition: hook.LifecycleTransition, DefaultResult: hook.DefaultResult,
			HeartbeatTimeout: hook.HeartbeatTimeout, NotificationMetadata: hook.NotificationMetadata,
			NotificationTargetARN: hook.NotificationTargetARN, RoleARN: hook.RoleARN,
		})
	}
	return hooks, nil
}

// policies are a group's scaling policies.
func (f *Fleet) policies(ctx context.Context, group Group) ([]types.ScalingPolicy, error) {
	input := &autoscaling.DescribePoliciesInput{AutoScalingGroupName: aws.String(group.Name)}
	var policies []types.ScalingPolicy
	for {
		page, err := call.Do(ctx, "autoscaling: read the scaling policies of group "+group.Name, f.autoScaling.DescribePolicies, input)
		if err != nil {
			return nil, err
		}
		policies = append(policies, page.ScalingPolicies...)
		if aws.ToString(page.NextToken) == "" {
			return policies, nil
		}
		input.NextToken = page.NextToken
	}
}

func (f *Fleet) copyPolicies(ctx context.Context, from, to Group) error {
	wanted, err := f.policies(ctx, from)
	if err != nil || len(wanted) == 0 {
		return err
	}
	present, err := f.policies(ctx, to)
	if err != nil {
		return err
	}
	for _, policy := range wanted {
		there := slices.ContainsFunc(present, func(one types.ScalingPolicy) bool {
			return aws.ToString(one.PolicyName) == aws.ToString(policy.PolicyName)
		})
		if there || countsRequests(policy) && len(to.TargetGroups) == 0 {
			continue
		}
		_, err := call.Do(ctx, fmt.Sprintf("autoscaling: give group %s the scaling policy %s", to.Name, aws.ToString(policy.PolicyName)), f.autoScaling.PutScalingPolicy, policyFor(policy, from, to))
		if err != nil {
			return err
		}
	}
	return nil
}

// countsRequests reports whether a policy follows the requests of a target group. AWS takes it only of a group that is attached to that, see
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PredefinedMetricSpecification.html
func countsRequests(policy types.ScalingPolicy) bool {
	tracking := policy.TargetTrackingConfiguration
	return tracking != nil && tracking.PredefinedMetricSpecification != nil && aws.ToString(tracking.PredefinedMetricSpecification.ResourceLabel) != ""
}

// policyFor is a policy of one group as it is given to another: where it names the group, or its target group, it names the other's.
func policyFor(policy types.ScalingPolicy, from, to Group) *autoscaling.PutScalingPolicyInput {
	input := &autoscaling.PutScalingPolicyInput{
		AutoScalingGroupName: aws.String(to.Name), PolicyName: policy.PolicyName, PolicyType: policy.PolicyType,
		AdjustmentType: policy.AdjustmentType, Cooldown: policy.Cooldown, Enabled: policy.Enabled, EstimatedInstanceWarmup: policy.EstimatedInstanceWarmup,
		MetricAggregationType: policy.MetricAggregationType, MinAdjustmentMagnitude: policy.MinAdjustmentMagnitude,
		PredictiveScalingConfiguration: policy.PredictiveScalingConfiguration, ScalingAdjustment: policy.ScalingAdjustment, StepAdjustments: policy.StepAdjustments,
	}
	if policy.TargetTrackingConfiguration == nil {
		return input
	}
	tracking := *policy.TargetTrackingConfiguration
	if countsRequests(policy) {
		predefined := *tracking.PredefinedMetricSpecification
		predefined.ResourceLabel = aws.String(labelFor(*predefined.ResourceLabel, from, to))
		tracking.PredefinedMetricSpecification = &predefined
	}
	if custom := tracking.CustomizedMetricSpecification; custom != nil {
		own := *custom
		own.Dimensions = slices.Clone(own.Dimensions)
		for i, dimension := range own.Dimensions {
			if aws.ToString(dimension.Value) == from.Name {
				own.Dimensions[i].Value = aws.String(to.Name)
			}
		}
		tracking.CustomizedMetricSpecification = &own
	}
	input.TargetTrackingConfiguration = &tracking
	return input
}

// labelFor is app/NAME/ID/targetgroup/NAME/ID with the clone's target group for the original's. The new one may have been given a load balancer of its own; Goldfinch
// moves traffic within one.
func labelFor(label string, from, to Group) string {
	for _, old := range from.TargetGroups {
		if head, ok := strings.CutSuffix(label, targetGroupName(old)); ok {
			return head + targetGroupName(to.TargetGroups[0])
		}
	}
	return label
}

// targetGroupName is the end of a target group's ARN: targetgroup/NAME/ID.
func targetGroupName(arn string) string {
	return arn[strings.LastIndex(arn, ":")+1:]
}

func (f *Fleet) copySchedule(ctx context.Context, from, to Group) error {
	wanted, err := f.schedule(ctx, from)
	if err != nil || len(wanted) == 0 {
		return err
	}
	present, err := f.schedule(ctx, to)
	if err != nil {
		return err
	}
	for _, action := range wanted {
		there := slices.ContainsFunc(present, func(one types.ScheduledUpdateGroupAction) bool {
			return aws.ToString(one.ScheduledActionName) == aws.ToString(action.ScheduledActionName)
		})
		if there || aws.ToString(action.Recurrence) == "" && action.StartTime != nil && action.StartTime.Before(f.now()) {
			continue // AWS does not take a time that is past
		}
		input := &autoscaling.PutScheduledUpdateGroupActionInput{
			AutoScalingGroupName: aws.String(to.Name), ScheduledActionName: action.ScheduledActionName, DesiredCapacity: action.DesiredCapacity,
			MinSize: action.MinSize, MaxSize: action.MaxSize, Recurrence: action.Recurrence, TimeZone: action.TimeZone, EndTime: action.EndTime,
		}
		if aws.ToString(action.Recurrence) == "" || action.StartTime != nil && action.StartTime.After(f.now()) {
			input.StartTime = action.StartTime
		}
		_, err := call.Do(ctx, fmt.Sprintf("autoscaling: give group %s the scheduled action %s", to.Name, aws.ToString(action.ScheduledActionName)), f.autoScaling.PutScheduledUpdateGroupAction, input)
		if err != nil {
			return err
		}
	}
	return nil
}

// schedule is a group's scheduled actions.
func (f *Fleet) schedule(ctx context.Context, group Group) ([]types.ScheduledUpdateGroupAction, error) {
	input := &autoscaling.DescribeScheduledActionsInput{AutoScalingGroupName: aws.String(group.Name)}
	var actions []types.ScheduledUpdateGroupAction
	for {
		page, err := call.Do(ctx, "autoscaling: read the scheduled actions of group "+group.Name, f.autoScaling.DescribeScheduledActions, input)
		if err != nil {
			return nil, err
		}
		actions = append(actions, page.ScheduledUpdateGroupActions...)
		if aws.ToString(page.NextToken) == "" {
			return actions, nil
		}
		input.NextToken = page.NextToken
	}
}

func (f *Fleet) copyNotifications(ctx context.Context, from, to Group) error {
	wanted, err := f.notifications(ctx, from)
	if err != nil || len(wanted) == 0 {
		return err
	}
	present, err := f.notifications(ctx, to)
	if err != nil {
		return err
	}
	for _, topic := range slices.Sorted(maps.Keys(wanted)) {
		if slices.Equal(wanted[topic], present[topic]) {
			continue
		}
		_, err := call.Do(ctx, fmt.Sprintf("autoscaling: let group %s notify %s", to.Name, topic), f.autoScaling.PutNotificationConfiguration, &autoscaling.PutNotificationConfigurationInput{
			AutoScalingGroupName: aws.String(to.Name), TopicARN: aws.String(topic), NotificationTypes: wanted[topic],
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// notifications are a group's types of notification by topic, sorted.
func (f *Fleet) notifications(ctx context.Context, group Group) (map[string][]string, error) {
	input := &autoscaling.DescribeNotificationConfigurationsInput{AutoScalingGroupNames: []string{group.Name}}
	found := map[string][]string{}
	for {
		page, err := call.Do(ctx, "autoscaling: read the notifications of group "+group.Name, f.autoScaling.DescribeNotificationConfigurations, input)
		if err != nil {
			return nil, err
		}
		for _, one := range page.NotificationConfigurations {
			topic := aws.ToString(one.TopicARN)
			found[topic] = append(found[topic], aws.ToString(one.NotificationType))
		}
		if aws.ToString(page.NextToken) == "" {
			break
		}
		input.NextToken = page.NextToken
	}
	for topic := range found {
		slices.Sort(found[topic])
	}
	return found, nil
}

func (f *Fleet) copyMetrics(ctx context.Context, from, to Group) error {
	var lacking []string
	for _, wanted := range from.described.EnabledMetrics {
		name := aws.ToString(wanted.Metric)
		if !slices.ContainsFunc(to.described.EnabledMetrics, func(one types.EnabledMetric) bool { return aws.ToString(one.Metric) == name }) {
			lacking = append(lacking, name)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	slices.Sort(lacking)
	_, err := call.Do(ctx, "autoscaling: collect metrics of group "+to.Name, f.autoScaling.EnableMetricsCollection, &autoscaling.EnableMetricsCollectionInput{
		AutoScalingGroupName: aws.String(to.Name), Granularity: from.described.EnabledMetrics[0].Granularity, Metrics: lacking,
	})
	return err
}

func (f *Fleet) copySuspensions(ctx context.Context, from, to Group) error {
	var lacking []string
	for _, wanted := range from.described.SuspendedProcesses {
		name := aws.ToString(wanted.ProcessName)
		if !slices.ContainsFunc(to.described.SuspendedProcesses, func(one types.SuspendedProcess) bool { return aws.ToString(one.ProcessName) == name }) {
			lacking = append(lacking, name)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	slices.Sort(lacking)
	_, err := call.Do(ctx, "autoscaling: suspend processes of group "+to.Name, f.autoScaling.SuspendProcesses, &autoscaling.SuspendProcessesInput{
		AutoScalingGroupName: aws.String(to.Name), ScalingProcesses: lacking,
	})
	return err
}
