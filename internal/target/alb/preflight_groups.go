package alb

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// The attributes of target groups that matter, see
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html .
const (
	attributeSticky          = "stickiness.enabled"
	attributeStickyType      = "stickiness.type"
	attributeFailoverCount   = "target_group_health.dns_failover.minimum_healthy_targets.count"
	attributeFailoverPercent = "target_group_health.dns_failover.minimum_healthy_targets.percentage"
	attributeSlowStart       = "slow_start.duration_seconds"
	attributeDrain           = "deregistration_delay.timeout_seconds"
)

// lookAtGroups wants the pair to be two of a kind that instances can be in.
func (i *inspection) lookAtGroups(ctx context.Context) error {
	t := i.target
	output, err := call.Do(ctx, "elbv2: read target groups "+t.pairName(), t.elb.DescribeTargetGroups, &elbv2.DescribeTargetGroupsInput{TargetGroupArns: t.alb.TargetGroups})
	if call.Is[*types.TargetGroupNotFoundException](err) {
		return i.refuseFor(conflictWithout("a target group of the pair ("+t.pairName()+")", err))
	}
	if err != nil {
		return err
	}
	balancer := loadBalancerOf(t.alb.Listener)
	for _, group := range output.TargetGroups {
		name := aws.ToString(group.TargetGroupName)
		if group.TargetType != types.TargetTypeEnumInstance {
			i.refuse(fmt.Sprintf("target group %s has targets of type %s, and an Auto Scaling group registers instances", name, group.TargetType), "name one of type instance")
		}
		if others := slices.DeleteFunc(slices.Clone(group.LoadBalancerArns), func(arn string) bool { return arn == balancer }); len(others) > 0 {
			i.refuse(fmt.Sprintf("target group %s is behind another load balancer: %s", name, strings.Join(others, ", ")), "name a target group of this one's own")
		}
	}
	if len(output.TargetGroups) == 2 {
		i.compareGroups(output.TargetGroups[0], output.TargetGroups[1])
	}
	for _, arn := range t.alb.TargetGroups {
		if err := i.lookAtAttributes(ctx, arn); err != nil {
			return err
		}
	}
	return nil
}

// compareGroups refuses and notes where the pair differs.
func (i *inspection) compareGroups(a, b types.TargetGroup) {
	type setting struct{ name, a, b string }
	say := func(value any) string { return fmt.Sprint(value) }
	for _, s := range []setting{
		{"protocol", say(a.Protocol), say(b.Protocol)},
		{"protocol version", aws.ToString(a.ProtocolVersion), aws.ToString(b.ProtocolVersion)},
		{"VPC", aws.ToString(a.VpcId), aws.ToString(b.VpcId)},
	} {
		if s.a != s.b {
			i.refuse(fmt.Sprintf("the target groups of the pair (%s) differ in their %s: %s and %s", i.target.pairName(), s.name, s.a, s.b), "make them alike")
		}
	}
	for _, s := range []setting{
		{"port", say(aws.ToInt32(a.Port)), say(aws.ToInt32(b.Port))},
		{"health check's path", aws.ToString(a.HealthCheckPath), aws.ToString(b.HealthCheckPath)},
		{"health check's port", aws.ToString(a.HealthCheckPort), aws.ToString(b.HealthCheckPort)},
		{"health check's interval", say(aws.ToInt32(a.HealthCheckIntervalSeconds)), say(aws.ToInt32(b.HealthCheckIntervalSeconds))},
	} {
		if s.a != s.b {
			i.note("the target groups of the pair (%s) differ in their %s: %s and %s", i.target.pairName(), s.name, s.a, s.b)
		}
	}
}

// lookAtAttributes refuses stickiness that no action with two target groups can have, and notes what a target group does to others.
func (i *inspection) lookAtAttributes(ctx context.Context, arn string) error {
	t, name := i.target, targetGroupName(arn)
	output, err := call.Do(ctx, "elbv2: read the attributes of target group "+name, t.elb.DescribeTargetGroupAttributes, &elbv2.DescribeTargetGroupAttributesInput{TargetGroupArn: aws.String(arn)})
	if err != nil {
		return err
	}
	values := map[string]string{}
	for _, attribute := range output.Attributes {
		values[aws.ToString(attribute.Key)] = aws.ToString(attribute.Value)
	}
	if values[attributeSticky] == "true" {
		switch {
		case values[attributeStickyType] == "app_cookie":
			i.refuse(fmt.Sprintf("target group %s keeps clients at an instance by the application's cookie, which AWS does not do in an action with weights", name), "let it use the load balancer's cookie (stickiness.type lb_cookie), or none")
		case !i.main.isSticky():
			i.refuse(fmt.Sprintf("target group %s keeps clients at an instance, and %s does not keep them at a target group, which AWS wants of an action with several", name, t.placeName()),
				"enable TargetGroupStickinessConfig in the action, or disable stickiness.enabled in both target groups")
		}
	}
	if count := values[attributeFailoverCount]; count != "" && count != "off" && count != "1" {
		i.noteFailover(name, count)
	} else if percent := values[attributeFailoverPercent]; percent != "" && percent != "off" {
		i.noteFailover(name, percent+"%")
	}
	if seconds, _ := strconv.Atoi(values[attributeSlowStart]); seconds > 0 {
		i.note("target group %s starts slowly: for %d seconds from its first healthy check on, an instance gets fewer requests than others of its target group", name, seconds)
	}
	if seconds, err := strconv.Atoi(values[attributeDrain]); err == nil && seconds > 0 && arn != i.idle {
		i.note("what was replaced is deleted after the promotion and its settling, and its instances get up to %d seconds for requests that are under way", seconds)
	}
	return nil
}

// noteFailover notes that an unhealthy target group takes a zone out for all others.
func (i *inspection) noteFailover(name, least string) {
	i.note("while fewer than %s of target group %s's instances are healthy in an Availability Zone, the load balancer's DNS name leaves that zone out for every target group: an unhealthy new version would do that, too; %s: 1 keeps it small",
		least, name, attributeFailoverCount)
}
