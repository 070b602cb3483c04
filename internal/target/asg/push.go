package asg

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// push makes one call that brings the group nearer to what is wanted, unless AWS is busy with that already.
func (r *refresh) push(ctx context.Context, present course) error {
	name := present.group.Name
	version, _ := present.goal()
	group := aws.String(name)
	switch {
	case present.reached() || fleet.IsActive(present.last) && r.suits(present, version):
		return nil
	case !fleet.IsActive(present.last):
		return r.start(ctx, present, version)
	case present.last.Status == types.InstanceRefreshStatusCancelling || present.last.Status == types.InstanceRefreshStatusRollbackInProgress:
		return nil // it ends, and then another one starts
	case version == present.group.Version && desired(present.last) != version:
		_, err := call.Do(ctx, "autoscaling: roll back the instance refresh of group "+name, r.autoScaling.RollbackInstanceRefresh, &autoscaling.RollbackInstanceRefreshInput{AutoScalingGroupName: group})
		if !call.Is[*types.IrreversibleInstanceRefreshFault](err) {
			return gone(err)
		}
		fallthrough // it can only be stopped; a refresh to the old version follows
	default:
		_, err := call.Do(ctx, "autoscaling: cancel the instance refresh of group "+name, r.autoScaling.CancelInstanceRefresh, &autoscaling.CancelInstanceRefreshInput{AutoScalingGroupName: group})
		return gone(err)
	}
}

// gone is nil when there is no refresh any more: the next look tells.
func gone(err error) error {
	if call.Is[*types.ActiveInstanceRefreshNotFoundFault](err) {
		return nil
	}
	return err
}

// suits reports whether an active refresh leads to what is wanted by itself.
func (r *refresh) suits(present course, version string) bool {
	if present.last.Status == types.InstanceRefreshStatusCancelling {
		return false
	}
	if present.last.Status == types.InstanceRefreshStatusRollbackInProgress {
		return version != desired(present.last)
	}
	return desired(present.last) == version && slices.Equal(checkpointsOf(present.last), r.checkpoints(present.wanted))
}

func checkpointsOf(refresh *types.InstanceRefresh) []int32 {
	if refresh.Preferences == nil {
		return nil
	}
	return refresh.Preferences.CheckpointPercentages
}

// checkpoints are the wanted weight, the steps after it, and 100; none when all instances are replaced. Weights are whole percents here.
func (r *refresh) checkpoints(wanted intention) []int32 {
	if wanted.split().IsPure() {
		return nil
	}
	points := []int32{int32(max(math.Ceil(wanted.weight), 1))}
	for _, step := range r.document.Strategy.Steps {
		if point := int32(math.Ceil(step.Weight)); point > points[len(points)-1] && point < 100 {
			points = append(points, point)
		}
	}
	return append(points, 100)
}

// start begins a refresh to a version. Where it goes back, no alarm and no rollback may stop it.
func (r *refresh) start(ctx context.Context, present course, version string) error {
	preferences := &types.RefreshPreferences{
		MinHealthyPercentage: aws.Int32(minimumHealthy), MaxHealthyPercentage: aws.Int32(maximumHealthy), SkipMatching: aws.Bool(true),
		ScaleInProtectedInstances: types.ScaleInProtectedInstancesRefresh, StandbyInstances: types.StandbyInstancesTerminate,
	}
	if version == present.wanted.canary {
		preferences.AutoRollback = aws.Bool(true)
		if alarms := r.document.Analysis.Alarms; len(alarms) > 0 && !r.isReturn() {
			preferences.AlarmSpecification = &types.AlarmSpecification{Alarms: alarms}
		}
	}
	if points := r.checkpoints(present.wanted); len(points) > 0 {
		preferences.CheckpointPercentages, preferences.CheckpointDelay = points, aws.Int32(checkpointDelay)
	}
	configuration := &types.DesiredConfiguration{}
	if mixed := present.group.Mixed(); mixed != nil {
		configuration.MixedInstancesPolicy = fleet.Pinned(mixed, version)
	} else {
		configuration.LaunchTemplate = &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String(present.group.TemplateID), Version: aws.String(version)}
	}
	_, err := call.Do(ctx, fmt.Sprintf("autoscaling: start an instance refresh of group %s to version %s", present.group.Name, version), r.autoScaling.StartInstanceRefresh, &autoscaling.StartInstanceRefreshInput{
		AutoScalingGroupName: aws.String(present.group.Name), Strategy: types.RefreshStrategyRolling, DesiredConfiguration: configuration, Preferences: preferences,
	})
	if call.Is[*types.InstanceRefreshInProgressFault](err) {
		return nil // somebody was faster: the next look tells whether it is ours
	}
	return err
}
