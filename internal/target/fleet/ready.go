package fleet

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// tries is how many launches of a group may fail, or how many of its instances may be replaced because they are not healthy, before
// the version is given up: Auto Scaling itself would go on for ever.
const tries = 3

// Ready reports whether a group has all instances it should have, each of them InService, and healthy in targetGroup unless that is empty; why
// says what is not so yet. A group whose launches fail, or whose instances are replaced again and again, is a KindUnhealthy failure with the
// reason that Auto Scaling gives.
func (f *Fleet) Ready(ctx context.Context, group Group, targetGroup string) (ready bool, why string, err error) {
	present, err := f.Named(ctx, group.Name)
	if err != nil {
		return false, "", err
	}
	if !present.Exists() || present.Deleting {
		return false, "", release.Fail(release.KindUnhealthy, "group %s is gone", group.Name).WithHint("CloudTrail's event DeleteAutoScalingGroup says who deleted it")
	}
	if why, err = f.lacking(ctx, present, targetGroup); err != nil || why == "" {
		return why == "", "", err
	}
	return false, why, f.hopeless(ctx, present)
}

// lacking says what keeps a group from being ready; empty when nothing does.
func (f *Fleet) lacking(ctx context.Context, group Group, targetGroup string) (string, error) {
	if group.InService < group.Desired || group.InService < len(group.Instances) {
		return fmt.Sprintf("%d of %d instances of group %s are in service", group.InService, max(group.Desired, len(group.Instances)), group.Name), nil
	}
	if targetGroup == "" {
		return "", nil
	}
	states, err := f.Health(ctx, targetGroup)
	if err != nil {
		return "", err
	}
	healthy, worst := 0, ""
	for _, instance := range group.Instances {
		state := states[instance.ID]
		if state.Healthy() {
			healthy++
		} else if worst == "" {
			worst = fmt.Sprintf("%s is %s", instance.ID, state)
		}
	}
	if healthy == len(group.Instances) {
		return "", nil
	}
	return fmt.Sprintf("%d of %d instances of group %s are healthy in %s; %s", healthy, len(group.Instances), group.Name, targetGroupName(targetGroup), worst), nil
}

// A Health is what a target group says of an instance; the zero Health of one that is not registered.
type Health struct {
	// State is one of Elastic Load Balancing's: initial, healthy, unhealthy, unused, draining and others.
	State string
	// Reason is why it is not healthy.
	Reason string
}

// Healthy reports whether the instance gets requests as it should.
func (h Health) Healthy() bool { return h.State == string(elbtypes.TargetHealthStateEnumHealthy) }

// Draining reports whether the instance answers its last requests.
func (h Health) Draining() bool {
	return h.State == string(elbtypes.TargetHealthStateEnumDraining) || h.State == string(elbtypes.TargetHealthStateEnumUnhealthyDraining)
}

// String says it in a phrase.
func (h Health) String() string {
	switch {
	case h.State == "":
		return "not registered"
	case h.Reason == "":
		return h.State
	default:
		return h.State + " (" + h.Reason + ")"
	}
}

// Health is what a target group says of each of its targets, by instance id.
func (f *Fleet) Health(ctx context.Context, targetGroup string) (map[string]Health, error) {
	output, err := call.Do(ctx, "elasticloadbalancing: read the health of "+targetGroupName(targetGroup), f.targetGroups.DescribeTargetHealth,
		&elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: aws.String(targetGroup)})
	if err != nil {
		return nil, err
	}
	states := make(map[string]Health, len(output.TargetHealthDescriptions))
	for _, one := range output.TargetHealthDescriptions {
		if one.Target == nil || one.TargetHealth == nil {
			continue
		}
		health := Health{State: string(one.TargetHealth.State), Reason: aws.ToString(one.TargetHealth.Description)}
		if health.Reason == "" {
			health.Reason = string(one.TargetHealth.Reason)
		}
		states[aws.ToString(one.Target.Id)] = health
	}
	return states, nil
}

// hopeless is a KindUnhealthy failure when a group has been repaired too often since it was made.
func (f *Fleet) hopeless(ctx context.Context, group Group) error {
	activities, err := f.activities(ctx, group.Name, group.Created)
	if err != nil {
		return err
	}
	failed, replaced, last := 0, 0, ""
	for _, activity := range activities { // the newest first
		why := ""
		switch {
		case activity.StatusCode == types.ScalingActivityStatusCodeFailed:
			failed++
			why = aws.ToString(activity.StatusMessage)
		case isRepair(activity):
			replaced++
			why = aws.ToString(activity.Cause)
		}
		if last == "" {
			last = why
		}
	}
	if failed < tries && replaced < tries {
		return nil
	}
	return release.Fail(release.KindUnhealthy, "group %s does not come up: %d launches failed, and %d instances were replaced because they were not healthy; the last time: %s", group.Name, failed, replaced, last).
		WithHint("start an instance of the version by hand and look at its log")
}

// isRepair reports whether an activity takes an instance away that was not healthy, see
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html
func isRepair(activity types.Activity) bool {
	return strings.HasPrefix(aws.ToString(activity.Description), "Terminating EC2 instance") && strings.Contains(aws.ToString(activity.Cause), "health check")
}

// activitiesPages bounds how many pages of a hundred are read.
const activitiesPages = 10

// activities lists what a group did since a time, the newest first.
func (f *Fleet) activities(ctx context.Context, group string, since time.Time) ([]types.Activity, error) {
	input := &autoscaling.DescribeScalingActivitiesInput{AutoScalingGroupName: aws.String(group), MaxRecords: aws.Int32(100)}
	var activities []types.Activity
	for range activitiesPages {
		page, err := call.Do(ctx, "autoscaling: read what group "+group+" did", f.autoScaling.DescribeScalingActivities, input)
		if err != nil {
			return nil, err
		}
		for _, activity := range page.Activities {
			if aws.ToTime(activity.StartTime).Before(since) {
				return activities, nil
			}
			activities = append(activities, activity)
		}
		if aws.ToString(page.NextToken) == "" {
			break
		}
		input.NextToken = page.NextToken
	}
	return activities, nil
}
