package imagebuilder

import (
	"context"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
)

// stamp is a time as Image Builder writes it.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

// StartImagePipelineExecution is Image Builder's StartImagePipelineExecution. The same token and parameters are the same build, however it ended.
func (s *Service) StartImagePipelineExecution(
	ctx context.Context, in *sdk.StartImagePipelineExecutionInput, _ ...func(*sdk.Options),
) (*sdk.StartImagePipelineExecutionOutput, error) {
	return serve(ctx, s, "StartImagePipelineExecution", func() (*sdk.StartImagePipelineExecutionOutput, error) {
		asked, err := requested("StartImagePipelineExecution", in.ClientToken, in)
		if err != nil {
			return nil, err
		}
		pipeline := s.books.pipelines[aws.ToString(in.ImagePipelineArn)]
		if pipeline == nil {
			return nil, notFound("image pipeline", aws.ToString(in.ImagePipelineArn))
		}
		recipe := s.books.recipes[*pipeline.Pipeline.ImageRecipeArn]
		number := 1
		for arn, build := range s.books.builds {
			if again, err := asked.repeats(build.Request); again || err != nil {
				return &sdk.StartImagePipelineExecutionOutput{ClientToken: in.ClientToken, ImageBuildVersionArn: &arn}, err
			}
			if build.Recipe == *recipe.Recipe.Arn {
				number++
			}
		}
		arn := s.arn("image", *recipe.Recipe.Name, *recipe.Recipe.Version, number)
		build := &buildRecord{
			ARN: arn, Pipeline: *in.ImagePipelineArn, Recipe: *recipe.Recipe.Arn, Request: asked, Tags: maps.Clone(in.Tags),
			Began: s.now(), Status: types.ImageStatusPending,
		}
		if err := s.commit(arn, build); err != nil {
			return nil, err
		}
		s.schedule(arn, build)
		return &sdk.StartImagePipelineExecutionOutput{ClientToken: in.ClientToken, ImageBuildVersionArn: &arn}, nil
	})
}

// GetImage is Image Builder's GetImage. A build's image has an id when it is AVAILABLE.
func (s *Service) GetImage(ctx context.Context, in *sdk.GetImageInput, _ ...func(*sdk.Options)) (*sdk.GetImageOutput, error) {
	return serve(ctx, s, "GetImage", func() (*sdk.GetImageOutput, error) {
		build := s.books.builds[aws.ToString(in.ImageBuildVersionArn)]
		if build == nil {
			return nil, notFound("image", aws.ToString(in.ImageBuildVersionArn))
		}
		recipe := s.books.recipes[build.Recipe].Recipe
		image := &types.Image{
			Arn: &build.ARN, Name: recipe.Name, Version: recipe.Version, Platform: recipe.Platform, ImageRecipe: &recipe, Tags: build.Tags,
			SourcePipelineArn: &build.Pipeline, SourcePipelineName: s.books.pipelines[build.Pipeline].Pipeline.Name, DateCreated: aws.String(stamp(build.Began)),
			State: &types.ImageState{Status: build.Status}, Type: types.ImageTypeAmi,
		}
		if build.Reason != "" {
			image.State.Reason = &build.Reason
		}
		if build.AMI != "" {
			image.OutputResources = &types.OutputResources{Amis: []types.Ami{{
				Image: &build.AMI, Name: &build.Name, Region: &s.options.Region, AccountId: &s.options.AccountID, State: image.State,
			}}}
		}
		return &sdk.GetImageOutput{Image: image}, nil
	})
}

// CancelImageCreation is Image Builder's CancelImageCreation: only of a build that has not ended.
func (s *Service) CancelImageCreation(ctx context.Context, in *sdk.CancelImageCreationInput, _ ...func(*sdk.Options)) (*sdk.CancelImageCreationOutput, error) {
	return serve(ctx, s, "CancelImageCreation", func() (*sdk.CancelImageCreationOutput, error) {
		if _, err := requested("CancelImageCreation", in.ClientToken, in); err != nil {
			return nil, err
		}
		arn := aws.ToString(in.ImageBuildVersionArn)
		build := s.books.builds[arn]
		switch {
		case build == nil:
			return nil, notFound("image", arn)
		case build.ended():
			return nil, impossible("The image %s is %s and can't be cancelled", arn, build.Status)
		}
		out := &sdk.CancelImageCreationOutput{ClientToken: in.ClientToken, ImageBuildVersionArn: &arn}
		return out, s.become(build, func(next *buildRecord) { next.Status, next.Reason = types.ImageStatusCancelled, "Cancelled by user" })
	})
}
