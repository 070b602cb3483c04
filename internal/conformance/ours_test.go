package conformance_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
	"github.com/goldfinch-dev/goldfinch/internal/local/stepfunctions"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// The state machine that is interpreted by ours.
const (
	ourMachine    = "ours"
	ourMachineARN = "arn:aws:states:" + region + ":" + accountID + ":stateMachine:" + ourMachine
)

// Ours is our own Step Functions, on the wire. It interprets what moto's can't:
// there, StopExecution does not end an execution that waits for a task token.
type ours struct {
	service *stepfunctions.Service
	// changes are the events of executions that started or ended.
	changes chan eventbridge.Event
}

func newOurs(t *testing.T, c *cloud, definition string) *ours {
	t.Helper()
	resources := map[string]asl.Resource{
		"arn:aws:states:::lambda:invoke":                  c.functions.task,
		"arn:aws:states:::lambda:invoke.waitForTaskToken": c.functions.task,
		"arn:aws:states:::events:putEvents":               unreached,
		"arn:aws:states:::sns:publish":                    unreached,
	}
	machine, err := asl.Load([]byte(definition), slices.Collect(maps.Keys(resources))...)
	if err != nil {
		t.Fatal(err)
	}
	o := &ours{changes: make(chan eventbridge.Event, 100)}
	o.service, err = stepfunctions.New(stepfunctions.Options{
		Machine: machine, Name: ourMachine, Store: store.Memory(), Region: region, AccountID: accountID,
		Engine:   asl.Options{Clock: clock.Wall{}, Resources: resources},
		OnStatus: func(change eventbridge.ExecutionStatusChange) { o.changes <- change.Event() },
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// unreached stands for what an execution that is stopped never comes to.
func unreached(context.Context, asl.Call) (any, error) {
	return nil, errors.New("the execution was to be stopped before this state")
}

// task is the integration of Lambda's Invoke.
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
func (f *functions) task(_ context.Context, called asl.Call) (any, error) {
	var parameters struct {
		FunctionName string
		Payload      json.RawMessage
	}
	if err := called.Decode(&parameters); err != nil {
		return nil, err
	}
	name, _ := functionOf(parameters.FunctionName)
	// As in Lambda, it goes on when nobody waits for it any more.
	result := f.run(context.Background(), f.own[strings.TrimPrefix(name, prefix)], parameters.Payload)
	if result.FunctionError != "" {
		var failure struct{ ErrorType string }
		if err := json.Unmarshal(result.Payload, &failure); err != nil {
			return nil, err
		}
		return nil, &asl.Error{Name: failure.ErrorType, Cause: string(result.Payload)}
	}
	return map[string]any{"StatusCode": http.StatusOK, "ExecutedVersion": "1", "Payload": json.RawMessage(result.Payload)}, nil
}

// serve answers one call of Step Functions.
func (o *ours) serve(w http.ResponseWriter, r *http.Request, operation string, body []byte) {
	var asked request
	if err := json.Unmarshal(body, &asked); err != nil {
		refuse(w, http.StatusBadRequest, "ValidationException", err)
		return
	}
	answer, err := o.call(r.Context(), operation, asked)
	if known, ok := errors.AsType[smithy.APIError](err); ok {
		refuse(w, http.StatusBadRequest, known.ErrorCode(), err)
		return
	}
	if err != nil {
		refuse(w, http.StatusInternalServerError, "InternalServerError", err)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(http.ErrAbortHandler)
	}
}

func (o *ours) call(ctx context.Context, operation string, asked request) (map[string]any, error) {
	switch operation {
	case "StartExecution":
		begun, err := o.service.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: aws.String(ourMachineARN), Name: &asked.Name, Input: &asked.Input})
		if err != nil {
			return nil, err
		}
		return map[string]any{"executionArn": begun.ExecutionArn, "startDate": seconds(begun.StartDate)}, nil
	case "StopExecution":
		stopped, err := o.service.StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: &asked.ExecutionArn, Error: &asked.Error, Cause: &asked.Cause})
		if err != nil {
			return nil, err
		}
		return map[string]any{"stopDate": seconds(stopped.StopDate)}, nil
	case "DescribeExecution":
		found, err := o.service.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &asked.ExecutionArn})
		if err != nil {
			return nil, err
		}
		return map[string]any{
			"executionArn": found.ExecutionArn, "stateMachineArn": found.StateMachineArn, "name": found.Name, "status": found.Status,
			"startDate": seconds(found.StartDate), "stopDate": seconds(found.StopDate), "input": found.Input, "error": found.Error, "cause": found.Cause,
		}, nil
	default:
		return nil, fmt.Errorf("%s is not served here", operation)
	}
}

// seconds is a time as AWS's JSON has it; nil stays nil.
func seconds(at *time.Time) any {
	if at == nil {
		return nil
	}
	return float64(at.UnixMilli()) / 1000
}

// changed waits for the event of an execution that has come to a status.
func (o *ours) changed(t *testing.T, status string) eventbridge.Event {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case event := <-o.changes:
			var detail struct{ Status string }
			if err := json.Unmarshal(event.Detail, &detail); err != nil {
				t.Fatal(err)
			}
			if detail.Status == status {
				return event
			}
		case <-timeout:
			t.Fatalf("no execution is %s within %s", status, patience)
		}
	}
}
