package alb

import (
	"context"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
)

// LoadBalancingAPI is what this package calls of Elastic Load Balancing, all parts together.
type LoadBalancingAPI interface {
	PreflightAPI
	RulesAPI
	ShiftAPI
	HealthAPI
	AddressAPI
	MendAPI
}

// The parts of [LoadBalancingAPI]: a role needs only those of the methods that its function uses.
type (
	// RulesAPI is what everything calls that reads where requests go: Preflight, Deploy, Verify, Split, Shift, Retire, Restore, Inspect and Mend.
	RulesAPI interface {
		DescribeRules(context.Context, *elbv2.DescribeRulesInput, ...func(*elbv2.Options)) (*elbv2.DescribeRulesOutput, error)
		DescribeTags(context.Context, *elbv2.DescribeTagsInput, ...func(*elbv2.Options)) (*elbv2.DescribeTagsOutput, error)
	}
	// PreflightAPI is what Preflight calls beside them.
	PreflightAPI interface {
		DescribeListeners(context.Context, *elbv2.DescribeListenersInput, ...func(*elbv2.Options)) (*elbv2.DescribeListenersOutput, error)
		DescribeTargetGroups(context.Context, *elbv2.DescribeTargetGroupsInput, ...func(*elbv2.Options)) (*elbv2.DescribeTargetGroupsOutput, error)
		DescribeTargetGroupAttributes(context.Context, *elbv2.DescribeTargetGroupAttributesInput, ...func(*elbv2.Options)) (*elbv2.DescribeTargetGroupAttributesOutput, error)
	}
	// ShiftAPI is what Shift and Mend call to write.
	ShiftAPI interface {
		OwnRulesAPI
		ModifyListener(context.Context, *elbv2.ModifyListenerInput, ...func(*elbv2.Options)) (*elbv2.ModifyListenerOutput, error)
		ModifyRule(context.Context, *elbv2.ModifyRuleInput, ...func(*elbv2.Options)) (*elbv2.ModifyRuleOutput, error)
	}
	// OwnRulesAPI makes the rules that are Goldfinch's own, and deletes them: Deploy and Verify call it.
	OwnRulesAPI interface {
		ForgetAPI
		CreateRule(context.Context, *elbv2.CreateRuleInput, ...func(*elbv2.Options)) (*elbv2.CreateRuleOutput, error)
	}
	// ForgetAPI is what Retire and Restore call.
	ForgetAPI interface {
		DeleteRule(context.Context, *elbv2.DeleteRuleInput, ...func(*elbv2.Options)) (*elbv2.DeleteRuleOutput, error)
	}
	// HealthAPI is what Preflight, Deploy, Verify, Usable, Retire, Restore, Inspect and Mend call to know which instances are registered, and healthy.
	HealthAPI interface {
		DescribeTargetHealth(context.Context, *elbv2.DescribeTargetHealthInput, ...func(*elbv2.Options)) (*elbv2.DescribeTargetHealthOutput, error)
	}
	// AddressAPI is what Verify calls to find out where the load balancer is.
	AddressAPI interface {
		DescribeLoadBalancers(context.Context, *elbv2.DescribeLoadBalancersInput, ...func(*elbv2.Options)) (*elbv2.DescribeLoadBalancersOutput, error)
		DescribeListeners(context.Context, *elbv2.DescribeListenersInput, ...func(*elbv2.Options)) (*elbv2.DescribeListenersOutput, error)
	}
	// MendAPI is what Mend calls beside ShiftAPI and HealthAPI.
	MendAPI interface {
		DeregisterTargets(context.Context, *elbv2.DeregisterTargetsInput, ...func(*elbv2.Options)) (*elbv2.DeregisterTargetsOutput, error)
	}
)

// The SDK's client is all of it.
var _ LoadBalancingAPI = (*elbv2.Client)(nil)
