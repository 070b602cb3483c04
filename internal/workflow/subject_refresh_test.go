package workflow_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	localec2 "github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// rolled is the subject of one Auto Scaling group whose instances AWS replaces, by instance refreshes that stop at our steps.
//
// Around it stands a user's own group of three instances behind one target group, whose health checks the group heeds; nothing else. A release
// makes version 4 of the group's launch template, and no group. In the end all instances and the group itself are of one version, no instance refresh
// is running, and of the launch template there is no version that nobody uses. There were three healthy instances all the time.
//
// Somebody else cancels the refresh that is running and starts one of his own to version 2, twice as many instances at once. A release that is about to cancel its
// own, and has looked already, cancels that one instead.
type rolled struct{ grouped }

func (rolled) name() string { return "instance refresh" }

// The names of scenarios that only a refresh has.
const (
	// brokenLate: an alarm fires when all instances are replaced, so that going back needs another refresh.
	brokenLate = "broken late"
	// sick: instances of the new version never pass their health check, so that the refresh gets nowhere.
	sick = "sick"
	// alarmed: an alarm fires as soon as the new version gets requests, and AWS turns the refresh back by itself. An instance takes its time there: that
	// rollback is not over by the time that Goldfinch wants the same.
	alarmed = "alarmed"
)

func (rolled) scenarios() []scenario {
	scenarios := []scenario{
		{name: "good"}, {name: "broken", broken: true, since: "shift"}, {name: brokenLate, broken: true, since: "promote"},
		{name: sick, wrong: true, since: "shift"}, {name: alarmed, wrong: true, since: "shift"},
	}
	for i := range scenarios {
		scenarios[i].unrecorded, scenarios[i].refused = true, true
	}
	return scenarios
}

func (rolled) schedules() int { return 1500 }

// memories: a look that is older than what AWS has done since, and a refresh that begins late, and that AWS turns back by itself.
func (rolled) memories() []memory {
	return []memory{
		{brokenLate, "promote", "autoscaling:DescribeAutoScalingGroups", sleeps}, {brokenLate, "promote", "autoscaling:DescribeInstanceRefreshes", sleeps},
		{"good", "shift", "autoscaling:DescribeAutoScalingGroups", twice}, {"good", "shift", "autoscaling:DescribeInstanceRefreshes", twice},
		{alarmed, "shift", "autoscaling:CreateOrUpdateTags", stoppedLate}, {alarmed, "shift", "autoscaling:StartInstanceRefresh", stoppedLate},
	}
}

func (rolled) hasAlarm(s scenario) bool { return s.name == alarmed || s.name == brokenLate }

// refreshAlarm is the alarm that fires when the canary gets requests, or all of them.
const refreshAlarm = "canary has requests"

func (r rolled) prepare(t testing.TB, s scenario) *world {
	w := newFleet(t, "all")
	f := w.fleet
	f.size, f.least = 3, 3
	f.count = func(version string, at time.Time, requests, bad int) {
		dimensions := map[string]string{"LaunchTemplateVersion": version}
		w.engine.CloudWatch.RecordMetric("Goldfinch/Instances", dimensions, "Requests", float64(requests), at)
		w.engine.CloudWatch.RecordMetric("Goldfinch/Instances", dimensions, "Errors", float64(bad), at)
		if alone := float64(requests) == w.users; version == canaryVersion && (s.name == alarmed || s.name == brokenLate && alone) {
			w.engine.CloudWatch.RecordMetric("test", nil, "Canary", 1, at)
		}
	}
	f.group("web", stableVersion, "", f.targetGroups["all"])
	warmup := int32(0)
	if s.name == alarmed {
		warmup = int32((handlerLife + time.Minute).Seconds())
	}
	_, err := w.engine.AutoScaling.UpdateAutoScalingGroup(context.Background(), &autoscaling.UpdateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String("web"), HealthCheckType: aws.String("ELB"), DefaultInstanceWarmup: &warmup,
	})
	f.must(err)
	if r.hasAlarm(s) {
		_, err := w.engine.CloudWatch.PutMetricAlarm(context.Background(), &cloudwatch.PutMetricAlarmInput{
			AlarmName: aws.String(refreshAlarm), Namespace: aws.String("test"), MetricName: aws.String("Canary"), Statistic: cloudwatchtypes.StatisticMaximum, Period: aws.Int32(60),
			EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(0.5), ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanThreshold, TreatMissingData: aws.String("notBreaching"),
		})
		f.must(err)
	}
	f.populate(s)
	if s.name == brokenLate {
		w.broken[canaryVersion] = 0 // the alarm tells
	}
	w.infrastructure.sick = func(instance localec2.Instance) bool {
		return s.name == sick && instance.TemplateVersion == canaryVersion
	}
	return w
}

func (r rolled) document(w *world, s scenario) release.Document {
	document := r.grouped.document(w, s, release.Target{ASG: &release.ASGTarget{Group: "web", TargetGroup: w.fleet.targetGroups["all"], Mode: release.ModeInstanceRefresh}})
	for i := range document.Strategy.Steps { // all checkpoints have one delay
		document.Strategy.Steps[i].Wait = release.Duration(time.Minute)
	}
	document.Timeouts.Deploy = release.Duration(5 * time.Minute)
	if r.hasAlarm(s) {
		document.Analysis.Alarms = []string{refreshAlarm}
	}
	return release.Default(document)
}

// reads is the second half of each look, and leaves out the rollback: what it reads last, it only reads to delete.
func (rolled) reads(call site) bool {
	return call.operation == "autoscaling:DescribeInstanceRefreshes" && slices.Contains([]string{"bake", "shift", "evaluate", "promote", "retire"}, call.function)
}

// overwrites is what stops a refresh, unless it looks again before: AWS asks nobody whose that is.
func (rolled) overwrites(next []site) bool {
	for _, call := range next {
		switch {
		case call.run != next[0].run || call.operation == "autoscaling:DescribeInstanceRefreshes":
			return false
		case slices.Contains([]string{"autoscaling:CancelInstanceRefresh", "autoscaling:RollbackInstanceRefresh"}, call.operation):
			return true
		}
	}
	return false
}

func (rolled) foreign(w *world) (version string) {
	f, ctx, web := w.fleet, context.Background(), aws.String("web")
	if f.refreshing() != "" {
		_, err := w.engine.AutoScaling.CancelInstanceRefresh(ctx, &autoscaling.CancelInstanceRefreshInput{AutoScalingGroupName: web, WaitForTransitioningInstances: aws.Bool(false)})
		f.must(err)
		w.pause(time.Second) // until it is cancelled
	}
	_, err := w.engine.AutoScaling.StartInstanceRefresh(ctx, &autoscaling.StartInstanceRefreshInput{
		AutoScalingGroupName: web, Preferences: &autoscalingtypes.RefreshPreferences{MinHealthyPercentage: aws.Int32(100), MaxHealthyPercentage: aws.Int32(200), InstanceWarmup: aws.Int32(0), SkipMatching: aws.Bool(true)},
		DesiredConfiguration: &autoscalingtypes.DesiredConfiguration{LaunchTemplate: &autoscalingtypes.LaunchTemplateSpecification{LaunchTemplateId: &f.template, Version: aws.String(foreignVersion)}},
	})
	f.must(err)
	return foreignVersion
}

// refreshing is the version that a running instance refresh brings; empty when none is running.
func (f *fleet) refreshing() (version string) {
	found, err := f.world.engine.AutoScaling.DescribeInstanceRefreshes(context.Background(), &autoscaling.DescribeInstanceRefreshesInput{AutoScalingGroupName: aws.String("web"), MaxRecords: aws.Int32(1)})
	f.must(err)
	if len(found.InstanceRefreshes) == 0 || found.InstanceRefreshes[0].EndTime != nil {
		return ""
	}
	return *found.InstanceRefreshes[0].DesiredConfiguration.LaunchTemplate.Version
}

// shares lets a refresh of somebody else's come to its end, which may have begun last of all.
func (r rolled) shares(w *world) map[string]float64 {
	for range 10 {
		if w.fleet.refreshing() == foreignVersion {
			w.pass(time.Minute)
		}
	}
	return r.grouped.shares(w)
}

func (r rolled) left(w *world, version string) []string {
	left := r.grouped.left(w, version)
	if running := w.fleet.refreshing(); running != "" {
		left = append(left, "an instance refresh to version "+running+" is running")
	}
	for id, instance := range w.infrastructure.instances {
		if instance.TemplateVersion != version {
			left = append(left, fmt.Sprintf("instance %s is of version %s", id, instance.TemplateVersion))
		}
	}
	return left
}
