package eventbridge

import "time"

// The source and type of the event that a workflow's execution sends.
const (
	ExecutionSource            = "aws.states"
	ExecutionStatusChangeEvent = "Step Functions Execution Status Change"
)

// maxExecutionPayload is the size of an input or output in bytes beyond which
// Step Functions leaves it out of the event.
const maxExecutionPayload = 248 * 1024

// An ExecutionStatusChange is the start or the end of a workflow's execution.
// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
type ExecutionStatusChange struct {
	ExecutionARN    string
	StateMachineARN string
	Name            string
	// Status is RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
	Status string
	// Started and Stopped are when; Stopped is zero while it runs.
	Started, Stopped time.Time
	// Input and Output are JSON documents; Output is empty unless it succeeded.
	Input, Output string
	// Error and Cause are those of an execution that failed, timed out or was stopped.
	Error, Cause string
}

// executionDetail is the detail as AWS writes it: dates are milliseconds since 1970.
type executionDetail struct {
	ExecutionARN    string          `json:"executionArn"`
	StateMachineARN string          `json:"stateMachineArn"`
	Name            string          `json:"name"`
	Status          string          `json:"status"`
	StartDate       int64           `json:"startDate"`
	StopDate        *int64          `json:"stopDate"`
	Input           *string         `json:"input"`
	Output          *string         `json:"output"`
	InputDetails    *payloadDetails `json:"inputDetails"`
	OutputDetails   *payloadDetails `json:"outputDetails"`
	Error           *string         `json:"error"`
	Cause           *string         `json:"cause"`
}

type payloadDetails struct {
	Included bool `json:"included"`
}

// Event is the event that AWS sends about the change. Step Functions sends it
// at best effort, so nobody may rely on it alone.
func (c ExecutionStatusChange) Event() Event {
	d := executionDetail{
		ExecutionARN:    c.ExecutionARN,
		StateMachineARN: c.StateMachineARN,
		Name:            c.Name,
		Status:          c.Status,
		StartDate:       c.Started.UnixMilli(),
		Error:           presence(c.Error),
		Cause:           presence(c.Cause),
	}
	at := c.Started
	if !c.Stopped.IsZero() {
		at = c.Stopped
		milliseconds := c.Stopped.UnixMilli()
		d.StopDate = &milliseconds
	}
	d.Input, d.InputDetails = payload(c.Input)
	d.Output, d.OutputDetails = payload(c.Output)
	return Event{
		DetailType: ExecutionStatusChangeEvent,
		Source:     ExecutionSource,
		Time:       at,
		Resources:  []string{c.ExecutionARN},
		Detail:     detail(d),
	}
}

// payload is an input or output as far as the event has it.
func payload(text string) (*string, *payloadDetails) {
	switch {
	case text == "":
		return nil, nil
	case len(text) > maxExecutionPayload:
		return nil, &payloadDetails{Included: false}
	default:
		return &text, &payloadDetails{Included: true}
	}
}

// presence is null for an empty text.
func presence(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
