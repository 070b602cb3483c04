package demo

import (
	"context"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// asgTarget is instances of two versions in one target group.
const asgTarget = "asg"

// An asgScene is a group of v1 in a target group.
type asgScene struct {
	estate
	targetGroup, name string
}

func (a *asgScene) set(ctx context.Context) error {
	a.stage.say("── %s stands in a target group, as its owner made it: %d instances of an Auto Scaling group", first, size)
	if err := a.makePipelines(ctx); err != nil {
		return err
	}
	balancer, name, err := a.makeBalancer(ctx)
	if err != nil {
		return err
	}
	a.name = name
	if a.targetGroup, err = a.makeTargetGroup(ctx, service); err != nil {
		return err
	}
	if _, err := a.makeListener(ctx, balancer, 80, forward(a.targetGroup)); err != nil {
		return err
	}
	return a.makeGroup(ctx, a.targetGroup)
}

func (a *asgScene) document(_ context.Context, label string) (release.Document, error) {
	return release.Document{
		Artifact: a.image(label),
		Target:   release.Target{ASG: &release.ASGTarget{Group: groupName, TargetGroup: a.targetGroup}},
		Strategy: release.Strategy{Steps: steps(33)}, // one instance beside two
		Verify:   answering(),
		Analysis: release.Analysis{Metrics: metrics()},
	}, nil
}

func (a *asgScene) users(context.Context) users {
	return users{url: "http://" + a.name + "/", known: inLocalCloud, rate: 150, client: a.client(), signed: variantHeader}
}

// check makes sure that the version's instances alone are in the target group.
func (a *asgScene) check(ctx context.Context, label string) (string, error) {
	if err := a.checkFleet(ctx, label, a.targetGroup); err != nil {
		return "", err
	}
	return fmt.Sprintf("the target group has the %d instances of %s alone, and nothing else is left", size, label), nil
}
