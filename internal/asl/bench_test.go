package asl_test

import (
	"encoding/json"
	"runtime"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/clock"
)

// countdown is a loop of a Choice and two Pass states that counts to the limit in its input.
const countdown = `{
  "StartAt": "More?",
  "States": {
    "More?": {"Type": "Choice", "Default": "Done",
      "Choices": [{"And": [
        {"Variable": "$.count", "NumericLessThanPath": "$.limit"},
        {"Variable": "$.release.environment", "StringEquals": "production"}], "Next": "Count"}]},
    "Count": {"Type": "Pass", "Parameters": {"next.$": "States.MathAdd($.count, 1)"}, "ResultPath": "$.step", "Next": "Store"},
    "Store": {"Type": "Pass", "InputPath": "$.step.next", "ResultPath": "$.count", "Next": "More?"},
    "Done": {"Type": "Succeed"}
  }
}`

// chain is a straight line of 100 Pass and Choice states.
func chain(tb testing.TB) *asl.Machine {
	states := map[string]any{"End": map[string]any{"Type": "Succeed"}}
	name := func(i int) string {
		if i == 100 {
			return "End"
		}
		return "State" + string(rune('A'+i/26)) + string(rune('A'+i%26))
	}
	for i := range 100 {
		if i%2 == 0 {
			states[name(i)] = map[string]any{"Type": "Pass", "Result": map[string]any{"at": i}, "ResultPath": "$.last", "Next": name(i + 1)}
		} else {
			states[name(i)] = map[string]any{"Type": "Choice", "Default": "End", "Choices": []any{
				map[string]any{"Variable": "$.last.at", "NumericLessThan": 1000, "Next": name(i + 1)}}}
		}
	}
	definition, err := json.Marshal(map[string]any{"StartAt": name(0), "States": states})
	if err != nil {
		tb.Fatal(err)
	}
	return load(tb, string(definition))
}

// BenchmarkTransitions runs a chain of Pass and Choice states on a virtual clock
// with its whole history kept, and reports transitions a second.
func BenchmarkTransitions(b *testing.B) {
	machine := chain(b)
	engine := asl.NewEngine(asl.Options{Clock: clock.NewVirtual(epoch)})
	input := json.RawMessage(`{"release":{"service":"echo","environment":"production"},"last":{}}`)
	var transitions int64
	b.ReportAllocs()
	for b.Loop() {
		x, err := engine.Start(machine, "bench", executionARN, input)
		if err != nil || x.Status() != asl.Succeeded {
			b.Fatalf("status %v, error %v", x.Status(), err)
		}
		transitions += x.Transitions()
	}
	b.ReportMetric(float64(transitions)/b.Elapsed().Seconds(), "transitions/s")
}

// BenchmarkStreamedMillion runs a million transitions in one execution, its history streamed.
func BenchmarkStreamedMillion(b *testing.B) {
	machine := load(b, countdown)
	for b.Loop() {
		events, peak := streamMillion(b, machine)
		b.ReportMetric(float64(events), "events")
		b.ReportMetric(float64(peak), "heap-growth-B")
	}
	b.ReportMetric(1e6*float64(b.N)/b.Elapsed().Seconds(), "transitions/s")
}

// streamMillion reports how many events were streamed and by how much the live heap grew on the way.
func streamMillion(tb testing.TB, machine *asl.Machine) (events int, growth uint64) {
	var before uint64
	engine := asl.NewEngine(asl.Options{
		Clock:     clock.NewVirtual(epoch),
		MaxEvents: -1,
		Sink: func(*asl.Execution, asl.Event) {
			events++
			if events%400_000 == 1 {
				switch live := liveHeap(); {
				case before == 0:
					before = live
				case live > before:
					growth = max(growth, live-before)
				}
			}
		},
	})
	x, err := engine.Start(machine, "million", executionARN,
		json.RawMessage(`{"count":0,"limit":333333,"release":{"environment":"production"}}`))
	if err != nil || x.Status() != asl.Succeeded {
		tb.Fatalf("status %v, error %v", x.Status(), err)
	}
	if x.Transitions() < 1_000_000 {
		tb.Fatalf("%d transitions", x.Transitions())
	}
	return events, growth
}

func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestMemoryStaysFlatOverAMillionTransitions(t *testing.T) {
	events, growth := streamMillion(t, load(t, countdown))
	if events < 2_000_000 {
		t.Errorf("%d events were streamed, two for each transition are expected", events)
	}
	if growth > 2<<20 {
		t.Errorf("the live heap grew by %d bytes", growth)
	}
}

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

const executionARN = "arn:aws:states:eu-west-1:123456789012:execution:release:echo-1"

func load(tb testing.TB, definition string, resources ...string) *asl.Machine {
	tb.Helper()
	machine, err := asl.Load([]byte(definition), resources...)
	if err != nil {
		tb.Fatal(err)
	}
	return machine
}
