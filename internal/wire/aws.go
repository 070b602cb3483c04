package wire

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"time"

	awslambda "github.com/aws/aws-lambda-go/lambda"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// The environment variables that name an installation.
const (
	tableVariable        = "GOLDFINCH_TABLE"
	bucketVariable       = "GOLDFINCH_BUCKET"
	stateMachineVariable = "GOLDFINCH_STATE_MACHINE"
)

// SettingsFromEnvironment reads which installation is meant; getenv is os.Getenv.
func SettingsFromEnvironment(getenv func(string) string) Settings {
	return Settings{Table: getenv(tableVariable), Bucket: getenv(bucketVariable), StateMachine: getenv(stateMachineVariable)}
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
	var options []func(*config.LoadOptions) error
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	if profile != "" {
		options = append(options, config.WithSharedConfigProfile(profile))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return Clients{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	quick := awshttp.NewBuildableClient().WithTimeout(attemptTimeout)
	return Clients{
		DynamoDB:      dynamodb.NewFromConfig(loaded, func(o *dynamodb.Options) { o.HTTPClient = quick }),
		CloudWatch:    cloudwatch.NewFromConfig(loaded, func(o *cloudwatch.Options) { o.HTTPClient = quick }),
		StepFunctions: sfn.NewFromConfig(loaded, func(o *sfn.Options) { o.HTTPClient = quick }),
		// Functions run long and packages are large: the target bounds each call itself.
		Lambda: lambda.NewFromConfig(loaded),
		S3:     s3.NewFromConfig(loaded),
	}, nil
}

// attemptTimeout is how long one attempt of a call may take that has little to
// carry; the SDK makes three.
const attemptTimeout = 10 * time.Second

// UTC is the wall clock.
func UTC() time.Time { return time.Now().UTC() }

// StartFunction serves one function's invocations; it is all that a function's
// main does. The handler is a method of Workflow, so that the linker leaves out what the others need.
// It does not return, unless the function can't start: then the process exits with 1.
func StartFunction[In, Out any](name string, handler func(*workflow.Workflow, context.Context, In) (Out, error)) {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil)).With("function", name)
	clients, err := AWS(context.Background(), "", "")
	if err != nil {
		log.Error("function can't start", "error", err.Error())
		os.Exit(1)
	}
	handlers := Workflow(clients, SettingsFromEnvironment(os.Getenv), UTC, rand.Text, log)
	awslambda.StartWithOptions(workflow.Boundary(log, name, func(ctx context.Context, input In) (Out, error) {
		return handler(handlers, ctx, input)
	}))
}
