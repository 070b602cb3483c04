package wire

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// The environment variables that name an installation.
const (
	tableVariable        = "GOLDFINCH_TABLE"
	bucketVariable       = "GOLDFINCH_BUCKET"
	stateMachineVariable = "GOLDFINCH_STATE_MACHINE"
	eventBusVariable     = "GOLDFINCH_EVENT_BUS"
)

// SettingsFromEnvironment reads which installation is meant; getenv is os.Getenv.
func SettingsFromEnvironment(getenv func(string) string) Settings {
	return Settings{Table: getenv(tableVariable), Bucket: getenv(bucketVariable), StateMachine: getenv(stateMachineVariable), EventBus: cmp.Or(getenv(eventBusVariable), "default")}
}

// Missing lists the environment variables without which the settings are of no use.
func (s Settings) Missing() []string {
	var missing []string
	for _, setting := range []struct{ variable, value string }{
		{tableVariable, s.Table}, {bucketVariable, s.Bucket}, {stateMachineVariable, s.StateMachine},
	} {
		if setting.value == "" {
			missing = append(missing, setting.variable)
		}
	}
	return missing
}

// AWS makes clients for a region and a profile; empty ones are the SDK's defaults.
func AWS(ctx context.Context, region, profile string) (Clients, error) {
	loaded, err := configuration(ctx, region, profile)
	if err != nil {
		return Clients{}, err
	}
	return clientsOf(loaded), nil
}

// configuration finds region and credentials as the SDK does.
func configuration(ctx context.Context, region, profile string) (aws.Config, error) {
	var options []func(*config.LoadOptions) error
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	if profile != "" {
		options = append(options, config.WithSharedConfigProfile(profile))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	return loaded, nil
}

func clientsOf(loaded aws.Config) Clients {
	quick := awshttp.NewBuildableClient().WithTimeout(attemptTimeout)
	return Clients{
		DynamoDB:       dynamodb.NewFromConfig(loaded, func(o *dynamodb.Options) { o.HTTPClient = quick }),
		CloudWatch:     cloudwatch.NewFromConfig(loaded, func(o *cloudwatch.Options) { o.HTTPClient = quick }),
		StepFunctions:  sfn.NewFromConfig(loaded, func(o *sfn.Options) { o.HTTPClient = quick }),
		EventBridge:    eventbridge.NewFromConfig(loaded, func(o *eventbridge.Options) { o.HTTPClient = quick }),
		CodePipeline:   codepipeline.NewFromConfig(loaded, func(o *codepipeline.Options) { o.HTTPClient = quick }),
		APIGateway:     apigateway.NewFromConfig(loaded, func(o *apigateway.Options) { o.HTTPClient = quick }),
		LoadBalancing:  elasticloadbalancingv2.NewFromConfig(loaded, func(o *elasticloadbalancingv2.Options) { o.HTTPClient = quick }),
		AutoScaling:    autoscaling.NewFromConfig(loaded, func(o *autoscaling.Options) { o.HTTPClient = quick }),
		EC2:            ec2.NewFromConfig(loaded, func(o *ec2.Options) { o.HTTPClient = quick }),
		ImageBuilder:   imagebuilder.NewFromConfig(loaded, func(o *imagebuilder.Options) { o.HTTPClient = quick }),
		Route53:        route53.NewFromConfig(loaded, func(o *route53.Options) { o.HTTPClient = quick }),
		CloudFormation: cloudformation.NewFromConfig(loaded, func(o *cloudformation.Options) { o.HTTPClient = quick }),
		AppConfig:      appconfig.NewFromConfig(loaded, func(o *appconfig.Options) { o.HTTPClient = quick }),
		Identity:       sts.NewFromConfig(loaded, func(o *sts.Options) { o.HTTPClient = quick }),
		Region:         loaded.Region,
		// Functions run long and packages are large: the target bounds each call itself.
		Lambda: lambda.NewFromConfig(loaded),
		S3:     s3.NewFromConfig(loaded),
	}
}

// attemptTimeout is how long one attempt of a call may take that has little to
// carry; the SDK makes three.
const attemptTimeout = 10 * time.Second

// UTC is the wall clock.
func UTC() time.Time { return time.Now().UTC() }
