package operator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// start runs the workflow for the release of that id, and returns the
// execution's ARN. Starting the same release again is no error.
func (s *Service) start(ctx context.Context, id string, document release.Document) (string, error) {
	input, err := json.Marshal(document)
	if err != nil {
		return "", fmt.Errorf("write the document of release %s: %w", id, err)
	}
	out, err := s.use.Executions.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: aws.String(s.use.StateMachine),
		Name:            aws.String(id),
		Input:           aws.String(string(input)),
	})
	var exists *types.ExecutionAlreadyExists
	switch {
	case errors.As(err, &exists):
		// Nobody else uses this id: an earlier attempt got through, and its answer was lost.
		return s.executionARN(id), nil
	case err != nil:
		return "", fmt.Errorf("start the execution of release %s: %w", id, err)
	default:
		return aws.ToString(out.ExecutionArn), nil
	}
}

// executionARN is the ARN of the execution of the release of that id. The state
// machine's may end in the alias on which releases start; an execution's never has one.
// https://docs.aws.amazon.com/step-functions/latest/dg/execution-alias-version-associate.html
func (s *Service) executionARN(id string) string {
	prefix, machine, _ := strings.Cut(s.use.StateMachine, ":stateMachine:")
	name, _, _ := strings.Cut(machine, ":")
	return prefix + ":execution:" + name + ":" + id
}

// running reports whether the execution of that ARN runs. One that does not exist does not run.
func (s *Service) running(ctx context.Context, arn string) (bool, error) {
	out, err := s.use.Executions.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(arn)})
	var missing *types.ExecutionDoesNotExist
	switch {
	case errors.As(err, &missing):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("ask whether execution %s is running: %w", arn, err)
	default:
		return out.Status == types.ExecutionStatusRunning, nil
	}
}

// recordOfExecution makes the record of a release from its execution alone.
// The workflow writes the real one before it touches anything, so an execution that ended without one was refused.
// Its input may be anybody's: what of it can't be read is left out.
func (s *Service) recordOfExecution(ctx context.Context, id string) (ledger.Record, error) {
	arn := s.executionARN(id)
	out, err := s.use.Executions.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(arn)})
	var missing *types.ExecutionDoesNotExist
	switch {
	case errors.As(err, &missing):
		return ledger.Record{}, &NotFoundError{Message: fmt.Sprintf("there is no release %s", id)}
	case err != nil:
		return ledger.Record{}, fmt.Errorf("look up the execution of release %s: %w", id, err)
	}
	document, _, _ := release.Decode([]byte(aws.ToString(out.Input))) // what is wrong with it is the execution's cause
	record := ledger.Record{
		ID: id, Service: document.Service, Environment: document.Environment,
		Execution: arn, Document: document, Phase: ledger.PhaseCreated, CreatedAt: aws.ToTime(out.StartDate),
	}
	if out.Status != types.ExecutionStatusRunning {
		record.Phase, record.Outcome = ledger.PhaseEnded, release.Refused
		record.EndedAt = aws.ToTime(out.StopDate)
		record.Reason = executionCause(out)
	}
	return record, nil
}

// executionCause is why an execution ended, in one sentence.
func executionCause(out *sfn.DescribeExecutionOutput) string {
	var failure struct {
		Message string `json:"errorMessage"`
	}
	cause := aws.ToString(out.Cause)
	if json.Unmarshal([]byte(cause), &failure) == nil && failure.Message != "" {
		return failure.Message
	}
	if cause != "" {
		return cause
	}
	return fmt.Sprintf("the execution ended as %s before it wrote anything", out.Status)
}
