package elasticloadbalancingv2_test

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
)

// api are the methods of the SDK's client that the local one has, too.
type api interface {
	CreateLoadBalancer(context.Context, *sdk.CreateLoadBalancerInput, ...func(*sdk.Options)) (*sdk.CreateLoadBalancerOutput, error)
	DescribeLoadBalancers(context.Context, *sdk.DescribeLoadBalancersInput, ...func(*sdk.Options)) (*sdk.DescribeLoadBalancersOutput, error)
	DeleteLoadBalancer(context.Context, *sdk.DeleteLoadBalancerInput, ...func(*sdk.Options)) (*sdk.DeleteLoadBalancerOutput, error)
	CreateTargetGroup(context.Context, *sdk.CreateTargetGroupInput, ...func(*sdk.Options)) (*sdk.CreateTargetGroupOutput, error)
	DescribeTargetGroups(context.Context, *sdk.DescribeTargetGroupsInput, ...func(*sdk.Options)) (*sdk.DescribeTargetGroupsOutput, error)
	ModifyTargetGroup(context.Context, *sdk.ModifyTargetGroupInput, ...func(*sdk.Options)) (*sdk.ModifyTargetGroupOutput, error)
	DescribeTargetGroupAttributes(context.Context, *sdk.DescribeTargetGroupAttributesInput, ...func(*sdk.Options)) (*sdk.DescribeTargetGroupAttributesOutput, error)
	ModifyTargetGroupAttributes(context.Context, *sdk.ModifyTargetGroupAttributesInput, ...func(*sdk.Options)) (*sdk.ModifyTargetGroupAttributesOutput, error)
	DeleteTargetGroup(context.Context, *sdk.DeleteTargetGroupInput, ...func(*sdk.Options)) (*sdk.DeleteTargetGroupOutput, error)
	CreateListener(context.Context, *sdk.CreateListenerInput, ...func(*sdk.Options)) (*sdk.CreateListenerOutput, error)
	DescribeListeners(context.Context, *sdk.DescribeListenersInput, ...func(*sdk.Options)) (*sdk.DescribeListenersOutput, error)
	ModifyListener(context.Context, *sdk.ModifyListenerInput, ...func(*sdk.Options)) (*sdk.ModifyListenerOutput, error)
	DeleteListener(context.Context, *sdk.DeleteListenerInput, ...func(*sdk.Options)) (*sdk.DeleteListenerOutput, error)
	CreateRule(context.Context, *sdk.CreateRuleInput, ...func(*sdk.Options)) (*sdk.CreateRuleOutput, error)
	DescribeRules(context.Context, *sdk.DescribeRulesInput, ...func(*sdk.Options)) (*sdk.DescribeRulesOutput, error)
	ModifyRule(context.Context, *sdk.ModifyRuleInput, ...func(*sdk.Options)) (*sdk.ModifyRuleOutput, error)
	SetRulePriorities(context.Context, *sdk.SetRulePrioritiesInput, ...func(*sdk.Options)) (*sdk.SetRulePrioritiesOutput, error)
	DeleteRule(context.Context, *sdk.DeleteRuleInput, ...func(*sdk.Options)) (*sdk.DeleteRuleOutput, error)
	RegisterTargets(context.Context, *sdk.RegisterTargetsInput, ...func(*sdk.Options)) (*sdk.RegisterTargetsOutput, error)
	DeregisterTargets(context.Context, *sdk.DeregisterTargetsInput, ...func(*sdk.Options)) (*sdk.DeregisterTargetsOutput, error)
	DescribeTargetHealth(context.Context, *sdk.DescribeTargetHealthInput, ...func(*sdk.Options)) (*sdk.DescribeTargetHealthOutput, error)
	AddTags(context.Context, *sdk.AddTagsInput, ...func(*sdk.Options)) (*sdk.AddTagsOutput, error)
	RemoveTags(context.Context, *sdk.RemoveTagsInput, ...func(*sdk.Options)) (*sdk.RemoveTagsOutput, error)
	DescribeTags(context.Context, *sdk.DescribeTagsInput, ...func(*sdk.Options)) (*sdk.DescribeTagsOutput, error)
}

var (
	_ api = (*sdk.Client)(nil)
	_ api = (*elasticloadbalancingv2.Service)(nil)
)
