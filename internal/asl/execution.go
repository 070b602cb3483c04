package asl

import (
	"encoding/json"
	"time"
)

// A Status is where an execution stands.
type Status string

// The statuses, as Step Functions names them.
const (
	Running   Status = "RUNNING"
	Succeeded Status = "SUCCEEDED"
	Failed    Status = "FAILED"
	TimedOut  Status = "TIMED_OUT"
	Aborted   Status = "ABORTED"
)

// An Execution is one run of a Machine. It is safe for concurrent use.
type Execution struct{}

// Name is the execution's name.
func (x *Execution) Name() string { return "" }

// ARN is the execution's ARN.
func (x *Execution) ARN() string { return "" }

// MachineARN is the ARN of the state machine, derived from the execution's.
func (x *Execution) MachineARN() string { return "" }

// Machine is the definition being run.
func (x *Execution) Machine() *Machine { return nil }

// Input is the execution's input.
func (x *Execution) Input() json.RawMessage { return nil }

// Status is where the execution stands now.
func (x *Execution) Status() Status { return "" }

// Output is the result of an execution that succeeded, and nil of any other.
func (x *Execution) Output() json.RawMessage { return nil }

// Err is how the execution failed, was stopped or timed out; nil while it runs and when it
// succeeded. An aborted execution has whatever error and cause Stop was given.
func (x *Execution) Err() *Error { return nil }

// StartedAt is when the execution began.
func (x *Execution) StartedAt() time.Time { return time.Time{} }

// StoppedAt is when the execution ended; zero while it runs.
func (x *Execution) StoppedAt() time.Time { return time.Time{} }

// Done is closed when the execution has ended and OnStatus has been told.
func (x *Execution) Done() <-chan struct{} { return nil }

// History is a copy of the events so far; empty when they are only streamed.
func (x *Execution) History() []Event { return nil }

// CurrentStates names the states that were entered and not yet left, outermost first.
func (x *Execution) CurrentStates() []string { return nil }

// Path names the states entered so far, in order, retries not counted; empty when history is only streamed.
func (x *Execution) Path() []string { return nil }

// Transitions counts the states entered so far, plus the retries, as Step Functions bills them.
func (x *Execution) Transitions() int64 { return 0 }

// Stop ends a running execution as ABORTED: no Retry, Catch or further state
// runs. A running task's context ends, but its resource may go on. Called while
// the execution is moving (from a resource that runs inline, for one), it takes
// effect before the next state; Done tells when. On an ended execution it does nothing.
func (x *Execution) Stop(errorName, cause string) {}
