package lambda

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// LambdaAPI is what this package calls of AWS Lambda, all parts together.
//
// Functions and versions are read with GetFunction alone: it has tags,
// configuration and image in one answer, and a request quota of its own (100 a
// second, where all other control plane calls share 15), see
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html .
type LambdaAPI interface {
	PreflightAPI
	BakeAPI
	DeployAPI
	VerifyAPI
	UsableAPI
	SplitAPI
	ShiftAPI
	RetireAPI
	RestoreAPI
}

// The parts of [LambdaAPI], by the method of [Target] that calls them: a role needs
// only those of the methods that its function uses.
type (
	// PreflightAPI is what Preflight calls.
	PreflightAPI interface {
		FunctionAPI
		GetAlias(context.Context, *awslambda.GetAliasInput, ...func(*awslambda.Options)) (*awslambda.GetAliasOutput, error)
	}
	// FunctionAPI is what Inspection calls: all but the alias.
	FunctionAPI interface {
		GetFunction(context.Context, *awslambda.GetFunctionInput, ...func(*awslambda.Options)) (*awslambda.GetFunctionOutput, error)
		GetPolicy(context.Context, *awslambda.GetPolicyInput, ...func(*awslambda.Options)) (*awslambda.GetPolicyOutput, error)
		ListEventSourceMappings(context.Context, *awslambda.ListEventSourceMappingsInput, ...func(*awslambda.Options)) (*awslambda.ListEventSourceMappingsOutput, error)
		GetProvisionedConcurrencyConfig(context.Context, *awslambda.GetProvisionedConcurrencyConfigInput, ...func(*awslambda.Options)) (*awslambda.GetProvisionedConcurrencyConfigOutput, error)
	}
	// BakeAPI is what Bake calls.
	BakeAPI interface {
		GetFunction(context.Context, *awslambda.GetFunctionInput, ...func(*awslambda.Options)) (*awslambda.GetFunctionOutput, error)
		UpdateFunctionCode(context.Context, *awslambda.UpdateFunctionCodeInput, ...func(*awslambda.Options)) (*awslambda.UpdateFunctionCodeOutput, error)
	}
	// DeployAPI is what Deploy calls.
	DeployAPI interface {
		GetFunction(context.Context, *awslambda.GetFunctionInput, ...func(*awslambda.Options)) (*awslambda.GetFunctionOutput, error)
		ListVersionsByFunction(context.Context, *awslambda.ListVersionsByFunctionInput, ...func(*awslambda.Options)) (*awslambda.ListVersionsByFunctionOutput, error)
		PublishVersion(context.Context, *awslambda.PublishVersionInput, ...func(*awslambda.Options)) (*awslambda.PublishVersionOutput, error)
		GetProvisionedConcurrencyConfig(context.Context, *awslambda.GetProvisionedConcurrencyConfigInput, ...func(*awslambda.Options)) (*awslambda.GetProvisionedConcurrencyConfigOutput, error)
		PutProvisionedConcurrencyConfig(context.Context, *awslambda.PutProvisionedConcurrencyConfigInput, ...func(*awslambda.Options)) (*awslambda.PutProvisionedConcurrencyConfigOutput, error)
	}
	// VerifyAPI is what Verify calls.
	VerifyAPI interface {
		Invoke(context.Context, *awslambda.InvokeInput, ...func(*awslambda.Options)) (*awslambda.InvokeOutput, error)
	}
	// UsableAPI is what Usable calls.
	UsableAPI interface {
		GetFunction(context.Context, *awslambda.GetFunctionInput, ...func(*awslambda.Options)) (*awslambda.GetFunctionOutput, error)
	}
	// SplitAPI is what Split calls.
	SplitAPI interface {
		GetAlias(context.Context, *awslambda.GetAliasInput, ...func(*awslambda.Options)) (*awslambda.GetAliasOutput, error)
		GetFunction(context.Context, *awslambda.GetFunctionInput, ...func(*awslambda.Options)) (*awslambda.GetFunctionOutput, error)
	}
	// ShiftAPI is what Shift calls.
	ShiftAPI interface {
		GetAlias(context.Context, *awslambda.GetAliasInput, ...func(*awslambda.Options)) (*awslambda.GetAliasOutput, error)
		CreateAlias(context.Context, *awslambda.CreateAliasInput, ...func(*awslambda.Options)) (*awslambda.CreateAliasOutput, error)
		UpdateAlias(context.Context, *awslambda.UpdateAliasInput, ...func(*awslambda.Options)) (*awslambda.UpdateAliasOutput, error)
	}
	// RetireAPI is what Retire calls.
	RetireAPI interface {
		GetFunction(context.Context, *awslambda.GetFunctionInput, ...func(*awslambda.Options)) (*awslambda.GetFunctionOutput, error)
		ListVersionsByFunction(context.Context, *awslambda.ListVersionsByFunctionInput, ...func(*awslambda.Options)) (*awslambda.ListVersionsByFunctionOutput, error)
		ListAliases(context.Context, *awslambda.ListAliasesInput, ...func(*awslambda.Options)) (*awslambda.ListAliasesOutput, error)
		DeleteFunction(context.Context, *awslambda.DeleteFunctionInput, ...func(*awslambda.Options)) (*awslambda.DeleteFunctionOutput, error)
		ListProvisionedConcurrencyConfigs(context.Context, *awslambda.ListProvisionedConcurrencyConfigsInput, ...func(*awslambda.Options)) (*awslambda.ListProvisionedConcurrencyConfigsOutput, error)
		DeleteProvisionedConcurrencyConfig(context.Context, *awslambda.DeleteProvisionedConcurrencyConfigInput, ...func(*awslambda.Options)) (*awslambda.DeleteProvisionedConcurrencyConfigOutput, error)
	}
	// RestoreAPI is what Restore calls.
	RestoreAPI interface {
		GetFunction(context.Context, *awslambda.GetFunctionInput, ...func(*awslambda.Options)) (*awslambda.GetFunctionOutput, error)
		UpdateFunctionCode(context.Context, *awslambda.UpdateFunctionCodeInput, ...func(*awslambda.Options)) (*awslambda.UpdateFunctionCodeOutput, error)
		ListVersionsByFunction(context.Context, *awslambda.ListVersionsByFunctionInput, ...func(*awslambda.Options)) (*awslambda.ListVersionsByFunctionOutput, error)
		ListAliases(context.Context, *awslambda.ListAliasesInput, ...func(*awslambda.Options)) (*awslambda.ListAliasesOutput, error)
		ListProvisionedConcurrencyConfigs(context.Context, *awslambda.ListProvisionedConcurrencyConfigsInput, ...func(*awslambda.Options)) (*awslambda.ListProvisionedConcurrencyConfigsOutput, error)
		DeleteProvisionedConcurrencyConfig(context.Context, *awslambda.DeleteProvisionedConcurrencyConfigInput, ...func(*awslambda.Options)) (*awslambda.DeleteProvisionedConcurrencyConfigOutput, error)
	}
)

// CloudWatchAPI is what this package calls of Amazon CloudWatch, both parts together.
type CloudWatchAPI interface {
	MeasureAPI
	AlarmsAPI
}

// The parts of [CloudWatchAPI].
type (
	// MeasureAPI is what Measure and History call.
	MeasureAPI = measure.CountsAPI
	// AlarmsAPI is what Alarms and Preflight call.
	AlarmsAPI = measure.AlarmsAPI
)

// S3API is what this package calls of Amazon S3, both parts together.
type S3API interface {
	PackageFinder
	PackageReader
}

// The parts of [S3API].
type (
	// PackageFinder looks whether a package exists, for Preflight.
	PackageFinder interface {
		HeadObject(context.Context, *s3.HeadObjectInput, ...func(*s3.Options)) (*s3.HeadObjectOutput, error)
	}
	// PackageReader finds out what a package is, for Preflight, Bake, Deploy and Restore.
	PackageReader interface {
		GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	}
)

// The SDK's clients are all of these.
var (
	_ LambdaAPI     = (*awslambda.Client)(nil)
	_ CloudWatchAPI = (*cloudwatch.Client)(nil)
	_ S3API         = (*s3.Client)(nil)
)
