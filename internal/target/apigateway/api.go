package apigateway

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

// API is what this package calls of Amazon API Gateway, all parts together.
type API interface {
	PreflightAPI
	DeployAPI
	StageAPI
	ShiftAPI
	RetireAPI
}

// The parts of [API], by the methods of [Target] that call them.
type (
	// StageAPI is what Split calls, and with [DeploymentsAPI] Verify, Usable, Measure, History and Inspect.
	StageAPI interface {
		GetStage(context.Context, *sdk.GetStageInput, ...func(*sdk.Options)) (*sdk.GetStageOutput, error)
	}
	// DeploymentsAPI finds what deployments there are.
	DeploymentsAPI interface {
		GetDeployments(context.Context, *sdk.GetDeploymentsInput, ...func(*sdk.Options)) (*sdk.GetDeploymentsOutput, error)
	}
	// OwnerAPI finds whose the API is.
	OwnerAPI interface {
		GetRestApi(context.Context, *sdk.GetRestApiInput, ...func(*sdk.Options)) (*sdk.GetRestApiOutput, error)
	}
	// PreflightAPI is what Preflight calls.
	PreflightAPI interface {
		StageAPI
		DeploymentsAPI
		OwnerAPI
		GetResources(context.Context, *sdk.GetResourcesInput, ...func(*sdk.Options)) (*sdk.GetResourcesOutput, error)
	}
	// DeployAPI is what Deploy calls.
	DeployAPI interface {
		StageAPI
		DeploymentsAPI
		OwnerAPI
		CreateDeployment(context.Context, *sdk.CreateDeploymentInput, ...func(*sdk.Options)) (*sdk.CreateDeploymentOutput, error)
	}
	// ShiftAPI is what Shift, Restore, Retire and Mend call.
	ShiftAPI interface {
		StageAPI
		DeploymentsAPI
		UpdateStage(context.Context, *sdk.UpdateStageInput, ...func(*sdk.Options)) (*sdk.UpdateStageOutput, error)
	}
	// RetireAPI is what Retire, Restore and Surplus call.
	RetireAPI interface {
		StageAPI
		DeploymentsAPI
		OwnerAPI
		GetStages(context.Context, *sdk.GetStagesInput, ...func(*sdk.Options)) (*sdk.GetStagesOutput, error)
		DeleteDeployment(context.Context, *sdk.DeleteDeploymentInput, ...func(*sdk.Options)) (*sdk.DeleteDeploymentOutput, error)
	}
)

// LambdaAPI is what this package calls of AWS Lambda: what releasing a function takes, and letting API Gateway invoke it.
type LambdaAPI interface {
	lambda.LambdaAPI
	PolicyAPI
	AllowAPI
	ForbidAPI
}

// The parts of [LambdaAPI] that package lambda does not have.
type (
	// PolicyAPI finds who may invoke a version, for Deploy, Retire and Restore.
	PolicyAPI interface {
		GetPolicy(context.Context, *awslambda.GetPolicyInput, ...func(*awslambda.Options)) (*awslambda.GetPolicyOutput, error)
	}
	// AllowAPI is what Deploy calls beside what package lambda does.
	AllowAPI interface {
		PolicyAPI
		AddPermission(context.Context, *awslambda.AddPermissionInput, ...func(*awslambda.Options)) (*awslambda.AddPermissionOutput, error)
	}
	// ForbidAPI is what Restore calls beside what package lambda does.
	ForbidAPI interface {
		RemovePermission(context.Context, *awslambda.RemovePermissionInput, ...func(*awslambda.Options)) (*awslambda.RemovePermissionOutput, error)
	}
)

// The SDK's clients are all of these.
var (
	_ API       = (*sdk.Client)(nil)
	_ LambdaAPI = (*awslambda.Client)(nil)
)
