package autoscaling

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// Limits of an instance refresh.
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html
const (
	longestPause  = 172800 // seconds, of checkpoints and baking
	maximumAlarms = 10
)

// checkRefresh refuses what is wrong with a refresh by itself, and what the local cloud can't do.
func (s *Service) checkRefresh(ctx context.Context, in *sdk.StartInstanceRefreshInput) error {
	if in.Strategy != "" && in.Strategy != types.RefreshStrategyRolling {
		return unsupported("instance refreshes of strategy " + string(in.Strategy))
	}
	p := in.Preferences
	if p == nil {
		return nil
	}
	if err := checkCheckpoints(p); err != nil {
		return err
	}
	for what, given := range map[string]*int32{"CheckpointDelay": p.CheckpointDelay, "BakeTime": p.BakeTime, "InstanceWarmup": p.InstanceWarmup} {
		if value := aws.ToInt32(given); value < 0 || value > longestPause {
			return validation("%s must be from 0 to %d seconds, and is %d", what, longestPause, value)
		}
	}
	if p.MaxHealthyPercentage != nil && p.MinHealthyPercentage == nil {
		return validation("MinHealthyPercentage must be specified when MaxHealthyPercentage is.")
	}
	if err := checkHealthyRange(p.MinHealthyPercentage, p.MaxHealthyPercentage); err != nil {
		return err
	}
	if p.ScaleInProtectedInstances != "" && !slices.Contains(p.ScaleInProtectedInstances.Values(), p.ScaleInProtectedInstances) ||
		p.StandbyInstances != "" && !slices.Contains(p.StandbyInstances.Values(), p.StandbyInstances) {
		return validation("ScaleInProtectedInstances '%s' or StandbyInstances '%s' is not valid", p.ScaleInProtectedInstances, p.StandbyInstances)
	}
	return s.checkAlarms(ctx, p.AlarmSpecification)
}

func checkCheckpoints(p *types.RefreshPreferences) error {
	if p.CheckpointDelay != nil && len(p.CheckpointPercentages) == 0 {
		return validation("CheckpointPercentages must be specified when CheckpointDelay is.")
	}
	last := int32(0)
	for _, percentage := range p.CheckpointPercentages {
		if percentage <= last || percentage > 100 {
			return validation("CheckpointPercentages must be unique, ascending, and from 1 to 100: %v", p.CheckpointPercentages)
		}
		last = percentage
	}
	return nil
}

// checkHealthyRange refuses bounds that can't be kept. One that is absent is not looked at.
func checkHealthyRange(least, most *int32) error {
	low, high := aws.ToInt32(either(least, aws.Int32(100))), aws.ToInt32(either(most, aws.Int32(100)))
	switch {
	case low < 0 || low > 100:
		return validation("MinHealthyPercentage must be from 0 to 100, and is %d", low)
	case high < 100 || high > 200:
		return validation("MaxHealthyPercentage must be from 100 to 200, and is %d", high)
	case high-low > 100:
		return validation("The difference between MinHealthyPercentage %d and MaxHealthyPercentage %d must not be more than 100", low, high)
	default:
		return nil
	}
}

// checkAlarms refuses alarms that don't exist.
func (s *Service) checkAlarms(ctx context.Context, specification *types.AlarmSpecification) error {
	if specification == nil {
		return nil
	}
	if s.options.Alarms == nil {
		return unsupported("alarms for instance refreshes")
	}
	if len(specification.Alarms) == 0 || len(specification.Alarms) > maximumAlarms {
		return validation("An alarm specification must name 1 to %d alarms", maximumAlarms)
	}
	out, err := s.options.Alarms.DescribeAlarms(context.WithValue(ctx, internal{}, true), &cloudwatch.DescribeAlarmsInput{
		AlarmNames: specification.Alarms, AlarmTypes: []cloudwatchtypes.AlarmType{cloudwatchtypes.AlarmTypeMetricAlarm, cloudwatchtypes.AlarmTypeCompositeAlarm},
	})
	if err != nil {
		return internalFailure(err)
	}
	if found := len(out.MetricAlarms) + len(out.CompositeAlarms); found < len(specification.Alarms) {
		return validation("One or more of the alarms %v do not exist", specification.Alarms)
	}
	return nil
}
