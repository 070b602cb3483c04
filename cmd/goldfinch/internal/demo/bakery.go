package demo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
)

// component is what an image is made of: a program, which the instance runs.
const component = `name: echo
schemaVersion: "1.0"
phases:
  - name: build
    steps:
      - name: program
        action: S3Download
        inputs:
          - source: %s
            destination: /opt/echo.zip
`

// makePipelines makes an EC2 Image Builder pipeline for each version's package.
func (e *estate) makePipelines(ctx context.Context) error {
	e.pipelines, e.programs = map[string]string{}, map[string]string{}
	builder := e.engine().ImageBuilder
	infrastructure, err := builder.CreateInfrastructureConfiguration(ctx, &imagebuilder.CreateInfrastructureConfigurationInput{
		Name: aws.String(service), InstanceProfileName: aws.String("builder"), ClientToken: aws.String(service),
	})
	if err != nil {
		return fmt.Errorf("make the infrastructure configuration: %w", err)
	}
	for label := range e.stage.packages {
		artifact, err := e.stage.upload(ctx, label)
		if err != nil {
			return err
		}
		e.programs[label] = artifact.Package
		if e.pipelines[label], err = makePipeline(ctx, builder, service+"-"+label, artifact.Package, infrastructure.InfrastructureConfigurationArn); err != nil {
			return fmt.Errorf("make the image pipeline of %s: %w", label, err)
		}
	}
	return nil
}

// An imageBuilder makes pipelines.
type imageBuilder interface {
	CreateComponent(context.Context, *imagebuilder.CreateComponentInput, ...func(*imagebuilder.Options)) (*imagebuilder.CreateComponentOutput, error)
	CreateImageRecipe(context.Context, *imagebuilder.CreateImageRecipeInput, ...func(*imagebuilder.Options)) (*imagebuilder.CreateImageRecipeOutput, error)
	CreateImagePipeline(context.Context, *imagebuilder.CreateImagePipelineInput, ...func(*imagebuilder.Options)) (*imagebuilder.CreateImagePipelineOutput, error)
}

// makePipeline makes the component, the recipe and the pipeline of one program.
func makePipeline(ctx context.Context, builder imageBuilder, name, program string, infrastructure *string) (arn string, err error) {
	made, err := builder.CreateComponent(ctx, &imagebuilder.CreateComponentInput{
		Name: &name, SemanticVersion: aws.String("1.0.0"), Platform: types.PlatformLinux, Data: aws.String(fmt.Sprintf(component, program)), ClientToken: &name,
	})
	if err != nil {
		return "", err
	}
	recipe, err := builder.CreateImageRecipe(ctx, &imagebuilder.CreateImageRecipeInput{
		Name: &name, SemanticVersion: aws.String("1.0.0"), ClientToken: &name,
		ParentImage: aws.String("arn:aws:imagebuilder:" + engine.Region + ":aws:image/amazon-linux-2023-x86/2026.1.1"),
		Components:  []types.ComponentConfiguration{{ComponentArn: made.ComponentBuildVersionArn}},
	})
	if err != nil {
		return "", err
	}
	pipeline, err := builder.CreateImagePipeline(ctx, &imagebuilder.CreateImagePipelineInput{
		Name: &name, ImageRecipeArn: recipe.ImageRecipeArn, InfrastructureConfigurationArn: infrastructure, ClientToken: &name, Tags: map[string]string{serviceTag: service},
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(pipeline.ImagePipelineArn), nil
}

// bake makes the image of a version that stands before the first release, as its owner does.
func (e *estate) bake(ctx context.Context, label string) (ami string, err error) {
	builder := e.engine().ImageBuilder
	started, err := builder.StartImagePipelineExecution(ctx, &imagebuilder.StartImagePipelineExecutionInput{
		ImagePipelineArn: aws.String(e.pipelines[label]), ClientToken: aws.String("own-" + label),
	})
	if err != nil {
		return "", fmt.Errorf("bake %s: %w", label, err)
	}
	err = wait(ctx, "the image of "+label, func() (bool, error) {
		found, err := builder.GetImage(ctx, &imagebuilder.GetImageInput{ImageBuildVersionArn: started.ImageBuildVersionArn})
		if err != nil {
			return false, err
		}
		switch state := found.Image.State; state.Status {
		case types.ImageStatusAvailable:
			ami = aws.ToString(found.Image.OutputResources.Amis[0].Image)
			return true, nil
		case types.ImageStatusFailed, types.ImageStatusCancelled:
			return false, fmt.Errorf("it is %s: %s", state.Status, aws.ToString(state.Reason))
		default:
			return false, nil
		}
	})
	return ami, err
}
