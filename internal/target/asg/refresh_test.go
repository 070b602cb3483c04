package asg_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/asg"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
	"github.com/goldfinch-dev/goldfinch/internal/target/targettest"
)

// refreshed is the document's other mode, with steps as AWS's checkpoints can be.
func refreshed(document *release.Document) {
	document.Target.ASG.Mode = release.ModeInstanceRefresh
	document.Strategy.Steps = []release.Step{{Weight: 10, Wait: release.Duration(time.Minute)}, {Weight: 40, Wait: release.Duration(time.Minute)}}
}

// newRefreshed is a cloud whose group has five instances.
func newRefreshed(t testing.TB) *cloud {
	t.Helper()
	c := newCloud(t)
	_, err := c.AutoScaling.UpdateAutoScalingGroup(fleettest.Foreign(), &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: aws.String(stableGroup), DesiredCapacity: aws.Int32(5), MaxSize: aws.Int32(5)})
	must(t, err)
	c.Pass(2 * time.Minute)
	return c
}

// versions counts the group's instances in service by version: "3 of 2, 2 of 5".
func (c *cloud) versions() string {
	c.TB.Helper()
	counts := map[string]int{}
	for _, instance := range c.Described(stableGroup).Instances {
		if instance.LifecycleState == types.LifecycleStateInService {
			counts[*instance.LaunchTemplate.Version]++
		}
	}
	var parts []string
	for _, version := range []string{"2", "3", "4", "5"} {
		if counts[version] > 0 {
			parts = append(parts, fmt.Sprintf("%d of %s", counts[version], version))
		}
	}
	return strings.Join(parts, ", ")
}

// last is the newest instance refresh.
func (c *cloud) last() types.InstanceRefresh {
	c.TB.Helper()
	output, err := c.AutoScaling.DescribeInstanceRefreshes(fleettest.Foreign(), &autoscaling.DescribeInstanceRefreshesInput{AutoScalingGroupName: aws.String(stableGroup)})
	must(c.TB, err)
	if len(output.InstanceRefreshes) == 0 {
		c.TB.Fatal("there was no instance refresh")
	}
	return output.InstanceRefreshes[0]
}

// begin starts somebody else's refresh.
func (c *cloud) begin(version string, checkpoints ...int32) {
	c.TB.Helper()
	preferences := &types.RefreshPreferences{MinHealthyPercentage: aws.Int32(0)}
	if len(checkpoints) > 0 {
		preferences.CheckpointPercentages, preferences.CheckpointDelay, preferences.MinHealthyPercentage = checkpoints, aws.Int32(7200), aws.Int32(90)
	}
	_, err := c.AutoScaling.StartInstanceRefresh(fleettest.Foreign(), &autoscaling.StartInstanceRefreshInput{
		AutoScalingGroupName: aws.String(stableGroup), Preferences: preferences,
		DesiredConfiguration: &types.DesiredConfiguration{LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String(c.Template), Version: aws.String(version)}},
	})
	must(c.TB, err)
	c.Pass(10 * time.Minute)
}

// TestRefreshContract holds this mode to the laws of every target, too. A version of the launch template costs nothing, so that the one before stays; what is counted
// beside those is what instances have.
func TestRefreshContract(t *testing.T) {
	t.Parallel()
	targettest.Run(t, func(t *testing.T) targettest.World {
		c := newRefreshed(t)
		c.deployed(refreshed)
		return targettest.World{
			Target: c.target(refreshed), Twin: c.target(refreshed),
			Stable: "2", Canary: "5", Foreign: "4", Missing: "99",
			Move: func(_ context.Context, want release.Split) error {
				if want.IsPure() {
					c.begin(want.Stable)
				} else {
					c.begin(want.Canary, 20, 100)
				}
				return nil
			},
			Request: func(version string, at time.Time, requests, bad int) {
				c.countBy("LaunchTemplateVersion", version, at, requests, bad)
			},
			Writes: func() int { return len(c.Writes()) },
			Versions: func() []string {
				return slices.DeleteFunc(c.Versions(), func(version string) bool { return version == "2" && !strings.Contains(c.versions(), "of 2") })
			},
			Throttle: func() {
				c.NextCall(func() error { return &types.ResourceContentionFault{} })
			},
			Pass: c.Pass, Now: c.Clock.Now, Costly: true,
		}
	})
}

func TestRefreshGoesStepByStep(t *testing.T) {
	t.Parallel()
	c := newRefreshed(t)
	c.deployed(refreshed)
	tt := c.target(refreshed)
	steps := []struct {
		weight      float64
		versions    string
		actual      float64
		checkpoints []int32
	}{
		{10, "4 of 2, 1 of 5", 20, []int32{10, 40, 100}},
		{40, "3 of 2, 2 of 5", 40, []int32{40, 100}},
		{100, "5 of 5", 0, nil},
	}
	for _, step := range steps {
		got := c.shift(tt, at(step.weight))
		if versions := c.versions(); versions != step.versions || got.Weight != step.actual {
			t.Errorf("at %v%% there are %s, and requests meet %v", step.weight, versions, got)
		}
		refresh := c.last()
		preferences := refresh.Preferences
		if !slices.Equal(preferences.CheckpointPercentages, step.checkpoints) || !*preferences.AutoRollback || !*preferences.SkipMatching || *preferences.MinHealthyPercentage != 100 || *refresh.DesiredConfiguration.LaunchTemplate.Version != "5" {
			t.Errorf("at %v%% the refresh is %+v to %+v", step.weight, preferences, refresh.DesiredConfiguration.LaunchTemplate)
		}
		if step.checkpoints != nil && *preferences.CheckpointDelay != 172800 {
			t.Errorf("it goes on by itself after %d seconds", *preferences.CheckpointDelay)
		}
		c.Pass(24 * time.Hour) // a hold: AWS does not go on
		if versions := c.versions(); versions != step.versions {
			t.Errorf("a day later there are %s", versions)
		}
		if split, err := tt.Split(t.Context()); err != nil || !split.Same(at(step.weight)) {
			t.Errorf("a day later traffic is at %v, %v", split, err)
		}
	}
	if group := c.Described(stableGroup); *group.LaunchTemplate.Version != "5" {
		t.Errorf("the group launches version %s", *group.LaunchTemplate.Version)
	}
	if slices.Contains(c.Writes(), "autoscaling:UpdateAutoScalingGroup") {
		t.Error("the group was updated: rollback would go back to the new version")
	}
	if _, done, err := tt.Retire(t.Context(), "5", "2"); !done || err != nil || !slices.Contains(c.Versions(), "2") {
		t.Errorf("retired: %t, %v; the versions are %v", done, err, c.Versions())
	}
}

func TestRefreshGoesBack(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		weight float64
		call   string
	}{
		"from a checkpoint":   {40, "autoscaling:RollbackInstanceRefresh"},
		"after it was over":   {100, "autoscaling:StartInstanceRefresh"},
		"while it is started": {-1, "autoscaling:RollbackInstanceRefresh"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newRefreshed(t)
			c.deployed(refreshed)
			tt := c.target(refreshed)
			if test.weight > 0 {
				c.shift(tt, at(test.weight))
			} else if _, err := tt.Shift(t.Context(), at(10), anything()); err != nil {
				t.Fatal(err)
			}
			calls := len(c.Calls())
			if _, err := tt.Shift(t.Context(), at(0), anything()); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(c.Calls()[calls:], test.call) {
				t.Errorf("it called %v", c.Calls()[calls:])
			}
			for range 200 {
				when, _, err := tt.Arrives(t.Context(), target.Shifted{Split: at(0), At: c.Clock.Now()})
				must(t, err)
				if !when.IsZero() {
					break
				}
				if healthy := c.Healthy(stableGroup); healthy < 4 {
					t.Fatalf("%d instances are healthy", healthy)
				}
				c.Pass(10 * time.Second)
			}
			if c.versions() != "5 of 2" || *c.Described(stableGroup).LaunchTemplate.Version != "2" {
				t.Errorf("there are %s", c.versions())
			}
			c.restored(tt, "2")
			if slices.Contains(c.Versions(), "5") {
				t.Errorf("the versions are %v", c.Versions())
			}
		})
	}
}

// TestRefreshThatAWSRollsBack lets an alarm fire while the refresh is at its checkpoint.
func TestRefreshThatAWSRollsBack(t *testing.T) {
	t.Parallel()
	c := newRefreshed(t)
	alarm := func(value float64) {
		c.CloudWatch.RecordMetric("test", nil, "m", value, c.Clock.Now())
		c.Pass(time.Minute)
		c.CloudWatch.Evaluate()
	}
	_, err := c.CloudWatch.PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("broken"), Namespace: aws.String("test"), MetricName: aws.String("m"), Statistic: cloudwatchtypes.StatisticMaximum, Period: aws.Int32(60),
		EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(0.5), ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanThreshold, TreatMissingData: aws.String("ignore"),
	})
	must(t, err)
	alarm(0)
	watched := func(d *release.Document) { refreshed(d); d.Analysis.Alarms = []string{"broken"} }
	c.deployed(watched)
	tt := c.target(watched)
	c.shift(tt, at(40))
	if spec := c.last().Preferences.AlarmSpecification; spec == nil || !slices.Equal(spec.Alarms, []string{"broken"}) {
		t.Errorf("the refresh watches %+v", spec)
	}
	alarm(1)
	c.Pass(10 * time.Second)
	_, err = tt.Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "these alarms fire already", "broken")
	_, _, err = tt.Arrives(t.Context(), target.Shifted{Split: at(40), At: c.Clock.Now()})
	expectKind(t, err, release.KindUnhealthy, "instance refresh", "broken")
	_, err = tt.Shift(t.Context(), at(60), anything())
	expectKind(t, err, release.KindUnhealthy, "instance refresh")
	split, err := tt.Split(t.Context())
	expectKind(t, err, release.KindUnhealthy, "instance refresh", "broken")
	if !split.Same(at(0)) {
		t.Errorf("AWS goes back to %v", split)
	}
	// Goldfinch wants the same, before that is over.
	touching := anything()
	touching.Touch = true
	if _, err := tt.Shift(t.Context(), at(0), touching); err != nil {
		t.Fatal(err)
	}
	when, got, err := tt.Arrives(t.Context(), target.Shifted{Split: at(0), At: c.Clock.Now()})
	if err != nil || !when.IsZero() || got.IsPure() {
		t.Errorf("before the end of AWS's rollback, %v had arrived at %v, %v", got, when, err)
	}
	c.settled(tt, at(0))
	if split, err := tt.Split(t.Context()); err != nil || !split.Same(at(0)) || c.versions() != "5 of 2" {
		t.Errorf("traffic is at %v, %v; there are %s", split, err, c.versions())
	}
}

// TestRefreshThatCameLate goes back once more after a handler that was overtaken started its refresh late. Somebody who wants more from there finds that it is not his.
func TestRefreshThatCameLate(t *testing.T) {
	t.Parallel()
	c := newRefreshed(t)
	c.deployed(refreshed)
	tt := c.target(refreshed)
	c.shift(tt, at(10))
	c.shift(tt, at(0))
	c.begin("5", 20, 100)
	_, err := tt.Shift(t.Context(), at(40), mine(at(0), at(10)))
	expectKind(t, err, release.KindConflict, "somebody else")
	if _, err := tt.Shift(t.Context(), at(0), mine(at(0), at(10))); err != nil {
		t.Fatal(err)
	}
	c.settled(tt, at(0))
	if c.versions() != "5 of 2" {
		t.Errorf("there are %s", c.versions())
	}
}

func TestRefreshOfSomebodyElse(t *testing.T) {
	t.Parallel()
	c := newRefreshed(t)
	c.deployed(refreshed)
	tt := c.target(refreshed)
	c.begin("4", 20, 100)
	writes := len(c.Writes())
	_, err := tt.Shift(t.Context(), at(10), mine(at(0), at(10)))
	expectKind(t, err, release.KindConflict, "version 4", "StartInstanceRefresh")
	_, err = tt.Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "instance refresh", "version 4")
	if len(c.Writes()) != writes {
		t.Errorf("it wrote %v", c.Writes()[writes:])
	}
}

// TestRefreshThatHasBegunAlready: StartInstanceRefresh has no client token, so one whose answer got lost is found again.
func TestRefreshThatHasBegunAlready(t *testing.T) {
	t.Parallel()
	c := newRefreshed(t)
	c.deployed(refreshed)
	lost := errors.New("the answer got lost")
	c.Next("autoscaling:StartInstanceRefresh", func() error { return lost })
	if _, err := c.target(refreshed).Shift(t.Context(), at(10), anything()); !errors.Is(err, lost) {
		t.Fatalf("the shift ended with %v", err)
	}
	c.Next("autoscaling:StartInstanceRefresh", func() error { // another process is faster
		_, err := c.target(refreshed).Shift(fleettest.Foreign(), at(10), anything())
		return err
	})
	if _, err := c.target(refreshed).Shift(t.Context(), at(10), anything()); err != nil {
		t.Fatal(err)
	}
	c.settled(c.target(refreshed), at(10))
	if c.versions() != "4 of 2, 1 of 5" {
		t.Errorf("there are %s", c.versions())
	}
}

func TestRefreshPreflightRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil  func(*cloud)
		change func(*release.Document)
		want   []string
	}{
		"checks":            {nil, func(d *release.Document) { d.Verify = []release.Check{{Name: "it"}} }, []string{"verify has checks", "mode groups"}},
		"a long release":    {nil, func(d *release.Document) { d.Timeouts.Release = release.Duration(72 * time.Hour) }, []string{"timeouts.release", "AWS goes on by itself"}},
		"a missing group":   {nil, func(d *release.Document) { d.Target.ASG.Group = "nothing" }, []string{"group nothing does not exist"}},
		"a detached group":  {func(c *cloud) { c.Detach(stableGroup) }, nil, []string{"is not attached to target group"}},
		"an active refresh": {func(c *cloud) { c.begin("2", 20, 100) }, nil, []string{"instance refresh"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newRefreshed(t)
			if test.spoil != nil {
				test.spoil(c)
			}
			_, err := c.target(refreshed, func(d *release.Document) {
				if test.change != nil {
					test.change(d)
				}
			}).Preflight(t.Context())
			expectKind(t, err, release.KindRefused, test.want...)
		})
	}
	c := newRefreshed(t)
	found, err := c.target(refreshed).Preflight(t.Context())
	if err != nil || !strings.Contains(strings.Join(found.Notes, " "), "going back takes as long as going there") {
		t.Errorf("found %+v, %v", found, err)
	}
}

func TestRefreshRefusesInstanceRequirements(t *testing.T) {
	t.Parallel()
	c := newRefreshed(t)
	api := editedScaling{c.AutoScaling, func(group *types.AutoScalingGroup) {
		group.MixedInstancesPolicy = &types.MixedInstancesPolicy{LaunchTemplate: &types.LaunchTemplate{
			LaunchTemplateSpecification: group.LaunchTemplate,
			Overrides:                   []types.LaunchTemplateOverrides{{InstanceRequirements: &types.InstanceRequirements{}}},
		}}
		group.LaunchTemplate = nil
	}}
	_, err := asg.New(asg.Options{
		Release: "r-1", Document: c.document(refreshed), Region: "us-east-1",
		LoadBalancing: c.LoadBalancing, AutoScaling: api, EC2: c.EC2, CloudWatch: c.CloudWatch, Now: c.Clock.Now,
	}).Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "chooses instance types by requirements", "mode groups")
}

// editedScaling is an Auto Scaling whose groups look as a test wants.
type editedScaling struct {
	asg.AutoScalingAPI
	edit func(*types.AutoScalingGroup)
}

func (e editedScaling) DescribeAutoScalingGroups(ctx context.Context, input *autoscaling.DescribeAutoScalingGroupsInput, options ...func(*autoscaling.Options)) (*autoscaling.DescribeAutoScalingGroupsOutput, error) {
	output, err := e.AutoScalingAPI.DescribeAutoScalingGroups(ctx, input, options...)
	if err != nil {
		return nil, err
	}
	copied := *output
	copied.AutoScalingGroups = slices.Clone(output.AutoScalingGroups)
	for i := range copied.AutoScalingGroups {
		e.edit(&copied.AutoScalingGroups[i])
	}
	return &copied, nil
}
