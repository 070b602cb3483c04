package asg

import (
	"context"
	"fmt"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
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

// read reads the refresh first, and then the group, which has the tags: what another run has wanted meanwhile is never taken for a refresh that nobody wanted, and
// one that has ended meanwhile is taken to be active still, which changes nothing.
func (r *refresh) read(ctx context.Context) (course, error) {
	last, err := r.fleet.LastRefresh(ctx, r.asg.Group)
	if err != nil && call.Code(err) != "ValidationError" {
		return course{}, err
	}
	group, missing := r.fleet.Named(ctx, r.asg.Group)
	if missing != nil || !group.Exists() {
		return course{}, missing // which is what AWS finds invalid
	}
	if err != nil {
		return course{}, err
	}
	c := course{group: group, last: last}
	for tag, intended := range map[string]*intention{TagSplit: &c.wanted, TagArrived: &c.arrived} {
		if value, ok := c.group.Tag(tag); ok {
			*intended, _ = parse(value)
		}
	}
	return c, nil
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

// agrees reports whether everything is of the two versions between which traffic moves, and stayed in its place since it arrived there.
func (c course) agrees() bool {
	if !c.belongs() {
		return false
	}
	if split := c.wanted.split(); c.arrived == c.wanted && split.IsPure() {
		return c.group.Version == split.Stable && !fleet.IsActive(c.last)
	}
	return true
}

// belongs reports whether everything is of the two versions between which traffic moves.
func (c course) belongs() bool {
	if !c.wanted.involves(c.group.Version) || fleet.IsActive(c.last) && !c.wanted.involves(desired(c.last)) {
		return false
	}
	for version := range c.counts() {
		if !c.wanted.involves(version) {
			return false
		}
	}
	return true
}

// isOvertaken reports whether what is wanted once more stood there already, and all that is amiss since is an instance refresh to the other version of the two,
// which has not ended. A handler of the same release that was overtaken may have started it late.
func (c course) isOvertaken(want release.Split) bool {
	return c.wanted.stable != "" && c.wanted.split().Same(want) && c.arrived == c.wanted && c.group.Version == want.Stable && c.belongs()
}

// actual is the split by what is there: the group's version, and the one that a foreign refresh brings or that instances have.
func (c course) actual() release.Split {
	if !c.group.Exists() {
		return release.Split{}
	}
	counts, total := c.counts(), 0
	stable, canary := c.group.Version, ""
	if fleet.IsActive(c.last) && desired(c.last) != stable {
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

// abandoned says why AWS gave up what is wanted: the refresh to the canary failed, or was rolled back by an alarm; empty when it did not. One that began when
// the group had the canary already, because two runs wanted it, leads nowhere, and its end says nothing.
func (c course) abandoned() string {
	if c.wanted.weight <= 0 || c.group.Version == c.wanted.canary || desired(c.last) != c.wanted.canary || aws.ToTime(c.last.StartTime).Before(c.wanted.at) {
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
	return !c.wanted.split().IsPure() || !fleet.IsActive(c.last) && c.group.Version == version
}
