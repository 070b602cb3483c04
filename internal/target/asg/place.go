package asg

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// A place is the target group and the groups of the service, as they are now.
type place struct {
	targetGroup string
	groups      []fleet.Group
	health      map[string]fleet.Health
	// wanted is what stands in [TagSplit], and arrived in [TagArrived]; the zero intention where there is none.
	wanted, arrived intention
	// leaving: Auto Scaling is still taking the group with the smaller share out of the target group, which it was detached from.
	leaving bool
}

// read reads the place.
func (g *groups) read(ctx context.Context) (place, error) {
	p := place{targetGroup: g.asg.TargetGroup}
	var err error
	if p.groups, err = g.fleet.Groups(ctx); err != nil {
		return place{}, err
	}
	if p.health, err = g.fleet.Health(ctx, p.targetGroup); err != nil {
		return place{}, err
	}
	tags, err := g.tags(ctx)
	p.wanted, _ = parse(tags[TagSplit])
	p.arrived, _ = parse(tags[TagArrived])
	if err == nil && p.switching() {
		_, minor, _ := p.wanted.major()
		p.leaving, err = g.isLeaving(ctx, p.group(minor))
	}
	return p, err
}

// switching reports whether the larger share is going from one version to the other.
func (p place) switching() bool { return p.wanted.stable != "" && p.arrived.stable == "" }

// isLeaving reports whether Auto Scaling is taking a group's instances out of the target group, see
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/load-balancer-status.html
func (t *Target) isLeaving(ctx context.Context, group fleet.Group) (bool, error) {
	if !group.Exists() {
		return false, nil
	}
	output, err := call.Do(ctx, "autoscaling: read the traffic sources of group "+group.Name, t.autoScaling.DescribeTrafficSources,
		&autoscaling.DescribeTrafficSourcesInput{AutoScalingGroupName: aws.String(group.Name)})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(output.TrafficSources, func(source types.TrafficSourceState) bool {
		return aws.ToString(source.Identifier) == t.asg.TargetGroup && aws.ToString(source.State) == "Removing"
	}), nil
}

// tags are those of the target group.
func (t *Target) tags(ctx context.Context) (map[string]string, error) {
	output, err := call.Do(ctx, "elasticloadbalancing: read the tags of "+t.asg.TargetGroup, t.elb.DescribeTags, &elbv2.DescribeTagsInput{ResourceArns: []string{t.asg.TargetGroup}})
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, described := range output.TagDescriptions {
		for _, tag := range described.Tags {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
	}
	return tags, nil
}

// attached reports whether a group is.
func (p place) attached(group fleet.Group) bool {
	return slices.Contains(group.TargetGroups, p.targetGroup)
}

// registered are the instances of a group that get requests, or are about to; sorted.
func (p place) registered(group fleet.Group) []string {
	var ids []string
	for _, instance := range group.Instances {
		if state := p.health[instance.ID]; state.State != "" && !state.Draining() {
			ids = append(ids, instance.ID)
		}
	}
	return ids
}

// healthy counts the instances of a group that get requests.
func (p place) healthy(group fleet.Group) int {
	n := 0
	for _, instance := range group.Instances {
		if p.health[instance.ID].Healthy() {
			n++
		}
	}
	return n
}

// awaits reports whether an instance of a group that can get requests is yet to be registered, or to have its first health checks.
func (p place) awaits(group fleet.Group) bool {
	return slices.ContainsFunc(serving(group), func(id string) bool {
		health := p.health[id]
		return health.State == "" || health.Draining() || health.State == string(elbtypes.TargetHealthStateEnumInitial)
	})
}

// serving are the instances of a group that can get requests; sorted.
func serving(group fleet.Group) []string {
	var ids []string
	for _, instance := range group.Instances {
		if instance.Serving() {
			ids = append(ids, instance.ID)
		}
	}
	return ids
}

// stranger begins what stands for the version of an instance that is of no group of the service.
const stranger = "instance "

// shares counts the instances in the target group by version. One that is of no group of the service counts by its id, because
// nobody knows its version. A group that is attached counts with at least one.
func (p place) shares() map[string]int {
	counts, known := map[string]int{}, map[string]bool{}
	for _, group := range p.groups {
		for _, instance := range group.Instances {
			known[instance.ID] = true
		}
		n := len(p.registered(group))
		if p.attached(group) {
			n = max(n, 1)
		}
		if n > 0 {
			counts[group.Version] += n
		}
	}
	for id, state := range p.health {
		if !known[id] && !state.Draining() {
			counts[stranger+id]++
		}
	}
	return counts
}

// split is where traffic goes: what is wanted, unless what is there contradicts it.
func (p place) split() release.Split {
	if p.wanted.stable != "" && p.agrees() {
		return p.wanted.split()
	}
	return p.actual()
}

// actual is the split by what is there: the version with the largest share, or which was wanted, and the largest other one.
func (p place) actual() release.Split {
	counts := p.shares()
	if len(counts) == 0 {
		return release.Split{}
	}
	wanted, _, _ := p.wanted.major()
	if counts[p.wanted.stable] > 0 {
		wanted = p.wanted.stable
	}
	versions := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		switch wanted {
		case a:
			return -1
		case b:
			return 1
		}
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	if len(versions) == 1 {
		return release.Pure(versions[0])
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	// A stranger among two versions is what matters.
	canary := versions[1]
	for _, version := range versions[1:] {
		if !p.wanted.involves(version) {
			canary = version
			break
		}
	}
	return release.Split{Stable: versions[0], Canary: canary, Weight: percentOf(counts[canary], total)}
}

// percentOf is a share with two decimals.
func percentOf(part, whole int) float64 {
	return math.Round(float64(part)/float64(whole)*10_000) / 100
}

// agrees reports whether what is there is what is wanted, or on the way to it: once that has arrived, the right group is attached, and
// a version that should have no traffic has none; before, nothing is of any other version than the two.
func (p place) agrees() bool {
	return p.belongs() && (p.arrived != p.wanted || !p.hasSurplus())
}

// belongs reports whether everything is of the two versions between which traffic moves, and in its place once what is wanted has arrived.
func (p place) belongs() bool {
	for version := range p.shares() {
		if !p.wanted.involves(version) {
			return false
		}
	}
	if p.arrived != p.wanted {
		return true
	}
	major, minor, _ := p.wanted.major()
	return p.attached(p.group(major)) && !slices.ContainsFunc(p.groups, func(group fleet.Group) bool { return group.Version == minor && p.attached(group) })
}

// hasSurplus reports whether single instances of a version that should have no traffic are in the target group.
func (p place) hasSurplus() bool {
	_, minor, share := p.wanted.major()
	return share == 0 && slices.ContainsFunc(p.groups, func(group fleet.Group) bool { return group.Version == minor && len(p.registered(group)) > 0 })
}

// isOvertaken reports whether what is wanted once more stood there already, and all that is amiss since is a surplus. A handler of the same release that was
// overtaken may have put it there late, in numbers that are no split that anybody wanted.
func (p place) isOvertaken(want release.Split) bool {
	return p.wanted.stable != "" && p.wanted.split().Same(want) && p.arrived == p.wanted && p.belongs() && p.hasSurplus()
}

// group is the group of a version. Of several, which may be of different launch templates, and some of them no release's, that is the one that has traffic, then the
// one that Goldfinch made for the version, then the one whose size it holds, then the largest.
func (p place) group(version string) fleet.Group {
	var found fleet.Group
	for _, group := range p.groups {
		if group.Version == version && (!found.Exists() || p.compare(group, found) > 0) {
			found = group
		}
	}
	return found
}

// compare is positive when a is rather the group of a version than b.
func (p place) compare(a, b fleet.Group) int {
	return cmp.Or(
		compareBool(p.attached(a), p.attached(b)),
		compareBool(a.Made(), b.Made()),
		compareBool(a.Held, b.Held),
		cmp.Compare(len(a.Instances), len(b.Instances)),
	)
}

// compareBool orders false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// String says what is in the target group, for people.
func (p place) String() string {
	counts := p.shares()
	var parts []string
	for _, version := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d of %s", counts[version], version))
	}
	if len(parts) == 0 {
		return "no instances"
	}
	return "instances: " + strings.Join(parts, ", ")
}
