package demo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// albTarget is instances behind the weights of two target groups.
const albTarget = "alb"

// An albScene is a group of v1 behind one of a pair of target groups, and a listener for tests beside that of the users.
type albScene struct {
	estate
	listener, tests string
	pair            []string
	name            string
}

func (a *albScene) set(ctx context.Context) error {
	a.stage.say("── %s stands behind a load balancer, as its owner made it: %d instances of an Auto Scaling group", first, size)
	if err := a.makePipelines(ctx); err != nil {
		return err
	}
	balancer, name, err := a.makeBalancer(ctx)
	if err != nil {
		return err
	}
	a.name = name
	for _, colour := range []string{"blue", "green"} {
		arn, err := a.makeTargetGroup(ctx, service+"-"+colour)
		if err != nil {
			return err
		}
		a.pair = append(a.pair, arn)
	}
	if a.listener, err = a.makeListener(ctx, balancer, 80, forward(a.pair[0])); err != nil {
		return err
	}
	a.tests, err = a.makeListener(ctx, balancer, 8080, elbtypes.Action{
		Type: elbtypes.ActionTypeEnumFixedResponse, FixedResponseConfig: &elbtypes.FixedResponseActionConfig{StatusCode: aws.String("404")},
	})
	if err != nil {
		return err
	}
	return a.makeGroup(ctx, a.pair[0])
}

func (a *albScene) document(_ context.Context, label string) (release.Document, error) {
	return release.Document{
		Artifact: a.image(label),
		Target:   release.Target{ALB: &release.ALBTarget{Listener: a.listener, TargetGroups: a.pair, Test: &release.ALBTest{Listener: a.tests}}},
		Verify:   answering(),
		Analysis: release.Analysis{Metrics: metrics()},
	}, nil
}

func (a *albScene) users(context.Context) users {
	return users{url: "http://" + a.name + "/", known: inLocalCloud, rate: 150, client: a.client(), signed: variantHeader}
}

// check makes sure that the listener leads to the version's target group alone, and that no rule is left.
func (a *albScene) check(ctx context.Context, label string) (string, error) {
	balancing := a.engine().LoadBalancing
	for _, listener := range []string{a.listener, a.tests} {
		rules, err := balancing.DescribeRules(ctx, &elasticloadbalancingv2.DescribeRulesInput{ListenerArn: &listener})
		if err != nil {
			return "", fmt.Errorf("look for rules: %w", err)
		}
		if len(rules.Rules) != 1 {
			return "", fmt.Errorf("listener %s has %d rules, not its default one alone", listener, len(rules.Rules))
		}
	}
	found, err := balancing.DescribeListeners(ctx, &elasticloadbalancingv2.DescribeListenersInput{ListenerArns: []string{a.listener}})
	if err != nil {
		return "", fmt.Errorf("look where the listener leads: %w", err)
	}
	action := found.Listeners[0].DefaultActions[0]
	leads := []string{aws.ToString(action.TargetGroupArn)}
	if action.ForwardConfig != nil {
		leads = nil
		for _, tuple := range action.ForwardConfig.TargetGroups {
			leads = append(leads, aws.ToString(tuple.TargetGroupArn))
		}
	}
	if len(leads) != 1 {
		return "", fmt.Errorf("the listener leads to %d target groups: %v", len(leads), leads)
	}
	for _, other := range a.pair {
		if targets, err := a.targets(ctx, other); err != nil || other != leads[0] && len(targets) > 0 {
			return "", fmt.Errorf("target group %s has %d targets, and no traffic: %w", other, len(targets), err)
		}
	}
	if err := a.checkFleet(ctx, label, leads[0]); err != nil {
		return "", err
	}
	return fmt.Sprintf("the listener leads to %s alone, and nothing else is left", label), nil
}
