package asg_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

// TestUsable: traffic must be able to go back to what is there, healthy or not.
func TestUsable(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	tt := c.target()
	usable := func(want bool, when string) {
		t.Helper()
		if got, err := tt.Usable(t.Context(), "2"); err != nil || got != want {
			t.Errorf("%s: usable %t, %v", when, got, err)
		}
	}
	usable(true, "at first")
	for _, id := range c.Instances(stableGroup) {
		_, err := c.AutoScaling.SetInstanceHealth(fleettest.Foreign(), &autoscaling.SetInstanceHealthInput{InstanceId: aws.String(id), HealthStatus: aws.String("Unhealthy"), ShouldRespectGracePeriod: aws.Bool(false)})
		must(t, err)
	}
	usable(true, "when all are unhealthy")
	for _, id := range c.Instances(stableGroup) {
		_, err := c.AutoScaling.TerminateInstanceInAutoScalingGroup(fleettest.Foreign(), &autoscaling.TerminateInstanceInAutoScalingGroupInput{InstanceId: aws.String(id), ShouldDecrementDesiredCapacity: aws.Bool(false)})
		must(t, err)
	}
	_, err := tt.Usable(t.Context(), "2")
	expectKind(t, err, release.KindUnhealthy, "no instance of group "+stableGroup+" is in service") // which passes
	c.Pass(10 * time.Minute)
	usable(true, "when all have been replaced")
	_, err = c.AutoScaling.UpdateAutoScalingGroup(fleettest.Foreign(), &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: aws.String(stableGroup), MinSize: aws.Int32(0), DesiredCapacity: aws.Int32(0)})
	must(t, err)
	usable(false, "when somebody has emptied its group")
}
