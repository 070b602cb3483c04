// Package clock tells the time and runs things later: on the wall clock, or on
// a virtual one that jumps from one due time to the next.
package clock

import (
	"container/heap"
	"sync"
	"time"
)

// A Clock tells the time and runs functions later.
type Clock interface {
	// Now is the present time, in UTC.
	Now() time.Time
	// AfterFunc runs f once, d from now. Stop reports whether it prevented that.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// Wall is the machine's clock. Its functions run on goroutines of their own.
type Wall struct{}

// Now is the present time, in UTC.
func (Wall) Now() time.Time { return time.Now().UTC() }

// AfterFunc runs f on a goroutine of its own, d from now.
func (Wall) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return time.AfterFunc(d, f).Stop
}

// Virtual is a clock on which time passes only in Step, Run and RunUntil, which
// run the due functions one after the other, on the caller's goroutine, in the order of
// their due times and then of their AfterFunc calls. The same calls therefore
// always give the same history.
type Virtual struct {
	mu       sync.Mutex
	now      time.Time
	sequence uint64
	due      timers
}

// NewVirtual returns a clock that stands at start.
func NewVirtual(start time.Time) *Virtual { return &Virtual{now: start.UTC()} }

// Now is the virtual time.
func (v *Virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// AfterFunc runs f when virtual time reaches d from now. A negative d counts as 0.
func (v *Virtual) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sequence++
	t := &timer{at: v.now.Add(max(d, 0)), sequence: v.sequence, run: f}
	heap.Push(&v.due, t)
	return func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		if t.index < 0 {
			return false
		}
		heap.Remove(&v.due, t.index)
		return true
	}
}

// Step moves time to the next due function and runs it; it reports false when there is none.
func (v *Virtual) Step() bool { return v.stepUntil(time.Time{}) }

// Run steps until nothing is due, or until done (which may be nil) reports true.
func (v *Virtual) Run(done func() bool) {
	for (done == nil || !done()) && v.Step() {
	}
}

// RunUntil runs everything that is due by end, and leaves the clock there.
func (v *Virtual) RunUntil(end time.Time) {
	for v.stepUntil(end) {
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if end.After(v.now) {
		v.now = end.UTC()
	}
}

// stepUntil is Step for functions due by end; a zero end is no bound.
func (v *Virtual) stepUntil(end time.Time) bool {
	v.mu.Lock()
	if len(v.due) == 0 || (!end.IsZero() && v.due[0].at.After(end)) {
		v.mu.Unlock()
		return false
	}
	t := heap.Pop(&v.due).(*timer)
	v.now = t.at
	v.mu.Unlock()
	t.run()
	return true
}

type timer struct {
	at       time.Time
	sequence uint64
	run      func()
	index    int // position in the heap; -1 once popped or stopped
}

type timers []*timer

func (t timers) Len() int { return len(t) }
func (t timers) Less(i, j int) bool {
	if !t[i].at.Equal(t[j].at) {
		return t[i].at.Before(t[j].at)
	}
	return t[i].sequence < t[j].sequence
}
func (t timers) Swap(i, j int) {
	t[i], t[j] = t[j], t[i]
	t[i].index, t[j].index = i, j
}
func (t *timers) Push(x any) {
	item := x.(*timer)
	item.index = len(*t)
	*t = append(*t, item)
}
func (t *timers) Pop() any {
	old := *t
	last := old[len(old)-1]
	old[len(old)-1] = nil
	last.index = -1
	*t = old[:len(old)-1]
	return last
}
