package clock_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestVirtualRunsInOrderOfDueTimeThenOfCall(t *testing.T) {
	v := clock.NewVirtual(start)
	var ran []string
	note := func(name string) func() {
		return func() { ran = append(ran, name+" "+v.Now().Sub(start).String()) }
	}
	v.AfterFunc(2*time.Second, note("late"))
	v.AfterFunc(time.Second, note("first"))
	v.AfterFunc(time.Second, note("second"))
	stop := v.AfterFunc(time.Second, note("stopped"))
	v.AfterFunc(-time.Second, func() {
		note("now")()
		v.AfterFunc(0, note("nested"))
	})
	if !stop() || stop() {
		t.Error("stop must report true once, and false after")
	}
	v.Run(nil)
	want := []string{"now 0s", "nested 0s", "first 1s", "second 1s", "late 2s"}
	if diff := cmp.Diff(want, ran); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if v.Step() {
		t.Error("a step was made with nothing due")
	}
}

func TestRunUntilLeavesTheClockAtTheEnd(t *testing.T) {
	v := clock.NewVirtual(start)
	var ran int
	v.AfterFunc(time.Second, func() { ran++ })
	v.AfterFunc(time.Minute, func() { ran++ })
	v.RunUntil(start.Add(10 * time.Second))
	if ran != 1 || !v.Now().Equal(start.Add(10*time.Second)) {
		t.Errorf("ran %d functions, clock at %v", ran, v.Now())
	}
	v.Run(func() bool { return true })
	if ran != 1 {
		t.Error("Run went on although it was done")
	}
}

func TestWallRunsLater(t *testing.T) {
	var c clock.Clock = clock.Wall{}
	done := make(chan struct{})
	c.AfterFunc(time.Millisecond, func() { close(done) })
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("the function never ran")
	}
	if c.Now().Location() != time.UTC {
		t.Error("the wall clock is not in UTC")
	}
	stop := c.AfterFunc(time.Hour, func() {})
	if !stop() {
		t.Error("a pending function could not be stopped")
	}
}
