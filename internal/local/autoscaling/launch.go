package autoscaling

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// The tags of EC2 and Auto Scaling on an instance.
const (
	groupTag           = "aws:autoscaling:groupName"
	templateVersionTag = "aws:ec2launchtemplate:version"
)

// An order is for one instance.
type order struct {
	config    configuration
	refresh   string
	zone      placement
	protected bool
	tags      []ec2types.Tag
	cause     string
}

// A placement is a zone, and the subnet in it if the group names one.
type placement struct{ zone, subnet string }

// placements are where the group's instances may be.
func (g *group) placements(region string) []placement {
	var all []placement
	for i, subnet := range strings.Split(aws.ToString(g.Config.VPCZoneIdentifier), ",") {
		if subnet = strings.TrimSpace(subnet); subnet != "" {
			all = append(all, placement{region + string(rune('a'+i%26)), subnet})
		}
	}
	if len(all) > 0 {
		return all
	}
	for _, zone := range g.Config.AvailabilityZones {
		all = append(all, placement{zone: zone})
	}
	return all
}

// propagated are the tags that the group's instances get.
func (g *group) propagated() []ec2types.Tag {
	tags := []ec2types.Tag{{Key: aws.String(groupTag), Value: g.Config.AutoScalingGroupName}}
	for _, tag := range g.Config.Tags {
		if aws.ToBool(tag.PropagateAtLaunch) {
			tags = append(tags, ec2types.Tag{Key: tag.Key, Value: tag.Value})
		}
	}
	return tags
}

// launch launches one instance, and makes it a member of the group, or notes that it could not be launched.
func (s *Service) launch(name string, o order) func(context.Context) error {
	return func(ctx context.Context) error {
		specification, kind, image := o.config.first()
		out, err := s.options.Instances.Launch(ctx, &ec2.RunInstancesInput{
			MinCount: aws.Int32(1), MaxCount: aws.Int32(1), InstanceType: ec2types.InstanceType(kind), ImageId: image,
			LaunchTemplate:    &ec2types.LaunchTemplateSpecification{LaunchTemplateId: specification.LaunchTemplateId, Version: specification.Version},
			Placement:         &ec2types.Placement{AvailabilityZone: &o.zone.zone},
			SubnetId:          optional(o.zone.subnet),
			TagSpecifications: []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeInstance, Tags: o.tags}},
		})
		return s.noted(name, func(g *group) {
			activity := g.begun(s.identifier(), s.now(), "Launching a new EC2 instance", o.cause)
			if err != nil {
				g.completed(activity, s.now(), types.ScalingActivityStatusCodeFailed, err.Error())
				g.backOff(s.now(), s.options.Interval)
				return
			}
			instance := out.Instances[0]
			g.described(activity, "Launching a new EC2 instance: "+*instance.InstanceId)
			template := *specification
			for _, tag := range instance.Tags {
				if *tag.Key == templateVersionTag {
					template.Version = tag.Value
				}
			}
			g.Members = append(g.Members, member{
				ID: *instance.InstanceId, State: types.LifecycleStatePending, Template: template, ImageID: *instance.ImageId,
				Type: string(instance.InstanceType), Zone: o.zone.zone, Protected: o.protected, Launched: s.now(), Refresh: o.refresh, Activity: activity,
			})
		})
	}
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// terminate has EC2 terminate an instance.
func (s *Service) terminate(name, id string) func(context.Context) error {
	return func(ctx context.Context) error {
		if _, err := s.options.Instances.TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: []string{id}}); err != nil {
			return fmt.Errorf("terminate instance %s: %w", id, err)
		}
		return s.notedOf(name, id, func(m *member) { m.Terminated = true })
	}
}

// register puts an instance into a target group.
func (s *Service) register(name, arn, id string) func(context.Context) error {
	return func(ctx context.Context) error {
		if _, err := s.options.TargetGroups.RegisterTargets(ctx, &elasticloadbalancingv2.RegisterTargetsInput{
			TargetGroupArn: &arn, Targets: []elbtypes.TargetDescription{{Id: &id}},
		}); err != nil {
			return fmt.Errorf("register instance %s with %s: %w", id, arn, err)
		}
		return s.notedOf(name, id, func(m *member) { m.Registered = append(m.Registered, arn) })
	}
}

// deregister takes an instance out of a target group. A target group that is gone has no instances, and one that somebody else has taken out is out.
func (s *Service) deregister(name, arn, id string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := s.options.TargetGroups.DeregisterTargets(ctx, &elasticloadbalancingv2.DeregisterTargetsInput{
			TargetGroupArn: &arn, Targets: []elbtypes.TargetDescription{{Id: &id}},
		})
		if err != nil && !isTargetGroupGone(err) && !isNotRegistered(err) {
			return fmt.Errorf("deregister instance %s from %s: %w", id, arn, err)
		}
		return s.notedOf(name, id, func(m *member) {
			m.Registered = slices.DeleteFunc(m.Registered, func(other string) bool { return other == arn })
			m.Draining = append(m.Draining, arn)
		})
	}
}

// noted changes a group after a call of another service.
func (s *Service) noted(name string, note func(*group)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	present := s.groups[name]
	if present == nil {
		return nil
	}
	next := present.clone()
	note(next)
	return s.commit(next)
}

// notedOf changes one member.
func (s *Service) notedOf(name, id string, note func(*member)) error {
	return s.noted(name, func(g *group) {
		if m := g.member(id); m != nil {
			note(m)
		}
	})
}
