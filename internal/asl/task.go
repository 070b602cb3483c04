package asl

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Limits on how a task may say that it failed.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html
const (
	maxErrorName = 256
	maxCause     = 32_768
)

// An attempt is one try of a task: what it waits for, and what has come so far.
type attempt struct {
	branch    *branch
	closed    bool
	cancel    context.CancelFunc
	timeout   func() bool // stops the timer; nil: there is none
	heartbeat func() bool
	silence   time.Duration // that the heartbeat allows; 0: any
	beats     int           // heartbeats so far, so that an old timer is told from a new one
	returned  bool          // the resource has
	answer    *answer       // to the token, if it came before the resource returned
	late      bool          // the time was up while an answer was under way
}

// An answer is what SendTaskSuccess or SendTaskFailure said.
type answer struct {
	output  any
	failure *Error
}

// performTask evaluates what the task is called with, and calls it.
func (b *branch) performTask(input any) {
	t := b.state.task
	if t.token {
		b.token = b.x.engine.options.NewToken()
	}
	parameters, err := b.evaluate(b.state.parameters, input)
	if err == nil && b.state.parameters != nil && exceeds(parameters, MaxPayload) {
		err = tooLarge(b.state.name)
	}
	timeout, heartbeat := t.timeoutSeconds, t.heartbeatSeconds
	if err == nil && t.timeoutPath != nil {
		timeout, err = b.wholeSeconds("TimeoutSecondsPath", t.timeoutPath, input)
	}
	if err == nil && t.heartbeatPath != nil {
		heartbeat, err = b.wholeSeconds("HeartbeatSecondsPath", t.heartbeatPath, input)
	}
	if err == nil && timeout > 0 && heartbeat >= timeout {
		err = b.explain(&Error{ErrorRuntime, fmt.Sprintf("The heartbeat of %d s is not less than the timeout of %d s.", heartbeat, timeout)})
	}
	resource := b.x.engine.options.Resources[t.resource]
	if err == nil && resource == nil {
		err = b.explain(&Error{ErrorRuntime, "The engine has no resource " + t.resource + "."})
	}
	if err != nil {
		b.fail(failed(err))
		return
	}
	b.call(resource, Call{
		Resource:         t.resource,
		Token:            b.token,
		Parameters:       parameters,
		Execution:        b.x.name,
		ExecutionARN:     b.x.arn,
		State:            b.state.name,
		Attempt:          int(b.retries),
		TimeoutSeconds:   timeout,
		HeartbeatSeconds: heartbeat,
	})
}

func (b *branch) call(resource Resource, call Call) {
	scheduled := b.taskEvent("Scheduled")
	scheduled.TimeoutSeconds, scheduled.HeartbeatSeconds = call.TimeoutSeconds, call.HeartbeatSeconds
	if b.state.task.direct {
		scheduled.Resource, scheduled.Input = call.Resource, call.Parameters
	} else {
		scheduled.Region, scheduled.Parameters = b.x.region, call.Parameters
	}
	started := b.taskEvent("Started")
	if !b.emit(&scheduled) || !b.emit(&started) {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	a := &attempt{branch: b, cancel: cancel}
	b.pending = a
	engine := b.x.engine
	if b.token != "" {
		engine.tokens.add(b.token, a)
	}
	if call.TimeoutSeconds > 0 {
		a.timeout = a.afterSeconds(call.TimeoutSeconds, func() { a.timeUp(false) })
	}
	if call.HeartbeatSeconds > 0 {
		a.silence = time.Duration(call.HeartbeatSeconds) * time.Second
		a.listen()
	}
	engine.options.Go(func() {
		output, err := resource(ctx, call)
		var result any
		if err == nil {
			if result, err = fromGo(output); err != nil {
				err = &Error{ErrorRuntime, "The output of the task is not JSON: " + err.Error()}
			}
		}
		b.x.post(func() { a.resourceReturned(result, err) })
	})
}

func (b *branch) taskEvent(what string) Event {
	t := b.state.task
	if t.direct {
		return Event{Type: "LambdaFunction" + what}
	}
	return Event{Type: "Task" + what, Resource: t.operation, ResourceType: t.service}
}

func (a *attempt) afterSeconds(seconds int64, then func()) func() bool {
	return a.branch.x.engine.options.Clock.AfterFunc(time.Duration(seconds)*time.Second, func() { a.branch.x.post(then) })
}

// resourceReturned is the resource's end: the task's own without a token, and with one the beginning of the wait for its answer.
func (a *attempt) resourceReturned(result any, err error) {
	if a.closed {
		return
	}
	b := a.branch
	name := b.state.task.service
	if b.state.task.direct {
		name = b.state.task.resource
	}
	if err == nil && exceeds(result, MaxPayload) {
		err = tooLarge(name)
	}
	switch {
	case err != nil:
		a.end(answer{failure: errorOf(err)})
	case b.token == "":
		a.end(answer{output: result})
	default:
		a.returned = true
		submitted := b.taskEvent("Submitted")
		submitted.Output = result
		if b.emit(&submitted) && a.answer != nil {
			a.end(*a.answer)
		}
	}
}

// answered is the answer to the token; it is kept while the resource has not returned.
func (a *attempt) answered(given answer) {
	switch {
	case a.closed:
	case a.returned:
		a.end(given)
	case a.late:
		a.timedOut(false)
	default:
		a.answer = &given
		a.stopListening()
	}
}

// end closes the attempt with its result.
func (a *attempt) end(with answer) {
	a.close()
	b := a.branch
	b.pending = nil
	if with.failure != nil {
		event := b.taskEvent("Failed")
		event.Error, event.Cause = with.failure.Name, with.failure.Cause
		if b.emit(&event) {
			b.fail(failed(with.failure))
		}
		return
	}
	event := b.taskEvent("Succeeded")
	event.Output = with.output
	if b.emit(&event) {
		b.succeed(with.output)
	}
}

// timeUp ends the attempt by a timer, unless an answer was given in time and is under way.
func (a *attempt) timeUp(heartbeat bool) {
	if a.closed {
		return
	}
	if token := a.branch.token; token != "" && a.answer == nil {
		if _, err := a.branch.x.engine.tokens.claim(token); err != nil {
			a.late = true
			return
		}
	}
	a.timedOut(heartbeat)
}

func (a *attempt) timedOut(heartbeat bool) {
	a.close()
	b := a.branch
	b.pending = nil
	event := b.taskEvent("TimedOut")
	event.Error = ErrorTimeout
	if b.emit(&event) {
		b.fail(failure{Error: Error{Name: ErrorTimeout}, heartbeat: heartbeat})
	}
}

// beat is a heartbeat.
func (a *attempt) beat() {
	if !a.closed && a.answer == nil && a.silence > 0 {
		a.stopListening()
		a.listen()
	}
}

// listen lets the attempt time out unless another heartbeat comes.
func (a *attempt) listen() {
	heard := a.beats
	a.heartbeat = a.afterSeconds(int64(a.silence/time.Second), func() {
		if a.beats == heard {
			a.timeUp(true)
		}
	})
}

func (a *attempt) stopListening() {
	a.beats++
	if a.heartbeat != nil {
		a.heartbeat()
	}
}

// close lets go of the attempt: its context, timers and token.
func (a *attempt) close() {
	a.closed = true
	a.cancel()
	if a.timeout != nil {
		a.timeout()
	}
	a.stopListening()
	if token := a.branch.token; token != "" {
		// An error says that an answer has closed it; that answer will find the attempt closed.
		_, _ = a.branch.x.engine.tokens.claim(token)
	}
}

// errorOf is how a resource's error fails its task.
func errorOf(err error) *Error {
	if own, ok := errors.AsType[*Error](err); ok {
		return taskError(own.Name, own.Cause)
	}
	if named, ok := errors.AsType[interface {
		error
		ErrorName() string
	}](err); ok {
		return taskError(named.ErrorName(), err.Error())
	}
	return taskError(ErrorTaskFailed, err.Error())
}

// taskError keeps AWS's limits, and gives the nameless a name.
func taskError(name, cause string) *Error {
	if name == "" {
		name = ErrorTaskFailed
	}
	return &Error{cut(name, maxErrorName), cut(cause, maxCause)}
}

func cut(text string, size int) string {
	if len(text) <= size {
		return text
	}
	return text[:size]
}
