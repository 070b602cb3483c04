package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	sdkevents "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	sdksns "github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
)

// The integrations that the workflow uses.
// https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
const (
	lambdaInvoke      = "arn:aws:states:::lambda:invoke"
	lambdaInvokeToken = "arn:aws:states:::lambda:invoke.waitForTaskToken"
	putEvents         = "arn:aws:states:::events:putEvents"
	publish           = "arn:aws:states:::sns:publish"
)

// functionTimeout is the longest that a handler may run, as Lambda's limit is.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const functionTimeout = 15 * time.Minute

// functionName is the function behind a placeholder: "IntakeFunction" is "intake".
func functionName(placeholder string) string {
	return strings.ToLower(strings.TrimSuffix(placeholder, "Function"))
}

func (e *Engine) resources() map[string]asl.Resource {
	return map[string]asl.Resource{
		lambdaInvoke:      e.lambdaInvoke,
		lambdaInvokeToken: e.lambdaInvoke,
		putEvents:         e.putEvents,
		publish:           e.publish,
	}
}

// lambdaInvoke runs a handler. As in Lambda, it goes on when nobody waits for it any more.
func (e *Engine) lambdaInvoke(ctx context.Context, call asl.Call) (any, error) {
	parameters, _ := call.Parameters.(map[string]any)
	name, ok := parameters["FunctionName"].(string)
	if !ok {
		return nil, fmt.Errorf("invoke a function: FunctionName is no text: %v", parameters["FunctionName"])
	}
	out, err := e.invoke(context.WithoutCancel(ctx), name, call.Member("Payload"))
	if err != nil {
		return nil, lambdaError(err)
	}
	answer, err := asl.Value(out)
	if err != nil {
		return nil, fmt.Errorf("read the answer of function %s: %w", name, err)
	}
	return map[string]any{"StatusCode": int64(200), "ExecutedVersion": "$LATEST", "Payload": answer}, nil
}

// invoke runs a handler as Lambda would: with a time limit, from JSON to JSON.
func (e *Engine) invoke(ctx context.Context, name string, payload json.RawMessage) ([]byte, error) {
	function := e.functions[name]
	if function == nil {
		return nil, fmt.Errorf("there is no function %q", name)
	}
	ctx, cancel := context.WithTimeout(ctx, functionTimeout)
	defer cancel()
	out, err := e.options.Invoke(ctx, name, func(ctx context.Context) (any, error) { return function(ctx, payload) })
	if err != nil {
		return nil, err
	}
	answer, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("write the answer of function %s: %w", name, err)
	}
	return answer, nil
}

// lambdaError gives an error the name and the cause that Step Functions sees of a failed function.
func lambdaError(err error) error {
	name, message := "Lambda.Unknown", err.Error()
	var named messages.InvokeResponse_Error
	if errors.As(err, &named) {
		name, message = named.Type, named.Message
	}
	cause, marshalErr := json.Marshal(map[string]string{"errorType": name, "errorMessage": message})
	if marshalErr != nil {
		return fmt.Errorf("write the cause of a failed function: %w", marshalErr)
	}
	return &asl.Error{Name: name, Cause: string(cause)}
}

func (e *Engine) putEvents(ctx context.Context, call asl.Call) (any, error) {
	var parameters struct {
		Entries []struct {
			EventBusName, Source, DetailType string
			Detail                           json.RawMessage
		}
	}
	if err := call.Decode(&parameters); err != nil {
		return nil, fmt.Errorf("put events: %w", err)
	}
	input := &sdkevents.PutEventsInput{}
	for _, entry := range parameters.Entries {
		input.Entries = append(input.Entries, eventtypes.PutEventsRequestEntry{
			EventBusName: pointer(entry.EventBusName), Source: pointer(entry.Source), DetailType: pointer(entry.DetailType), Detail: pointer(string(entry.Detail)),
		})
	}
	out, err := e.Bus.PutEvents(ctx, input)
	if err != nil {
		return nil, &asl.Error{Name: "EventBridge.FailedEntry", Cause: err.Error()}
	}
	return map[string]any{"FailedEntryCount": out.FailedEntryCount}, nil
}

func (e *Engine) publish(ctx context.Context, call asl.Call) (any, error) {
	var parameters struct{ TopicArn, Subject, Message string }
	if err := call.Decode(&parameters); err != nil {
		return nil, fmt.Errorf("publish a message: %w", err)
	}
	out, err := e.SNS.Publish(ctx, &sdksns.PublishInput{TopicArn: &parameters.TopicArn, Subject: &parameters.Subject, Message: &parameters.Message})
	if err != nil {
		return nil, &asl.Error{Name: "SNS.SnsException", Cause: err.Error()}
	}
	return map[string]any{"MessageId": *out.MessageId}, nil
}

// rules are the event rules that the CDK stack makes in AWS.
func (e *Engine) rules() {
	e.Bus.Rule("signal", eventbridge.Pattern{Source: []string{"aws.cloudwatch"}, DetailType: []string{"CloudWatch Alarm State Change"}},
		func(ctx context.Context, event eventbridge.Event) error { return e.deliver(ctx, "signal", event) })
	e.Bus.Rule("sweep", eventbridge.Pattern{Source: []string{eventbridge.ExecutionSource}, DetailType: []string{eventbridge.ExecutionStatusChangeEvent}, Match: ended},
		func(ctx context.Context, event eventbridge.Event) error { return e.deliver(ctx, "sweep", event) })
}

// ended matches executions that ended otherwise than well.
func ended(event eventbridge.Event) bool {
	var detail struct {
		Status asl.Status `json:"status"`
	}
	if err := json.Unmarshal(event.Detail, &detail); err != nil {
		return false
	}
	return detail.Status == asl.Failed || detail.Status == asl.TimedOut || detail.Status == asl.Aborted
}

// deliver gives an event to a function.
func (e *Engine) deliver(ctx context.Context, function string, event eventbridge.Event) error {
	payload, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("write the event for function %s: %w", function, err)
	}
	_, err = e.invoke(ctx, function, payload)
	return err
}

// invokeLater runs a function that nobody waits for.
func (e *Engine) invokeLater(function string, payload []byte) {
	e.options.Go(func() {
		if _, err := e.invoke(context.Background(), function, payload); err != nil {
			e.options.Log.Warn("scheduled function failed; it will run again", "function", function, "error", err.Error())
		}
	})
}
