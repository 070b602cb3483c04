package mutations_test

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// furnishALB releases version 3 of service web, which has three instances.
func furnishALB(a *account) {
	a.Helper()
	furnishFleet(a, "web", 3)
	a.pass(3 * time.Minute)
	a.promote(document("web", release.Artifact{AMI: imageOf(released)}, release.Target{ALB: &release.ALBTarget{
		Listener: a.listener("web"), TargetGroups: []string{a.targetGroup("web-blue"), a.targetGroup("web-green")},
	}}))
}

// redirect changes the actions of the users' listener.
func redirect(a *account, action types.Action) {
	a.Helper()
	_, err := a.engine.LoadBalancing.ModifyListener(context.Background(), &elbv2.ModifyListenerInput{ListenerArn: aws.String(a.listener("web")), DefaultActions: []types.Action{action}})
	a.must(err)
}

// makeRule makes a rule on the users' listener.
func makeRule(a *account, priority int32, tags map[string]string, action types.Action) {
	a.Helper()
	input := &elbv2.CreateRuleInput{
		ListenerArn: aws.String(a.listener("web")), Priority: &priority, Actions: []types.Action{action},
		Conditions: []types.RuleCondition{{Field: aws.String("http-header"), HttpHeaderConfig: &types.HttpHeaderConditionConfig{HttpHeaderName: aws.String("X-Team"), Values: []string{"red"}}}},
	}
	for key, value := range tags {
		input.Tags = append(input.Tags, types.Tag{Key: &key, Value: &value})
	}
	_, err := a.engine.LoadBalancing.CreateRule(context.Background(), input)
	a.must(err)
}

// modifyListener is the call that leads users' requests elsewhere.
const modifyListener = "elasticloadbalancing:ModifyListener"

var ofALB = append([]mutation{
	{
		name: "the listener is weighted to the idle target group", resource: ":listener/", kind: routing, want: "version 3 at 100%", got: "of target group web-blue at 20%",
		mutate: func(a *account) { redirect(a, a.forward("web-green=80", "web-blue=20")) },
		calls:  modifyListener,
	},
	{
		name: "the listener forwards to the idle target group", resource: ":listener/", kind: routing, want: "version 3 at 100%", got: "of target group web-blue at 100%",
		mutate: func(a *account) { redirect(a, a.forward("web-blue")) },
		calls:  modifyListener,
	},
	{
		name: "the listener forwards to a foreign target group", resource: ":listener/", kind: routing, want: "version 3 at 100%", got: "of target group web-foreign at 100%",
		mutate: func(a *account) { redirect(a, a.forward("web-foreign")) },
		calls:  modifyListener,
	},
	{
		name: "the listener forwards to a third target group too", resource: ":listener/", kind: routing, want: "version 3 at 100%", got: "web-foreign",
		mutate: func(a *account) { redirect(a, a.forward("web-green", "web-blue", "web-foreign")) },
		calls:  modifyListener,
	},
	{
		name: "the listener forwards nothing", resource: ":listener/", kind: routing, want: "version 3 at 100%", got: "no target group",
		mutate: func(a *account) {
			redirect(a, types.Action{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: aws.String("503")}})
		},
		left: "forwards to no target group",
	},
	{
		name: "a rule for an audience is left behind", resource: ":listener/", kind: routing, want: "version 3 at 100%", got: "for audience staff",
		prepare: func(a *account) { // which is somebody else's
			makeRule(a, 7, map[string]string{"team": "red"}, a.forward("web-foreign"))
		},
		mutate: func(a *account) {
			makeRule(a, 1000, map[string]string{"goldfinch:service": "web", "goldfinch:environment": environment, "goldfinch:release": "r-0", "goldfinch:audience": "staff"}, a.forward("web-blue"))
		},
		calls: "elasticloadbalancing:DeleteRule",
	},
	{
		name: "an instance is taken out of the target group", resource: "i-", kind: instance, want: "gets requests", got: "not registered",
		mutate: func(a *account) { takeOut(a, "web") },
		calls:  terminate, replaced: 1,
	},
}, ofFleet("web")...)
