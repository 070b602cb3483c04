package asg_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

// TestRefreshThatAWSWillNotRollBack is cancelled, which keeps what it has replaced, and another one to the old version follows.
func TestRefreshThatAWSWillNotRollBack(t *testing.T) {
	t.Parallel()
	c := newRefreshed(t)
	c.deployed(refreshed)
	tt := c.target(refreshed)
	c.shift(tt, at(40))
	c.Next("autoscaling:RollbackInstanceRefresh", func() error {
		return &types.IrreversibleInstanceRefreshFault{Message: aws.String("it can't be rolled back")}
	})
	calls := len(c.Calls())
	c.shift(tt, at(0))
	if made := c.Calls()[calls:]; !slices.Contains(made, "autoscaling:CancelInstanceRefresh") || !slices.Contains(made, "autoscaling:StartInstanceRefresh") {
		t.Errorf("it called %v", made)
	}
	if c.versions() != "5 of 2" {
		t.Errorf("there are %s", c.versions())
	}
}

// TestRefreshThatEndsMeanwhile is none any more when it is to be cancelled or rolled back, which the next look sees.
func TestRefreshThatEndsMeanwhile(t *testing.T) {
	t.Parallel()
	for operation, want := range map[string]float64{"autoscaling:CancelInstanceRefresh": 60, "autoscaling:RollbackInstanceRefresh": 0} {
		c := newRefreshed(t)
		c.deployed(refreshed)
		tt := c.target(refreshed)
		c.shift(tt, at(20))
		c.Next(operation, func() error {
			return &types.ActiveInstanceRefreshNotFoundFault{Message: aws.String("no instance refresh is in progress")}
		})
		calls := len(c.Calls())
		c.shift(tt, at(want))
		if made := c.Calls()[calls:]; !slices.Contains(made, operation) {
			t.Errorf("%s was not called: %v", operation, made)
		}
	}
}

// TestRefreshOfSomebodyElseThatHasJustBegun is one although no instance of its version runs yet: it is not adopted, and not cancelled.
func TestRefreshOfSomebodyElseThatHasJustBegun(t *testing.T) {
	t.Parallel()
	c := newRefreshed(t)
	c.deployed(refreshed)
	c.shift(c.target(refreshed), at(20))
	group := aws.String(stableGroup)
	_, err := c.AutoScaling.CancelInstanceRefresh(fleettest.Foreign(), &autoscaling.CancelInstanceRefreshInput{AutoScalingGroupName: group})
	must(t, err)
	c.Pass(5 * time.Minute)
	_, err = c.AutoScaling.StartInstanceRefresh(fleettest.Foreign(), &autoscaling.StartInstanceRefreshInput{
		AutoScalingGroupName: group,
		DesiredConfiguration: &types.DesiredConfiguration{LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String(c.Template), Version: aws.String("3")}},
	})
	must(t, err)
	writes := len(c.Writes())
	_, err = c.target(refreshed).Shift(t.Context(), at(60), mine(at(0), at(20)))
	expectKind(t, err, release.KindConflict, "was changed by somebody else", "version 3")
	if made := c.Writes()[writes:]; len(made) > 0 {
		t.Errorf("it wrote %v", made)
	}
}

// TestRefreshIsHomeWithoutEveryInstance goes back while an instance of the stable version gets no requests: no canary is left that waits for it.
func TestRefreshIsHomeWithoutEveryInstance(t *testing.T) {
	t.Parallel()
	c := newRefreshed(t)
	c.deployed(refreshed)
	tt := c.target(refreshed)
	c.shift(tt, at(10))
	if _, err := tt.Shift(t.Context(), at(0), anything()); err != nil {
		t.Fatal(err)
	}
	c.Pass(10 * time.Minute)
	_, err := c.LoadBalancing.DeregisterTargets(fleettest.Foreign(), &elbv2.DeregisterTargetsInput{
		TargetGroupArn: aws.String(c.TargetGroup), Targets: []elbtypes.TargetDescription{{Id: aws.String(c.Instances(stableGroup)[0])}},
	})
	must(t, err)
	c.Pass(2 * time.Minute)
	c.settled(tt, at(0))
	if c.versions() != "5 of 2" || c.Healthy(stableGroup) != 4 {
		t.Errorf("there are %s, and %d are healthy", c.versions(), c.Healthy(stableGroup))
	}
}
