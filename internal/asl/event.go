package asl

import (
	"encoding/json"
	"strings"
	"time"
)

// An Event is one entry of an execution's history, with Step Functions' own
// type names and fields. It marshals to an event of GetExecutionHistory's answer:
// payloads as JSON text, the timestamp as seconds since 1970.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
type Event struct {
	ID         int64 // 1, 2, 3, …
	PreviousID int64 // the event that led to this one; 0 for the first of the execution and of its first state
	Timestamp  time.Time
	Type       string // TaskStateEntered, TaskScheduled, …

	State            string // name of the state, in …StateEntered, …StateExited and MapIteration… events
	Input            any    // JSON value, read only
	Output           any    // JSON value, read only
	Resource         string // the last part of the ARN, such as invoke.waitForTaskToken
	ResourceType     string // lambda, dynamodb, sns, events, …
	Region           string
	Parameters       any   // of TaskScheduled
	TimeoutSeconds   int64 // of …Scheduled; 0 is none
	HeartbeatSeconds int64 // of …Scheduled; 0 is none
	Error            string
	Cause            string
	Index            int    // of MapIteration… events
	Length           int    // of MapStateStarted
	RoleARN          string // of ExecutionStarted
}

// eventDetails are the details of any event; each type has some of them.
type eventDetails struct {
	Name               string     `json:"name,omitempty"`
	Index              *int       `json:"index,omitempty"`
	Length             *int       `json:"length,omitempty"`
	Input              *string    `json:"input,omitempty"`
	InputDetails       *truncated `json:"inputDetails,omitempty"`
	RoleARN            string     `json:"roleArn,omitempty"`
	Output             *string    `json:"output,omitempty"`
	OutputDetails      *truncated `json:"outputDetails,omitempty"`
	Resource           string     `json:"resource,omitempty"`
	ResourceType       string     `json:"resourceType,omitempty"`
	Region             string     `json:"region,omitempty"`
	Parameters         *string    `json:"parameters,omitempty"`
	TimeoutInSeconds   int64      `json:"timeoutInSeconds,omitempty"`
	HeartbeatInSeconds int64      `json:"heartbeatInSeconds,omitempty"`
	Error              string     `json:"error,omitempty"`
	Cause              string     `json:"cause,omitempty"`
}

type truncated struct {
	Truncated bool `json:"truncated"`
}

// MarshalJSON writes the event as GetExecutionHistory does.
func (e Event) MarshalJSON() ([]byte, error) {
	fields := map[string]any{
		"id":              e.ID,
		"previousEventId": e.PreviousID,
		"timestamp":       float64(e.Timestamp.UnixMilli()) / 1000,
		"type":            e.Type,
	}
	if key, details := e.details(); key != "" {
		fields[key] = details
	}
	return json.Marshal(fields)
}

// details are what the event's type adds, and the name of the field for it; "" for a type without.
func (e Event) details() (key string, details eventDetails) {
	key = strings.ToLower(e.Type[:1]) + e.Type[1:] + "EventDetails"
	details = eventDetails{Error: e.Error, Cause: e.Cause, Resource: e.Resource, ResourceType: e.ResourceType}
	switch {
	case strings.HasSuffix(e.Type, "StateEntered"):
		key, details.Name = "stateEnteredEventDetails", e.State
		details.setInput(e.Input)
	case strings.HasSuffix(e.Type, "StateExited"):
		key, details.Name = "stateExitedEventDetails", e.State
		details.setOutput(e.Output)
	case strings.HasPrefix(e.Type, "MapIteration"):
		details.Name, details.Index = e.State, &e.Index
	case e.Type == "MapStateStarted":
		details.Length = &e.Length
	case e.Type == "ExecutionStarted":
		details.RoleARN = e.RoleARN
		details.setInput(e.Input)
	case e.Type == "LambdaFunctionScheduled":
		details.TimeoutInSeconds = e.TimeoutSeconds
		details.setInput(e.Input)
	case e.Type == "TaskScheduled":
		details.Region, details.Parameters = e.Region, jsonText(e.Parameters)
		details.TimeoutInSeconds, details.HeartbeatInSeconds = e.TimeoutSeconds, e.HeartbeatSeconds
	case strings.HasSuffix(e.Type, "Succeeded") && !strings.Contains(e.Type, "State"), e.Type == "TaskSubmitted":
		details.setOutput(e.Output)
	case strings.Contains(e.Type, "State"), e.Type == "LambdaFunctionStarted":
		key = "" // ParallelStateStarted, MapStateFailed, TaskStateAborted, …
	}
	return key, details
}

func (d *eventDetails) setInput(value any) {
	d.Input, d.InputDetails = jsonText(value), &truncated{}
}

func (d *eventDetails) setOutput(value any) {
	d.Output, d.OutputDetails = jsonText(value), &truncated{}
}

func jsonText(value any) *string {
	text := string(appendJSON(nil, value))
	return &text
}
