package alb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// lookAtRoutes wants a rule of an Application Load Balancer that forwards to one target group of the pair, and nothing of an earlier release
// in its way.
func (i *inspection) lookAtRoutes(ctx context.Context) error {
	t := i.target
	if !strings.HasPrefix(fullName(t.alb.Listener), listenerOfApplication) {
		i.refuse(fmt.Sprintf("%s is not one of an Application Load Balancer: a Network Load Balancer closes the connections of a target group whose weight becomes 0, so that going back breaks them, and tells no audience by its requests", listenerName(t.alb.Listener)),
			"name a listener of an Application Load Balancer, or release by the asg target")
		i.hopeless = true
		return nil
	}
	if rule := t.alb.Rule; rule != "" && (!strings.HasPrefix(fullName(rule), ruleOfApplication) || !belongsTo(rule, t.alb.Listener)) {
		i.refuse(fmt.Sprintf("rule %s is not one of %s", rule, listenerName(t.alb.Listener)), "name a rule of that listener, or leave it out for the default action")
		i.hopeless = true
		return nil
	}
	found, err := t.readRoutes(ctx)
	if err != nil {
		i.hopeless = true
		return i.refuseFor(err)
	}
	i.routes = found
	main, ok := forwardOf(found.main.actions)
	if !ok {
		i.refuse(t.placeName()+" forwards to no target group", "let it forward to the target group of the pair that users should reach")
		i.hopeless = true
		return nil
	}
	i.main = main
	for _, arn := range main.listed {
		if !slices.Contains(t.alb.TargetGroups, arn) {
			i.refuse(fmt.Sprintf("%s forwards to target group %s, too, which is none of the pair (%s)", t.placeName(), targetGroupName(arn), t.pairName()), "let it forward to one target group of the pair alone")
		}
	}
	switch len(main.weights) {
	case 0:
		i.refuse(fmt.Sprintf("%s gives no target group any weight: %s", t.placeName(), main.shares()), "give the whole weight to the target group that users should reach")
	case 1:
		i.idle = t.otherOf(main)
	default:
		i.refuse(fmt.Sprintf("%s splits requests, which no release of Goldfinch is doing: %s", t.placeName(), main.shares()),
			"if nobody else is releasing, give the whole weight to the target group that users should reach")
	}
	if rung := found.audiences; len(rung) > 0 {
		i.refuse(fmt.Sprintf("a rule of an earlier release still sends audience %s elsewhere: %s", rung[0].tags[TagAudience], rung[0].arn), "if no release is running, delete it")
	}
	if main.isSticky() {
		i.lookAtStickiness(main)
	}
	return nil
}

// otherOf is the target group of the pair that gets no request; empty when neither gets any.
func (t *Target) otherOf(main forward) string {
	for at, arn := range t.alb.TargetGroups {
		if main.weights[arn] > 0 {
			return t.alb.TargetGroups[1-at]
		}
	}
	return ""
}

// lookAtStickiness wants clients with an old cookie not to reach the idle target group, and notes what a cookie does to shares.
func (i *inspection) lookAtStickiness(main forward) {
	t := i.target
	if i.idle != "" && slices.Contains(main.listed, i.idle) {
		i.refuse(fmt.Sprintf("%s is sticky and has target group %s at weight 0: a client whose cookie (AWSALBTG) is for that one reaches it whatever its weight, before it is tested, and has no answer while it is empty", t.placeName(), targetGroupName(i.idle)),
			"take that target group out of the action; Goldfinch puts it there when it gets a weight, and takes it out again")
	}
	i.note("%s keeps clients at their target group by a cookie for %d seconds after each request: while the release runs, those who have one stay with their version, so the new one's real share of requests comes near its weight only by and by; at a promotion and a rollback the other target group leaves the action, and everybody moves at once",
		t.placeName(), aws.ToInt32(main.stickiness.DurationSeconds))
}

// lookAtOwnership wants what will be changed to have opted in. A listener whose rule is the place may be another service's, too: the release makes rules
// on it, which needs a tag of whatever value.
func (i *inspection) lookAtOwnership(ctx context.Context) error {
	t := i.target
	arns := append([]string{t.place()}, t.alb.TargetGroups...)
	if test := t.alb.Test; test != nil && test.Listener != "" {
		arns = append(arns, test.Listener)
	}
	if t.alb.Rule != "" {
		arns = append(arns, t.alb.Listener)
	}
	tags, err := t.tagsOf(ctx, arns)
	if strings.HasSuffix(call.Code(err), "NotFound") { // as of a listener, a rule or a target group
		return i.refuseFor(conflictWithout("one of "+strings.Join(arns, ", "), err))
	}
	if err != nil {
		return err
	}
	for _, arn := range arns {
		switch owner := tags[arn][fleet.TagService]; owner {
		case t.document.Service:
		case "":
			i.refuse(fmt.Sprintf("%s has no tag %s, so nobody has allowed Goldfinch to change it", arn, fleet.TagService),
				fmt.Sprintf("allow it with: aws elbv2 add-tags --resource-arns %s --tags Key=%s,Value=%s", arn, fleet.TagService, t.document.Service))
		default:
			if arn == t.alb.Listener && t.alb.Rule != "" {
				continue
			}
			i.refuse(fmt.Sprintf("%s is tagged %s=%s, so it does not belong to service %s", arn, fleet.TagService, owner, t.document.Service), "name that service in the document, or another resource")
		}
	}
	return nil
}

// lookAtOthers wants no other rule to lead to the pair: what it leads to would have no instances after the release.
func (i *inspection) lookAtOthers(ctx context.Context) error {
	t := i.target
	input := &elbv2.DescribeListenersInput{LoadBalancerArn: aws.String(loadBalancerOf(t.alb.Listener))}
	for {
		page, err := call.Do(ctx, "elbv2: list the listeners of load balancer "+loadBalancerName(t.alb.Listener), t.elb.DescribeListeners, input)
		if err != nil {
			return err
		}
		for _, listener := range page.Listeners {
			if err := i.lookAtListener(ctx, listener); err != nil {
				return err
			}
		}
		if aws.ToString(page.NextMarker) == "" {
			return nil
		}
		input.Marker = page.NextMarker
	}
}

// lookAtListener is lookAtOthers of one listener. What the listener for tests does by itself is not of users.
func (i *inspection) lookAtListener(ctx context.Context, listener types.Listener) error {
	t, arn := i.target, aws.ToString(listener.ListenerArn)
	rules := i.routes.foreign
	switch {
	case t.alb.Test != nil && arn == t.alb.Test.Listener:
		i.lookAtAddress(listener)
		return nil
	case arn != t.alb.Listener:
		var err error
		if rules, err = t.readRules(ctx, arn); err != nil {
			return i.refuseFor(err)
		}
	case t.alb.Test != nil && t.alb.Test.Listener == "":
		i.lookAtAddress(listener)
	}
	for _, r := range rules {
		if r.leadsTo(t.alb.TargetGroups) {
			i.refuse(fmt.Sprintf("rule %s of %s leads to a target group of the pair (%s), too: this release would not move it, and after it that one has no instances", r.arn, listenerName(arn), r.forward().shares()),
				"let it lead elsewhere, such as by a redirect to "+listenerName(t.alb.Listener)+", or make one rule of both")
		}
	}
	return nil
}

// lookAtAddress wants an address whose certificate can be right.
func (i *inspection) lookAtAddress(listener types.Listener) {
	if listener.Protocol == types.ProtocolEnumHttps && i.target.alb.Test.URL == "" {
		i.refuse(fmt.Sprintf("checks go to %s over HTTPS, and no certificate is for the load balancer's own name", listenerName(aws.ToString(listener.ListenerArn))),
			"say target.alb.test.url: https://NAME, with a name that the certificate is for")
	}
}
