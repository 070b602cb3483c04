package asl

import (
	"fmt"
	"slices"
)

// A join is where the branches of one attempt of a Parallel or Map state come together.
type join struct {
	parent  *branch
	results []any
	left    int       // branches that have not succeeded yet
	running []*branch // begun and not ended, in order; written under the execution's lock

	// Of a Map:
	items []any // what each iteration begins with
	shown []any // $$.Map.Item.Value of each
	begun int
}

func (b *branch) performParallel(input any) {
	input, err := b.evaluate(b.state.parameters, input)
	if err == nil && b.state.parameters != nil && exceeds(input, MaxPayload) {
		err = tooLarge(b.state.name)
	}
	if err != nil {
		b.fail(failed(err))
		return
	}
	if !b.emit(&Event{Type: "ParallelStateStarted"}) {
		return
	}
	levels := b.state.branches
	j := b.open(len(levels))
	for i, each := range levels {
		j.begin(&branch{x: b.x, join: j, index: i, item: b.item, previous: b.previous, state: each.start, input: input})
	}
}

func (b *branch) performMap(input any) {
	j, concurrency, err := b.iterations(input)
	if err != nil {
		b.fail(failed(err))
		return
	}
	if !b.emit(&Event{Type: "MapStateStarted", Length: len(j.items)}) {
		return
	}
	if len(j.items) == 0 {
		j.complete(b.previous)
		return
	}
	if concurrency == 0 {
		concurrency = int64(len(j.items))
	}
	for range min(concurrency, int64(len(j.items))) {
		j.beginIteration(b.previous)
	}
}

// iterations evaluates what a Map runs over.
func (b *branch) iterations(input any) (j *join, concurrency int64, err *Error) {
	m := b.state.iteration
	value := input
	if m.itemsPath != nil {
		if value, err = b.lookUp(m.itemsPath, input); err != nil {
			return nil, 0, err
		}
	}
	items, ok := value.([]any)
	if !ok {
		return nil, 0, b.explain(&Error{ErrorRuntime, fmt.Sprintf("Map state input must be an array but was: %s", appendJSON(nil, value))})
	}
	concurrency = m.concurrency
	if m.concurrencyPath != nil {
		value, err := b.lookUp(m.concurrencyPath, input)
		if err != nil {
			return nil, 0, err
		}
		if concurrency, ok = value.(int64); !ok || concurrency < 0 {
			return nil, 0, b.explain(&Error{ErrorRuntime, fmt.Sprintf("The MaxConcurrencyPath field refers to value %s which is not a valid integer: %s",
				appendJSON(nil, value), m.concurrencyPath.text)})
		}
	}
	shown := items
	if m.selector != nil {
		items = make([]any, len(shown))
		for i, each := range shown {
			data := scope{input, itemContext{b, &item{int64(i), each}}}
			if items[i], err = m.selector.eval(data); err != nil {
				return nil, 0, b.explain(err)
			}
			if exceeds(items[i], MaxPayload) {
				return nil, 0, tooLarge(b.state.name)
			}
		}
	}
	j = b.open(len(items))
	j.items, j.shown = items, shown
	return j, concurrency, nil
}

// open begins a join for so many branches.
func (b *branch) open(size int) *join {
	j := &join{parent: b, results: make([]any, size), left: size}
	b.x.mu.Lock()
	b.fan = j
	b.x.mu.Unlock()
	return j
}

func (j *join) begin(child *branch) {
	j.parent.x.mu.Lock()
	j.running = append(j.running, child)
	j.parent.x.mu.Unlock()
	j.parent.x.queue(child)
}

// beginIteration begins the next iteration of a Map, after the event that makes room for it.
func (j *join) beginIteration(previous int64) {
	b, i := j.parent, j.begun
	j.begun++
	child := &branch{x: b.x, join: j, index: i, item: &item{int64(i), j.shown[i]}, previous: previous,
		state: b.state.iteration.processor.start, input: j.items[i]}
	if child.emit(&Event{Type: "MapIterationStarted", State: b.state.name, Index: i}) {
		j.begin(child)
	}
}

// ended takes a branch from the running ones.
func (j *join) ended(child *branch) {
	child.dropped = true
	j.parent.x.mu.Lock()
	j.running = slices.DeleteFunc(j.running, func(b *branch) bool { return b == child })
	j.parent.x.mu.Unlock()
}

func (j *join) branchSucceeded(child *branch, output any) {
	j.ended(child)
	j.results[child.index] = output
	j.left--
	last := child.previous
	if j.items != nil {
		id := child.note(&Event{Type: "MapIterationSucceeded", State: j.parent.state.name, Index: child.index})
		if id == 0 {
			return
		}
		if j.begun < len(j.items) {
			j.beginIteration(last)
		}
		last = id
	}
	if j.left == 0 {
		j.complete(last)
	}
}

// complete goes on with the state once all of its branches have succeeded.
func (j *join) complete(last int64) {
	b := j.parent
	j.shut()
	b.previous = last
	if b.note(&Event{Type: string(b.state.kind) + "StateSucceeded"}) != 0 {
		b.succeed(j.results)
	}
}

// branchFailed ends the other branches and fails the state with the error.
func (j *join) branchFailed(child *branch, f failure) {
	b := j.parent
	j.ended(child)
	b.previous = child.previous
	if j.items != nil {
		b.note(&Event{Type: "MapIterationFailed", State: b.state.name, Index: child.index})
	}
	j.abort(b.previous)
	f.branch = b.state.kind == parallelKind
	b.fail(f)
}

// abort ends the branches that still run, telling so in the history.
func (j *join) abort(previous int64) {
	b := j.parent
	for _, child := range j.running {
		if child.fan != nil {
			child.fan.abort(previous)
		}
		child.drop()
		if s := child.current.Load(); s != nil {
			b.x.record(previous, &Event{Type: s.aborted})
		}
		if j.items != nil {
			b.x.record(previous, &Event{Type: "MapIterationAborted", State: b.state.name, Index: child.index})
		}
	}
	j.shut()
}

// shut takes the join from its state.
func (j *join) shut() {
	j.parent.x.mu.Lock()
	j.running, j.parent.fan = nil, nil
	j.parent.x.mu.Unlock()
}
