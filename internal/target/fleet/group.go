package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// A Group is one Auto Scaling group as it is now.
type Group struct {
	Name string
	ARN  string
	// Version is the launch template version as the group names it: a number, unless the group is one that [Fleet.Unfit] objects to.
	Version string
	// TemplateID is the id of the launch template; empty when the group has none.
	TemplateID string
	// Service, Environment and Release are its tags; empty where it has none.
	Service, Environment, Release string
	// Desired, Minimum and Maximum are its size.
	Desired, Minimum, Maximum int
	// InService counts the instances that are InService and Healthy for the group, which knows
	// of a load balancer only when it is attached and has health checks of type ELB.
	InService int
	Instances []Instance
	// TargetGroups are the ARNs of those that the group is attached to.
	TargetGroups []string
	// Deleting: AWS is deleting the group.
	Deleting bool
	Created  time.Time
	// Held: its minimum was raised by [Fleet.Hold].
	Held bool

	made      bool
	described types.AutoScalingGroup
}

// An Instance is one of a group's.
type Instance struct {
	ID string
	// State is the lifecycle state, such as InService.
	State string
	// Healthy is what the group says of it.
	Healthy bool
	// Version is the launch template version that it was launched from; empty when it was attached by hand.
	Version string
	// Protected: scaling in spares it.
	Protected bool
}

// Serving reports whether the instance is InService and healthy, as its group sees it.
func (i Instance) Serving() bool {
	return i.State == string(types.LifecycleStateInService) && i.Healthy
}

// Made reports whether Goldfinch made the group for its version, and so may delete it: it has the tag of a release, and the name that [Fleet.Name]
// gives. The tag alone says nothing, because people copy tags from one group to another.
func (g Group) Made() bool { return g.made }

// Exists is false of the zero Group.
func (g Group) Exists() bool { return g.Name != "" }

// Tag is the value of a tag of the group; ok is false when it has none of that key.
func (g Group) Tag(key string) (value string, ok bool) {
	for _, tag := range g.described.Tags {
		if aws.ToString(tag.Key) == key {
			return aws.ToString(tag.Value), true
		}
	}
	return "", false
}

// Groups lists the groups of the service and environment, by name. One that is empty and being deleted is none any more.
func (f *Fleet) Groups(ctx context.Context) ([]Group, error) {
	found, err := f.describe(ctx, "autoscaling: list the groups of service "+f.document.Service, &autoscaling.DescribeAutoScalingGroupsInput{
		Filters:    []types.Filter{{Name: aws.String("tag:" + TagService), Values: []string{f.document.Service}}},
		MaxRecords: aws.Int32(groupsPerPage),
	})
	if err != nil {
		return nil, err
	}
	groups := slices.DeleteFunc(found, func(group Group) bool {
		return !f.owns(group) || group.Deleting && len(group.Instances) == 0
	})
	slices.SortFunc(groups, func(a, b Group) int { return cmp.Compare(a.Name, b.Name) })
	return groups, nil
}

// Named reads one group, whosever it is; the zero Group when there is none.
func (f *Fleet) Named(ctx context.Context, name string) (Group, error) {
	found, err := f.describe(ctx, "autoscaling: read group "+name, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{name}})
	if err != nil || len(found) == 0 {
		return Group{}, err
	}
	return found[0], nil
}

// Owns reports whether a group belongs to the document's service and environment.
func (f *Fleet) Owns(group Group) bool { return f.owns(group) }

// Name is the name of the group that a version gets: SERVICE-ENVIRONMENT-VERSION, at most 40 + 1 + 40 + 1 + the digits of
// a version, where AWS allows 255.
func (f *Fleet) Name(version string) string {
	return fmt.Sprintf("%s-%s-%s", f.document.Service, f.document.Environment, version)
}

// Of finds the group of a version. Where several have it, that is the one that Goldfinch made for it; ok is false when none has.
func (f *Fleet) Of(groups []Group, version string) (group Group, ok bool) {
	for _, one := range groups {
		if one.Version == version && (!ok || one.Name == f.Name(version)) {
			group, ok = one, true
		}
	}
	return group, ok
}

func (f *Fleet) owns(group Group) bool {
	if group.Service != f.document.Service {
		return false
	}
	if _, tagged := group.Tag(TagEnvironment); tagged {
		return group.Environment == f.document.Environment
	}
	return f.first != "" && group.Name == f.first || f.isAttached(group)
}

// groupsPerPage is the most that AWS allows, see
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html
const groupsPerPage = 100

// describe reads every page.
func (f *Fleet) describe(ctx context.Context, what string, input *autoscaling.DescribeAutoScalingGroupsInput) ([]Group, error) {
	var groups []Group
	for {
		page, err := call.Do(ctx, what, f.autoScaling.DescribeAutoScalingGroups, input)
		if err != nil {
			return nil, err
		}
		for _, described := range page.AutoScalingGroups {
			group := groupOf(described)
			group.made = group.Release != "" && group.Name == f.Name(group.Version)
			groups = append(groups, group)
		}
		if aws.ToString(page.NextToken) == "" {
			return groups, nil
		}
		input.NextToken = page.NextToken
	}
}

func groupOf(described types.AutoScalingGroup) Group {
	group := Group{
		Name: aws.ToString(described.AutoScalingGroupName), ARN: aws.ToString(described.AutoScalingGroupARN),
		Desired: int(aws.ToInt32(described.DesiredCapacity)), Minimum: int(aws.ToInt32(described.MinSize)), Maximum: int(aws.ToInt32(described.MaxSize)),
		Deleting: aws.ToString(described.Status) != "", Created: aws.ToTime(described.CreatedTime),
		TargetGroups: slices.Clone(described.TargetGroupARNs), described: described,
	}
	if template := templateOf(described); template != nil {
		group.TemplateID, group.Version = aws.ToString(template.LaunchTemplateId), aws.ToString(template.Version)
	}
	for _, source := range described.TrafficSources {
		if arn := aws.ToString(source.Identifier); aws.ToString(source.Type) == trafficSourceType && !slices.Contains(group.TargetGroups, arn) {
			group.TargetGroups = append(group.TargetGroups, arn)
		}
	}
	group.Service, _ = group.Tag(TagService)
	group.Environment, _ = group.Tag(TagEnvironment)
	group.Release, _ = group.Tag(TagRelease)
	_, group.Held = group.Tag(TagMinimum)
	for _, one := range described.Instances {
		instance := Instance{
			ID: aws.ToString(one.InstanceId), State: string(one.LifecycleState), Healthy: aws.ToString(one.HealthStatus) == "Healthy",
			Protected: aws.ToBool(one.ProtectedFromScaleIn),
		}
		if one.LaunchTemplate != nil {
			instance.Version = aws.ToString(one.LaunchTemplate.Version)
		}
		if instance.Serving() {
			group.InService++
		}
		group.Instances = append(group.Instances, instance)
	}
	slices.SortFunc(group.Instances, func(a, b Instance) int { return cmp.Compare(a.ID, b.ID) })
	return group
}

// trafficSourceType is that of a target group of Elastic Load Balancing.
const trafficSourceType = "elbv2"

// templateOf is the launch template that a group launches from; nil when it has none.
func templateOf(described types.AutoScalingGroup) *types.LaunchTemplateSpecification {
	if mixed := described.MixedInstancesPolicy; mixed != nil && mixed.LaunchTemplate != nil {
		return mixed.LaunchTemplate.LaunchTemplateSpecification
	}
	return described.LaunchTemplate
}

// missing says that a version has no group.
func (f *Fleet) missing(version string) *release.Failure {
	return release.Fail(release.KindConflict, "version %s of service %s in %s has no Auto Scaling group", version, f.document.Service, f.document.Environment).
		WithHint("somebody deleted it or took its tag %s; CloudTrail's event DeleteAutoScalingGroup says who", TagService)
}
