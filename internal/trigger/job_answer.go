package trigger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The longest texts that CodePipeline takes, in bytes to be on the safe side of its characters.
// https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ExecutionDetails.html
// https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_FailureDetails.html
const (
	mostSummaryBytes = 2048
	mostMessageBytes = 5000
)

// A continuation is what CodePipeline gives back with the next job of the same action.
type continuation struct {
	Release string `json:"release"`
}

// idPattern is what an execution can be named, and so what a release's id can be.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// followJob says how the release stands that an earlier job of the action has started.
func (r *reception) followJob(ctx context.Context, j job) (Result, error) {
	var token continuation
	if err := json.Unmarshal([]byte(j.continuation), &token); err != nil || !idPattern.MatchString(token.Release) {
		return r.refuseJob(ctx, j, "the job's continuation token names no release")
	}
	id := token.Release
	found, err := r.describe(ctx, id)
	if err != nil {
		return Result{}, err
	}
	if found == nil {
		// Step Functions may need a moment to know what it has started.
		return Result{}, fmt.Errorf("answer job %s of CodePipeline: release %s has no execution", j.id, id)
	}
	switch found.Status {
	case sfntypes.ExecutionStatusRunning, sfntypes.ExecutionStatusPendingRedrive:
		return joined(id, "is running"), r.continueJob(ctx, j, id)
	case sfntypes.ExecutionStatusSucceeded:
		outcome, reason := release.Promoted, reasonOf(found)
		return joined(id, "is "+string(outcome)+": "+reason), r.succeedJob(ctx, j, id, map[string]string{
			"release": id, "outcome": string(outcome), "reason": shorten(reason, mostSummaryBytes), "execution": aws.ToString(found.ExecutionArn),
		})
	default:
		end := ended(found)
		return joined(id, end), r.failJob(ctx, j, types.FailureTypeJobFailed, id, "release "+id+" "+end)
	}
}

// reasonOf is the sentence in the output of an execution that succeeded.
func reasonOf(found *sfn.DescribeExecutionOutput) string {
	var ending struct {
		Reason string `json:"reason"`
	}
	if err := json.Unmarshal([]byte(aws.ToString(found.Output)), &ending); err != nil {
		return "the execution succeeded"
	}
	return ending.Reason
}

// ended says how an execution ended that did not succeed. One that failed has the
// release's outcome as its error and the reason as its cause.
func ended(found *sfn.DescribeExecutionOutput) string {
	if found.Status == sfntypes.ExecutionStatusFailed {
		return fmt.Sprintf("is %s: %s", aws.ToString(found.Error), aws.ToString(found.Cause))
	}
	return fmt.Sprintf("has no execution any more (%s); the sweep brings its traffic home", found.Status)
}

// continueJob has CodePipeline ask again, for at most the 24 hours that it gives such an action.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
func (r *reception) continueJob(ctx context.Context, j job, id string) error {
	token, err := json.Marshal(continuation{Release: id})
	if err != nil {
		return fmt.Errorf("write the continuation token of job %s: %w", j.id, err)
	}
	_, err = r.options.Jobs.PutJobSuccessResult(ctx, &codepipeline.PutJobSuccessResultInput{
		JobId: aws.String(j.id), ContinuationToken: aws.String(string(token)),
		ExecutionDetails: &types.ExecutionDetails{ExternalExecutionId: aws.String(id), Summary: aws.String("release " + id + " is running")},
	})
	return answered(j, err)
}

// succeedJob ends the action well. Later actions see the variables.
func (r *reception) succeedJob(ctx context.Context, j job, id string, variables map[string]string) error {
	_, err := r.options.Jobs.PutJobSuccessResult(ctx, &codepipeline.PutJobSuccessResultInput{
		JobId: aws.String(j.id), OutputVariables: variables,
		ExecutionDetails: &types.ExecutionDetails{
			ExternalExecutionId: aws.String(id), Summary: aws.String(shorten("release "+id+" is promoted: "+variables["reason"], mostSummaryBytes)), PercentComplete: aws.Int32(100),
		},
	})
	return answered(j, err)
}

// refuseJob ends an action that has no release.
func (r *reception) refuseJob(ctx context.Context, j job, reason string) (Result, error) {
	if err := r.failJob(ctx, j, types.FailureTypeConfigurationError, "", reason); err != nil {
		return Result{}, err
	}
	return Result{}, refuse("%s", reason)
}

// failJob ends the action, and with it turns the pipeline red. The id is empty where no release was started.
func (r *reception) failJob(ctx context.Context, j job, kind types.FailureType, id, message string) error {
	details := &types.FailureDetails{Type: kind, Message: aws.String(shorten(message, mostMessageBytes))}
	if id != "" {
		details.ExternalExecutionId = aws.String(id)
	}
	_, err := r.options.Jobs.PutJobFailureResult(ctx, &codepipeline.PutJobFailureResultInput{JobId: aws.String(j.id), FailureDetails: details})
	return answered(j, err)
}

// answered is the error of an answer. A job that had one before needs no other.
func answered(j job, err error) error {
	var over *types.InvalidJobStateException
	if err == nil || errors.As(err, &over) {
		return nil
	}
	return fmt.Errorf("answer job %s of CodePipeline: %w", j.id, err)
}
