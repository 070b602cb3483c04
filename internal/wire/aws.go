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

// clientsOf makes every client.
func clientsOf(loaded aws.Config) Clients {
	quick := quickly(loaded)
	clients := ledgerClients(loaded)
	clients.CloudWatch = cloudwatch.NewFromConfig(quick)
	clients.EventBridge = eventbridge.NewFromConfig(quick)
	clients.CodePipeline = codepipeline.NewFromConfig(quick)
	clients.APIGateway = apigateway.NewFromConfig(quick)
	clients.LoadBalancing = elasticloadbalancingv2.NewFromConfig(quick)
	clients.AutoScaling = autoscaling.NewFromConfig(quick)
	clients.EC2 = ec2.NewFromConfig(quick)
	clients.ImageBuilder = imagebuilder.NewFromConfig(quick)
	clients.Route53 = route53.NewFromConfig(quick)
	clients.CloudFormation = cloudformation.NewFromConfig(quick)
	clients.AppConfig = appconfig.NewFromConfig(quick)
	clients.Identity = sts.NewFromConfig(quick)
	// Functions run long and packages are large: the target bounds each call itself.
	clients.Lambda = lambda.NewFromConfig(loaded)
	clients.S3 = s3.NewFromConfig(loaded)
	clients.Region = loaded.Region
	return clients
}

// ledgerClients makes those of the ledger, and of the workflow's executions.
func ledgerClients(loaded aws.Config) Clients {
	quick := quickly(loaded)
	return Clients{DynamoDB: dynamodb.NewFromConfig(quick), StepFunctions: sfn.NewFromConfig(quick)}
}

// quickly is a configuration of clients whose calls have little to carry.
func quickly(loaded aws.Config) aws.Config {
	quick := loaded.Copy()
	quick.HTTPClient = awshttp.NewBuildableClient().WithTimeout(attemptTimeout)
	return quick
}

// attemptTimeout is how long one attempt of a call may take that has little to
// carry; the SDK makes three.
const attemptTimeout = 10 * time.Second

// UTC is the wall clock.
func UTC() time.Time { return time.Now().UTC() }
