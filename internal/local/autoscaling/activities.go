package autoscaling

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// begin writes down that something begins, and returns its id.
func (d *decision) begin(description, cause string) string {
	return d.g.begun(d.s.identifier(), d.now, description, cause)
}

// complete writes down how what a member's activity was about has ended.
func (d *decision) complete(m *member, status types.ScalingActivityStatusCode, message string) {
	d.g.completed(m.Activity, d.now, status, message)
}

func (g *group) begun(id string, now time.Time, description, cause string) string {
	g.Activities = append(g.Activities, types.Activity{
		ActivityId: &id, AutoScalingGroupName: g.Config.AutoScalingGroupName, AutoScalingGroupARN: g.Config.AutoScalingGroupARN, Description: &description,
		Cause: &cause, StartTime: &now, StatusCode: types.ScalingActivityStatusCodeInProgress, Progress: aws.Int32(50),
	})
	return id
}

func (g *group) completed(id string, now time.Time, status types.ScalingActivityStatusCode, message string) {
	if a := g.activity(id); a != nil {
		a.StatusCode, a.EndTime, a.Progress, a.StatusMessage = status, &now, aws.Int32(100), optional(message)
	}
}

func (g *group) described(id, description string) {
	if a := g.activity(id); a != nil {
		a.Description = &description
	}
}

func (g *group) activity(id string) *types.Activity {
	for i := range g.Activities {
		if *g.Activities[i].ActivityId == id {
			return &g.Activities[i]
		}
	}
	return nil
}

// DescribeScalingActivities is Auto Scaling's DescribeScalingActivities, newest first. Those of deleted groups are forgotten.
func (s *Service) DescribeScalingActivities(ctx context.Context, in *sdk.DescribeScalingActivitiesInput, _ ...func(*sdk.Options)) (*sdk.DescribeScalingActivitiesOutput, error) {
	return look(ctx, s, "DescribeScalingActivities", func() (*sdk.DescribeScalingActivitiesOutput, error) {
		if aws.ToBool(in.IncludeDeletedGroups) || len(in.Filters) > 0 {
			return nil, unsupported("activities of deleted groups, and filters of activities")
		}
		var all []types.Activity
		for _, g := range s.sortedGroups() {
			if in.AutoScalingGroupName == nil || *in.AutoScalingGroupName == g.name() {
				for _, a := range slices.Backward(g.Activities) {
					if len(in.ActivityIds) == 0 || slices.Contains(in.ActivityIds, *a.ActivityId) {
						all = append(all, a)
					}
				}
			}
		}
		slices.SortStableFunc(all, func(a, b types.Activity) int { return b.StartTime.Compare(*a.StartTime) })
		activities, next, err := page(all, in.NextToken, in.MaxRecords)
		return &sdk.DescribeScalingActivitiesOutput{Activities: activities, NextToken: next}, err
	})
}
