package asg_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
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
