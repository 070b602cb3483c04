package cloudformation

import (
	"context"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// loadBalancers are AWS::ElasticLoadBalancingV2::LoadBalancer.
type loadBalancers struct{ balancing LoadBalancing }

func (l loadBalancers) create(ctx context.Context, of request) (string, error) {
	of.properties = of.with(map[string]any{"Tags": of.tagged(of.properties["Tags"], nil)})
	input := &sdk.CreateLoadBalancerInput{}
	if err := shape(input, of.named("Name", 32)); err != nil {
		return "", err
	}
	out, err := l.balancing.CreateLoadBalancer(ctx, input)
	if err != nil {
		return "", err
	}
	return *out.LoadBalancers[0].LoadBalancerArn, nil
}

func (l loadBalancers) look(ctx context.Context, arn string) (seen, error) {
	out, err := l.balancing.DescribeLoadBalancers(ctx, &sdk.DescribeLoadBalancersInput{LoadBalancerArns: []string{arn}})
	if err != nil || len(out.LoadBalancers) == 0 {
		return seen{}, unless(err, "LoadBalancerNotFound")
	}
	found := out.LoadBalancers[0]
	actual, _ := properties(found).(map[string]any)
	actual["Name"] = aws.ToString(found.LoadBalancerName)
	subnets := []any{}
	for _, zone := range found.AvailabilityZones {
		subnets = append(subnets, aws.ToString(zone.SubnetId))
	}
	actual["Subnets"] = subnets
	return seen{
		exists: true, ready: found.State == nil || found.State.Code != types.LoadBalancerStateEnumProvisioning, waiting: "The load balancer is still provisioning",
		attributes: map[string]string{
			"LoadBalancerArn": arn, "LoadBalancerName": aws.ToString(found.LoadBalancerName), "DNSName": aws.ToString(found.DNSName),
			"CanonicalHostedZoneID": aws.ToString(found.CanonicalHostedZoneId), "LoadBalancerFullName": fullName(arn, "loadbalancer/"),
		},
		properties: actual,
	}, nil
}

func (l loadBalancers) delete(ctx context.Context, arn string) error {
	_, err := l.balancing.DeleteLoadBalancer(ctx, &sdk.DeleteLoadBalancerInput{LoadBalancerArn: &arn})
	return unless(err, "LoadBalancerNotFound")
}

// fullName is how CloudWatch names a resource: the end of its ARN.
func fullName(arn, kind string) string {
	parts := strings.SplitN(arn, ":", 6)
	return strings.TrimPrefix(parts[len(parts)-1], kind)
}

// targetGroups are AWS::ElasticLoadBalancingV2::TargetGroup.
type targetGroups struct{ balancing LoadBalancing }

func (g targetGroups) create(ctx context.Context, of request) (string, error) {
	set := &sdk.ModifyTargetGroupAttributesInput{}
	if given := of.properties["TargetGroupAttributes"]; given != nil {
		if err := shape(set, map[string]any{"Attributes": given}); err != nil {
			return "", err
		}
	}
	of.properties = of.with(map[string]any{"Tags": of.tagged(of.properties["Tags"], nil), "TargetGroupAttributes": nil})
	input := &sdk.CreateTargetGroupInput{}
	if err := shape(input, of.named("Name", 32)); err != nil {
		return "", err
	}
	out, err := g.balancing.CreateTargetGroup(ctx, input)
	if err != nil {
		return "", err
	}
	set.TargetGroupArn = out.TargetGroups[0].TargetGroupArn
	if len(set.Attributes) > 0 {
		_, err = g.balancing.ModifyTargetGroupAttributes(ctx, set)
	}
	return *set.TargetGroupArn, err
}

func (g targetGroups) look(ctx context.Context, arn string) (seen, error) {
	out, err := g.balancing.DescribeTargetGroups(ctx, &sdk.DescribeTargetGroupsInput{TargetGroupArns: []string{arn}})
	if err != nil || len(out.TargetGroups) == 0 {
		return seen{}, unless(err, "TargetGroupNotFound")
	}
	set, err := g.balancing.DescribeTargetGroupAttributes(ctx, &sdk.DescribeTargetGroupAttributesInput{TargetGroupArn: &arn})
	if err != nil {
		return seen{}, err
	}
	found := out.TargetGroups[0]
	actual, _ := properties(found).(map[string]any)
	actual["Name"] = aws.ToString(found.TargetGroupName)
	actual["TargetGroupAttributes"] = properties(set.Attributes)
	return seen{
		exists: true, ready: true,
		attributes: map[string]string{"TargetGroupArn": arn, "TargetGroupName": aws.ToString(found.TargetGroupName), "TargetGroupFullName": fullName(arn, "")},
		properties: actual,
	}, nil
}

func (g targetGroups) delete(ctx context.Context, arn string) error {
	_, err := g.balancing.DeleteTargetGroup(ctx, &sdk.DeleteTargetGroupInput{TargetGroupArn: &arn})
	return unless(err, "TargetGroupNotFound")
}

// listeners are AWS::ElasticLoadBalancingV2::Listener.
type listeners struct{ balancing LoadBalancing }

func (l listeners) create(ctx context.Context, of request) (string, error) {
	input := &sdk.CreateListenerInput{}
	if err := shape(input, of.with(map[string]any{"Tags": of.tagged(nil, nil)})); err != nil {
		return "", err
	}
	out, err := l.balancing.CreateListener(ctx, input)
	if err != nil {
		return "", err
	}
	return *out.Listeners[0].ListenerArn, nil
}

func (l listeners) look(ctx context.Context, arn string) (seen, error) {
	out, err := l.balancing.DescribeListeners(ctx, &sdk.DescribeListenersInput{ListenerArns: []string{arn}})
	if err != nil || len(out.Listeners) == 0 {
		return seen{}, unless(err, "ListenerNotFound")
	}
	actual, _ := properties(out.Listeners[0]).(map[string]any)
	return seen{exists: true, ready: true, attributes: map[string]string{"ListenerArn": arn}, properties: actual}, nil
}

func (l listeners) delete(ctx context.Context, arn string) error {
	_, err := l.balancing.DeleteListener(ctx, &sdk.DeleteListenerInput{ListenerArn: &arn})
	return unless(err, "ListenerNotFound")
}

// rules are AWS::ElasticLoadBalancingV2::ListenerRule.
type rules struct{ balancing LoadBalancing }

func (r rules) create(ctx context.Context, of request) (string, error) {
	input := &sdk.CreateRuleInput{}
	if err := shape(input, of.with(map[string]any{"Tags": of.tagged(nil, nil)})); err != nil {
		return "", err
	}
	out, err := r.balancing.CreateRule(ctx, input)
	if code(err) == "PriorityInUse" && of.again {
		return r.atPriority(ctx, input)
	}
	if err != nil {
		return "", err
	}
	return *out.Rules[0].RuleArn, nil
}

// atPriority is the rule that an earlier request has made.
func (r rules) atPriority(ctx context.Context, input *sdk.CreateRuleInput) (string, error) {
	out, err := r.balancing.DescribeRules(ctx, &sdk.DescribeRulesInput{ListenerArn: input.ListenerArn})
	if err != nil {
		return "", err
	}
	for _, found := range out.Rules {
		if aws.ToString(found.Priority) == strconv.Itoa(int(aws.ToInt32(input.Priority))) {
			return *found.RuleArn, nil
		}
	}
	return "", invalid("The rule of priority %d is gone", aws.ToInt32(input.Priority))
}

func (r rules) look(ctx context.Context, arn string) (seen, error) {
	out, err := r.balancing.DescribeRules(ctx, &sdk.DescribeRulesInput{RuleArns: []string{arn}})
	if err != nil || len(out.Rules) == 0 {
		return seen{}, unless(err, "RuleNotFound")
	}
	actual, _ := properties(out.Rules[0]).(map[string]any)
	// A rule stays with its listener, whose path its ARN repeats.
	actual["ListenerArn"] = strings.Replace(arn[:strings.LastIndex(arn, "/")], ":listener-rule/", ":listener/", 1)
	return seen{exists: true, ready: true, attributes: map[string]string{"RuleArn": arn, "IsDefault": "false"}, properties: actual}, nil
}

func (r rules) delete(ctx context.Context, arn string) error {
	_, err := r.balancing.DeleteRule(ctx, &sdk.DeleteRuleInput{RuleArn: &arn})
	return unless(err, "RuleNotFound")
}
