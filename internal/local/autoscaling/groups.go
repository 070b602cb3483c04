package autoscaling

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// CreateAutoScalingGroup is Auto Scaling's CreateAutoScalingGroup. It has no client token: a name that is taken is AlreadyExists.
func (s *Service) CreateAutoScalingGroup(ctx context.Context, in *sdk.CreateAutoScalingGroupInput, _ ...func(*sdk.Options)) (*sdk.CreateAutoScalingGroupOutput, error) {
	return serve(ctx, s, "CreateAutoScalingGroup", func(ctx context.Context) (*sdk.CreateAutoScalingGroupOutput, error) {
		if err := checkCreation(in); err != nil {
			return nil, err
		}
		config, err := s.resolved(ctx, in.LaunchTemplate, in.MixedInstancesPolicy)
		if err != nil {
			return nil, err
		}
		arns, err := s.checkTargetGroups(ctx, in.TargetGroupARNs, in.TrafficSources)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		name := *in.AutoScalingGroupName
		if s.groups[name] != nil {
			return nil, alreadyExists(name)
		}
		g := s.newGroup(in)
		g.configure(config)
		g.attach(arns)
		if err := g.tag(in.Tags); err != nil {
			return nil, err
		}
		for _, hook := range in.LifecycleHookSpecificationList {
			if err := g.hook(types.LifecycleHook{
				LifecycleHookName: hook.LifecycleHookName, LifecycleTransition: hook.LifecycleTransition, DefaultResult: hook.DefaultResult, HeartbeatTimeout: hook.HeartbeatTimeout,
				NotificationMetadata: hook.NotificationMetadata, NotificationTargetARN: hook.NotificationTargetARN, RoleARN: hook.RoleARN,
			}); err != nil {
				return nil, err
			}
		}
		if err := g.checkSize(); err != nil {
			return nil, err
		}
		if err := s.commit(g); err != nil {
			return nil, err
		}
		s.wake(name)
		return &sdk.CreateAutoScalingGroupOutput{}, nil
	})
}

// newGroup is a group as it was asked for, with AWS's defaults.
func (s *Service) newGroup(in *sdk.CreateAutoScalingGroupInput) *group {
	name := in.AutoScalingGroupName
	policies := in.TerminationPolicies
	if len(policies) == 0 {
		policies = []string{"Default"}
	}
	return &group{Config: types.AutoScalingGroup{
		AutoScalingGroupName: name, AutoScalingGroupARN: aws.String(s.arn("autoScalingGroup", s.identifier()+":autoScalingGroupName/"+*name)),
		CreatedTime: aws.Time(s.now()), MinSize: in.MinSize, MaxSize: in.MaxSize, DesiredCapacity: either(in.DesiredCapacity, in.MinSize),
		DefaultCooldown: either(in.DefaultCooldown, aws.Int32(300)), DefaultInstanceWarmup: in.DefaultInstanceWarmup,
		HealthCheckType: either(in.HealthCheckType, aws.String("EC2")), HealthCheckGracePeriod: either(in.HealthCheckGracePeriod, aws.Int32(0)),
		VPCZoneIdentifier: in.VPCZoneIdentifier, AvailabilityZones: s.zonesOf(in.AvailabilityZones, in.VPCZoneIdentifier), TerminationPolicies: policies,
		NewInstancesProtectedFromScaleIn: either(in.NewInstancesProtectedFromScaleIn, aws.Bool(false)), InstanceMaintenancePolicy: in.InstanceMaintenancePolicy,
		CapacityRebalance: in.CapacityRebalance, Context: in.Context, DesiredCapacityType: in.DesiredCapacityType, PlacementGroup: in.PlacementGroup,
		ServiceLinkedRoleARN: in.ServiceLinkedRoleARN, AvailabilityZoneDistribution: in.AvailabilityZoneDistribution,
		AvailabilityZoneImpairmentPolicy: in.AvailabilityZoneImpairmentPolicy,
	}}
}

// zonesOf are the zones of a group: those it names, or those of its subnets.
func (s *Service) zonesOf(named []string, subnets *string) []string {
	if len(named) > 0 {
		return named
	}
	var zones []string
	for _, place := range (&group{Config: types.AutoScalingGroup{VPCZoneIdentifier: subnets}}).placements(s.options.Region) {
		zones = append(zones, place.zone)
	}
	return zones
}

// UpdateAutoScalingGroup is Auto Scaling's UpdateAutoScalingGroup. A new launch template is for later launches; what is absent stays.
func (s *Service) UpdateAutoScalingGroup(ctx context.Context, in *sdk.UpdateAutoScalingGroupInput, _ ...func(*sdk.Options)) (*sdk.UpdateAutoScalingGroupOutput, error) {
	return serve(ctx, s, "UpdateAutoScalingGroup", func(ctx context.Context) (*sdk.UpdateAutoScalingGroupOutput, error) {
		if err := checkUpdate(in); err != nil {
			return nil, err
		}
		var config *configuration
		if in.LaunchTemplate != nil || in.MixedInstancesPolicy != nil {
			found, err := s.resolved(ctx, in.LaunchTemplate, in.MixedInstancesPolicy)
			if err != nil {
				return nil, err
			}
			config = &found
		}
		return changed(s, in.AutoScalingGroupName, func(g *group) (*sdk.UpdateAutoScalingGroupOutput, error) {
			if config != nil {
				if r := g.active(); r != nil && r.Goal != nil {
					return nil, validation("An active instance refresh with a desired configuration exists. All configuration options derived from the desired configuration are not available for update while the instance refresh is active.")
				}
				g.configure(*config)
			}
			s.update(g, in)
			return &sdk.UpdateAutoScalingGroupOutput{}, g.checkSize()
		})
	})
}

func (s *Service) update(g *group, in *sdk.UpdateAutoScalingGroupInput) {
	c := &g.Config
	c.MinSize, c.MaxSize = either(in.MinSize, c.MinSize), either(in.MaxSize, c.MaxSize)
	if in.DesiredCapacity == nil { // https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_UpdateAutoScalingGroup.html: it follows the bounds
		c.DesiredCapacity = aws.Int32(min(max(*c.DesiredCapacity, *c.MinSize), *c.MaxSize))
	} else {
		c.DesiredCapacity = in.DesiredCapacity
	}
	c.DefaultCooldown = either(in.DefaultCooldown, c.DefaultCooldown)
	c.DefaultInstanceWarmup = either(in.DefaultInstanceWarmup, c.DefaultInstanceWarmup)
	if aws.ToInt32(c.DefaultInstanceWarmup) == -1 { // how it is taken away
		c.DefaultInstanceWarmup = nil
	}
	c.HealthCheckType = either(in.HealthCheckType, c.HealthCheckType)
	c.HealthCheckGracePeriod = either(in.HealthCheckGracePeriod, c.HealthCheckGracePeriod)
	if in.VPCZoneIdentifier != nil || len(in.AvailabilityZones) > 0 {
		c.VPCZoneIdentifier = either(in.VPCZoneIdentifier, c.VPCZoneIdentifier)
		c.AvailabilityZones = s.zonesOf(in.AvailabilityZones, c.VPCZoneIdentifier)
	}
	if len(in.TerminationPolicies) > 0 {
		c.TerminationPolicies = in.TerminationPolicies
	}
	c.NewInstancesProtectedFromScaleIn = either(in.NewInstancesProtectedFromScaleIn, c.NewInstancesProtectedFromScaleIn)
	c.InstanceMaintenancePolicy = either(in.InstanceMaintenancePolicy, c.InstanceMaintenancePolicy)
	c.CapacityRebalance = either(in.CapacityRebalance, c.CapacityRebalance)
	c.Context = either(in.Context, c.Context)
	c.DesiredCapacityType = either(in.DesiredCapacityType, c.DesiredCapacityType)
	c.PlacementGroup = either(in.PlacementGroup, c.PlacementGroup)
	c.ServiceLinkedRoleARN = either(in.ServiceLinkedRoleARN, c.ServiceLinkedRoleARN)
	c.AvailabilityZoneDistribution = either(in.AvailabilityZoneDistribution, c.AvailabilityZoneDistribution)
	c.AvailabilityZoneImpairmentPolicy = either(in.AvailabilityZoneImpairmentPolicy, c.AvailabilityZoneImpairmentPolicy)
}

// SetDesiredCapacity is Auto Scaling's SetDesiredCapacity; there are no cooldowns to honour.
func (s *Service) SetDesiredCapacity(ctx context.Context, in *sdk.SetDesiredCapacityInput, _ ...func(*sdk.Options)) (*sdk.SetDesiredCapacityOutput, error) {
	return change(ctx, s, "SetDesiredCapacity", in.AutoScalingGroupName, func(g *group) (*sdk.SetDesiredCapacityOutput, error) {
		if in.DesiredCapacity == nil {
			return nil, required("desiredCapacity")
		}
		return &sdk.SetDesiredCapacityOutput{}, g.setDesired(*in.DesiredCapacity)
	})
}

// setDesired changes the desired capacity, within the group's bounds.
func (g *group) setDesired(desired int32) error {
	switch {
	case desired > *g.Config.MaxSize:
		return validation("New SetDesiredCapacity value %d is above max value %d for the AutoScalingGroup.", desired, *g.Config.MaxSize)
	case desired < *g.Config.MinSize:
		return validation("New SetDesiredCapacity value %d is below min value %d for the AutoScalingGroup.", desired, *g.Config.MinSize)
	}
	g.Config.DesiredCapacity = &desired
	return nil
}

// DeleteAutoScalingGroup is Auto Scaling's DeleteAutoScalingGroup: of a group that is empty, or by force with its instances. By force neither
// lifecycle hooks nor requests that are being answered are waited for.
func (s *Service) DeleteAutoScalingGroup(ctx context.Context, in *sdk.DeleteAutoScalingGroupInput, _ ...func(*sdk.Options)) (*sdk.DeleteAutoScalingGroupOutput, error) {
	return change(ctx, s, "DeleteAutoScalingGroup", in.AutoScalingGroupName, func(g *group) (*sdk.DeleteAutoScalingGroupOutput, error) {
		if !aws.ToBool(in.ForceDelete) {
			if slices.ContainsFunc(g.Members, func(m member) bool { return !m.leaving() }) || g.desired() > 0 {
				return nil, inUse("You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.")
			}
			if len(g.Members) > 0 {
				return nil, activityInProgress(g.name())
			}
		}
		g.Deleting, g.Config.Status = true, aws.String("Delete in progress")
		g.Config.MinSize, g.Config.MaxSize, g.Config.DesiredCapacity = aws.Int32(0), aws.Int32(0), aws.Int32(0)
		if r := g.active(); r != nil {
			r.finish(types.InstanceRefreshStatusCancelled, "The group is being deleted.", s.now())
		}
		for i := range g.Members {
			m := &g.Members[i]
			if !m.leaving() {
				m.State, m.Waiting, m.Hooked = types.LifecycleStateTerminating, nil, false
				m.Activity = g.begun(s.identifier(), s.now(), "Terminating EC2 instance: "+m.ID, "the group is deleted by force")
			}
			m.Forced = true
		}
		return &sdk.DeleteAutoScalingGroupOutput{}, nil
	})
}

// DescribeAutoScalingGroups is Auto Scaling's DescribeAutoScalingGroups: a name that is unknown is left out. Its filters are tag-key, tag-value and tag:KEY.
func (s *Service) DescribeAutoScalingGroups(ctx context.Context, in *sdk.DescribeAutoScalingGroupsInput, _ ...func(*sdk.Options)) (*sdk.DescribeAutoScalingGroupsOutput, error) {
	return look(ctx, s, "DescribeAutoScalingGroups", func() (*sdk.DescribeAutoScalingGroupsOutput, error) {
		var passed []types.AutoScalingGroup
		for _, g := range s.sortedGroups() {
			if len(in.AutoScalingGroupNames) > 0 && !slices.Contains(in.AutoScalingGroupNames, g.name()) {
				continue
			}
			ok, err := g.passes(in.Filters)
			if err != nil {
				return nil, err
			}
			if ok {
				passed = append(passed, g.told(in.IncludeInstances))
			}
		}
		groups, next, err := page(passed, in.NextToken, in.MaxRecords)
		return &sdk.DescribeAutoScalingGroupsOutput{AutoScalingGroups: groups, NextToken: next}, err
	})
}

// sortedGroups are all groups, by their names.
func (s *Service) sortedGroups() []*group {
	var all []*group
	for _, name := range slices.Sorted(maps.Keys(s.groups)) {
		all = append(all, s.groups[name])
	}
	return all
}

// told is the group as it is described.
func (g *group) told(instances *bool) types.AutoScalingGroup {
	told := g.Config
	told.TrafficSources = nil
	for _, arn := range g.targetGroups() {
		told.TrafficSources = append(told.TrafficSources, types.TrafficSourceIdentifier{Identifier: aws.String(arn), Type: aws.String(trafficType)})
	}
	if instances != nil && !*instances {
		return told
	}
	for i := range g.Members {
		told.Instances = append(told.Instances, g.Members[i].told())
	}
	return told
}

// told is the instance as it is described.
func (m member) told() types.Instance {
	health := "Healthy"
	if m.Unhealthy != "" {
		health = "Unhealthy"
	}
	return types.Instance{
		InstanceId: &m.ID, AvailabilityZone: &m.Zone, HealthStatus: &health, LifecycleState: m.State, ProtectedFromScaleIn: &m.Protected,
		InstanceType: &m.Type, ImageId: &m.ImageID, LaunchTemplate: &m.Template,
	}
}
