package elasticloadbalancingv2

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// RegisterTargets registers targets, on the group's port where they name none. One
// that is draining is registered again, and checked as if it were new.
func (s *Service) RegisterTargets(ctx context.Context, input *sdk.RegisterTargetsInput, _ ...func(*sdk.Options)) (*sdk.RegisterTargetsOutput, error) {
	return change(ctx, s, "RegisterTargets", func() (*sdk.RegisterTargetsOutput, error) {
		group, err := s.books.targetGroup(input.TargetGroupArn)
		if err != nil {
			return nil, err
		}
		if len(input.Targets) == 0 {
			return nil, invalid("At least one target must be specified")
		}
		next := *group
		next.Targets = slices.Clone(group.Targets)
		for _, description := range input.Targets {
			if err := group.accepts(description); err != nil {
				return nil, err
			}
			added := group.target(description)
			if at := next.find(added); at < 0 {
				next.Targets = append(next.Targets, added)
			} else {
				next.Targets[at] = added
			}
		}
		return &sdk.RegisterTargetsOutput{}, s.commit(next.entry())
	})
}

// DeregisterTargets stops new requests to targets; without a port, on every port
// that they are registered on. They drain for the group's delay.
func (s *Service) DeregisterTargets(ctx context.Context, input *sdk.DeregisterTargetsInput, _ ...func(*sdk.Options)) (*sdk.DeregisterTargetsOutput, error) {
	return change(ctx, s, "DeregisterTargets", func() (*sdk.DeregisterTargetsOutput, error) {
		group, err := s.books.targetGroup(input.TargetGroupArn)
		if err != nil {
			return nil, err
		}
		if len(input.Targets) == 0 {
			return nil, invalid("At least one target must be specified")
		}
		drained := s.now().Add(group.seconds(deregistrationDelay))
		next := *group
		next.Targets = slices.Clone(group.Targets)
		for _, description := range input.Targets {
			known := false
			for i, registered := range next.Targets {
				if registered.ID != aws.ToString(description.Id) || description.Port != nil && registered.Port != *description.Port {
					continue
				}
				known = true
				if registered.Drained.IsZero() {
					next.Targets[i].Drained = drained
				}
			}
			if !known {
				return nil, invalidTarget("The following targets are not registered: '%s'", aws.ToString(description.Id))
			}
		}
		return &sdk.DeregisterTargetsOutput{}, s.commit(next.entry())
	})
}

// drained forgets a target whose draining has ended.
func (s *Service) drained(key targetKey, due time.Time) {
	s.writing.Lock()
	defer s.writing.Unlock()
	group := s.books.targetGroups[key.group]
	if s.closed || group == nil {
		return
	}
	next := *group
	next.Targets = slices.DeleteFunc(slices.Clone(group.Targets), func(t target) bool {
		return t.ID == key.id && t.Port == key.port && t.Drained.Equal(due)
	})
	// A store that fails leaves the target draining until the service starts anew.
	_ = s.commit(next.entry())
}

// accepts checks that a target is one that the group may have.
func (g *targetGroup) accepts(description types.TargetDescription) error {
	id := aws.ToString(description.Id)
	switch {
	case description.Port != nil && !validPort(*description.Port):
		return invalid("Target port '%d' must be between 1 and 65535", *description.Port)
	case description.QuicServerId != nil:
		return unsupported("QUIC")
	case g.TargetType == types.TargetTypeEnumInstance && !strings.HasPrefix(id, "i-"):
		return invalidTarget("Instance ID '%s' is not valid", id)
	case g.TargetType == types.TargetTypeEnumIp:
		if address, err := netip.ParseAddr(id); err != nil || !address.Is4() {
			return invalidTarget("The IP address '%s' is not a valid IPv4 address", id)
		}
	}
	return nil
}

func invalidTarget(format string, arguments ...any) error {
	return refuse(&types.InvalidTargetException{Message: sprintf(format, arguments)})
}

// target is what a description names.
func (g *targetGroup) target(description types.TargetDescription) target {
	named := target{ID: aws.ToString(description.Id), Port: *g.Port}
	if description.Port != nil {
		named.Port = *description.Port
	}
	return named
}

// find is where the group has a target; negative when it hasn't.
func (g *targetGroup) find(wanted target) int {
	return slices.IndexFunc(g.Targets, func(t target) bool { return t.ID == wanted.ID && t.Port == wanted.Port })
}

// DescribeTargetHealth tells the health of all targets of a group, or of those that are named.
func (s *Service) DescribeTargetHealth(ctx context.Context, input *sdk.DescribeTargetHealthInput, _ ...func(*sdk.Options)) (*sdk.DescribeTargetHealthOutput, error) {
	return serve(ctx, s, "DescribeTargetHealth", func() (*sdk.DescribeTargetHealthOutput, error) {
		group, err := s.books.targetGroup(input.TargetGroupArn)
		if err != nil {
			return nil, err
		}
		wanted := group.Targets
		if len(input.Targets) > 0 {
			wanted = nil
			for _, description := range input.Targets {
				wanted = append(wanted, group.target(description))
			}
		}
		out := &sdk.DescribeTargetHealthOutput{}
		for _, t := range wanted {
			port := *group.HealthCheckPort
			if port == trafficPort {
				port = itoa(t.Port)
			}
			out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, types.TargetHealthDescription{
				Target: &types.TargetDescription{Id: aws.String(t.ID), Port: aws.Int32(t.Port)}, HealthCheckPort: aws.String(port), TargetHealth: s.health(group, t),
			})
		}
		return out, nil
	})
}

// health tells how a target is. The caller holds s.mu.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
func (s *Service) health(group *targetGroup, t target) *types.TargetHealth {
	w := s.watched[targetKey{*group.TargetGroupArn, t.ID, t.Port}]
	switch {
	case w == nil:
		return health(types.TargetHealthStateEnumUnused, types.TargetHealthReasonEnumNotRegistered, "Target is not registered to the target group")
	case w.draining:
		return health(types.TargetHealthStateEnumDraining, types.TargetHealthReasonEnumDeregistrationInProgress, "Target deregistration is in progress")
	case len(s.books.users(*group.TargetGroupArn)) == 0:
		return health(types.TargetHealthStateEnumUnused, types.TargetHealthReasonEnumNotInUse, "Target group is not configured to receive traffic from the load balancer")
	default:
		return health(w.state, w.reason, w.description)
	}
}

func health(state types.TargetHealthStateEnum, reason types.TargetHealthReasonEnum, description string) *types.TargetHealth {
	told := &types.TargetHealth{State: state, Reason: reason}
	if description != "" {
		told.Description = aws.String(description)
	}
	return told
}
