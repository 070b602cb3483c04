package lambda

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// LambdaAPI is what this package calls of AWS Lambda, and so what its role must allow.
//
// Functions and versions are read with GetFunction alone: it has tags,
// configuration and image in one answer, and a request quota of its own (100 a
// second, where all other control plane calls share 15), see
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html .
type LambdaAPI interface {
	GetFunction(context.Context, *awslambda.GetFunctionInput, ...func(*awslambda.Options)) (*awslambda.GetFunctionOutput, error)
	UpdateFunctionCode(context.Context, *awslambda.UpdateFunctionCodeInput, ...func(*awslambda.Options)) (*awslambda.UpdateFunctionCodeOutput, error)
	PublishVersion(context.Context, *awslambda.PublishVersionInput, ...func(*awslambda.Options)) (*awslambda.PublishVersionOutput, error)
	ListVersionsByFunction(context.Context, *awslambda.ListVersionsByFunctionInput, ...func(*awslambda.Options)) (*awslambda.ListVersionsByFunctionOutput, error)
	DeleteFunction(context.Context, *awslambda.DeleteFunctionInput, ...func(*awslambda.Options)) (*awslambda.DeleteFunctionOutput, error)
	Invoke(context.Context, *awslambda.InvokeInput, ...func(*awslambda.Options)) (*awslambda.InvokeOutput, error)

	GetAlias(context.Context, *awslambda.GetAliasInput, ...func(*awslambda.Options)) (*awslambda.GetAliasOutput, error)
	CreateAlias(context.Context, *awslambda.CreateAliasInput, ...func(*awslambda.Options)) (*awslambda.CreateAliasOutput, error)
	UpdateAlias(context.Context, *awslambda.UpdateAliasInput, ...func(*awslambda.Options)) (*awslambda.UpdateAliasOutput, error)
	ListAliases(context.Context, *awslambda.ListAliasesInput, ...func(*awslambda.Options)) (*awslambda.ListAliasesOutput, error)

	GetPolicy(context.Context, *awslambda.GetPolicyInput, ...func(*awslambda.Options)) (*awslambda.GetPolicyOutput, error)
	ListEventSourceMappings(context.Context, *awslambda.ListEventSourceMappingsInput, ...func(*awslambda.Options)) (*awslambda.ListEventSourceMappingsOutput, error)

	GetProvisionedConcurrencyConfig(context.Context, *awslambda.GetProvisionedConcurrencyConfigInput, ...func(*awslambda.Options)) (*awslambda.GetProvisionedConcurrencyConfigOutput, error)
	PutProvisionedConcurrencyConfig(context.Context, *awslambda.PutProvisionedConcurrencyConfigInput, ...func(*awslambda.Options)) (*awslambda.PutProvisionedConcurrencyConfigOutput, error)
	ListProvisionedConcurrencyConfigs(context.Context, *awslambda.ListProvisionedConcurrencyConfigsInput, ...func(*awslambda.Options)) (*awslambda.ListProvisionedConcurrencyConfigsOutput, error)
	DeleteProvisionedConcurrencyConfig(context.Context, *awslambda.DeleteProvisionedConcurrencyConfigInput, ...func(*awslambda.Options)) (*awslambda.DeleteProvisionedConcurrencyConfigOutput, error)
}

// CloudWatchAPI is what this package calls of Amazon CloudWatch.
type CloudWatchAPI interface {
	GetMetricData(context.Context, *cloudwatch.GetMetricDataInput, ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error)
	DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error)
}

// S3API is what this package calls of Amazon S3.
type S3API interface {
	HeadObject(context.Context, *s3.HeadObjectInput, ...func(*s3.Options)) (*s3.HeadObjectOutput, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// The SDK's clients are all of these.
var (
	_ LambdaAPI     = (*awslambda.Client)(nil)
	_ CloudWatchAPI = (*cloudwatch.Client)(nil)
	_ S3API         = (*s3.Client)(nil)
)
