package fleet_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

// TestNotesTellWhatTheGroupDoesNotHeed: a version that can't answer would be waited for, and never replaced.
func TestNotesTellWhatTheGroupDoesNotHeed(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	for checks, told := range map[string]bool{"EC2": true, "EBS": true, "ELB": false, "EBS,ELB": false} {
		f := fleetSeeing(c, func(group *types.AutoScalingGroup) { group.HealthCheckType = aws.String(checks) })
		group, err := f.Named(t.Context(), "web")
		must(t, err)
		notes, err := f.Notes(t.Context(), group)
		must(t, err)
		if text := fmt.Sprint(notes); strings.Contains(text, "does not heed the load balancer's health checks (its health check type is "+checks+")") != told {
			t.Errorf("health checks of type %s: the notes are %q", checks, notes)
		}
	}
}

// TestNotesTellOfInstancesOfOtherVersions: a group's template is for later launches, and a cancelled refresh leaves what it has replaced.
func TestNotesTellOfInstancesOfOtherVersions(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	c.Version(c.images["3"])
	_, err := c.AutoScaling.UpdateAutoScalingGroup(fleettest.Foreign(), &autoscaling.UpdateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String("web"), LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String(c.Template), Version: aws.String("3")},
	})
	must(t, err)
	notes, err := c.fleet().Notes(t.Context(), c.named("web"))
	must(t, err)
	if text := fmt.Sprint(notes); !strings.Contains(text, "2 of 2 instances of group web are not of its version 3 (") || !strings.Contains(text, " of 2, ") {
		t.Errorf("the notes are %q", notes)
	}
}

// TestAGroupThatIsBeingRefreshedIsUnfit: it has instances of two versions, and AWS does not detach it meanwhile.
func TestAGroupThatIsBeingRefreshedIsUnfit(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	_, err := c.AutoScaling.StartInstanceRefresh(fleettest.Foreign(), &autoscaling.StartInstanceRefreshInput{AutoScalingGroupName: aws.String("web")})
	must(t, err)
	unfit := func() string {
		reasons, err := c.fleet().Unfit(t.Context(), c.named("web"))
		must(t, err)
		return fmt.Sprint(reasons)
	}
	if got := unfit(); !strings.Contains(got, "is being changed by instance refresh") || !strings.Contains(got, "cancel-instance-refresh --auto-scaling-group-name web") {
		t.Errorf("it says %s", got)
	}
	c.Pass(2 * time.Hour)
	if got := unfit(); got != "[]" {
		t.Errorf("when the refresh is over, it says %s", got)
	}
}

func TestNotesTellOfPoliciesThatNobodyCallsInTheClone(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 1, func(in *autoscaling.CreateAutoScalingGroupInput) { in.HealthCheckType = aws.String("ELB") })
	c.furnish()
	notes, err := c.fleet().Notes(t.Context(), c.named("web"))
	must(t, err)
	if len(notes) != 1 || !strings.Contains(notes[0], "scaling policy step") {
		t.Errorf("the notes are %q", notes)
	}
}
