package asg

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// Inspect compares the target group, the released version's group and its instances with what was released. Beside what a group's instances show by
// themselves, a target that is of no group of the service is a finding: requests reach it, whatever it is.
func (t *Target) Inspect(ctx context.Context, released target.Released) ([]target.Finding, error) {
	var findings []target.Finding
	split, err := t.standing(ctx)
	if err != nil {
		return nil, err
	}
	group, err := t.homeOf(ctx, released.Version)
	if err != nil {
		return nil, err
	}
	left, err := t.mode.unfinished(ctx)
	if err != nil {
		return nil, err
	}
	if t.fleet.Astray(group, released.Version) {
		split, left = named(split, group.Version, released.Version), ""
	}
	strangers, err := t.strangers(ctx)
	if err != nil {
		return nil, err
	}
	want := release.Pure(released.Version).String()
	switch routing := (target.Finding{Kind: target.FindingRouting, Resource: t.asg.TargetGroup, Want: want, Got: split.String()}); {
	case !split.Same(release.Pure(released.Version)) && !strings.HasPrefix(split.Canary, stranger):
		findings = append(findings, routing)
	case left != "" && len(strangers) == 0:
		routing.Got = left
		findings = append(findings, routing)
	}
	for _, id := range strangers {
		findings = append(findings, target.Finding{Kind: target.FindingInstance, Resource: id, Want: "an instance of version " + released.Version, Got: "registered in the target group by hand"})
	}
	if !group.Exists() {
		return append(findings, target.Finding{
			Kind: target.FindingVersion, Resource: t.asg.TargetGroup, Want: "an Auto Scaling group of version " + released.Version, Got: "none",
		}), nil
	}
	inGroup, err := t.fleet.Inspect(ctx, group, released)
	if err != nil || left != "" || !slices.Contains(group.TargetGroups, t.asg.TargetGroup) {
		return append(findings, inGroup...), err
	}
	health, err := t.fleet.Health(ctx, t.asg.TargetGroup)
	return slices.Concat(findings, inGroup, fleet.Unregistered(group, health)), err
}

// unfinished is about groups that are on their way in or out of the target group, or still held at the size that they had then.
func (g *groups) unfinished(ctx context.Context) (string, error) {
	present, err := g.read(ctx)
	if err != nil {
		return "", err
	}
	if present.wanted.stable != "" && (present.arrived != present.wanted || len(g.steps(present)) > 0) {
		return "on the way to " + present.wanted.split().String() + ", " + present.String(), nil
	}
	for _, group := range present.groups {
		if isHeld(group) {
			return "group " + group.Name + " held at its size", nil
		}
	}
	return "", nil
}

// isRefreshing reports whether an instance refresh replaces the instances of the group, or is about to: nothing else may do so meanwhile.
func (t *Target) isRefreshing(ctx context.Context, version string) (bool, error) {
	if t.asg.Mode != release.ModeInstanceRefresh {
		return false, nil
	}
	split, err := t.standing(ctx)
	if err != nil || !split.Same(release.Pure(version)) {
		return true, err
	}
	left, err := t.mode.unfinished(ctx)
	return left != "", err
}

// standing is the split, also while AWS gives up what was wanted: what is left of that is drift.
func (t *Target) standing(ctx context.Context) (release.Split, error) {
	split, err := t.Split(ctx)
	if kind, ok := release.KindOf(err); ok && kind == release.KindUnhealthy {
		return split, nil
	}
	return split, err
}

// isHeld reports whether a group keeps its size although nobody releases. The user's own one, which a release has emptied, has its minimum noted for good.
func isHeld(group fleet.Group) bool { return group.Held && !group.Deleting && group.Desired > 0 }

// unfinished is about an instance refresh.
func (r *refresh) unfinished(ctx context.Context) (string, error) {
	present, err := r.read(ctx)
	if err != nil || present.wanted.stable == "" || present.arrived == present.wanted {
		return "", err
	}
	return "on the way to " + present.wanted.split().String(), nil
}

// homeOf is the group of a version, or the one that was made for it and that somebody has given another version since.
func (t *Target) homeOf(ctx context.Context, version string) (fleet.Group, error) {
	group, err := t.mode.home(ctx, version)
	if err != nil || group.Exists() {
		return group, err
	}
	if group, err = t.fleet.Named(ctx, t.fleet.Name(version)); err != nil || !t.fleet.Astray(group, version) {
		return fleet.Group{}, err
	}
	return group, nil
}

// named is a split in which what was called by one name has another.
func named(split release.Split, from, to string) release.Split {
	if split.Stable == from {
		split.Stable = to
	}
	if split.Canary == from {
		split.Canary = to
	}
	return split
}

// strangers are the targets that are of no group of the service; sorted.
func (t *Target) strangers(ctx context.Context) ([]string, error) {
	present, err := (&groups{t}).read(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, group := range present.groups {
		for _, instance := range group.Instances {
			known[instance.ID] = true
		}
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(present.health)), func(id string) bool { return known[id] || present.health[id].Draining() }), nil
}

// Mend gives the released version all traffic again, replaces an instance of its group, or takes a target that is of no group out of the
// target group; that instance itself is somebody else's, and runs on. Of what makes the version, only the group's launch template version is mended: the rest takes a release.
func (t *Target) Mend(ctx context.Context, released target.Released, finding target.Finding, guard target.Guard) (done bool, err error) {
	switch finding.Kind {
	case target.FindingRouting:
		return t.mendRouting(ctx, released, guard)
	case target.FindingInstance:
		return t.mendInstance(ctx, released, finding.Resource, guard)
	default:
		group, err := t.homeOf(ctx, released.Version)
		if err != nil {
			return false, err
		}
		if t.asg.Mode == release.ModeInstanceRefresh && group.Exists() && finding.Resource == group.ARN && group.Version != released.Version {
			return t.mendRouting(ctx, released, guard) // an instance refresh gives a group its version
		}
		return t.fleet.MendGroup(ctx, group, released, finding, guard.Check)
	}
}

// mendRouting shifts all traffic to the released version, and is done when it has arrived and no group is held any more.
func (t *Target) mendRouting(ctx context.Context, released target.Released, guard target.Guard) (done bool, err error) {
	want := release.Pure(released.Version)
	if _, err := t.Shift(ctx, want, guard); err != nil {
		return false, err
	}
	at, _, err := t.Arrives(ctx, target.Shifted{Split: want, At: t.now()})
	if err != nil || at.IsZero() {
		return false, err
	}
	groups, err := t.fleet.Groups(ctx)
	for _, group := range groups {
		if err == nil && isHeld(group) {
			err = t.fleet.Free(ctx, group)
		}
	}
	return err == nil, err
}

func (t *Target) mendInstance(ctx context.Context, released target.Released, id string, guard target.Guard) (done bool, err error) {
	strangers, err := t.strangers(ctx)
	if err != nil {
		return false, err
	}
	if !slices.Contains(strangers, id) {
		group, err := t.homeOf(ctx, released.Version)
		if err != nil {
			return false, err
		}
		if !group.Exists() {
			return false, release.Fail(release.KindConflict, "version %s has no Auto Scaling group", released.Version).WithHint("release the version again")
		}
		if refreshes, err := t.isRefreshing(ctx, released.Version); err != nil || refreshes {
			return false, err
		}
		return t.fleet.Mend(ctx, group, id, t.asg.TargetGroup, guard.Check)
	}
	if guard.Check != nil {
		if err := guard.Check(ctx); err != nil {
			return false, err
		}
	}
	_, err = call.Do(ctx, fmt.Sprintf("elasticloadbalancing: take %s out of %s", id, t.asg.TargetGroup), t.elb.DeregisterTargets,
		&elbv2.DeregisterTargetsInput{TargetGroupArn: aws.String(t.asg.TargetGroup), Targets: []elbtypes.TargetDescription{{Id: aws.String(id)}}})
	return err == nil, err
}
