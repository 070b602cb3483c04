package fleet

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// Clone finds or makes the group of a version: like from is now, with desired instances, attached to targetGroups and to nothing else. It is held
// (see the package's comment), so that it keeps its size until [Fleet.Free]. A group of that name which this release did not make is a KindConflict failure,
// except that a release which returns to a version adopts the group that Goldfinch made for that version before. What an
// earlier run that died did not copy is copied now; what is there is not written again.
func (f *Fleet) Clone(ctx context.Context, from Group, version, name string, targetGroups []string, desired int) (Group, error) {
	present, err := f.Named(ctx, name)
	if err != nil {
		return Group{}, err
	}
	if !present.Exists() {
		if present, err = f.create(ctx, from, version, name, targetGroups, desired); err != nil {
			return Group{}, err
		}
	}
	if present.Deleting {
		return Group{}, release.Fail(release.KindTransient, "group %s is still being deleted", name)
	}
	if err := f.adopt(ctx, from, present, version, name, desired); err != nil {
		return Group{}, err
	}
	if err := f.Copy(ctx, from, present); err != nil {
		return Group{}, err
	}
	return f.Named(ctx, name)
}

// create makes the group in one call, hooks included, so that its first instances meet them.
func (f *Fleet) create(ctx context.Context, from Group, version, name string, targetGroups []string, desired int) (Group, error) {
	hooks, err := f.hooks(ctx, from)
	if err != nil {
		return Group{}, err
	}
	input := inputOf(from, version)
	input.AutoScalingGroupName = aws.String(name)
	input.DesiredCapacity, input.MinSize, input.MaxSize = aws.Int32(int32(desired)), aws.Int32(int32(desired)), aws.Int32(int32(max(from.Maximum, desired)))
	input.LifecycleHookSpecificationList = hooks
	for _, arn := range targetGroups {
		input.TrafficSources = append(input.TrafficSources, source(arn))
	}
	input.Tags = f.tags(from, name)
	_, err = call.Do(ctx, fmt.Sprintf("autoscaling: clone group %s as %s", from.Name, name), f.autoScaling.CreateAutoScalingGroup, input)
	if err != nil && !call.Is[*types.AlreadyExistsFault](err) {
		return Group{}, err
	}
	present, err := f.Named(ctx, name)
	if err == nil && !present.Exists() {
		err = release.Fail(release.KindTransient, "group %s was made, and can't be seen yet", name)
	}
	return present, err
}

// adopt makes sure that a group is the one that this release made, or may use.
func (f *Fleet) adopt(ctx context.Context, from, present Group, version, name string, desired int) error {
	mine := f.owns(present) && present.TemplateID == from.TemplateID && present.Version == version
	if !mine || present.Release != f.release && !(f.isReturn() && present.Made()) {
		return release.Fail(release.KindConflict, "group %s exists already, and this release did not make it: it is tagged %s=%s, %s=%s, %s=%s and launches version %s of %s, where version %s of %s was to be",
			name, TagService, present.Service, TagEnvironment, present.Environment, TagRelease, present.Release, present.Version, present.TemplateID, version, from.TemplateID).
			WithHint("delete or rename it, then release again")
	}
	if present.Release != f.release || !present.Held {
		minimum, _ := f.minimumOf(present)
		err := f.tag(ctx, name, map[string]string{TagRelease: f.release, TagMinimum: minimum})
		if err != nil {
			return err
		}
	}
	if present.Desired >= desired && present.Minimum >= desired {
		return nil
	}
	_, err := call.Do(ctx, fmt.Sprintf("autoscaling: give group %s %d instances", name, desired), f.autoScaling.UpdateAutoScalingGroup, &autoscaling.UpdateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(name), DesiredCapacity: aws.Int32(int32(max(desired, present.Desired))),
		MinSize: aws.Int32(int32(max(desired, present.Minimum))), MaxSize: aws.Int32(int32(max(present.Maximum, desired))),
	})
	return err
}

// inputOf is what of a group goes into the request for another one like it, with a version of its own.
func inputOf(from Group, version string) *autoscaling.CreateAutoScalingGroupInput {
	d := from.described
	input := &autoscaling.CreateAutoScalingGroupInput{
		AvailabilityZoneDistribution:     d.AvailabilityZoneDistribution,
		AvailabilityZoneImpairmentPolicy: d.AvailabilityZoneImpairmentPolicy,
		CapacityRebalance:                d.CapacityRebalance,
		CapacityReservationSpecification: d.CapacityReservationSpecification,
		Context:                          d.Context,
		DefaultCooldown:                  d.DefaultCooldown,
		DefaultInstanceWarmup:            d.DefaultInstanceWarmup,
		DesiredCapacityType:              d.DesiredCapacityType,
		HealthCheckGracePeriod:           d.HealthCheckGracePeriod,
		HealthCheckType:                  d.HealthCheckType,
		InstanceLifecyclePolicy:          d.InstanceLifecyclePolicy,
		InstanceMaintenancePolicy:        d.InstanceMaintenancePolicy,
		MaxInstanceLifetime:              d.MaxInstanceLifetime,
		NewInstancesProtectedFromScaleIn: d.NewInstancesProtectedFromScaleIn,
		PlacementGroup:                   d.PlacementGroup,
		ServiceLinkedRoleARN:             d.ServiceLinkedRoleARN,
		TerminationPolicies:              d.TerminationPolicies,
		VPCZoneIdentifier:                d.VPCZoneIdentifier,
	}
	if aws.ToString(d.VPCZoneIdentifier) == "" {
		input.AvailabilityZones = d.AvailabilityZones
	}
	if d.MixedInstancesPolicy != nil {
		input.MixedInstancesPolicy = Pinned(d.MixedInstancesPolicy, version)
	} else {
		input.LaunchTemplate = pin(d.LaunchTemplate, version)
	}
	return input
}

// Pinned is a mixed instances policy with every launch template at a version. Groups whose overrides have other templates are
// refused by [Fleet.Unfit].
func Pinned(policy *types.MixedInstancesPolicy, version string) *types.MixedInstancesPolicy {
	pinned := *policy
	template := *policy.LaunchTemplate
	template.LaunchTemplateSpecification = pin(template.LaunchTemplateSpecification, version)
	template.Overrides = slices.Clone(template.Overrides)
	for i, override := range template.Overrides {
		if override.LaunchTemplateSpecification != nil {
			template.Overrides[i].LaunchTemplateSpecification = pin(override.LaunchTemplateSpecification, version)
		}
	}
	pinned.LaunchTemplate = &template
	return &pinned
}

// pin names a template by its id alone: AWS answers with its name too, and takes only one of them.
func pin(template *types.LaunchTemplateSpecification, version string) *types.LaunchTemplateSpecification {
	return &types.LaunchTemplateSpecification{LaunchTemplateId: template.LaunchTemplateId, Version: aws.String(version)}
}

// Mixed is the group's mixed instances policy; nil when it has none.
func (g Group) Mixed() *types.MixedInstancesPolicy { return g.described.MixedInstancesPolicy }

// tags are the original's, and Goldfinch's. Those of AWS itself (aws:…) can't be given.
func (f *Fleet) tags(from Group, name string) []types.Tag {
	var tags []types.Tag
	add := func(key, value string, propagate bool) {
		tags = append(tags, types.Tag{
			Key: aws.String(key), Value: aws.String(value), PropagateAtLaunch: aws.Bool(propagate),
			ResourceId: aws.String(name), ResourceType: aws.String(groupResource),
		})
	}
	for _, tag := range from.described.Tags {
		if key := aws.ToString(tag.Key); !strings.HasPrefix(key, "aws:") && !strings.HasPrefix(key, "goldfinch:") {
			add(key, aws.ToString(tag.Value), aws.ToBool(tag.PropagateAtLaunch))
		}
	}
	add(TagService, f.document.Service, true)
	add(TagEnvironment, f.document.Environment, true)
	add(TagRelease, f.release, true)
	minimum, _ := f.minimumOf(from)
	add(TagMinimum, minimum, false)
	return tags
}

// groupResource is the type of resource that a group is, for its tags.
const groupResource = "auto-scaling-group"

// minimumOf is the minimum that a group has when nobody holds it; held is whether it stands in its tag.
func (f *Fleet) minimumOf(group Group) (minimum string, held bool) {
	if value, ok := group.Tag(TagMinimum); ok {
		if _, err := strconv.ParseUint(value, 10, 31); err == nil {
			return value, true
		}
	}
	return strconv.Itoa(group.Minimum), false
}

// tag writes tags of a group that its instances do not get.
func (f *Fleet) tag(ctx context.Context, name string, values map[string]string) error {
	input := &autoscaling.CreateOrUpdateTagsInput{}
	for key, value := range values {
		input.Tags = append(input.Tags, types.Tag{
			Key: aws.String(key), Value: aws.String(value), PropagateAtLaunch: aws.Bool(key == TagRelease),
			ResourceId: aws.String(name), ResourceType: aws.String(groupResource),
		})
	}
	slices.SortFunc(input.Tags, func(a, b types.Tag) int { return strings.Compare(*a.Key, *b.Key) })
	_, err := call.Do(ctx, "autoscaling: tag group "+name, f.autoScaling.CreateOrUpdateTags, input)
	return err
}

// source names a target group for Auto Scaling.
func source(arn string) types.TrafficSourceIdentifier {
	return types.TrafficSourceIdentifier{Identifier: aws.String(arn), Type: aws.String(trafficSourceType)}
}
