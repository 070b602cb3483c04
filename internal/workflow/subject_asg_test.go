package workflow_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// sharedTargetGroup is the subject of whole instances of two versions in one target group.
//
// Somebody else attaches a group of his own to it, and detaches all others.
type sharedTargetGroup struct{ grouped }

func (sharedTargetGroup) name() string { return "asg" }

func (sharedTargetGroup) scenarios() []scenario {
	scenarios := []scenario{
		{name: "good"}, {name: "broken", broken: true, since: "shift"}, {name: "wrong", wrong: true, since: "verify"},
		{name: ownGroup, since: "retire"}, {name: "held", held: true, since: "promote"}, {name: "held, broken", held: true, broken: true, since: "promote"},
	}
	for i := range scenarios {
		scenarios[i].unrecorded = true
	}
	return scenarios
}

func (sharedTargetGroup) schedules() int { return 1500 }

// memories: a canary instance that comes late, beside two stable ones, is no share that any step has.
func (sharedTargetGroup) memories() []memory {
	return []memory{{"good", "shift", "elasticloadbalancing:RegisterTargets", stoppedLate}, {"broken", "shift", "elasticloadbalancing:RegisterTargets", stoppedLate}}
}

func (sharedTargetGroup) prepare(t testing.TB, s scenario) *world {
	w := newFleet(t, "all")
	f := w.fleet
	f.least = fleetSize
	f.count = func(version string, at time.Time, requests, bad int) {
		dimensions := map[string]string{"AutoScalingGroupName": f.named(version)}
		w.engine.CloudWatch.RecordMetric("Goldfinch/Instances", dimensions, "Requests", float64(requests), at)
		w.engine.CloudWatch.RecordMetric("Goldfinch/Instances", dimensions, "Errors", float64(bad), at)
	}
	if s.name == ownGroup {
		f.group("web", stableVersion, "", f.targetGroups["all"])
	} else {
		f.group("echo-production-1", stableVersion, "r-0", f.targetGroups["all"])
	}
	f.group("foreign", foreignVersion, "")
	f.populate(s)
	return w
}

func (a sharedTargetGroup) document(w *world, s scenario) release.Document {
	return release.Default(a.grouped.document(w, s, release.Target{ASG: &release.ASGTarget{Group: w.fleet.named(stableVersion), TargetGroup: w.fleet.targetGroups["all"]}}))
}

// reads leaves out the rollback: what it reads last, it only reads to delete. Preflight goes by the groups that it has read first.
func (sharedTargetGroup) reads(call site) bool {
	if call.function == "bake" {
		return call.operation == "autoscaling:DescribeAutoScalingGroups"
	}
	return call.operation == "elasticloadbalancing:DescribeTargetHealth" && slices.Contains([]string{"shift", "evaluate", "promote", "retire"}, call.function)
}

// overwrites is nothing: what a release adds to somebody else's instances stands beside them.
func (sharedTargetGroup) overwrites([]site) bool { return false }

// adds is true until it looks again.
func (sharedTargetGroup) adds(next []site) bool {
	for _, call := range next {
		switch {
		case call.run != next[0].run || call.operation == "elasticloadbalancing:DescribeTargetHealth":
			return false
		case slices.Contains([]string{"elasticloadbalancing:RegisterTargets", "autoscaling:AttachTrafficSources"}, call.operation):
			return true
		}
	}
	return false
}

// late stops counting lost requests, where they can't be helped; what is left in the end counts all the same.
func (sharedTargetGroup) late(w *world, operation string) {
	if slices.Contains([]string{"elasticloadbalancing:DeregisterTargets", "autoscaling:DetachTrafficSources"}, operation) {
		w.fleet.watched = false
	}
}

func (sharedTargetGroup) foreign(w *world) (version string) {
	f, ctx := w.fleet, context.Background()
	arn := f.targetGroups["all"]
	sources := []autoscalingtypes.TrafficSourceIdentifier{{Identifier: &arn, Type: aws.String("elbv2")}}
	groups, err := w.engine.AutoScaling.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{})
	f.must(err)
	var come, leave []elbtypes.TargetDescription
	for _, group := range groups.AutoScalingGroups {
		attached := len(group.TrafficSources) > 0
		switch own := *group.LaunchTemplate.Version == foreignVersion; {
		case own && !attached:
			_, err = w.engine.AutoScaling.AttachTrafficSources(ctx, &autoscaling.AttachTrafficSourcesInput{AutoScalingGroupName: group.AutoScalingGroupName, TrafficSources: sources})
		case !own && attached:
			_, err = w.engine.AutoScaling.DetachTrafficSources(ctx, &autoscaling.DetachTrafficSourcesInput{AutoScalingGroupName: group.AutoScalingGroupName, TrafficSources: sources})
		}
		f.must(err)
		for _, instance := range group.Instances {
			if *group.LaunchTemplate.Version == foreignVersion {
				come = append(come, elbtypes.TargetDescription{Id: instance.InstanceId})
			}
		}
	}
	for _, one := range f.targets(arn) {
		if !slices.ContainsFunc(come, func(own elbtypes.TargetDescription) bool { return *own.Id == *one.Target.Id }) && one.TargetHealth.State != elbtypes.TargetHealthStateEnumDraining {
			leave = append(leave, *one.Target)
		}
	}
	_, err = w.engine.LoadBalancing.RegisterTargets(ctx, &elbv2.RegisterTargetsInput{TargetGroupArn: &arn, Targets: come})
	f.must(err)
	if len(leave) > 0 {
		_, err = w.engine.LoadBalancing.DeregisterTargets(ctx, &elbv2.DeregisterTargetsInput{TargetGroupArn: &arn, Targets: leave})
		f.must(err)
	}
	return foreignVersion
}
