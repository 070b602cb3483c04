package autoscaling

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// trafficType is the only kind of traffic source: a target group.
const trafficType = "elbv2"

// maximumTraffic is how many target groups one call may name.
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AttachTrafficSources.html
const maximumTraffic = 10

// AttachTrafficSources is Auto Scaling's AttachTrafficSources: in addition to those that are attached.
func (s *Service) AttachTrafficSources(ctx context.Context, in *sdk.AttachTrafficSourcesInput, _ ...func(*sdk.Options)) (*sdk.AttachTrafficSourcesOutput, error) {
	return serve(ctx, s, "AttachTrafficSources", func(ctx context.Context) (*sdk.AttachTrafficSourcesOutput, error) {
		return &sdk.AttachTrafficSourcesOutput{}, s.attach(ctx, in.AutoScalingGroupName, nil, in.TrafficSources)
	})
}

// DetachTrafficSources is Auto Scaling's DetachTrafficSources: the instances leave the target groups, and stay in the group.
func (s *Service) DetachTrafficSources(ctx context.Context, in *sdk.DetachTrafficSourcesInput, _ ...func(*sdk.Options)) (*sdk.DetachTrafficSourcesOutput, error) {
	return serve(ctx, s, "DetachTrafficSources", func(ctx context.Context) (*sdk.DetachTrafficSourcesOutput, error) {
		return &sdk.DetachTrafficSourcesOutput{}, s.detach(in.AutoScalingGroupName, nil, in.TrafficSources)
	})
}

// AttachLoadBalancerTargetGroups is AttachTrafficSources by its older name.
func (s *Service) AttachLoadBalancerTargetGroups(ctx context.Context, in *sdk.AttachLoadBalancerTargetGroupsInput, _ ...func(*sdk.Options)) (*sdk.AttachLoadBalancerTargetGroupsOutput, error) {
	return serve(ctx, s, "AttachLoadBalancerTargetGroups", func(ctx context.Context) (*sdk.AttachLoadBalancerTargetGroupsOutput, error) {
		return &sdk.AttachLoadBalancerTargetGroupsOutput{}, s.attach(ctx, in.AutoScalingGroupName, in.TargetGroupARNs, nil)
	})
}

// DetachLoadBalancerTargetGroups is DetachTrafficSources by its older name.
func (s *Service) DetachLoadBalancerTargetGroups(ctx context.Context, in *sdk.DetachLoadBalancerTargetGroupsInput, _ ...func(*sdk.Options)) (*sdk.DetachLoadBalancerTargetGroupsOutput, error) {
	return serve(ctx, s, "DetachLoadBalancerTargetGroups", func(ctx context.Context) (*sdk.DetachLoadBalancerTargetGroupsOutput, error) {
		return &sdk.DetachLoadBalancerTargetGroupsOutput{}, s.detach(in.AutoScalingGroupName, in.TargetGroupARNs, nil)
	})
}

func (s *Service) attach(ctx context.Context, name *string, arns []string, sources []types.TrafficSourceIdentifier) error {
	arns, err := s.checkTargetGroups(ctx, arns, sources)
	if err != nil {
		return err
	}
	_, err = changed(s, name, func(g *group) (*struct{}, error) {
		if err := g.checkNoRefresh(); err != nil {
			return nil, err
		}
		g.attach(arns)
		return nil, nil
	})
	return err
}

func (s *Service) detach(name *string, arns []string, sources []types.TrafficSourceIdentifier) error {
	arns, err := named(arns, sources)
	if err != nil {
		return err
	}
	_, err = changed(s, name, func(g *group) (*struct{}, error) {
		if err := g.checkNoRefresh(); err != nil {
			return nil, err
		}
		for _, arn := range arns {
			if !slices.Contains(g.targetGroups(), arn) {
				return nil, validation("Trying to remove Target Groups that are not part of the group: %s", arn)
			}
			g.Config.TargetGroupARNs = slices.DeleteFunc(slices.Clone(g.Config.TargetGroupARNs), func(other string) bool { return other == arn })
			g.Leaving = append(g.Leaving, arn)
		}
		return nil, nil
	})
	return err
}

// attach adds target groups.
func (g *group) attach(arns []string) {
	g.Config.TargetGroupARNs = slices.Clone(g.Config.TargetGroupARNs)
	for _, arn := range arns {
		if !slices.Contains(g.Config.TargetGroupARNs, arn) {
			g.Config.TargetGroupARNs = append(g.Config.TargetGroupARNs, arn)
		}
		g.Leaving = slices.DeleteFunc(g.Leaving, func(other string) bool { return other == arn })
	}
}

func (g *group) checkNoRefresh() error {
	if g.active() != nil {
		return refreshInProgress("You cannot change the traffic sources of " + g.name() + " while an instance refresh is in progress.")
	}
	return nil
}

// named are the target groups that a call names, in whichever of the two ways.
func named(arns []string, sources []types.TrafficSourceIdentifier) ([]string, error) {
	for _, source := range sources {
		if source.Type != nil && *source.Type != trafficType {
			return nil, unsupported("traffic sources of type " + *source.Type)
		}
		arns = append(slices.Clone(arns), aws.ToString(source.Identifier))
	}
	if len(arns) > maximumTraffic {
		return nil, validation("At most %d traffic sources can be named in one call, and these are %d", maximumTraffic, len(arns))
	}
	return arns, nil
}

// checkTargetGroups refuses target groups that don't exist.
func (s *Service) checkTargetGroups(ctx context.Context, arns []string, sources []types.TrafficSourceIdentifier) ([]string, error) {
	arns, err := named(arns, sources)
	if err != nil {
		return nil, err
	}
	if len(arns) > 0 && s.options.TargetGroups == nil {
		return nil, unsupported("target groups")
	}
	for _, arn := range arns {
		_, known, err := s.targets(context.WithValue(ctx, internal{}, true), arn)
		if err != nil {
			return nil, internalFailure(err)
		}
		if !known {
			return nil, validation("Provided Target Groups may not be valid. Please ensure they exist and try again.")
		}
	}
	return arns, nil
}

func isTargetGroupGone(err error) bool {
	_, gone := errors.AsType[*elbtypes.TargetGroupNotFoundException](err)
	return gone
}

func isNotRegistered(err error) bool {
	_, invalid := errors.AsType[*elbtypes.InvalidTargetException](err)
	return invalid
}

// A traffic is the state of one target group of a group.
type traffic struct{ arn, state string }

// DescribeTrafficSources is Auto Scaling's DescribeTrafficSources. A target group that all instances have left is told no more.
func (s *Service) DescribeTrafficSources(ctx context.Context, in *sdk.DescribeTrafficSourcesInput, _ ...func(*sdk.Options)) (*sdk.DescribeTrafficSourcesOutput, error) {
	return serve(ctx, s, "DescribeTrafficSources", func(ctx context.Context) (*sdk.DescribeTrafficSourcesOutput, error) {
		if kind := aws.ToString(in.TrafficSourceType); kind != "" && kind != trafficType {
			return nil, unsupported("traffic sources of type " + kind)
		}
		all, err := s.traffic(ctx, in.AutoScalingGroupName)
		if err != nil {
			return nil, err
		}
		some, next, err := page(all, in.NextToken, in.MaxRecords)
		out := &sdk.DescribeTrafficSourcesOutput{NextToken: next}
		for _, t := range some {
			out.TrafficSources = append(out.TrafficSources, types.TrafficSourceState{Identifier: &t.arn, State: &t.state, Type: aws.String(trafficType)})
		}
		return out, err
	})
}

// DescribeLoadBalancerTargetGroups is DescribeTrafficSources by its older name.
func (s *Service) DescribeLoadBalancerTargetGroups(ctx context.Context, in *sdk.DescribeLoadBalancerTargetGroupsInput, _ ...func(*sdk.Options)) (*sdk.DescribeLoadBalancerTargetGroupsOutput, error) {
	return serve(ctx, s, "DescribeLoadBalancerTargetGroups", func(ctx context.Context) (*sdk.DescribeLoadBalancerTargetGroupsOutput, error) {
		all, err := s.traffic(ctx, in.AutoScalingGroupName)
		if err != nil {
			return nil, err
		}
		some, next, err := page(all, in.NextToken, in.MaxRecords)
		out := &sdk.DescribeLoadBalancerTargetGroupsOutput{NextToken: next}
		for _, t := range some {
			out.LoadBalancerTargetGroups = append(out.LoadBalancerTargetGroups, types.LoadBalancerTargetGroupState{LoadBalancerTargetGroupARN: &t.arn, State: &t.state})
		}
		return out, err
	})
}

// traffic are the states of a group's target groups.
func (s *Service) traffic(ctx context.Context, name *string) ([]traffic, error) {
	s.mu.Lock()
	g, err := s.group(name)
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	var all []traffic
	for _, arn := range g.targetGroups() {
		states, _, err := s.targets(context.WithValue(ctx, internal{}, true), arn)
		if err != nil {
			return nil, internalFailure(err)
		}
		all = append(all, traffic{arn, g.trafficState(arn, states)})
	}
	for _, arn := range g.Leaving {
		all = append(all, traffic{arn, "Removing"})
	}
	return all, nil
}

// trafficState is Adding until all instances are registered, and InService when one of them is healthy, not all.
func (g *group) trafficState(arn string, states map[string]elbtypes.TargetHealthStateEnum) string {
	state := "Added"
	for _, m := range g.activeMembers() {
		if !slices.Contains(m.Registered, arn) {
			return "Adding"
		}
		if states[m.ID] == elbtypes.TargetHealthStateEnumHealthy {
			state = "InService"
		}
	}
	return state
}
