package imagebuilder_test

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/imagebuilder"

	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/imagebuilder"
)

// api are the methods of the SDK's client that the local one has, too.
type api interface {
	CreateComponent(context.Context, *sdk.CreateComponentInput, ...func(*sdk.Options)) (*sdk.CreateComponentOutput, error)
	CreateImageRecipe(context.Context, *sdk.CreateImageRecipeInput, ...func(*sdk.Options)) (*sdk.CreateImageRecipeOutput, error)
	GetImageRecipe(context.Context, *sdk.GetImageRecipeInput, ...func(*sdk.Options)) (*sdk.GetImageRecipeOutput, error)
	CreateInfrastructureConfiguration(context.Context, *sdk.CreateInfrastructureConfigurationInput, ...func(*sdk.Options)) (*sdk.CreateInfrastructureConfigurationOutput, error)
	CreateImagePipeline(context.Context, *sdk.CreateImagePipelineInput, ...func(*sdk.Options)) (*sdk.CreateImagePipelineOutput, error)
	GetImagePipeline(context.Context, *sdk.GetImagePipelineInput, ...func(*sdk.Options)) (*sdk.GetImagePipelineOutput, error)
	StartImagePipelineExecution(context.Context, *sdk.StartImagePipelineExecutionInput, ...func(*sdk.Options)) (*sdk.StartImagePipelineExecutionOutput, error)
	GetImage(context.Context, *sdk.GetImageInput, ...func(*sdk.Options)) (*sdk.GetImageOutput, error)
	CancelImageCreation(context.Context, *sdk.CancelImageCreationInput, ...func(*sdk.Options)) (*sdk.CancelImageCreationOutput, error)
}

var (
	_ api = (*sdk.Client)(nil)
	_ api = (*imagebuilder.Service)(nil)

	_ imagebuilder.Images = (*ec2.Service)(nil)
)
