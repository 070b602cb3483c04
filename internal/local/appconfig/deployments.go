package appconfig

import (
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
)

// StartDeployment is AppConfig's StartDeployment: one at a time in an environment, bake time included.
func (s *Service) StartDeployment(ctx context.Context, in *sdk.StartDeploymentInput, _ ...func(*sdk.Options)) (*sdk.StartDeploymentOutput, error) {
	return serve(ctx, s, "StartDeployment", func() (*sdk.StartDeploymentOutput, error) {
		to, err := s.environment(in.ApplicationId, in.EnvironmentId)
		if err != nil {
			return nil, err
		}
		of, err := s.profile(in.ApplicationId, in.ConfigurationProfileId)
		if err != nil {
			return nil, err
		}
		by, err := s.strategy(in.DeploymentStrategyId)
		if err != nil {
			return nil, err
		}
		what, err := s.versionNamed(of, aws.ToString(in.ConfigurationVersion))
		if err != nil {
			return nil, err
		}
		switch {
		case in.KmsKeyIdentifier != nil, len(in.DynamicExtensionParameters) > 0:
			return nil, unsupported("keys and extensions")
		case s.stateOf(to) == types.EnvironmentStateDeploying:
			return nil, conflict("Environment %s has deployment %d in progress.", to.ID, to.LastDeployment)
		}
		to.LastDeployment++
		made := deployment{
			Application: to.Application, Environment: to.ID, Profile: of.ID, ProfileName: of.Name, Number: to.LastDeployment, Strategy: by,
			Description: aws.ToString(in.Description), Version: what.Number, Label: what.Label, Content: what.Content,
			Started: s.now(), Lasts: max(minutes(by.Duration), s.options.DeployDuration),
		}
		err = s.commit(
			entry{"environment/" + to.Application + "/" + to.ID, to},
			entry{"deployment/" + numbered(to.Application, to.ID, made.Number), made},
			entry{"tags/" + s.arn("application/"+to.Application+"/environment/"+to.ID+"/deployment/"+strconv.Itoa(int(made.Number))), tags(in.Tags)},
		)
		out := sdk.StartDeploymentOutput(s.described(made))
		return &out, err
	})
}

// GetDeployment is AppConfig's GetDeployment.
func (s *Service) GetDeployment(ctx context.Context, in *sdk.GetDeploymentInput, _ ...func(*sdk.Options)) (*sdk.GetDeploymentOutput, error) {
	return serve(ctx, s, "GetDeployment", func() (*sdk.GetDeploymentOutput, error) {
		found, err := s.deployment(in.ApplicationId, in.EnvironmentId, in.DeploymentNumber)
		if err != nil {
			return nil, err
		}
		out := s.described(found)
		return &out, nil
	})
}

// ListDeployments is AppConfig's ListDeployments, the youngest first.
func (s *Service) ListDeployments(ctx context.Context, in *sdk.ListDeploymentsInput, _ ...func(*sdk.Options)) (*sdk.ListDeploymentsOutput, error) {
	return serve(ctx, s, "ListDeployments", func() (*sdk.ListDeploymentsOutput, error) {
		of, err := s.environment(in.ApplicationId, in.EnvironmentId)
		if err != nil {
			return nil, err
		}
		all := below(s.books.deployments, of.Application+"/"+of.ID+"/")
		slices.Reverse(all)
		out := &sdk.ListDeploymentsOutput{}
		found, next, err := page(all, in.MaxResults, in.NextToken)
		for _, one := range found {
			whole := s.described(one)
			out.Items = append(out.Items, types.DeploymentSummary{
				ConfigurationName: whole.ConfigurationName, ConfigurationVersion: whole.ConfigurationVersion, DeploymentNumber: whole.DeploymentNumber,
				DeploymentDurationInMinutes: whole.DeploymentDurationInMinutes, FinalBakeTimeInMinutes: whole.FinalBakeTimeInMinutes,
				GrowthFactor: whole.GrowthFactor, GrowthType: whole.GrowthType, PercentageComplete: whole.PercentageComplete,
				StartedAt: whole.StartedAt, CompletedAt: whole.CompletedAt, State: whole.State, VersionLabel: whole.VersionLabel,
			})
		}
		out.NextToken = next
		return out, err
	})
}

// StopDeployment is AppConfig's StopDeployment: it rolls back a deployment that is DEPLOYING, and with AllowRevert one that is BAKING, too, and
// reverts one that was completed within 72 hours.
func (s *Service) StopDeployment(ctx context.Context, in *sdk.StopDeploymentInput, _ ...func(*sdk.Options)) (*sdk.StopDeploymentOutput, error) {
	return serve(ctx, s, "StopDeployment", func() (*sdk.StopDeploymentOutput, error) {
		found, err := s.deployment(in.ApplicationId, in.EnvironmentId, in.DeploymentNumber)
		if err != nil {
			return nil, err
		}
		now := s.now()
		state := found.state(now)
		switch {
		case state == types.DeploymentStateDeploying:
		case !inProgress(state) && state != types.DeploymentStateComplete:
			return nil, badRequest("Deployment %d is %s.", found.Number, state)
		case !aws.ToBool(in.AllowRevert):
			return nil, badRequest("Deployment %d is %s: it can be stopped with AllowRevert.", found.Number, state)
		case inProgress(state):
		case now.Sub(found.completed()) > revertLimit:
			return nil, badRequest("Deployment %d was completed more than %d hours ago.", found.Number, int(revertLimit.Hours()))
		case found.Number != s.lastOf(found):
			return nil, badRequest("Deployment %d is not the latest of its configuration.", found.Number)
		}
		stopped := found.stop(now, types.TriggeredByUser)
		out := sdk.StopDeploymentOutput(s.described(stopped))
		return &out, s.commit(entry{"deployment/" + numbered(stopped.Application, stopped.Environment, stopped.Number), stopped})
	})
}

// RaiseAlarm is what happens when an alarm goes off that an environment monitors: a deployment in progress there is rolled back. It reports whether
// there was one.
func (s *Service) RaiseAlarm(alarmARN string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rolledBack := false
	for _, of := range below(s.books.environments, "") {
		if !slices.ContainsFunc(of.Monitors, func(monitor types.Monitor) bool { return aws.ToString(monitor.AlarmArn) == alarmARN }) || of.LastDeployment == 0 {
			continue
		}
		key := numbered(of.Application, of.ID, of.LastDeployment)
		last := s.books.deployments[key]
		if !inProgress(last.state(s.now())) {
			continue
		}
		if err := s.commit(entry{"deployment/" + key, last.stop(s.now(), types.TriggeredByCloudwatchAlarm)}); err != nil {
			return rolledBack, err
		}
		rolledBack = true
	}
	return rolledBack, nil
}

func (s *Service) deployment(app, in *string, number *int32) (deployment, error) {
	of, err := s.environment(app, in)
	if err != nil {
		return deployment{}, err
	}
	found, ok := s.books.deployments[numbered(of.Application, of.ID, aws.ToInt32(number))]
	if !ok {
		return deployment{}, notFound("Could not find deployment %d of environment %s", aws.ToInt32(number), of.ID)
	}
	return found, nil
}

// lastOf is the number of the youngest deployment of the same profile to the same environment.
func (s *Service) lastOf(one deployment) int32 {
	last := one.Number
	for _, other := range below(s.books.deployments, one.Application+"/"+one.Environment+"/") {
		if other.Profile == one.Profile {
			last = other.Number
		}
	}
	return last
}

// stateOf is an environment's state: that of its youngest deployment.
func (s *Service) stateOf(of environment) types.EnvironmentState {
	last, ok := s.books.deployments[numbered(of.Application, of.ID, of.LastDeployment)]
	if !ok {
		return types.EnvironmentStateReadyForDeployment
	}
	switch state := last.state(s.now()); {
	case inProgress(state):
		return types.EnvironmentStateDeploying
	case state == types.DeploymentStateRolledBack:
		return types.EnvironmentStateRolledBack
	case state == types.DeploymentStateReverted:
		return types.EnvironmentStateReverted
	default:
		return types.EnvironmentStateReadyForDeployment
	}
}
