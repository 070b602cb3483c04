package apigateway

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// CreateDeployment makes a snapshot of the API's resources. With a stage, that leads to it at once; with canary settings, only the stage's
// canary does, and the stage must exist.
func (s *Service) CreateDeployment(ctx context.Context, in *sdk.CreateDeploymentInput, _ ...func(*sdk.Options)) (*sdk.CreateDeploymentOutput, error) {
	return change(ctx, s, "CreateDeployment", func() (*sdk.CreateDeploymentOutput, error) {
		if wait := s.deployed.Add(s.options.DeploymentInterval).Sub(s.options.Clock.Now()); wait > 0 {
			return nil, tooMany(fmt.Sprint(int((wait + time.Second - 1) / time.Second)))
		}
		api, err := s.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		if err := api.deployable(); err != nil {
			return nil, err
		}
		if aws.ToBool(in.CacheClusterEnabled) || in.CacheClusterSize != "" || aws.ToBool(in.TracingEnabled) {
			return nil, unsupported("caches and traces")
		}
		made := deploymentRecord{API: api.ID, ID: s.identifier(deploymentIDLength), Description: aws.ToString(in.Description), Created: s.now(), Resources: api.Resources}
		records := map[string]any{deploymentKey(api.ID, made.ID): made}
		if name := aws.ToString(in.StageName); name != "" {
			stage, err := s.deployTo(api, name, made.ID, in)
			if err != nil {
				return nil, err
			}
			records[stageKey(api.ID, name)] = stage
		} else if in.CanarySettings != nil || len(in.Variables) > 0 || in.StageDescription != nil {
			return nil, invalid("Stage name must be specified when the settings of a stage are")
		}
		if err := s.commit(records); err != nil {
			return nil, err
		}
		s.deployed = s.options.Clock.Now()
		return &sdk.CreateDeploymentOutput{Id: aws.String(made.ID), Description: optional(made.Description), CreatedDate: aws.Time(made.Created)}, nil
	})
}

// deployTo is the stage once it leads to a deployment: a new one, or as it was but for that.
func (s *Service) deployTo(api apiRecord, name, deployment string, in *sdk.CreateDeploymentInput) (stageRecord, error) {
	stage, exists := s.books.stages[stageKey(api.ID, name)]
	switch {
	case !exists && in.CanarySettings != nil:
		return stageRecord{}, invalid("Stage %s must already be created before making a canary release deployment", name)
	case exists && stage.Canary != nil && in.CanarySettings == nil:
		return stageRecord{}, invalid("Non canary deployment not supported on stage %s because Canary is enabled. Provide CanarySettings in deploymentInput", name)
	case exists && (len(in.Variables) > 0 || in.StageDescription != nil):
		return stageRecord{}, unsupported("deployments that change the variables or the description of a stage that exists")
	case !exists:
		return stageRecord{
			API: api.ID, Name: name, Deployment: deployment, Description: aws.ToString(in.StageDescription), Variables: in.Variables,
			Created: s.now(), Updated: s.now(), Changed: s.options.Clock.Now(),
		}, nil
	}
	if err := s.isBusy(stage); err != nil {
		return stageRecord{}, err
	}
	stage.Updated, stage.Changed = s.now(), s.options.Clock.Now()
	if settings := in.CanarySettings; settings != nil {
		if settings.PercentTraffic < 0 || settings.PercentTraffic > 100 {
			return stageRecord{}, invalid("Percent traffic must be between 0.0 and 100.0")
		}
		stage.Canary = &canaryRecord{
			Deployment: deployment, Percent: settings.PercentTraffic, Overrides: settings.StageVariableOverrides, UseStageCache: settings.UseStageCache,
		}
		return stage, nil
	}
	stage.Deployment = deployment
	return stage, nil
}

// deployable is why the API can't be deployed; nil when it can.
func (a apiRecord) deployable() error {
	methods := 0
	for _, resource := range a.Resources {
		for _, method := range resource.Methods {
			if methods++; method.Integration == nil {
				return invalid("No integration defined for method")
			}
		}
	}
	if methods == 0 {
		return invalid("The REST API doesn't contain any methods")
	}
	return nil
}

// GetDeployment describes a deployment.
func (s *Service) GetDeployment(ctx context.Context, in *sdk.GetDeploymentInput, _ ...func(*sdk.Options)) (*sdk.GetDeploymentOutput, error) {
	return read(ctx, s, "GetDeployment", func() (*sdk.GetDeploymentOutput, error) {
		deployment, err := s.deployment(in.RestApiId, in.DeploymentId)
		if err != nil {
			return nil, err
		}
		return &sdk.GetDeploymentOutput{Id: aws.String(deployment.ID), Description: optional(deployment.Description), CreatedDate: aws.Time(deployment.Created)}, nil
	})
}

// GetDeployments lists an API's deployments, in no order of time.
func (s *Service) GetDeployments(ctx context.Context, in *sdk.GetDeploymentsInput, _ ...func(*sdk.Options)) (*sdk.GetDeploymentsOutput, error) {
	return read(ctx, s, "GetDeployments", func() (*sdk.GetDeploymentsOutput, error) {
		api, err := s.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		var all []types.Deployment
		for _, deployment := range sorted(s.books.deployments) {
			if deployment.API == api.ID {
				all = append(all, types.Deployment{Id: aws.String(deployment.ID), Description: optional(deployment.Description), CreatedDate: aws.Time(deployment.Created)})
			}
		}
		items, next, err := page(all, in.Limit, in.Position)
		return &sdk.GetDeploymentsOutput{Items: items, Position: next}, err
	})
}

// DeleteDeployment deletes a deployment that no stage leads to.
func (s *Service) DeleteDeployment(ctx context.Context, in *sdk.DeleteDeploymentInput, _ ...func(*sdk.Options)) (*sdk.DeleteDeploymentOutput, error) {
	return change(ctx, s, "DeleteDeployment", func() (*sdk.DeleteDeploymentOutput, error) {
		deployment, err := s.deployment(in.RestApiId, in.DeploymentId)
		if err != nil {
			return nil, err
		}
		for _, stage := range s.books.stages {
			if stage.API == deployment.API && (stage.Deployment == deployment.ID || stage.Canary != nil && stage.Canary.Deployment == deployment.ID) {
				return nil, invalid("Active stages pointing to this deployment must be moved or deleted")
			}
		}
		return &sdk.DeleteDeploymentOutput{}, s.commit(map[string]any{deploymentKey(deployment.API, deployment.ID): nil})
	})
}

// deployment finds a deployment.
func (s *Service) deployment(restAPI, id *string) (deploymentRecord, error) {
	api, err := s.api(restAPI)
	if err != nil {
		return deploymentRecord{}, err
	}
	deployment, ok := s.books.deployments[deploymentKey(api.ID, aws.ToString(id))]
	if !ok {
		return deploymentRecord{}, notFound("Invalid Deployment identifier specified")
	}
	return deployment, nil
}
