package imagebuilder

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
)

// CreateInfrastructureConfiguration is Image Builder's CreateInfrastructureConfiguration. What it says has no effect: there are no
// instances to build on.
func (s *Service) CreateInfrastructureConfiguration(
	ctx context.Context, in *sdk.CreateInfrastructureConfigurationInput, _ ...func(*sdk.Options),
) (*sdk.CreateInfrastructureConfigurationOutput, error) {
	return serve(ctx, s, "CreateInfrastructureConfiguration", func() (*sdk.CreateInfrastructureConfigurationOutput, error) {
		asked, err := requested("CreateInfrastructureConfiguration", in.ClientToken, in)
		if err != nil {
			return nil, err
		}
		if err := named(in.Name, nil); err != nil {
			return nil, err
		}
		if aws.ToString(in.InstanceProfileName) == "" {
			return nil, invalid("The value supplied for parameter 'instanceProfileName' is missing")
		}
		arn := s.arn("infrastructure-configuration", *in.Name)
		out := &sdk.CreateInfrastructureConfigurationOutput{ClientToken: in.ClientToken, InfrastructureConfigurationArn: &arn}
		if made := s.books.infrastructures[arn]; made != nil {
			if again, err := asked.repeats(made.Request); again || err != nil {
				return out, err
			}
			return nil, exists(arn)
		}
		return out, s.commit(arn, &infrastructureRecord{ARN: arn, Request: asked})
	})
}

// CreateImagePipeline is Image Builder's CreateImagePipeline, for image recipes and for starting by hand.
func (s *Service) CreateImagePipeline(ctx context.Context, in *sdk.CreateImagePipelineInput, _ ...func(*sdk.Options)) (*sdk.CreateImagePipelineOutput, error) {
	return serve(ctx, s, "CreateImagePipeline", func() (*sdk.CreateImagePipelineOutput, error) {
		asked, err := requested("CreateImagePipeline", in.ClientToken, in)
		if err != nil {
			return nil, err
		}
		if err := named(in.Name, nil); err != nil {
			return nil, err
		}
		arn := s.arn("image-pipeline", *in.Name)
		out := &sdk.CreateImagePipelineOutput{ClientToken: in.ClientToken, ImagePipelineArn: &arn}
		if made := s.books.pipelines[arn]; made != nil {
			if again, err := asked.repeats(made.Request); again || err != nil {
				return out, err
			}
			return nil, exists(arn)
		}
		if err := s.pipelineWorks(in); err != nil {
			return nil, err
		}
		return out, s.commit(arn, &pipelineRecord{Request: asked, Pipeline: types.ImagePipeline{
			Arn: &arn, Name: in.Name, Description: in.Description, ImageRecipeArn: in.ImageRecipeArn, InfrastructureConfigurationArn: in.InfrastructureConfigurationArn,
			ImageTags: in.ImageTags, Tags: in.Tags, Status: types.PipelineStatusEnabled, Platform: types.PlatformLinux, DateCreated: aws.String(stamp(s.now())),
		}})
	})
}

// pipelineWorks checks what a pipeline is to be made of.
func (s *Service) pipelineWorks(in *sdk.CreateImagePipelineInput) error {
	recipe, infrastructure := aws.ToString(in.ImageRecipeArn), aws.ToString(in.InfrastructureConfigurationArn)
	switch {
	case in.ContainerRecipeArn != nil:
		return unsupported("container recipes")
	case in.DistributionConfigurationArn != nil:
		return unsupported("distribution configurations: an image is in the service's region")
	case in.Schedule != nil || len(in.Workflows) > 0:
		return unsupported("schedules and workflows")
	case in.Status == types.PipelineStatusDisabled:
		return unsupported("disabled pipelines")
	case s.books.recipes[recipe] == nil:
		return notFound("image recipe", recipe)
	case s.books.infrastructures[infrastructure] == nil:
		return notFound("infrastructure configuration", infrastructure)
	default:
		return nil
	}
}

// GetImagePipeline is Image Builder's GetImagePipeline.
func (s *Service) GetImagePipeline(ctx context.Context, in *sdk.GetImagePipelineInput, _ ...func(*sdk.Options)) (*sdk.GetImagePipelineOutput, error) {
	return serve(ctx, s, "GetImagePipeline", func() (*sdk.GetImagePipelineOutput, error) {
		pipeline := s.books.pipelines[aws.ToString(in.ImagePipelineArn)]
		if pipeline == nil {
			return nil, notFound("image pipeline", aws.ToString(in.ImagePipelineArn))
		}
		return &sdk.GetImagePipelineOutput{ImagePipeline: &pipeline.Pipeline}, nil
	})
}
