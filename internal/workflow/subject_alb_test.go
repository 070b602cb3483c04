package workflow_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// balancedALB is the subject of two target groups behind a listener's default action.
//
// Somebody else moves it to a target group that is none of the pair, which no release goes on from.
type balancedALB struct{ grouped }

func (balancedALB) name() string { return "alb" }

func (balancedALB) scenarios() []scenario {
	scenarios := []scenario{
		{name: "good"}, {name: "broken", broken: true, since: "shift"}, {name: "wrong", wrong: true, since: "verify"},
		{name: ownGroup, since: "retire"}, {name: ladder, since: "shift"}, {name: goldenImage, since: "bake"},
		{name: "held", held: true, since: "promote"}, {name: "held, broken", held: true, broken: true, since: "promote"},
	}
	for i := range scenarios {
		scenarios[i].unrecorded, scenarios[i].refused = true, true
	}
	return scenarios
}

// The names of scenarios that are about more than how the release ends.
const (
	// ownGroup: the stable version's group is the user's own, which is emptied and not deleted.
	ownGroup = "user's own group"
	// goldenImage: a pipeline bakes what is released.
	goldenImage = "golden image"
	// ladder: an audience gets the canary first.
	ladder = "audience"
)

func (balancedALB) schedules() int { return 1500 }

func (balancedALB) prepare(t testing.TB, s scenario) *world {
	w := newFleet(t, "blue", "green", foreignTargetGroup)
	f := w.fleet
	f.count = func(version string, at time.Time, requests, bad int) {
		for name, arn := range f.targetGroups {
			if healthy := f.healthy(arn); len(healthy) == 0 || w.infrastructure.instances[healthy[0]].TemplateVersion != version {
				continue
			}
			dimensions := map[string]string{"TargetGroup": endOf(f.targetGroups[name], "targetgroup/"), "LoadBalancer": f.balancer}
			w.engine.CloudWatch.RecordMetric("AWS/ApplicationELB", dimensions, "RequestCount", float64(requests), at)
			if bad > 0 {
				w.engine.CloudWatch.RecordMetric("AWS/ApplicationELB", dimensions, "HTTPCode_Target_5XX_Count", float64(bad), at)
			}
		}
	}
	if s.name == goldenImage {
		f.newPipeline()
	}
	if s.name == ownGroup {
		f.group("web", stableVersion, "", f.targetGroups["blue"])
	} else {
		f.group("echo-production-1", stableVersion, "r-0", f.targetGroups["blue"])
	}
	f.group("foreign", foreignVersion, "", f.targetGroups[foreignTargetGroup])
	f.populate(s)
	return w
}

func (a balancedALB) document(w *world, s scenario) release.Document {
	f := w.fleet
	document := a.grouped.document(w, s, release.Target{ALB: &release.ALBTarget{
		Listener: f.listener, TargetGroups: []string{f.targetGroups["blue"], f.targetGroups["green"]},
		Test: &release.ALBTest{Header: "X-Goldfinch-Test", Value: "let me in"},
	}})
	if s.name == ladder {
		document.Strategy.Audience = []release.Audience{
			{Name: "staff", Match: release.Match{Header: &release.NamedValues{Name: audienceHeader, Values: []string{"staff"}}}, Share: 50, Wait: release.Duration(time.Minute)},
			{Name: "friends", Match: release.Match{Header: &release.NamedValues{Name: audienceHeader, Values: []string{"friends"}}}, Wait: release.Duration(time.Minute)},
		}
	}
	return release.Default(document)
}

// reads leaves out the rollback: what it reads last, it only reads to delete.
func (balancedALB) reads(call site) bool {
	return call.operation == "elasticloadbalancing:DescribeRules" && slices.Contains([]string{"bake", "shift", "evaluate", "promote", "retire"}, call.function)
}

func (balancedALB) overwrites(next []site) bool {
	return next[0].operation == "elasticloadbalancing:ModifyListener"
}

func (balancedALB) foreign(w *world) (version string) {
	_, err := w.engine.LoadBalancing.ModifyListener(context.Background(), &elbv2.ModifyListenerInput{
		ListenerArn: aws.String(w.fleet.listener), DefaultActions: []elbtypes.Action{forwardTo(w.fleet.targetGroups[foreignTargetGroup])},
	})
	w.fleet.must(err)
	return foreignVersion
}
