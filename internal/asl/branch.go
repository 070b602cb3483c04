package asl

import (
	"fmt"
	"sync/atomic"
	"time"
)

// A branch is one thread of states: the execution's own, one of a Parallel
// state or an iteration of a Map. All of what a run remembers is in its branches.
type branch struct {
	x        *Execution
	join     *join // where it ends; nil: the execution's own
	index    int   // among the join's branches
	item     *item // of the innermost Map around it
	previous int64 // id of the branch's last event
	dropped  bool  // its execution, or what it is a branch of, has ended

	state     *state
	input     any // of the state, before InputPath
	enteredAt time.Time
	enteredID int64
	retries   int64   // of this state so far
	spent     []int64 // retries by each retrier
	token     string  // of the present attempt
	context   any     // the context object, once somebody asked for it
	pending   closer  // what the state waits for

	// CurrentStates reads these from outside; the second is written under the execution's lock.
	current atomic.Pointer[state] // entered and not left; nil when there is none
	fan     *join                 // the branches of its state
}

// A closer is something a branch waits for and may have to give up.
type closer interface{ close() }

// An item is what $$.Map.Item shows.
type item struct {
	index int64
	value any
}

func (b *branch) currentStates(names []string) []string {
	if s := b.current.Load(); s != nil {
		names = append(names, s.name)
	}
	if b.fan != nil {
		for _, child := range b.fan.running {
			names = child.currentStates(names)
		}
	}
	return names
}

// step enters the branch's state and runs it until it waits or is left.
func (b *branch) step() {
	s := b.state
	b.retries, b.spent, b.token, b.context = 0, nil, "", nil
	b.x.transitions.Add(1)
	b.current.Store(s)
	event := Event{Type: s.entered, State: s.name, Input: b.input}
	if !b.emit(&event) {
		return
	}
	b.enteredAt, b.enteredID = event.Timestamp, event.ID
	b.perform()
}

// perform does the state's work; a retry does it again.
func (b *branch) perform() {
	s := b.state
	if s.kind == failKind {
		b.performFail()
		return
	}
	input, err := b.selectPath(s.inputPath, b.input)
	if err != nil {
		b.fail(failed(err))
		return
	}
	switch s.kind {
	case taskKind:
		b.performTask(input)
	case passKind:
		b.performPass(input)
	case choiceKind:
		b.performChoice(input)
	case waitKind:
		b.performWait(input)
	case succeedKind:
		b.leaveWith(input, nil)
	case parallelKind:
		b.performParallel(input)
	case mapKind:
		b.performMap(input)
	}
}

// emit records an event of this branch, after its last one; false: the execution has ended.
func (b *branch) emit(event *Event) bool {
	id := b.x.record(b.previous, event)
	if id != 0 {
		b.previous = id
	}
	return id != 0
}

// note records an event that no other will follow from.
func (b *branch) note(event *Event) int64 { return b.x.record(b.previous, event) }

// scope is what the state's expressions see, with $ being the document.
func (b *branch) scope(document any) scope { return scope{document, b} }

// selectPath applies InputPath or OutputPath.
func (b *branch) selectPath(p *path, document any) (any, *Error) {
	if p == nil {
		return map[string]any{}, nil
	}
	return b.lookUp(p, document)
}

// lookUp finds what a state can't do without.
func (b *branch) lookUp(p *path, document any) (any, *Error) {
	value, found := p.find(b.scope(document).root(p))
	if !found {
		return nil, b.explain(&Error{ErrorRuntime, p.missing()})
	}
	return value, nil
}

// evaluate applies a template; a nil one leaves the document as it is.
func (b *branch) evaluate(t template, document any) (any, *Error) {
	if t == nil {
		return document, nil
	}
	value, err := t.eval(b.scope(document))
	if err != nil {
		return nil, b.explain(err)
	}
	return value, nil
}

// explain says where an evaluation failed, as Step Functions does.
func (b *branch) explain(err *Error) *Error {
	return &Error{err.Name, fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). %s",
		b.state.name, b.enteredID, err.Cause)}
}

// tooLarge is the error of a payload beyond MaxPayload.
func tooLarge(name string) *Error {
	return &Error{ErrorDataLimitExceeded,
		"The state/task '" + name + "' returned a result with a size exceeding the maximum number of bytes service limit."}
}

// succeed takes the result of the state's work through ResultSelector, ResultPath and OutputPath.
func (b *branch) succeed(result any) {
	result, err := b.evaluate(b.state.selector, result)
	if err != nil {
		b.fail(failed(err))
		return
	}
	output, err := b.combine(b.state.resultPath, result)
	if err != nil {
		b.fail(failed(err))
		return
	}
	b.leaveWith(output, b.state.next)
}

// combine puts a result into the state's input.
func (b *branch) combine(p *path, result any) (any, *Error) {
	if p == nil {
		return b.input, nil
	}
	output, err := p.put(b.input, result)
	if err != nil {
		return nil, b.explain(&Error{ErrorResultPathMatch,
			fmt.Sprintf("Unable to apply ReferencePath %s to input %s: %v.", p.text, appendJSON(nil, b.input), err)})
	}
	return output, nil
}

// leaveWith applies OutputPath and goes on.
func (b *branch) leaveWith(output any, next *state) {
	output, err := b.selectPath(b.state.outputPath, output)
	if err == nil && !b.state.keepsInput && exceeds(output, MaxPayload) {
		err = tooLarge(b.state.name)
	}
	if err != nil {
		b.fail(failed(err))
		return
	}
	b.leave(output, next)
}

// leave goes on to the next state, or ends the branch when there is none.
func (b *branch) leave(output any, next *state) {
	if !b.emit(&Event{Type: b.state.exited, State: b.state.name, Output: output}) {
		return
	}
	b.current.Store(nil)
	if next != nil {
		b.state, b.input = next, output
		b.x.queue(b)
		return
	}
	if b.join == nil {
		b.x.succeed(b.previous, output)
		return
	}
	b.join.branchSucceeded(b, output)
}

// fail handles an error of the state: Retry, then Catch, then the level fails.
func (b *branch) fail(f failure) {
	if b.x.ended {
		return
	}
	s := b.state
	if b.retry(f) {
		return
	}
	if s.kind == parallelKind || s.kind == mapKind {
		b.emit(&Event{Type: string(s.kind) + "StateFailed"})
	}
	for i := range s.catchers {
		if c := &s.catchers[i]; f.matches(c.errors) {
			output, err := b.combine(c.resultPath, f.output())
			if err == nil && exceeds(output, MaxPayload) {
				err = tooLarge(s.name)
			}
			if err != nil {
				f = failed(err)
				break
			}
			b.leave(output, c.next)
			return
		}
	}
	if b.join == nil {
		b.x.fail(b.previous, &f.Error)
		return
	}
	b.join.branchFailed(b, f)
}

// retry performs the state again, after a while, if the first retrier that takes the error has attempts left.
func (b *branch) retry(f failure) bool {
	retriers := b.state.retriers
	for i := range retriers {
		r := &retriers[i]
		if !f.matches(r.errors) {
			continue
		}
		if b.spent == nil {
			b.spent = make([]int64, len(retriers))
		}
		if b.spent[i] >= r.maxAttempts {
			return false
		}
		delay := r.delay(b.spent[i], b.x.engine.options.Random)
		b.spent[i]++
		b.retries++
		b.after(delay, func() {
			b.context = nil
			b.x.transitions.Add(1)
			b.perform()
		})
		return true
	}
	return false
}

// after waits, unless the branch is dropped meanwhile.
func (b *branch) after(d time.Duration, then func()) {
	p := &pause{}
	b.pending = p
	p.stop = b.x.engine.options.Clock.AfterFunc(d, func() {
		b.x.post(func() {
			if !p.closed {
				p.closed, b.pending = true, nil
				then()
			}
		})
	})
}

// A pause is a wait for the clock alone.
type pause struct {
	stop   func() bool
	closed bool
}

func (p *pause) close() {
	p.closed = true
	p.stop()
}

// drop gives up the branch and everything below it, without a trace.
func (b *branch) drop() {
	b.dropped = true
	if b.pending != nil {
		b.pending.close()
		b.pending = nil
	}
	if b.fan != nil {
		for _, child := range b.fan.running {
			child.drop()
		}
	}
}
