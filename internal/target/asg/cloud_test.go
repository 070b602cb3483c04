package asg_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/asg"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

// stableGroup is the group that users have: release r-0 has made it of version 2, with four instances.
const stableGroup = "echo-production-2"

// A cloud is an account whose target group has version 2. Version 1 is of image 0, and version n of image n.
type cloud struct {
	*fleettest.Account
	images map[string]string
}

func newCloud(t testing.TB) *cloud {
	t.Helper()
	c := &cloud{Account: fleettest.New(t), images: map[string]string{}}
	for _, name := range []string{"2", "3", "4", "5"} {
		c.images[name] = c.Image(name)
	}
	for _, name := range []string{"2", "3", "4"} {
		c.Version(c.images[name])
	}
	c.Group(stableGroup, "2", 4, fleettest.Made("r-0"), nil)
	c.Attach(stableGroup)
	return c
}

// document is one with its defaults, that releases image 5.
func (c *cloud) document(changes ...func(*release.Document)) release.Document {
	document := release.Document{
		APIVersion: release.APIVersion, Service: fleettest.Service, Environment: fleettest.Environment,
		Artifact: release.Artifact{AMI: c.images["5"]},
		Target:   release.Target{ASG: &release.ASGTarget{Group: stableGroup, TargetGroup: c.TargetGroup}},
	}
	for _, change := range changes {
		change(&document)
	}
	return release.Default(document)
}

// target returns the target of release r-1 of a document.
func (c *cloud) target(changes ...func(*release.Document)) *asg.Target {
	return asg.New(asg.Options{
		Release: "r-1", Document: c.document(changes...), Region: "us-east-1",
		LoadBalancing: c.LoadBalancing, AutoScaling: c.AutoScaling, EC2: c.EC2, CloudWatch: c.CloudWatch,
		Client: c.Client(), Now: c.Clock.Now,
	})
}

// deployed deploys release r-1 and returns its version.
func (c *cloud) deployed(changes ...func(*release.Document)) string {
	c.TB.Helper()
	for range 20 {
		version, done, err := c.target(changes...).Deploy(context.Background(), "2")
		must(c.TB, err)
		if done {
			return version
		}
		c.Pass(30 * time.Second)
	}
	c.TB.Fatal("the version is not deployed")
	return ""
}

// count counts requests of a version's instances, as they do it by themselves.
func (c *cloud) count(version string, at time.Time, requests, bad int) {
	c.countBy("AutoScalingGroupName", "echo-production-"+version, at, requests, bad)
}

// countBy is count by any dimension.
func (c *cloud) countBy(dimension, value string, at time.Time, requests, bad int) {
	countIn(c.CloudWatch, dimension, value, at, requests, bad)
}

// countIn publishes what instances count by themselves.
func countIn(metrics *localcloudwatch.Service, dimension, value string, at time.Time, requests, bad int) {
	dimensions := map[string]string{dimension: value}
	for i := range requests {
		duration, failed := 1.0, 0.0
		if i < bad {
			duration, failed = 60_000, 1
		}
		metrics.RecordMetric("Goldfinch/Instances", dimensions, "Requests", 1, at)
		metrics.RecordMetric("Goldfinch/Instances", dimensions, "Errors", failed, at)
		metrics.RecordMetric("Goldfinch/Instances", dimensions, "Duration", duration, at)
	}
}

// settled waits until a shift has arrived, and returns what requests meet.
func (c *cloud) settled(t *asg.Target, want release.Split) release.Split {
	c.TB.Helper()
	for range 50 {
		at, got, err := t.Arrives(context.Background(), target.Shifted{Split: want, At: c.Clock.Now()})
		must(c.TB, err)
		if !at.IsZero() {
			return got
		}
		c.Pass(10 * time.Second)
	}
	c.TB.Fatalf("%v does not arrive; the targets are %v", want, c.Health())
	return release.Split{}
}

// shift shifts and waits.
func (c *cloud) shift(t *asg.Target, want release.Split) release.Split {
	c.TB.Helper()
	_, err := t.Shift(context.Background(), want, anything())
	must(c.TB, err)
	return c.settled(t, want)
}

// anything is a guard that lets every split through.
func anything() target.Guard {
	return target.Guard{Mine: func(release.Split) bool { return true }, Check: func(context.Context) error { return nil }}
}

// shiftedTo is a shift that was made now.
func shiftedTo(c *cloud, split release.Split) target.Shifted {
	return target.Shifted{Split: split, At: c.Clock.Now()}
}

// mine is a guard that lets splits through.
func mine(splits ...release.Split) target.Guard {
	return target.Guard{Mine: func(split release.Split) bool { return slices.ContainsFunc(splits, split.Same) }}
}

// expectKind wants a failure of a kind whose text has all parts.
func expectKind(t *testing.T, err error, want release.Kind, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", want)
	}
	if kind, _ := release.KindOf(err); kind != want {
		t.Errorf("kind %q, want %q: %v", kind, want, err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tagged is one tag of a target group.
func tagged(key, value string) []elbtypes.Tag {
	return []elbtypes.Tag{{Key: aws.String(key), Value: aws.String(value)}}
}

// requestsPolicy follows the requests of the target group.
func requestsPolicy(c *cloud) *autoscaling.PutScalingPolicyInput {
	return &autoscaling.PutScalingPolicyInput{
		AutoScalingGroupName: aws.String(stableGroup), PolicyName: aws.String("requests"), PolicyType: aws.String("TargetTrackingScaling"),
		TargetTrackingConfiguration: &types.TargetTrackingConfiguration{TargetValue: aws.Float64(100), PredefinedMetricSpecification: &types.PredefinedMetricSpecification{
			PredefinedMetricType: types.MetricTypeALBRequestCountPerTarget, ResourceLabel: aws.String("app/web/1/" + c.TargetGroup[strings.LastIndex(c.TargetGroup, ":")+1:]),
		}},
	}
}
