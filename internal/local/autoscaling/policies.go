package autoscaling

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// simpleScaling is the type of policy that changes the capacity by a number.
const simpleScaling = "SimpleScaling"

// PutScalingPolicy is Auto Scaling's PutScalingPolicy. The policy is kept; nothing but ExecutePolicy makes it act, and it gets no alarms.
func (s *Service) PutScalingPolicy(ctx context.Context, in *sdk.PutScalingPolicyInput, _ ...func(*sdk.Options)) (*sdk.PutScalingPolicyOutput, error) {
	return change(ctx, s, "PutScalingPolicy", in.AutoScalingGroupName, func(g *group) (*sdk.PutScalingPolicyOutput, error) {
		if aws.ToString(in.PolicyName) == "" {
			return nil, required("policyName")
		}
		policy := types.ScalingPolicy{
			AutoScalingGroupName: in.AutoScalingGroupName, PolicyName: in.PolicyName, PolicyType: either(in.PolicyType, aws.String(simpleScaling)),
			AdjustmentType: in.AdjustmentType, ScalingAdjustment: in.ScalingAdjustment, StepAdjustments: in.StepAdjustments,
			MinAdjustmentMagnitude: in.MinAdjustmentMagnitude, Cooldown: in.Cooldown, Enabled: either(in.Enabled, aws.Bool(true)),
			EstimatedInstanceWarmup: in.EstimatedInstanceWarmup, MetricAggregationType: in.MetricAggregationType,
			TargetTrackingConfiguration: in.TargetTrackingConfiguration, PredictiveScalingConfiguration: in.PredictiveScalingConfiguration,
		}
		if err := checkPolicy(policy); err != nil {
			return nil, err
		}
		at := slices.IndexFunc(g.Policies, func(present types.ScalingPolicy) bool { return *present.PolicyName == *in.PolicyName })
		if at >= 0 {
			policy.PolicyARN = g.Policies[at].PolicyARN
			g.Policies[at] = policy
		} else {
			policy.PolicyARN = aws.String(s.arn("scalingPolicy", s.identifier()+":autoScalingGroupName/"+g.name()+":policyName/"+*in.PolicyName))
			g.Policies = append(g.Policies, policy)
		}
		return &sdk.PutScalingPolicyOutput{PolicyARN: policy.PolicyARN}, nil
	})
}

func checkPolicy(policy types.ScalingPolicy) error {
	switch kind := *policy.PolicyType; kind {
	case simpleScaling:
		if policy.ScalingAdjustment == nil || policy.AdjustmentType == nil {
			return validation("A policy of type %s needs AdjustmentType and ScalingAdjustment", kind)
		}
	case "StepScaling":
		if len(policy.StepAdjustments) == 0 || policy.AdjustmentType == nil {
			return validation("A policy of type %s needs AdjustmentType and StepAdjustments", kind)
		}
	case "TargetTrackingScaling":
		if policy.TargetTrackingConfiguration == nil {
			return validation("A policy of type %s needs TargetTrackingConfiguration", kind)
		}
	case "PredictiveScaling":
		if policy.PredictiveScalingConfiguration == nil {
			return validation("A policy of type %s needs PredictiveScalingConfiguration", kind)
		}
	default:
		return validation("Policy type '%s' is not valid", kind)
	}
	return nil
}

// DescribePolicies is Auto Scaling's DescribePolicies.
func (s *Service) DescribePolicies(ctx context.Context, in *sdk.DescribePoliciesInput, _ ...func(*sdk.Options)) (*sdk.DescribePoliciesOutput, error) {
	return look(ctx, s, "DescribePolicies", func() (*sdk.DescribePoliciesOutput, error) {
		var all []types.ScalingPolicy
		for _, g := range s.sortedGroups() {
			for _, policy := range g.Policies {
				if (in.AutoScalingGroupName == nil || *in.AutoScalingGroupName == g.name()) &&
					(len(in.PolicyNames) == 0 || slices.Contains(in.PolicyNames, *policy.PolicyName) || slices.Contains(in.PolicyNames, *policy.PolicyARN)) &&
					(len(in.PolicyTypes) == 0 || slices.Contains(in.PolicyTypes, *policy.PolicyType)) {
					all = append(all, policy)
				}
			}
		}
		policies, next, err := page(all, in.NextToken, in.MaxRecords)
		return &sdk.DescribePoliciesOutput{ScalingPolicies: policies, NextToken: next}, err
	})
}

// DeletePolicy is Auto Scaling's DeletePolicy.
func (s *Service) DeletePolicy(ctx context.Context, in *sdk.DeletePolicyInput, _ ...func(*sdk.Options)) (*sdk.DeletePolicyOutput, error) {
	return change(ctx, s, "DeletePolicy", in.AutoScalingGroupName, func(g *group) (*sdk.DeletePolicyOutput, error) {
		policy, err := g.policy(in.PolicyName)
		if err != nil {
			return nil, err
		}
		g.Policies = slices.DeleteFunc(g.Policies, func(other types.ScalingPolicy) bool { return *other.PolicyARN == *policy.PolicyARN })
		return &sdk.DeletePolicyOutput{}, nil
	})
}

// policy finds a policy by its name or ARN.
func (g *group) policy(name *string) (types.ScalingPolicy, error) {
	for _, policy := range g.Policies {
		if *policy.PolicyName == aws.ToString(name) || *policy.PolicyARN == aws.ToString(name) {
			return policy, nil
		}
	}
	return types.ScalingPolicy{}, validation("PolicyARN or PolicyName not found: %s", aws.ToString(name))
}

// ExecutePolicy is Auto Scaling's ExecutePolicy, of simple scaling.
func (s *Service) ExecutePolicy(ctx context.Context, in *sdk.ExecutePolicyInput, _ ...func(*sdk.Options)) (*sdk.ExecutePolicyOutput, error) {
	return change(ctx, s, "ExecutePolicy", in.AutoScalingGroupName, func(g *group) (*sdk.ExecutePolicyOutput, error) {
		policy, err := g.policy(in.PolicyName)
		if err != nil {
			return nil, err
		}
		if *policy.PolicyType != simpleScaling {
			return nil, unsupported("execution of policies of type " + *policy.PolicyType)
		}
		present, by := *g.Config.DesiredCapacity, *policy.ScalingAdjustment
		switch *policy.AdjustmentType {
		case "ChangeInCapacity":
			by += present
		case "PercentChangeInCapacity":
			by = present + percentOf(present, by)
		case "ExactCapacity":
		default:
			return nil, validation("Adjustment type '%s' is not valid", *policy.AdjustmentType)
		}
		return &sdk.ExecutePolicyOutput{}, g.setDesired(min(max(by, *g.Config.MinSize), *g.Config.MaxSize))
	})
}

// percentOf is a change in percent as a number of instances: at least one, if it is any.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html#as-scaling-adjustment
func percentOf(present, percent int32) int32 {
	change := present * percent / 100
	switch {
	case change == 0 && percent > 0:
		return 1
	case change == 0 && percent < 0:
		return -1
	default:
		return change
	}
}
