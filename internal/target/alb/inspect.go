package alb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// Inspect compares the rules, the released version's group and its instances with what was released. Beside what a group's instances show by themselves, a
// target that no group registered is a finding: requests reach it, whatever it is.
func (t *Target) Inspect(ctx context.Context, released target.Released) ([]target.Finding, error) {
	var findings []target.Finding
	now, err := t.readFor(ctx, released.Version)
	want := release.Pure(released.Version)
	switch failure, _ := errors.AsType[*release.Failure](err); {
	case failure != nil && failure.Kind == release.KindConflict: // it is gone, or leads to no version at all
		findings = append(findings, target.Finding{Kind: target.FindingRouting, Resource: t.place(), Want: want.String(), Got: failure.Reason})
		if now.backings == nil {
			return findings, nil
		}
	case err != nil:
		return nil, err
	case !now.split.Same(want):
		findings = append(findings, target.Finding{Kind: target.FindingRouting, Resource: t.place(), Want: want.String(), Got: now.split.String()})
	default:
		for _, rung := range now.routes.audiences {
			findings = append(findings, target.Finding{Kind: target.FindingRouting, Resource: rung.arn, Want: "no rule for an audience", Got: "a rule for audience " + rung.tags[TagAudience]})
		}
	}
	targetGroup, ok := now.backings.leading(t.alb.TargetGroups, released.Version)
	if !ok {
		return append(findings, target.Finding{
			Kind: target.FindingVersion, Resource: t.place(),
			Want: "a group of version " + released.Version + " behind a target group of the pair", Got: "none behind " + t.pairName(),
		}), nil
	}
	group := now.backings[targetGroup].group
	inGroup, err := t.fleet.Inspect(ctx, group, released)
	if err != nil {
		return nil, err
	}
	findings = append(findings, inGroup...)
	health, err := t.fleet.Health(ctx, targetGroup)
	if err != nil {
		return nil, err
	}
	findings = append(findings, fleet.Unregistered(group, health)...)
	for _, id := range slices.Sorted(maps.Keys(health)) {
		if !now.isMember(targetGroup, id) && !health[id].Draining() {
			findings = append(findings, target.Finding{
				Kind: target.FindingInstance, Resource: id, Want: "an instance of group " + group.Name, Got: "registered in target group " + targetGroupName(targetGroup) + " by hand",
			})
		}
	}
	return findings, nil
}

// readFor is read where the group that was made for a version counts as that, whichever version somebody has given it since.
func (t *Target) readFor(ctx context.Context, version string) (present, error) {
	found, err := t.readRoutes(ctx)
	if err != nil {
		return present{}, err
	}
	behind, err := t.backings(ctx)
	if err != nil {
		return present{}, err
	}
	for arn, one := range behind {
		if t.fleet.Astray(one.group, version) {
			one.version = version
			behind[arn] = one
		}
	}
	split, err := t.splitOf(found, behind)
	return present{routes: found, backings: behind, split: split}, err
}

// isMember reports whether an instance is of the group behind a target group.
func (p present) isMember(targetGroup, id string) bool {
	for _, instance := range p.backings[targetGroup].group.Instances {
		if instance.ID == id {
			return true
		}
	}
	return false
}

// Mend gives the released version all traffic again, replaces an instance of its group, or takes a target that no group registered out of the
// target group; that instance itself is somebody else's, and runs on. Of what makes the version, only the group's launch template version is mended: the rest takes a release.
func (t *Target) Mend(ctx context.Context, released target.Released, finding target.Finding, guard target.Guard) (done bool, err error) {
	switch finding.Kind {
	case target.FindingRouting:
		_, err := t.Shift(ctx, release.Pure(released.Version), guard)
		return err == nil, err
	case target.FindingInstance:
		return t.mendInstance(ctx, released, finding.Resource, guard)
	default:
		now, err := t.readFor(ctx, released.Version)
		if kind, _ := release.KindOf(err); err != nil && kind != release.KindConflict {
			return false, err
		}
		targetGroup, _ := now.backings.leading(t.alb.TargetGroups, released.Version)
		return t.fleet.MendGroup(ctx, now.backings[targetGroup].group, released, finding, guard.Check)
	}
}

func (t *Target) mendInstance(ctx context.Context, released target.Released, id string, guard target.Guard) (done bool, err error) {
	now, err := t.readFor(ctx, released.Version)
	if kind, _ := release.KindOf(err); err != nil && kind != release.KindConflict {
		return false, err
	}
	targetGroup, ok := now.backings.leading(t.alb.TargetGroups, released.Version)
	if !ok {
		return false, release.Fail(release.KindConflict, "no Auto Scaling group of version %s is attached to a target group of the pair (%s)", released.Version, t.pairName()).
			WithHint("release the version again")
	}
	health, err := t.fleet.Health(ctx, targetGroup)
	if err != nil {
		return false, err
	}
	state, registered := health[id]
	if now.isMember(targetGroup, id) || !registered {
		return t.fleet.Mend(ctx, now.backings[targetGroup].group, id, targetGroup, guard.Check)
	}
	if state.Draining() {
		return true, nil
	}
	if guard.Check != nil {
		if err := guard.Check(ctx); err != nil {
			return false, err
		}
	}
	_, err = call.Do(ctx, fmt.Sprintf("elbv2: take %s out of target group %s", id, targetGroupName(targetGroup)), t.elb.DeregisterTargets, &elbv2.DeregisterTargetsInput{
		TargetGroupArn: aws.String(targetGroup), Targets: []types.TargetDescription{{Id: aws.String(id)}},
	})
	return err == nil, err
}

// place is the ARN of what decides: the users' rule, or their listener.
func (t *Target) place() string {
	if t.alb.Rule != "" {
		return t.alb.Rule
	}
	return t.alb.Listener
}
