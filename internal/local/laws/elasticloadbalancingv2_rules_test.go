package laws_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// balancingPage is where AWS's API pages are.
const balancingPage = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"

// The laws of listeners.
var listenerLaws = []law[loadBalancingWorld]{
	{
		name:   "a listener that is created again is the same",
		source: balancingPage + "API_CreateListener.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			balancer, actions := w.balancer(ctx, ""), weighted(w.group(ctx, "a"), 1)
			must(w.listen(ctx, balancer, actions))
			must(w.listen(ctx, balancer, actions))
			equal("listeners", len(must(w.DescribeListeners(ctx, &sdk.DescribeListenersInput{LoadBalancerArn: &balancer})).Listeners), 1)
		},
	},
	{
		name:   "a port of a load balancer has one listener",
		source: balancingPage + "API_CreateListener.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			balancer := w.balancer(ctx, "")
			must(w.listen(ctx, balancer, weighted(w.group(ctx, "a"), 1)))
			_, err := w.listen(ctx, balancer, weighted(w.group(ctx, "b"), 1))
			typed[*types.DuplicateListenerException](err)
		},
	},
	{
		name:   "default actions are replaced whole",
		source: balancingPage + "API_ModifyListener.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			a, b, c := w.group(ctx, "a"), w.group(ctx, "b"), w.group(ctx, "c")
			listener := w.listener(ctx, weighted(a, 90, b, 10))
			must(w.ModifyListener(ctx, &sdk.ModifyListenerInput{ListenerArn: &listener, DefaultActions: weighted(c, 5, a, 0)}))
			have := must(w.DescribeListeners(ctx, &sdk.DescribeListenersInput{ListenerArns: []string{listener}})).Listeners[0]
			equal("weights", sharesOf(have.DefaultActions), map[string]int32{c: 5, a: 0})
			equal("port", *have.Port, int32(80))
		},
	},
	{
		name:   "a listener's actions are its default rule's",
		source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			a, b := w.group(ctx, "a"), w.group(ctx, "b")
			listener := w.listener(ctx, weighted(a, 90, b, 10))
			must(w.rule(ctx, listener, 7, weighted(a, 1)))
			rules := must(w.DescribeRules(ctx, &sdk.DescribeRulesInput{ListenerArn: &listener})).Rules
			equal("priorities", []string{*rules[0].Priority, *rules[1].Priority}, []string{"7", "default"})
			equal("default", []bool{*rules[0].IsDefault, *rules[1].IsDefault}, []bool{false, true})
			equal("weights", sharesOf(rules[1].Actions), map[string]int32{a: 90, b: 10})
		},
	},
	{
		name:   "an unknown listener is not found",
		source: "model 2015-12-01: ModifyListener, DescribeRules → ListenerNotFound, HTTP 400",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			listener := "arn:aws:elasticloadbalancing:" + region + ":" + accountID + ":listener/app/nobody/0123456789abcdef/0123456789abcdef"
			_, err := w.ModifyListener(ctx, &sdk.ModifyListenerInput{ListenerArn: &listener, DefaultActions: weighted(w.group(ctx, "a"), 1)})
			typed[*types.ListenerNotFoundException](err)
			_, err = w.DescribeRules(ctx, &sdk.DescribeRulesInput{ListenerArn: &listener})
			typed[*types.ListenerNotFoundException](err)
			answered(err, 400)
		},
	},
	{
		name:   "a load balancer takes its listeners with it",
		source: balancingPage + "API_DeleteLoadBalancer.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			balancer, group := w.balancer(ctx, ""), w.group(ctx, "a")
			listener := must(w.listen(ctx, balancer, weighted(group, 1))).Listeners[0].ListenerArn
			must(w.DeleteLoadBalancer(ctx, &sdk.DeleteLoadBalancerInput{LoadBalancerArn: &balancer}))
			_, err := w.DescribeListeners(ctx, &sdk.DescribeListenersInput{ListenerArns: []string{*listener}})
			typed[*types.ListenerNotFoundException](err)
			must(w.DeleteLoadBalancer(ctx, &sdk.DeleteLoadBalancerInput{LoadBalancerArn: &balancer})) // deleted already
			must(w.DeleteTargetGroup(ctx, &sdk.DeleteTargetGroupInput{TargetGroupArn: &group}))
		},
	},
}

// The laws of rules.
var ruleLaws = []law[loadBalancingWorld]{
	{
		name:   "a rule that is created again is refused",
		source: "model 2015-12-01: CreateRule → PriorityInUse, HTTP 400",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			group := w.group(ctx, "a")
			listener := w.listener(ctx, weighted(group, 1))
			must(w.rule(ctx, listener, 7, weighted(group, 1)))
			_, err := w.rule(ctx, listener, 7, weighted(group, 1))
			typed[*types.PriorityInUseException](err)
			answered(err, 400)
		},
	},
	{
		name:   "weights of a rule are read as they were written",
		source: balancingPage + "API_TargetGroupTuple.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			a, b := w.group(ctx, "a"), w.group(ctx, "b")
			listener := w.listener(ctx, weighted(a, 1))
			rule := *must(w.rule(ctx, listener, 7, weighted(a, 999, b, 0))).Rules[0].RuleArn
			equal("weights", w.shares(ctx, rule), map[string]int32{a: 999, b: 0})
			must(w.ModifyRule(ctx, &sdk.ModifyRuleInput{RuleArn: &rule, Actions: weighted(a, 900, b, 100)}))
			equal("weights", w.shares(ctx, rule), map[string]int32{a: 900, b: 100})
		},
	},
	{
		name:   "a weight is at most 999",
		source: balancingPage + "API_TargetGroupTuple.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			a, b := w.group(ctx, "a"), w.group(ctx, "b")
			listener := w.listener(ctx, weighted(a, 1))
			rule := *must(w.rule(ctx, listener, 7, weighted(a, 1))).Rules[0].RuleArn
			_, err := w.ModifyRule(ctx, &sdk.ModifyRuleInput{RuleArn: &rule, Actions: weighted(a, 1000, b, 1)})
			refused(err, "ValidationError")
		},
	},
	{
		name:   "an action has at most five groups",
		source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			var groups []any
			for _, suffix := range []string{"a", "b", "c", "d", "e", "f"} {
				groups = append(groups, w.group(ctx, suffix), 1)
			}
			listener := w.listener(ctx, weighted(groups[:10]...))
			_, err := w.ModifyListener(ctx, &sdk.ModifyListenerInput{ListenerArn: &listener, DefaultActions: weighted(groups...)})
			answered(err, 400) // which code it has is not documented
		},
	},
	{
		name:   "a group beside a forward configuration is its only one",
		source: balancingPage + "API_Action.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			a, b := w.group(ctx, "a"), w.group(ctx, "b")
			listener := w.listener(ctx, weighted(a, 1))
			both := weighted(a, 1, b, 1)
			both[0].TargetGroupArn = &a
			_, err := w.ModifyListener(ctx, &sdk.ModifyListenerInput{ListenerArn: &listener, DefaultActions: both})
			refused(err, "ValidationError")
		},
	},
	{
		name:   "new actions leave a rule's conditions, and new conditions its actions",
		source: balancingPage + "API_ModifyRule.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			a, b := w.group(ctx, "a"), w.group(ctx, "b")
			listener := w.listener(ctx, weighted(a, 1))
			rule := *must(w.rule(ctx, listener, 7, weighted(a, 1))).Rules[0].RuleArn
			must(w.ModifyRule(ctx, &sdk.ModifyRuleInput{RuleArn: &rule, Actions: weighted(a, 9, b, 1)}))
			read := func() types.Rule {
				return must(w.DescribeRules(ctx, &sdk.DescribeRulesInput{RuleArns: []string{rule}})).Rules[0]
			}
			equal("paths", read().Conditions[0].PathPatternConfig.Values, []string{"/a/*"})
			must(w.ModifyRule(ctx, &sdk.ModifyRuleInput{RuleArn: &rule, Conditions: []types.RuleCondition{{
				Field: aws.String("http-header"), HttpHeaderConfig: &types.HttpHeaderConditionConfig{HttpHeaderName: aws.String("X-Team"), Values: []string{"red"}},
			}}}))
			have := read()
			equal("conditions", len(have.Conditions), 1)
			equal("header", *have.Conditions[0].HttpHeaderConfig.HttpHeaderName, "X-Team")
			equal("weights", sharesOf(have.Actions), map[string]int32{a: 9, b: 1})
		},
	},
	{
		name:   "rules move to priorities that are free",
		source: balancingPage + "API_SetRulePriorities.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			group := w.group(ctx, "a")
			listener := w.listener(ctx, weighted(group, 1))
			one := *must(w.rule(ctx, listener, 7, weighted(group, 1))).Rules[0].RuleArn
			must(w.rule(ctx, listener, 8, weighted(group, 1)))
			move := func(to int32) error {
				_, err := w.SetRulePriorities(ctx, &sdk.SetRulePrioritiesInput{RulePriorities: []types.RulePriorityPair{{RuleArn: &one, Priority: &to}}})
				return err
			}
			must(0, move(9))
			equal("priority", *must(w.DescribeRules(ctx, &sdk.DescribeRulesInput{RuleArns: []string{one}})).Rules[0].Priority, "9")
			typed[*types.PriorityInUseException](move(8))
		},
	},
	{
		name:   "two rules change places in one call",
		source: balancingPage + "API_SetRulePriorities.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			group := w.group(ctx, "a")
			listener := w.listener(ctx, weighted(group, 1))
			one := must(w.rule(ctx, listener, 7, weighted(group, 1))).Rules[0].RuleArn
			two := must(w.rule(ctx, listener, 8, weighted(group, 1))).Rules[0].RuleArn
			moved := must(w.SetRulePriorities(ctx, &sdk.SetRulePrioritiesInput{RulePriorities: []types.RulePriorityPair{
				{RuleArn: one, Priority: aws.Int32(8)}, {RuleArn: two, Priority: aws.Int32(7)},
			}})).Rules
			equal("priorities", []string{*moved[0].Priority, *moved[1].Priority}, []string{"8", "7"})
		},
	},
	{
		name:   "the default rule goes nowhere",
		source: "model 2015-12-01: DeleteRule → OperationNotPermitted, HTTP 400",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			listener := w.listener(ctx, weighted(w.group(ctx, "a"), 1))
			standard := must(w.DescribeRules(ctx, &sdk.DescribeRulesInput{ListenerArn: &listener})).Rules[0].RuleArn
			_, err := w.DeleteRule(ctx, &sdk.DeleteRuleInput{RuleArn: standard})
			typed[*types.OperationNotPermittedException](err)
		},
	},
	{
		name:   "the default rule is modified through its listener only",
		source: balancingPage + "API_ModifyRule.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			group := w.group(ctx, "a")
			listener := w.listener(ctx, weighted(group, 1))
			standard := must(w.DescribeRules(ctx, &sdk.DescribeRulesInput{ListenerArn: &listener})).Rules[0].RuleArn
			_, err := w.ModifyRule(ctx, &sdk.ModifyRuleInput{RuleArn: standard, Actions: weighted(group, 2)})
			typed[*types.OperationNotPermittedException](err)
		},
	},
	{
		name:   "an unknown rule is not found",
		source: "model 2015-12-01: ModifyRule → RuleNotFound, HTTP 400",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			group := w.group(ctx, "a")
			listener := w.listener(ctx, weighted(group, 1))
			rule := must(w.rule(ctx, listener, 7, weighted(group, 1))).Rules[0].RuleArn
			must(w.DeleteRule(ctx, &sdk.DeleteRuleInput{RuleArn: rule}))
			_, err := w.ModifyRule(ctx, &sdk.ModifyRuleInput{RuleArn: rule, Actions: weighted(group, 1)})
			typed[*types.RuleNotFoundException](err)
		},
	},
	{
		name:   "no condition reads the header Host",
		source: balancingPage + "API_HttpHeaderConditionConfig.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			group := w.group(ctx, "a")
			listener := w.listener(ctx, weighted(group, 1))
			_, err := w.CreateRule(ctx, &sdk.CreateRuleInput{ListenerArn: &listener, Priority: aws.Int32(7), Actions: weighted(group, 1), Conditions: []types.RuleCondition{{
				Field: aws.String("http-header"), HttpHeaderConfig: &types.HttpHeaderConditionConfig{HttpHeaderName: aws.String("Host"), Values: []string{"x"}},
			}}})
			refused(err, "ValidationError")
		},
	},
	{
		name:   "a condition reads no cookie",
		source: balancingPage + "API_RuleCondition.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			group := w.group(ctx, "a")
			listener := w.listener(ctx, weighted(group, 1))
			_, err := w.CreateRule(ctx, &sdk.CreateRuleInput{ListenerArn: &listener, Priority: aws.Int32(7), Actions: weighted(group, 1), Conditions: []types.RuleCondition{{
				Field: aws.String("cookie"), Values: []string{"canary=1"},
			}}})
			refused(err, "ValidationError")
		},
	},
}
