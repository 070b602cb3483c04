package asg

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// A step is one change of what is in the target group.
type step struct {
	kind      stepKind
	group     fleet.Group
	instances []string
}

type stepKind int

const (
	attachGroup stepKind = iota
	detachGroup
	registerInstances
	deregisterInstances
)

// advance does what can be done now of what is wanted, and reports whether requests meet it. It writes that they do.
func (g *groups) advance(ctx context.Context, present place) (arrived bool, err error) {
	if present.wanted.stable == "" || present.arrived == present.wanted && len(g.steps(present)) == 0 {
		return true, nil
	}
	steps := g.steps(present)
	for _, step := range steps {
		if err := g.take(ctx, step); err != nil {
			return false, err
		}
	}
	if len(steps) > 0 || !g.complete(present) {
		return false, nil
	}
	if present.arrived == present.wanted {
		return true, nil
	}
	return true, g.mark(ctx, "note that requests meet it", map[string]string{TagArrived: present.wanted.String()})
}

// steps are the changes that can be made now. First comes what adds instances; what takes some away waits until those that
// take over are healthy, unless they have had the larger share all the time.
func (g *groups) steps(present place) []step {
	majorVersion, minorVersion, share := present.wanted.major()
	major, minor := present.group(majorVersion), present.group(minorVersion)
	var steps []step
	if !present.attached(major) {
		steps = append(steps, step{kind: attachGroup, group: major})
	} else if missing := without(serving(major), present.registered(major)); len(missing) > 0 { // Auto Scaling registers an instance once, and not what was taken out by its id
		steps = append(steps, step{kind: registerInstances, group: major, instances: missing})
	}
	if !minor.Exists() {
		return steps
	}
	chosen := choose(present, major, minor, share)
	registered := present.registered(minor)
	if missing := without(chosen, registered); len(missing) > 0 && !present.attached(minor) {
		steps = append(steps, step{kind: registerInstances, group: minor, instances: missing})
	}
	if !g.takesOver(present, major) {
		return steps
	}
	if present.attached(minor) {
		return append(steps, step{kind: detachGroup, group: minor})
	}
	if surplus := without(registered, chosen); len(surplus) > 0 && !present.leaving {
		steps = append(steps, step{kind: deregisterInstances, group: minor, instances: surplus})
	}
	return steps
}

// choose picks the instances of the version with the smaller share that are to be in the target group: those that are there already first.
func choose(present place, major, minor fleet.Group, share float64) []string {
	able := serving(minor)
	n := Share(len(serving(major)), len(able), share)
	registered := present.registered(minor)
	slices.SortStableFunc(able, func(a, b string) int {
		switch inA, inB := slices.Contains(registered, a), slices.Contains(registered, b); {
		case inA == inB:
			return strings.Compare(a, b)
		case inA:
			return -1
		default:
			return 1
		}
	})
	return able[:n]
}

// Share is how many of its able instances a version has in the target group for a share of percent, at most 50, beside all instances of the other one:
// the whole number nearest to others × percent / (100 − percent), at least one when percent is above 0, and at most able.
func Share(others, able int, percent float64) int {
	if percent <= 0 {
		return 0
	}
	return min(max(int(math.Round(float64(others)*percent/(100-percent))), 1), able)
}

// takesOver reports whether a version's instances can do without those of the other one: enough of them are healthy in the target
// group, or it has had the larger share since that arrived, so that what is taken away came on top of it.
//
// Where all traffic goes home, a bad canary is worse than a smaller stable version. What of that is not in service is not waited for, because it may never
// come; and one healthy instance is enough when the others have had their first health checks, for which the target group's settings say the time: see
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
func (g *groups) takesOver(present place, major fleet.Group) bool {
	healthy := present.healthy(major)
	switch before, _, _ := present.arrived.major(); {
	case healthy == 0:
		return false
	case before == major.Version && present.attached(major):
		return true
	case present.wanted.weight == 0:
		return healthy >= g.floor(len(serving(major))) || !present.awaits(major)
	default:
		return healthy >= g.floor(major.Desired)
	}
}

// floor is how many instances of a number must be healthy: the document's share of them.
func (g *groups) floor(instances int) int {
	percent := 100.0
	if wanted := g.document.Drift.HealthyPercent; wanted != nil {
		percent = *wanted
	}
	return int(math.Ceil(float64(instances) * percent / 100))
}

// complete reports whether requests meet what is wanted, when no step is left: all chosen instances of the smaller share are
// healthy, and enough of the larger one.
func (g *groups) complete(present place) bool {
	majorVersion, minorVersion, share := present.wanted.major()
	major, minor := present.group(majorVersion), present.group(minorVersion)
	if !g.takesOver(present, major) {
		return false
	}
	if share == 0 {
		return !minor.Exists() || len(present.registered(minor)) == 0
	}
	chosen := choose(present, major, minor, share)
	return len(chosen) > 0 && len(present.registered(minor)) <= len(chosen) && !slices.ContainsFunc(chosen, func(id string) bool { return !present.health[id].Healthy() })
}

// take makes one change.
func (g *groups) take(ctx context.Context, step step) error {
	name, arn := step.group.Name, g.asg.TargetGroup
	sources := []autoscalingtypes.TrafficSourceIdentifier{{Identifier: aws.String(arn), Type: aws.String("elbv2")}}
	var targets []elbtypes.TargetDescription
	for _, id := range step.instances {
		targets = append(targets, elbtypes.TargetDescription{Id: aws.String(id)})
	}
	var err error
	switch step.kind {
	case attachGroup:
		_, err = call.Do(ctx, fmt.Sprintf("autoscaling: attach group %s to %s", name, arn), g.autoScaling.AttachTrafficSources,
			&autoscaling.AttachTrafficSourcesInput{AutoScalingGroupName: aws.String(name), TrafficSources: sources})
	case detachGroup:
		_, err = call.Do(ctx, fmt.Sprintf("autoscaling: detach group %s from %s", name, arn), g.autoScaling.DetachTrafficSources,
			&autoscaling.DetachTrafficSourcesInput{AutoScalingGroupName: aws.String(name), TrafficSources: sources})
		if call.Code(err) == "ValidationError" { // as AWS says of a group that is not attached: another run was faster
			err = release.Fail(release.KindTransient, "group %s could not be detached from %s", name, arn).Because(err)
		}
	case registerInstances:
		_, err = call.Do(ctx, fmt.Sprintf("elasticloadbalancing: put %d instances of group %s into %s", len(targets), name, arn), g.elb.RegisterTargets,
			&elbv2.RegisterTargetsInput{TargetGroupArn: aws.String(arn), Targets: targets})
	case deregisterInstances:
		_, err = call.Do(ctx, fmt.Sprintf("elasticloadbalancing: take %d instances of group %s out of %s", len(targets), name, arn), g.elb.DeregisterTargets,
			&elbv2.DeregisterTargetsInput{TargetGroupArn: aws.String(arn), Targets: targets})
	}
	return err
}

// without are the ids of some that are none of others.
func without(some, others []string) []string {
	return slices.DeleteFunc(slices.Clone(some), func(id string) bool { return slices.Contains(others, id) })
}
