package autoscaling

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// A refresh is an instance refresh.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html
type refresh struct {
	ID     string
	Status types.InstanceRefreshStatus
	Reason string
	// Desired is the configuration as it was asked for; Goal, as it was understood. Nil: the group's own.
	Desired *types.DesiredConfiguration
	Goal    *configuration
	// Before is what the group had when the refresh began: what a rollback goes back to, whatever that is.
	Before      configuration
	Preferences types.RefreshPreferences
	// Surge: instances are launched before others are terminated, because a maximum was given.
	Surge            bool
	Started, Ended   time.Time
	Percentage, Left int
	// Reached is the last checkpoint, and PausedUntil when the refresh goes on behind it.
	Reached     int32
	PausedUntil time.Time
	BakedAt     time.Time
	// Stuck is since when it can't get on; zero while it can.
	Stuck time.Time
	// Told: EventBridge knows that it is being undone.
	Told bool
	// Wait: a cancellation waits for instances that are on their way.
	Wait     bool
	Rollback *types.RollbackDetails
}

// over reports whether the refresh has ended.
func (r *refresh) over() bool { return !r.Ended.IsZero() }

// backwards reports whether the refresh is being undone.
func (r *refresh) backwards() bool {
	return r.Status == types.InstanceRefreshStatusRollbackInProgress
}

// finish ends the refresh.
func (r *refresh) finish(status types.InstanceRefreshStatus, reason string, now time.Time) {
	r.Status, r.Ended = status, now
	if reason != "" {
		r.Reason = reason
	}
}

// goesBack begins to undo the refresh.
func (r *refresh) goesBack(reason string, now time.Time) {
	r.Rollback = &types.RollbackDetails{
		RollbackReason: &reason, RollbackStartTime: &now,
		PercentageCompleteOnRollback: aws.Int32(int32(r.Percentage)), InstancesToUpdateOnRollback: aws.Int32(int32(r.Left)),
	}
	r.Status, r.Reason, r.Stuck, r.PausedUntil = types.InstanceRefreshStatusRollbackInProgress, reason, time.Time{}, time.Time{}
}

// active is the refresh that has not ended, or nil.
func (g *group) active() *refresh {
	if last := len(g.Refreshes) - 1; last >= 0 && !g.Refreshes[last].over() {
		return &g.Refreshes[last]
	}
	return nil
}

// launches is what new instances are launched from, and the refresh that they belong to: while one is active, its
// configuration is also that of instances that are launched for any other reason.
func (g *group) launches() (configuration, string) {
	r := g.active()
	switch {
	case r == nil || r.Status == types.InstanceRefreshStatusCancelling:
		return g.configuration(), ""
	case r.backwards():
		return r.Before, ""
	case r.Goal != nil:
		return *r.Goal, r.ID
	default:
		return g.configuration(), r.ID
	}
}

// StartInstanceRefresh is Auto Scaling's StartInstanceRefresh, of strategy Rolling. It has no client token, and there is one at a time.
func (s *Service) StartInstanceRefresh(ctx context.Context, in *sdk.StartInstanceRefreshInput, _ ...func(*sdk.Options)) (*sdk.StartInstanceRefreshOutput, error) {
	return serve(ctx, s, "StartInstanceRefresh", func(ctx context.Context) (*sdk.StartInstanceRefreshOutput, error) {
		s.mu.Lock()
		g, err := s.group(in.AutoScalingGroupName)
		s.mu.Unlock()
		if err != nil {
			return nil, err
		}
		if g.active() != nil {
			return nil, anotherRefresh()
		}
		if err := s.checkRefresh(ctx, in); err != nil {
			return nil, err
		}
		planned := refresh{Desired: in.DesiredConfiguration}
		template, mixed := g.configuration().asked()
		if planned.Before, err = s.resolved(ctx, template, mixed); err != nil {
			return nil, err
		}
		if desired := in.DesiredConfiguration; desired != nil && (desired.LaunchTemplate != nil || desired.MixedInstancesPolicy != nil) {
			goal, err := s.resolved(ctx, desired.LaunchTemplate, desired.MixedInstancesPolicy)
			if err != nil {
				return nil, err
			}
			planned.Goal = &goal
		}
		if in.Preferences != nil && aws.ToBool(in.Preferences.AutoRollback) {
			if why := planned.irreversible(); why != "" {
				return nil, validation("%s", why)
			}
		}
		return changed(s, in.AutoScalingGroupName, func(g *group) (*sdk.StartInstanceRefreshOutput, error) {
			if g.active() != nil {
				return nil, anotherRefresh()
			}
			planned.ID, planned.Status = s.identifier(), types.InstanceRefreshStatusPending
			planned.Started = s.now()
			planned.Preferences, planned.Surge = g.preferences(in.Preferences)
			if err := checkHealthyRange(planned.Preferences.MinHealthyPercentage, planned.Preferences.MaxHealthyPercentage); err != nil {
				return nil, err
			}
			g.Refreshes = append(g.Refreshes, planned)
			return &sdk.StartInstanceRefreshOutput{InstanceRefreshId: &planned.ID}, nil
		})
	})
}

func anotherRefresh() error {
	return refreshInProgress("An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.")
}

// irreversible says why the refresh can't be rolled back; empty when it can.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html
func (r *refresh) irreversible() string {
	switch {
	case r.Goal == nil:
		return "A rollback is not possible because no desired configuration is specified for the instance refresh."
	case r.Before.Movable || r.Goal.Movable:
		return "A rollback is not possible because a launch template uses the version $Latest or $Default, or a Systems Manager parameter instead of an AMI ID."
	default:
		return ""
	}
}

// preferences are those of a refresh, with the defaults of AWS and of the group's maintenance policy. Surge says whether a maximum was given.
func (g *group) preferences(given *types.RefreshPreferences) (preferences types.RefreshPreferences, surge bool) {
	if given != nil {
		preferences = *given
	}
	p := &preferences
	var policy types.InstanceMaintenancePolicy
	if g.Config.InstanceMaintenancePolicy != nil {
		policy = *g.Config.InstanceMaintenancePolicy
	}
	if p.MinHealthyPercentage == nil && p.MaxHealthyPercentage == nil {
		p.MaxHealthyPercentage = policy.MaxHealthyPercentage
	}
	surge = p.MaxHealthyPercentage != nil
	p.MinHealthyPercentage = either(either(p.MinHealthyPercentage, policy.MinHealthyPercentage), aws.Int32(90))
	p.MaxHealthyPercentage = either(p.MaxHealthyPercentage, aws.Int32(100))
	p.InstanceWarmup = either(p.InstanceWarmup, either(g.Config.DefaultInstanceWarmup, g.Config.HealthCheckGracePeriod))
	if len(p.CheckpointPercentages) > 0 {
		p.CheckpointDelay = either(p.CheckpointDelay, aws.Int32(3600))
	}
	p.SkipMatching = either(p.SkipMatching, aws.Bool(false))
	p.AutoRollback = either(p.AutoRollback, aws.Bool(false))
	p.BakeTime = either(p.BakeTime, aws.Int32(0))
	p.ScaleInProtectedInstances = cmp.Or(p.ScaleInProtectedInstances, types.ScaleInProtectedInstancesWait)
	p.StandbyInstances = cmp.Or(p.StandbyInstances, types.StandbyInstancesWait)
	return preferences, surge
}

// DescribeInstanceRefreshes is Auto Scaling's DescribeInstanceRefreshes, newest first.
func (s *Service) DescribeInstanceRefreshes(ctx context.Context, in *sdk.DescribeInstanceRefreshesInput, _ ...func(*sdk.Options)) (*sdk.DescribeInstanceRefreshesOutput, error) {
	return look(ctx, s, "DescribeInstanceRefreshes", func() (*sdk.DescribeInstanceRefreshesOutput, error) {
		g, err := s.group(in.AutoScalingGroupName)
		if err != nil {
			return nil, err
		}
		var all []types.InstanceRefresh
		for _, r := range slices.Backward(g.Refreshes) {
			if len(in.InstanceRefreshIds) == 0 || slices.Contains(in.InstanceRefreshIds, r.ID) {
				all = append(all, r.told(g))
			}
		}
		refreshes, next, err := page(all, in.NextToken, in.MaxRecords)
		return &sdk.DescribeInstanceRefreshesOutput{InstanceRefreshes: refreshes, NextToken: next}, err
	})
}

// told is the refresh as it is described.
func (r refresh) told(g *group) types.InstanceRefresh {
	told := types.InstanceRefresh{
		AutoScalingGroupName: g.Config.AutoScalingGroupName, InstanceRefreshId: &r.ID, Status: r.Status, StatusReason: optional(r.Reason), Strategy: types.RefreshStrategyRolling,
		DesiredConfiguration: r.Desired, Preferences: &r.Preferences, RollbackDetails: r.Rollback, StartTime: &r.Started,
		PercentageComplete: aws.Int32(int32(r.Percentage)), InstancesToUpdate: aws.Int32(int32(r.Left)),
	}
	if r.over() {
		told.EndTime = &r.Ended
	}
	return told
}

// CancelInstanceRefresh is Auto Scaling's CancelInstanceRefresh: what was replaced stays so, and the group keeps its old configuration.
func (s *Service) CancelInstanceRefresh(ctx context.Context, in *sdk.CancelInstanceRefreshInput, _ ...func(*sdk.Options)) (*sdk.CancelInstanceRefreshOutput, error) {
	return change(ctx, s, "CancelInstanceRefresh", in.AutoScalingGroupName, func(g *group) (*sdk.CancelInstanceRefreshOutput, error) {
		r := g.active()
		if r == nil {
			return nil, noActiveRefresh(g.name())
		}
		r.Status, r.Reason = types.InstanceRefreshStatusCancelling, "Cancelled by user."
		r.Wait = in.WaitForTransitioningInstances == nil || *in.WaitForTransitioningInstances
		return &sdk.CancelInstanceRefreshOutput{InstanceRefreshId: &r.ID}, nil
	})
}

// RollbackInstanceRefresh is Auto Scaling's RollbackInstanceRefresh, of a refresh that has not ended: back to what the group had when it began.
func (s *Service) RollbackInstanceRefresh(ctx context.Context, in *sdk.RollbackInstanceRefreshInput, _ ...func(*sdk.Options)) (*sdk.RollbackInstanceRefreshOutput, error) {
	return change(ctx, s, "RollbackInstanceRefresh", in.AutoScalingGroupName, func(g *group) (*sdk.RollbackInstanceRefreshOutput, error) {
		r := g.active()
		if r == nil || r.Status == types.InstanceRefreshStatusCancelling {
			return nil, noActiveRefresh(g.name())
		}
		if why := r.irreversible(); why != "" {
			return nil, irreversible(why)
		}
		if !r.backwards() {
			r.goesBack("Instance refresh was rolled back by user.", s.now())
		}
		return &sdk.RollbackInstanceRefreshOutput{InstanceRefreshId: &r.ID}, nil
	})
}
