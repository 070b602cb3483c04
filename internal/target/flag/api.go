package flag

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// API is what this package calls of AWS AppConfig, all parts together.
type API interface {
	PreflightAPI
	SplitAPI
	ShiftAPI
	ArrivesAPI
	TidyAPI
}

// The parts of [API], by the method of [Target] that calls them: a role needs only those of the methods that its function uses.
type (
	// SplitAPI is what Split calls.
	SplitAPI interface {
		ListApplications(context.Context, *appconfig.ListApplicationsInput, ...func(*appconfig.Options)) (*appconfig.ListApplicationsOutput, error)
		ListEnvironments(context.Context, *appconfig.ListEnvironmentsInput, ...func(*appconfig.Options)) (*appconfig.ListEnvironmentsOutput, error)
		ListConfigurationProfiles(context.Context, *appconfig.ListConfigurationProfilesInput, ...func(*appconfig.Options)) (*appconfig.ListConfigurationProfilesOutput, error)
		ListDeployments(context.Context, *appconfig.ListDeploymentsInput, ...func(*appconfig.Options)) (*appconfig.ListDeploymentsOutput, error)
		GetDeployment(context.Context, *appconfig.GetDeploymentInput, ...func(*appconfig.Options)) (*appconfig.GetDeploymentOutput, error)
		ListHostedConfigurationVersions(context.Context, *appconfig.ListHostedConfigurationVersionsInput, ...func(*appconfig.Options)) (*appconfig.ListHostedConfigurationVersionsOutput, error)
		GetHostedConfigurationVersion(context.Context, *appconfig.GetHostedConfigurationVersionInput, ...func(*appconfig.Options)) (*appconfig.GetHostedConfigurationVersionOutput, error)
	}
	// PreflightAPI is what Preflight calls.
	PreflightAPI interface {
		SplitAPI
		ListTagsForResource(context.Context, *appconfig.ListTagsForResourceInput, ...func(*appconfig.Options)) (*appconfig.ListTagsForResourceOutput, error)
	}
	// ShiftAPI is what Shift calls.
	ShiftAPI interface {
		SplitAPI
		ListDeploymentStrategies(context.Context, *appconfig.ListDeploymentStrategiesInput, ...func(*appconfig.Options)) (*appconfig.ListDeploymentStrategiesOutput, error)
		CreateDeploymentStrategy(context.Context, *appconfig.CreateDeploymentStrategyInput, ...func(*appconfig.Options)) (*appconfig.CreateDeploymentStrategyOutput, error)
		CreateHostedConfigurationVersion(context.Context, *appconfig.CreateHostedConfigurationVersionInput, ...func(*appconfig.Options)) (*appconfig.CreateHostedConfigurationVersionOutput, error)
		StartDeployment(context.Context, *appconfig.StartDeploymentInput, ...func(*appconfig.Options)) (*appconfig.StartDeploymentOutput, error)
		StopDeployment(context.Context, *appconfig.StopDeploymentInput, ...func(*appconfig.Options)) (*appconfig.StopDeploymentOutput, error)
		DeleteHostedConfigurationVersion(context.Context, *appconfig.DeleteHostedConfigurationVersionInput, ...func(*appconfig.Options)) (*appconfig.DeleteHostedConfigurationVersionOutput, error)
	}
	// ArrivesAPI is what Arrives calls.
	ArrivesAPI interface{ SplitAPI }
	// TidyAPI is what Retire and Restore call.
	TidyAPI interface {
		SplitAPI
		DeleteHostedConfigurationVersion(context.Context, *appconfig.DeleteHostedConfigurationVersionInput, ...func(*appconfig.Options)) (*appconfig.DeleteHostedConfigurationVersionOutput, error)
	}
)

// IdentityAPI tells in which account this is, for Preflight: tags are asked for by ARN, which AppConfig does not tell. Nobody needs a permission for it.
type IdentityAPI interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// The SDK's clients are all of these.
var (
	_ API         = (*appconfig.Client)(nil)
	_ IdentityAPI = (*sts.Client)(nil)
)
