package asg

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// A course is the group and its last refresh, as they are now.
type course struct {
	group fleet.Group
	// last is the newest refresh; nil when there was none within six weeks.
	last            *types.InstanceRefresh
	wanted, arrived intention
}

func (r *refresh) read(ctx context.Context) (course, error) {
	group, err := r.fleet.Named(ctx, r.asg.Group)
	if err != nil || !group.Exists() {
		return course{}, err
	}
	c := course{group: group}
	c.last, err = r.lastRefresh(ctx, group.Name)
	for tag, intended := range map[string]*intention{TagSplit: &c.wanted, TagArrived: &c.arrived} {
		if value, ok := group.Tag(tag); ok {
			*intended, _ = parse(value)
		}
	}
	return c, err
}

// lastRefresh is the newest instance refresh of a group; nil when there is none.
func (t *Target) lastRefresh(ctx context.Context, group string) (*types.InstanceRefresh, error) {
	output, err := call.Do(ctx, "autoscaling: read the instance refreshes of group "+group, t.autoScaling.DescribeInstanceRefreshes,
		&autoscaling.DescribeInstanceRefreshesInput{AutoScalingGroupName: aws.String(group), MaxRecords: aws.Int32(1)})
	if err != nil || len(output.InstanceRefreshes) == 0 {
		return nil, err
	}
	return &output.InstanceRefreshes[0], nil
}

// active is the instance refresh that is going on in a group; nil when there is none.
func (t *Target) active(ctx context.Context, group string) (*types.InstanceRefresh, error) {
	last, err := t.lastRefresh(ctx, group)
	if err != nil || last == nil || !isActive(last) {
		return nil, err
	}
	return last, nil
}

// isActive reports whether a refresh still does something.
func isActive(refresh *types.InstanceRefresh) bool {
	return refresh != nil && slices.Contains([]types.InstanceRefreshStatus{
		types.InstanceRefreshStatusPending, types.InstanceRefreshStatusInProgress, types.InstanceRefreshStatusBaking,
		types.InstanceRefreshStatusCancelling, types.InstanceRefreshStatusRollbackInProgress,
	}, refresh.Status)
}

// desired is the version that a refresh brings; empty when it brings none of a number.
func desired(refresh *types.InstanceRefresh) string {
	if refresh == nil || refresh.DesiredConfiguration == nil {
		return ""
	}
	template := refresh.DesiredConfiguration.LaunchTemplate
	if mixed := refresh.DesiredConfiguration.MixedInstancesPolicy; mixed != nil && mixed.LaunchTemplate != nil {
		template = mixed.LaunchTemplate.LaunchTemplateSpecification
	}
	if template == nil {
		return ""
	}
	return aws.ToString(template.Version)
}

// counts are the instances in service by version.
func (c course) counts() map[string]int {
	counts := map[string]int{}
	for _, instance := range c.group.Instances {
		if instance.Serving() {
			counts[instance.Version]++
		}
	}
	return counts
}

// split is where traffic goes: what is wanted, unless what is there contradicts it.
func (c course) split() release.Split {
	if c.wanted.stable == "" || !c.agrees() {
		return c.actual()
	}
	if c.abandoned() != "" {
		return release.Pure(c.wanted.stable)
	}
	return c.wanted.split()
}

// agrees reports whether everything is of the two versions between which traffic moves.
func (c course) agrees() bool {
	if !c.wanted.involves(c.group.Version) || isActive(c.last) && !c.wanted.involves(desired(c.last)) {
		return false
	}
	for version := range c.counts() {
		if !c.wanted.involves(version) {
			return false
		}
	}
	if split := c.wanted.split(); c.arrived == c.wanted && split.IsPure() {
		return c.group.Version == split.Stable && !isActive(c.last)
	}
	return true
}

// actual is the split by what is there: the group's version, and the one that a foreign refresh brings or that instances have.
func (c course) actual() release.Split {
	if !c.group.Exists() {
		return release.Split{}
	}
	counts, total := c.counts(), 0
	stable, canary := c.group.Version, ""
	if isActive(c.last) && desired(c.last) != stable {
		canary = desired(c.last)
		if canary == "" {
			canary = "instance refresh " + aws.ToString(c.last.InstanceRefreshId)
		}
	}
	for _, instance := range c.group.Instances {
		if instance.Serving() {
			total++
			if canary == "" && instance.Version != stable {
				canary = instance.Version
			}
		}
	}
	if canary == "" {
		return release.Pure(stable)
	}
	return release.Split{Stable: stable, Canary: canary, Weight: max(percentOf(counts[canary], max(total, 1)), 0.01)}
}

// abandoned says why AWS gave up what is wanted: the refresh to the canary failed, or was rolled back by an alarm; empty when it did not.
func (c course) abandoned() string {
	if c.wanted.weight <= 0 || desired(c.last) != c.wanted.canary || aws.ToTime(c.last.StartTime).Before(c.wanted.at) {
		return ""
	}
	switch c.last.Status {
	case types.InstanceRefreshStatusFailed, types.InstanceRefreshStatusRollbackInProgress, types.InstanceRefreshStatusRollbackFailed, types.InstanceRefreshStatusRollbackSuccessful:
	default:
		return ""
	}
	reason := aws.ToString(c.last.StatusReason)
	if details := c.last.RollbackDetails; details != nil && aws.ToString(details.RollbackReason) != "" {
		reason = aws.ToString(details.RollbackReason)
	}
	return fmt.Sprintf("instance refresh %s of group %s is %s: %s", aws.ToString(c.last.InstanceRefreshId), c.group.Name, c.last.Status, reason)
}

// goal is the version that the instances are to have, and how many of them at least.
func (c course) goal() (version string, instances int) {
	total := len(c.group.Instances)
	if split := c.wanted.split(); split.IsPure() {
		return split.Stable, total
	}
	return c.wanted.canary, max(int(math.Ceil(float64(total)*c.wanted.weight/100-1e-9)), 1)
}

// reached reports whether instances and the group are as is wanted, and nothing goes on that would change that.
func (c course) reached() bool {
	version, instances := c.goal()
	if c.counts()[version] < instances {
		return false
	}
	return !c.wanted.split().IsPure() || !isActive(c.last) && c.group.Version == version
}
