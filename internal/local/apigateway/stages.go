package apigateway

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// CreateStage makes a stage that leads to a deployment.
func (s *Service) CreateStage(ctx context.Context, in *sdk.CreateStageInput, _ ...func(*sdk.Options)) (*sdk.CreateStageOutput, error) {
	return change(ctx, s, "CreateStage", func() (*sdk.CreateStageOutput, error) {
		deployment, err := s.deployment(in.RestApiId, in.DeploymentId)
		if err != nil {
			return nil, err
		}
		if in.CanarySettings != nil || in.CacheClusterEnabled || in.CacheClusterSize != "" || in.TracingEnabled {
			return nil, unsupported("stages that are made with a canary, a cache or traces")
		}
		key := stageKey(deployment.API, aws.ToString(in.StageName))
		if _, exists := s.books.stages[key]; exists {
			return nil, conflict("Stage already exists")
		}
		stage := stageRecord{
			API: deployment.API, Name: aws.ToString(in.StageName), Deployment: deployment.ID, Description: aws.ToString(in.Description), Variables: in.Variables, Tags: in.Tags,
			Created: s.now(), Updated: s.now(), Changed: s.options.Clock.Now(),
		}
		if err := s.commit(map[string]any{key: stage}); err != nil {
			return nil, err
		}
		return &sdk.CreateStageOutput{
			StageName: in.StageName, DeploymentId: in.DeploymentId, Description: in.Description, Variables: in.Variables, Tags: in.Tags,
			CreatedDate: aws.Time(stage.Created), LastUpdatedDate: aws.Time(stage.Updated),
		}, nil
	})
}

// GetStage describes a stage.
func (s *Service) GetStage(ctx context.Context, in *sdk.GetStageInput, _ ...func(*sdk.Options)) (*sdk.GetStageOutput, error) {
	return read(ctx, s, "GetStage", func() (*sdk.GetStageOutput, error) {
		stage, err := s.stage(in.RestApiId, in.StageName)
		if err != nil {
			return nil, err
		}
		return &sdk.GetStageOutput{
			StageName: aws.String(stage.Name), DeploymentId: aws.String(stage.Deployment), Description: optional(stage.Description), Variables: stage.Variables, Tags: stage.Tags,
			CanarySettings: stage.Canary.describe(), CreatedDate: aws.Time(stage.Created), LastUpdatedDate: aws.Time(stage.Updated),
		}, nil
	})
}

// GetStages lists an API's stages.
func (s *Service) GetStages(ctx context.Context, in *sdk.GetStagesInput, _ ...func(*sdk.Options)) (*sdk.GetStagesOutput, error) {
	return read(ctx, s, "GetStages", func() (*sdk.GetStagesOutput, error) {
		api, err := s.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		out := &sdk.GetStagesOutput{}
		for _, stage := range sorted(s.books.stages) {
			if stage.API == api.ID && (in.DeploymentId == nil || *in.DeploymentId == stage.Deployment) {
				out.Item = append(out.Item, types.Stage{
					StageName: aws.String(stage.Name), DeploymentId: aws.String(stage.Deployment), Description: optional(stage.Description), Variables: stage.Variables, Tags: stage.Tags,
					CanarySettings: stage.Canary.describe(), CreatedDate: aws.Time(stage.Created), LastUpdatedDate: aws.Time(stage.Updated),
				})
			}
		}
		return out, nil
	})
}

// UpdateStage applies all patches or none.
func (s *Service) UpdateStage(ctx context.Context, in *sdk.UpdateStageInput, _ ...func(*sdk.Options)) (*sdk.UpdateStageOutput, error) {
	return change(ctx, s, "UpdateStage", func() (*sdk.UpdateStageOutput, error) {
		stage, err := s.stage(in.RestApiId, in.StageName)
		if err != nil {
			return nil, err
		}
		if err := s.isBusy(stage); err != nil {
			return nil, err
		}
		for _, operation := range in.PatchOperations {
			if stage, err = s.patch(stage, operation); err != nil {
				return nil, err
			}
		}
		stage.Updated, stage.Changed = s.now(), s.options.Clock.Now()
		if err := s.commit(map[string]any{stageKey(stage.API, stage.Name): stage}); err != nil {
			return nil, err
		}
		return &sdk.UpdateStageOutput{
			StageName: aws.String(stage.Name), DeploymentId: aws.String(stage.Deployment), Description: optional(stage.Description), Variables: stage.Variables, Tags: stage.Tags,
			CanarySettings: stage.Canary.describe(), CreatedDate: aws.Time(stage.Created), LastUpdatedDate: aws.Time(stage.Updated),
		}, nil
	})
}

// isBusy is the refusal of a change that comes too soon after the last one.
func (s *Service) isBusy(stage stageRecord) error {
	if s.options.Clock.Now().Before(stage.Changed.Add(s.options.Busy)) {
		return conflict("Unable to complete operation due to concurrent modification. Please try again later.")
	}
	return nil
}

// stage finds a stage.
func (s *Service) stage(restAPI, name *string) (stageRecord, error) {
	api, err := s.api(restAPI)
	if err != nil {
		return stageRecord{}, err
	}
	stage, ok := s.books.stages[stageKey(api.ID, aws.ToString(name))]
	if !ok {
		return stageRecord{}, notFound("Invalid stage identifier specified")
	}
	return stage, nil
}

func (c *canaryRecord) describe() *types.CanarySettings {
	if c == nil {
		return nil
	}
	return &types.CanarySettings{DeploymentId: optional(c.Deployment), PercentTraffic: c.Percent, StageVariableOverrides: c.Overrides, UseStageCache: c.UseStageCache}
}
