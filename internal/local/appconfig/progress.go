package appconfig

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
)

// revertLimit is for how long a completed deployment can be reverted
// (https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_StopDeployment.html).
const revertLimit = 72 * time.Hour

func minutes(n int32) time.Duration { return time.Duration(n) * time.Minute }

// inProgress reports whether a deployment keeps its environment busy.
func inProgress(state types.DeploymentState) bool {
	return state == types.DeploymentStateDeploying || state == types.DeploymentStateBaking
}

// everywhere is when every client can get what is deployed, and completed when its bake time is over.
func (d deployment) everywhere() time.Time { return d.Started.Add(d.Lasts) }
func (d deployment) completed() time.Time  { return d.everywhere().Add(minutes(d.Strategy.Bake)) }

// state is where a deployment is.
func (d deployment) state(now time.Time) types.DeploymentState {
	switch {
	case !d.Stopped.IsZero() && d.WasComplete:
		return types.DeploymentStateReverted
	case !d.Stopped.IsZero():
		return types.DeploymentStateRolledBack
	case now.Before(d.everywhere()):
		return types.DeploymentStateDeploying
	case now.Before(d.completed()):
		return types.DeploymentStateBaking
	default:
		return types.DeploymentStateComplete
	}
}

// stop ends a deployment.
func (d deployment) stop(now time.Time, by types.TriggeredBy) deployment {
	d.WasComplete = d.state(now) == types.DeploymentStateComplete
	d.Stopped, d.StoppedBy = now, by
	return d
}

// inForce reports whether agents get what was deployed, at a time: not before every client does, and not after it was stopped.
func (d deployment) inForce(at time.Time) bool {
	return !at.Before(d.everywhere()) && (d.Stopped.IsZero() || at.Before(d.Stopped) && !d.Stopped.Before(d.everywhere()))
}

// percent is the share of clients that can get what is deployed. In time t of T, with growth factor G: linearly
// G for every G/100 of T that has begun; exponentially G·2^N, with N the same of steps as long as T over log2(100/G)
// (https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-deployment-strategy.html).
func (d deployment) percent(now time.Time) float32 {
	switch {
	case !d.Stopped.IsZero():
		return 0
	case !now.Before(d.everywhere()):
		return 100
	}
	passed := float64(now.Sub(d.Started)) / float64(d.Lasts)
	growth := float64(d.Strategy.Growth)
	if d.Strategy.Type == types.GrowthTypeExponential {
		steps := math.Max(1, math.Log2(100/growth))
		return float32(math.Min(100, growth*math.Pow(2, math.Floor(passed*steps))))
	}
	return float32(math.Min(100, growth*(1+math.Floor(passed*100/growth))))
}

// described is a deployment as GetDeployment tells of it.
func (s *Service) described(d deployment) sdk.GetDeploymentOutput {
	now := s.now()
	out := sdk.GetDeploymentOutput{
		ApplicationId: &d.Application, EnvironmentId: &d.Environment, ConfigurationProfileId: &d.Profile, ConfigurationName: &d.ProfileName,
		ConfigurationLocationUri: aws.String(hosted), ConfigurationVersion: aws.String(strconv.Itoa(int(d.Version))), VersionLabel: optional(d.Label),
		DeploymentNumber: d.Number, DeploymentStrategyId: &d.Strategy.ID, Description: optional(d.Description),
		DeploymentDurationInMinutes: d.Strategy.Duration, FinalBakeTimeInMinutes: d.Strategy.Bake, GrowthFactor: &d.Strategy.Growth, GrowthType: d.Strategy.Type,
		StartedAt: aws.Time(d.Started), State: d.state(now), PercentageComplete: aws.Float32(d.percent(now)),
	}
	note := func(at time.Time, what types.DeploymentEventType, by types.TriggeredBy) {
		out.EventLog = append(out.EventLog, types.DeploymentEvent{EventType: what, OccurredAt: aws.Time(at), TriggeredBy: by})
	}
	note(d.Started, types.DeploymentEventTypeDeploymentStarted, types.TriggeredByUser)
	until := now
	if !d.Stopped.IsZero() {
		until = d.Stopped
	}
	if !until.Before(d.everywhere()) {
		note(d.everywhere(), types.DeploymentEventTypeBakeTimeStarted, types.TriggeredByAppconfig)
	}
	if !until.Before(d.completed()) {
		note(d.completed(), types.DeploymentEventTypeDeploymentCompleted, types.TriggeredByAppconfig)
		out.CompletedAt = aws.Time(d.completed())
	}
	switch out.State {
	case types.DeploymentStateRolledBack:
		note(d.Stopped, types.DeploymentEventTypeRollbackStarted, d.StoppedBy)
		note(d.Stopped, types.DeploymentEventTypeRollbackCompleted, types.TriggeredByAppconfig)
		out.CompletedAt = aws.Time(d.Stopped)
	case types.DeploymentStateReverted:
		note(d.Stopped, types.DeploymentEventTypeRevertCompleted, d.StoppedBy)
	}
	slices.Reverse(out.EventLog) // AWS: the most recent first
	return out
}
