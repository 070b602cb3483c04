package asl

import "time"

// An Event is one entry of an execution's history, with Step Functions' own
// type names and fields. It marshals to an event of GetExecutionHistory's answer:
// payloads as JSON text, the timestamp as seconds since 1970.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
type Event struct {
	ID         int64 // 1, 2, 3, …
	PreviousID int64 // the event that led to this one; 0 for the first
	Timestamp  time.Time
	Type       string // TaskStateEntered, TaskScheduled, …

	State            string // name of the state, in …StateEntered, …StateExited and MapIteration… events
	Input            any    // JSON value, read only
	Output           any    // JSON value, read only
	Resource         string // the last part of the ARN, such as invoke.waitForTaskToken
	ResourceType     string // lambda, dynamodb, sns, events, …
	Region           string
	Parameters       any   // of TaskScheduled
	TimeoutSeconds   int64 // of TaskScheduled; 0 is none
	HeartbeatSeconds int64 // of TaskScheduled; 0 is none
	Error            string
	Cause            string
	Index            int    // of MapIteration… events
	Length           int    // of MapStateStarted
	RoleARN          string // of ExecutionStarted
}
