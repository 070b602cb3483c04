package trigger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// How long the parts of an id are; together they stay below the 80 characters
// that an execution's name has at most.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
const (
	longestReadable = 36
	hashDigits      = 20
)

// unreadable is what an execution's name does not take, or takes with trouble.
var unreadable = regexp.MustCompile(`[^A-Za-z0-9-]+`)

// idOf is the id of the release that an event starts: what the event is about, a
// name that people know, and a hash of what happened, so that the same is always
// the same id. Its underscore tells it from the name of a service.
func idOf(trigger, readable string, what ...string) string {
	hash := sha256.Sum256([]byte(strings.Join(append([]string{trigger}, what...), "\x00")))
	name := unreadable.ReplaceAllString(readable, "-")
	return trigger + "-" + strings.Trim(name[:min(len(name), longestReadable)], "-") + "_" + hex.EncodeToString(hash[:])[:hashDigits]
}

// start begins the release of that id, or finds that it has begun. Between the
// look and the start another delivery of the event may be faster; Step Functions lets only one begin.
func (r *reception) start(ctx context.Context, id string, document release.Document) (Result, error) {
	place := document.Service + "/" + document.Environment
	const before = "was started by the same event before"
	known, err := r.describe(ctx, id)
	if err != nil {
		return Result{}, err
	}
	if known != nil {
		return joined(id, before), nil
	}
	input, err := json.Marshal(document)
	if err != nil {
		return Result{}, fmt.Errorf("write the document of release %s: %w", id, err)
	}
	_, err = r.options.Executions.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: aws.String(r.options.StateMachine),
		Name:            aws.String(id),
		Input:           aws.String(string(input)),
	})
	var exists *types.ExecutionAlreadyExists
	switch {
	case errors.As(err, &exists):
		return joined(id, before), nil
	case err != nil:
		return Result{}, fmt.Errorf("start release %s of %s: %w", id, place, err)
	default:
		return Result{Result: Started, Release: id, Reason: fmt.Sprintf("release %s of %s was started: %s", id, place, document.Request.Reason)}, nil
	}
}

func joined(id, state string) Result {
	return Result{Result: Joined, Release: id, Reason: "release " + id + " " + state}
}

// describe looks at the execution of a release; nil when there is none.
func (r *reception) describe(ctx context.Context, id string) (*sfn.DescribeExecutionOutput, error) {
	found, err := r.options.Executions.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(r.home.execution(id))})
	var missing *types.ExecutionDoesNotExist
	switch {
	case errors.As(err, &missing):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look up the execution of release %s: %w", id, err)
	default:
		return found, nil
	}
}
