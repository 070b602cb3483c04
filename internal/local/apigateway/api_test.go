package apigateway_test

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/goldfinch-dev/goldfinch/internal/local/apigateway"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
)

// api are the methods of the SDK's client that the local one has, too.
type api interface {
	CreateRestApi(context.Context, *sdk.CreateRestApiInput, ...func(*sdk.Options)) (*sdk.CreateRestApiOutput, error)
	GetRestApi(context.Context, *sdk.GetRestApiInput, ...func(*sdk.Options)) (*sdk.GetRestApiOutput, error)
	GetRestApis(context.Context, *sdk.GetRestApisInput, ...func(*sdk.Options)) (*sdk.GetRestApisOutput, error)
	TagResource(context.Context, *sdk.TagResourceInput, ...func(*sdk.Options)) (*sdk.TagResourceOutput, error)
	CreateResource(context.Context, *sdk.CreateResourceInput, ...func(*sdk.Options)) (*sdk.CreateResourceOutput, error)
	GetResources(context.Context, *sdk.GetResourcesInput, ...func(*sdk.Options)) (*sdk.GetResourcesOutput, error)
	PutMethod(context.Context, *sdk.PutMethodInput, ...func(*sdk.Options)) (*sdk.PutMethodOutput, error)
	PutIntegration(context.Context, *sdk.PutIntegrationInput, ...func(*sdk.Options)) (*sdk.PutIntegrationOutput, error)
	CreateDeployment(context.Context, *sdk.CreateDeploymentInput, ...func(*sdk.Options)) (*sdk.CreateDeploymentOutput, error)
	GetDeployment(context.Context, *sdk.GetDeploymentInput, ...func(*sdk.Options)) (*sdk.GetDeploymentOutput, error)
	GetDeployments(context.Context, *sdk.GetDeploymentsInput, ...func(*sdk.Options)) (*sdk.GetDeploymentsOutput, error)
	DeleteDeployment(context.Context, *sdk.DeleteDeploymentInput, ...func(*sdk.Options)) (*sdk.DeleteDeploymentOutput, error)
	CreateStage(context.Context, *sdk.CreateStageInput, ...func(*sdk.Options)) (*sdk.CreateStageOutput, error)
	GetStage(context.Context, *sdk.GetStageInput, ...func(*sdk.Options)) (*sdk.GetStageOutput, error)
	GetStages(context.Context, *sdk.GetStagesInput, ...func(*sdk.Options)) (*sdk.GetStagesOutput, error)
	UpdateStage(context.Context, *sdk.UpdateStageInput, ...func(*sdk.Options)) (*sdk.UpdateStageOutput, error)
}

var (
	_ api                  = (*sdk.Client)(nil)
	_ api                  = (*apigateway.Service)(nil)
	_ apigateway.Functions = (*lambda.Service)(nil)
)
