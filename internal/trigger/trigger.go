// Package trigger turns what happens in an AWS account into releases: an object
// in the artifact bucket, an image in a repository, the end of a pipeline, a job
// of CodePipeline. Each becomes the same release document, and one execution of
// the workflow, whose name follows from what happened: an event that comes twice starts one release.
//
// It believes no event further than it must. Account, region and bucket are its
// own; which object or job an event names is looked up again. It decides nothing
// about a release that runs: that is the workflow's.
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

// Artifacts is what a trigger needs of S3. Without s3:ListBucket, S3 answers that
// access is denied instead of that an object is missing, which is an error here and not a refusal.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
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

// Handle answers one event: an EventBridge event as Lambda gets it, or a job of
// CodePipeline. What no retry would mend is a result; an error is worth a retry,
// and then a place in the dead-letter queue. Neither has anything of a job's credentials.
func (h *Handler) Handle(ctx context.Context, payload json.RawMessage) (Result, error) {
	home, err := installed(h.options.StateMachine)
	if err != nil {
		return Result{}, err
	}
	trigger, answer := recognise(payload)
	result, err := answer(&reception{Handler: h, home: home}, ctx, payload)
	result, err = settle(result, err)
	if err != nil {
		return Result{}, err
	}
	result.Trigger = trigger
	return result, nil
}

// A reception is the handling of one event.
type reception struct {
	*Handler
	home installation
}

// An answer handles the events of one trigger. Its error may be a *settlement.
type answer func(r *reception, ctx context.Context, payload json.RawMessage) (Result, error)

// recognise says what an event is about, and who answers it.
func recognise(payload json.RawMessage) (trigger string, by answer) {
	var event struct {
		Job        json.RawMessage `json:"CodePipeline.job"`
		Source     string          `json:"source"`
		DetailType string          `json:"detail-type"`
	}
	if err := json.Unmarshal(payload, &event); err != nil {
		return TriggerUnknown, unknown("this is no event: %s", misfit(err))
	}
	if event.Job != nil {
		return TriggerJob, (*reception).job
	}
	switch [2]string{event.Source, event.DetailType} {
	case [2]string{"aws.s3", "Object Created"}:
		return TriggerObject, (*reception).object
	case [2]string{"aws.ecr", "ECR Image Action"}:
		return TriggerImage, (*reception).image
	case [2]string{"aws.codepipeline", "CodePipeline Pipeline Execution State Change"}:
		return TriggerPipeline, (*reception).pipeline
	case [2]string{"aws.imagebuilder", "EC2 Image Builder Image State Change"}:
		return TriggerMachineImage, (*reception).machineImage
	default:
		return TriggerUnknown, unknown("no event with source %s and detail-type %s starts a release", quote(event.Source), quote(event.DetailType))
	}
}

// unknown refuses whatever it gets.
func unknown(format string, arguments ...any) answer {
	return func(*reception, context.Context, json.RawMessage) (Result, error) {
		return Result{}, refuse(format, arguments...)
	}
}
