package asl

import (
	"encoding/json"
	"slices"
	"sync"
	"sync/atomic"
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
type Execution struct {
	engine      *Engine
	machine     *Machine
	name        string
	arn         string
	region      string
	machineName string
	machineARN  string
	input       any
	inputText   json.RawMessage
	startedAt   time.Time
	done        chan struct{}
	transitions atomic.Int64
	// What the context object shows of the execution and of its machine.
	inContext, machineInContext map[string]any

	// What moves belongs to the goroutine that the mailbox lets move it.
	mail   mailbox
	ready  []*branch // to be stepped, from readyAt on
	next   int
	events int64
	ended  bool
	expiry func() bool // stops the timer of the machine's TimeoutSeconds

	// What others may look at meanwhile; the mover writes it under the lock.
	mu        sync.Mutex
	root      *branch // its states and branches, for CurrentStates
	status    Status
	output    json.RawMessage
	failure   *Error
	stoppedAt time.Time
	history   eventLog
}

// Name is the execution's name.
func (x *Execution) Name() string { return x.name }

// ARN is the execution's ARN.
func (x *Execution) ARN() string { return x.arn }

// MachineARN is the ARN of the state machine, derived from the execution's; empty if that is no execution's ARN.
func (x *Execution) MachineARN() string { return x.machineARN }

// Machine is the definition being run.
func (x *Execution) Machine() *Machine { return x.machine }

// Input is the execution's input, as it was given.
func (x *Execution) Input() json.RawMessage { return slices.Clone(x.inputText) }

// StartedAt is when the execution began.
func (x *Execution) StartedAt() time.Time { return x.startedAt }

// Status is where the execution stands now.
func (x *Execution) Status() Status {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.status
}

// Output is the result of an execution that succeeded, and nil of any other.
func (x *Execution) Output() json.RawMessage {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.output)
}

// Err is how the execution failed, was stopped or timed out; nil while it runs and when it
// succeeded. An aborted execution has whatever error and cause Stop was given.
func (x *Execution) Err() *Error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.failure == nil {
		return nil
	}
	err := *x.failure
	return &err
}

// StoppedAt is when the execution ended; zero while it runs.
func (x *Execution) StoppedAt() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.stoppedAt
}

// Done is closed when the execution has ended and OnStatus has been told.
func (x *Execution) Done() <-chan struct{} { return x.done }

// History is a copy of the events so far; empty when they are only streamed.
func (x *Execution) History() []Event {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.history.events()
}

// Path names the states entered so far, in order, retries not counted; empty when history is only streamed.
func (x *Execution) Path() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.history.path()
}

// CurrentStates names the states that were entered and not yet left, each before those in its branches.
func (x *Execution) CurrentStates() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.root.currentStates(nil)
}

// Transitions counts the states entered so far, plus the retries, as Step Functions bills them.
func (x *Execution) Transitions() int64 { return x.transitions.Load() }

// Stop ends a running execution as ABORTED: no Retry, Catch or further state
// runs. A running task's context ends, but its resource may go on. Called while
// the execution is moving (from a resource that runs inline, for one), it takes
// effect before the next state; Done tells when. On an ended execution it does nothing.
func (x *Execution) Stop(errorName, cause string) {
	x.post(func() {
		x.end(Aborted, nil, &Error{errorName, cause}, Event{Type: "ExecutionAborted", Error: errorName, Cause: cause})
	})
}

// post lets the action happen when nothing else moves the execution, perhaps on another goroutine.
func (x *Execution) post(action func()) { x.mail.post(action, x.advance) }

// begin is the execution's first action.
func (x *Execution) begin() {
	options := &x.engine.options
	if options.OnStatus != nil {
		options.OnStatus(x)
	}
	x.record(0, &Event{Type: "ExecutionStarted", Input: x.input, RoleARN: options.RoleARN})
	if seconds := x.machine.timeoutSeconds; seconds > 0 {
		x.expiry = options.Clock.AfterFunc(time.Duration(seconds)*time.Second, func() {
			x.post(func() {
				x.end(TimedOut, nil, &Error{Name: ErrorTimeout}, Event{Type: "ExecutionTimedOut", Error: ErrorTimeout})
			})
		})
	}
	x.queue(x.root)
}

// queue has a branch step on from its state.
func (x *Execution) queue(b *branch) { x.ready = append(x.ready, b) }

// advance steps the branches that can move, one state at a time and in turn. It
// leaves off, reporting true, when an action waits, since that may be a Stop.
func (x *Execution) advance() (more bool) {
	for x.next < len(x.ready) {
		if x.mail.waiting() {
			return true
		}
		b := x.ready[x.next]
		x.ready[x.next] = nil
		if x.next++; x.next == len(x.ready) {
			x.ready, x.next = x.ready[:0], 0
		}
		if !x.ended && !b.dropped {
			b.step()
		}
	}
	return false
}

// record adds an event after the one it follows from, and returns its id, 0 if the execution has ended.
// The event that would leave no room for the last one fails the execution instead.
func (x *Execution) record(previous int64, event *Event) int64 {
	if x.ended {
		return 0
	}
	if limit := x.engine.options.MaxEvents; limit > 0 && x.events >= limit-1 {
		err := &Error{ErrorRuntime, "The execution reached the maximum number of history events."}
		x.end(Failed, nil, err, Event{Type: "ExecutionFailed", PreviousID: previous, Error: err.Name, Cause: err.Cause})
		return 0
	}
	return x.write(previous, event)
}

func (x *Execution) write(previous int64, event *Event) int64 {
	x.events++
	event.ID, event.PreviousID, event.Timestamp = x.events, previous, x.engine.options.Clock.Now()
	if x.engine.options.MaxEvents > 0 {
		x.mu.Lock()
		x.history.add(event)
		x.mu.Unlock()
	}
	if sink := x.engine.options.Sink; sink != nil {
		sink(x, *event)
	}
	return event.ID
}

// end closes the execution with its last event; everything that still waits is let go.
func (x *Execution) end(status Status, output any, failure *Error, last Event) {
	if x.ended {
		return
	}
	x.ended = true
	x.write(last.PreviousID, &last)
	if x.expiry != nil {
		x.expiry()
	}
	x.root.drop()
	x.mu.Lock()
	x.status, x.failure, x.stoppedAt = status, failure, last.Timestamp
	if status == Succeeded {
		x.output = appendJSON(nil, output)
	}
	x.root = &branch{}
	x.mu.Unlock()
	if x.engine.options.OnStatus != nil {
		x.engine.options.OnStatus(x)
	}
	close(x.done)
}

func (x *Execution) succeed(previous int64, output any) {
	x.end(Succeeded, output, nil, Event{Type: "ExecutionSucceeded", PreviousID: previous, Output: output})
}

func (x *Execution) fail(previous int64, err *Error) {
	x.end(Failed, nil, err, Event{Type: "ExecutionFailed", PreviousID: previous, Error: err.Name, Cause: err.Cause})
}
