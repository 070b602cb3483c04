package asg

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// preflightTimeout bounds Preflight.
const preflightTimeout = 30 * time.Second

// Preflight looks at everything that would stop the release half way, and writes nothing. What it may not read is a reason to refuse, too.
func (t *Target) Preflight(ctx context.Context) (target.Preflight, error) {
	ctx, cancel := context.WithTimeout(ctx, preflightTimeout)
	defer cancel()
	i := inspection{target: t}
	checks := []func(context.Context) error{
		i.lookAtTargetGroup,
		func(ctx context.Context) error { return t.mode.inspect(ctx, &i) },
		i.lookAtStable, i.lookAtArtifact, i.lookAtAlarms,
	}
	for _, check := range checks {
		err := check(ctx)
		if call.IsDenied(err) {
			i.refuse(err.Error(), "allow that action on that resource in the policy of Goldfinch's role")
		} else if err != nil {
			return target.Preflight{}, err
		}
		if i.hopeless {
			break
		}
	}
	return i.found, i.failure()
}

// attributeDelay is for how long a target that is taken out may answer what it has begun, in seconds.
const attributeDelay = "deregistration_delay.timeout_seconds"

// lookAtTargetGroup wants a target group that has opted in, is used by a load balancer, and has instances as targets.
func (i *inspection) lookAtTargetGroup(ctx context.Context) error {
	t, arn := i.target, i.target.asg.TargetGroup
	output, err := call.Do(ctx, "elasticloadbalancing: read "+arn, t.elb.DescribeTargetGroups, &elbv2.DescribeTargetGroupsInput{TargetGroupArns: []string{arn}})
	if call.Is[*elbtypes.TargetGroupNotFoundException](err) || err == nil && len(output.TargetGroups) == 0 {
		i.refuse(fmt.Sprintf("target group %s does not exist in this account and Region", arn), "correct target.asg.targetGroup")
		i.hopeless = true
		return nil
	}
	if err != nil {
		return err
	}
	found := output.TargetGroups[0]
	if kind := found.TargetType; kind != elbtypes.TargetTypeEnumInstance {
		i.refuse(fmt.Sprintf("target group %s has targets of type %s", arn, kind), "name one whose targets are instances")
	}
	if len(found.LoadBalancerArns) == 0 {
		i.refuse(fmt.Sprintf("target group %s is used by no load balancer, so no health check runs and no request comes", arn), "forward a listener's requests to it")
	}
	tags, err := t.tags(ctx)
	if err != nil {
		return err
	}
	switch owner, tagged := tags[fleet.TagService]; {
	case !tagged:
		i.refuse(fmt.Sprintf("target group %s has no tag %s, so nobody has allowed Goldfinch to change it", arn, fleet.TagService),
			fmt.Sprintf("allow it with: aws elbv2 add-tags --resource-arns %s --tags Key=%s,Value=%s", arn, fleet.TagService, t.document.Service))
	case owner != t.document.Service:
		i.refuse(fmt.Sprintf("target group %s is tagged %s=%s, so it does not belong to service %s", arn, fleet.TagService, owner, t.document.Service), "name that service in the document, or another target group")
	}
	attributes, err := call.Do(ctx, "elasticloadbalancing: read the attributes of "+arn, t.elb.DescribeTargetGroupAttributes, &elbv2.DescribeTargetGroupAttributesInput{TargetGroupArn: aws.String(arn)})
	if err != nil {
		return err
	}
	for _, attribute := range attributes.Attributes {
		if aws.ToString(attribute.Key) == attributeDelay && aws.ToString(attribute.Value) == "0" {
			i.note("target group %s has a deregistration delay of 0, so requests that are being answered when an instance is taken out are cut off", arn)
		}
	}
	return nil
}

// inspect wants one version in the target group, all of whose instances are of one group.
func (g *groups) inspect(ctx context.Context, i *inspection) error {
	present, err := g.read(ctx)
	if err != nil {
		return err
	}
	i.found.Split = present.split()
	switch split := i.found.Split; {
	case split.Stable == "":
		i.refuse(fmt.Sprintf("no Auto Scaling group of service %s is attached to target group %s, so users have no version", g.document.Service, g.asg.TargetGroup),
			fmt.Sprintf("tag and attach the one that they shall have: aws autoscaling attach-traffic-sources --auto-scaling-group-name %s --traffic-sources Identifier=%s", g.asg.Group, g.asg.TargetGroup))
		return g.inspectFirst(ctx, i)
	case strings.HasPrefix(split.Stable, stranger):
		i.refuse(fmt.Sprintf("target group %s has instances that no Auto Scaling group of service %s has put there (%s)", g.asg.TargetGroup, g.document.Service, present),
			"attach a group instead of registering instances, and give the group the tag "+fleet.TagService)
		return g.inspectFirst(ctx, i)
	case !split.IsPure():
		i.refuse(fmt.Sprintf("target group %s stands at %s (%s), which no release of Goldfinch is doing", g.asg.TargetGroup, split, present),
			"take the instances out that users should not have")
	}
	i.stable = present.group(i.found.Split.Stable)
	i.note("before a new instance gets requests it is asked at its private address: Goldfinch's functions must be in a network that reaches it (context value vpcSubnets), and its security group must let them in")
	return nil
}

// inspectFirst says what is wrong with the group that the document names, when no group of the service is attached.
func (g *groups) inspectFirst(ctx context.Context, i *inspection) error {
	group, err := g.fleet.Named(ctx, g.asg.Group)
	if err != nil {
		return err
	}
	if !group.Exists() {
		i.refuse(fmt.Sprintf("group %s does not exist in this account and Region", g.asg.Group), "correct target.asg.group")
		return nil
	}
	i.stable = group
	return nil
}

// lookAtStable wants a group that can be cloned, or refreshed.
func (i *inspection) lookAtStable(ctx context.Context) error {
	if !i.stable.Exists() {
		return nil
	}
	t := i.target
	unfit, err := t.fleet.Unfit(ctx, i.stable)
	if err != nil {
		return err
	}
	i.reasons = append(i.reasons, unfit...)
	for _, arn := range i.stable.TargetGroups {
		if arn != t.asg.TargetGroup {
			i.refuse(fmt.Sprintf("group %s is attached to target group %s, too, whose traffic Goldfinch would not move", i.stable.Name, arn), "detach it, or let a rule of its load balancer forward to "+t.asg.TargetGroup)
		}
	}
	notes, err := t.fleet.Notes(ctx, i.stable)
	i.found.Notes = append(i.found.Notes, notes...)
	return err
}

// lookAtArtifact wants an image that can be made or launched, or a version to return to.
func (i *inspection) lookAtArtifact(ctx context.Context) error {
	t := i.target
	if t.isReturn() {
		if !i.stable.Exists() || i.stable.TemplateID == "" {
			return nil
		}
		_, err := t.fleet.Version(ctx, i.stable, "")
		return i.refuseFor(err)
	}
	notes, problems, err := t.image.Preflight(ctx)
	if err != nil {
		return err
	}
	i.found.Notes = append(i.found.Notes, notes...)
	for _, problem := range problems {
		i.refuse(problem, "correct the document's artifact")
	}
	if wanted := t.document.Artifact.AMI; wanted != "" && i.stable.TemplateID != "" {
		image, err := t.fleet.Image(ctx, i.stable.TemplateID, i.stable.Version)
		if err != nil {
			return err
		}
		if image == wanted {
			i.refuse(fmt.Sprintf("nothing to release: version %s, which users have, launches %s already", i.stable.Version, wanted), "bake something new")
		}
	}
	return nil
}

// lookAtAlarms wants the named alarms to exist; a return compares nothing.
func (i *inspection) lookAtAlarms(ctx context.Context) error {
	t := i.target
	alarms, err := t.Alarms(ctx, t.document.Analysis.Alarms)
	missing := measure.Missing(alarms)
	switch {
	case t.isReturn() && err != nil:
		i.note("%v; a return to a version does without alarms", err)
	case t.isReturn() && missing != "":
		i.note("%s; a return to a version does without them", missing)
	case err != nil:
		return err
	case missing != "":
		i.refuse(missing, "create them, or correct analysis.alarms")
	}
	return nil
}
