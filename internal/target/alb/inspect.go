package alb

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// Inspect compares the rules, the released version's group and its instances with what was released. Beside what a group's instances show by themselves, a
// target that no group registered is a finding: requests reach it, whatever it is.
func (t *Target) Inspect(ctx context.Context, released target.Released) ([]target.Finding, error) {
	now, err := t.read(ctx)
	if err != nil {
		return nil, err
	}
	var findings []target.Finding
	if want := release.Pure(released.Version); !now.split.Same(want) {
		findings = append(findings, target.Finding{Kind: target.FindingRouting, Resource: t.place(), Want: want.String(), Got: now.split.String()})
	} else {
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
	for _, id := range slices.Sorted(maps.Keys(health)) {
		if !now.isMember(targetGroup, id) && !health[id].Draining() {
			findings = append(findings, target.Finding{
				Kind: target.FindingInstance, Resource: id, Want: "an instance of group " + group.Name, Got: "registered in target group " + targetGroupName(targetGroup) + " by hand",
			})
		}
	}
	return findings, nil
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
// target group; that instance itself is somebody else's, and runs on. What makes the version is not mended: that takes a release.
func (t *Target) Mend(ctx context.Context, released target.Released, finding target.Finding, guard target.Guard) (done bool, err error) {
	switch finding.Kind {
	case target.FindingRouting:
		_, err := t.Shift(ctx, release.Pure(released.Version), guard)
		return err == nil, err
	case target.FindingInstance:
		return t.mendInstance(ctx, released, finding.Resource, guard)
	default:
		return false, release.Fail(release.KindRefused, "%s is %s instead of %s, which only a release mends", finding.Resource, finding.Got, finding.Want).
			WithHint("release the version again")
	}
}

func (t *Target) mendInstance(ctx context.Context, released target.Released, id string, guard target.Guard) (done bool, err error) {
	now, err := t.read(ctx)
	if err != nil {
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
