// Package trigger turns what happens in an AWS account into releases: an object
// in the artifact bucket, an image in a repository, the end of a pipeline, a job
// of CodePipeline. Each becomes the same release document, and one execution of
// the workflow, whose name follows from what happened: an event that comes twice starts one release.
package trigger

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// Executions is what a trigger needs of Step Functions.
type Executions interface {
	StartExecution(context.Context, *sfn.StartExecutionInput, ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error)
	DescribeExecution(context.Context, *sfn.DescribeExecutionInput, ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error)
}

// Artifacts is what a trigger needs of S3.
type Artifacts interface {
	HeadObject(context.Context, *s3.HeadObjectInput, ...func(*s3.Options)) (*s3.HeadObjectOutput, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// Jobs is what a trigger needs of CodePipeline.
type Jobs interface {
	GetJobDetails(context.Context, *codepipeline.GetJobDetailsInput, ...func(*codepipeline.Options)) (*codepipeline.GetJobDetailsOutput, error)
	PutJobSuccessResult(context.Context, *codepipeline.PutJobSuccessResultInput, ...func(*codepipeline.Options)) (*codepipeline.PutJobSuccessResultOutput, error)
	PutJobFailureResult(context.Context, *codepipeline.PutJobFailureResultInput, ...func(*codepipeline.Options)) (*codepipeline.PutJobFailureResultOutput, error)
}

// Options are what a [Handler] is made of.
type Options struct {
	Executions Executions
	Artifacts  Artifacts
	Jobs       Jobs
	// StateMachine is the ARN that releases are started on, with its alias; account and region are read off it.
	StateMachine string
	// Bucket is the artifact bucket.
	Bucket string
}

// A Handler answers events.
type Handler struct{ options Options }

// New returns a handler.
func New(options Options) *Handler { return &Handler{options: options} }

// Handle answers one event.
func (h *Handler) Handle(ctx context.Context, event json.RawMessage) (any, error) { return nil, nil }
