package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
)

// What can't be counted here is assumed, on the side of too much.
const (
	// ownWork is how long a handler works besides its calls, callTime how long a call to AWS takes, and
	// coldStart how long the start of a function takes that has not run for idle.
	ownWork   = 10 * time.Millisecond
	callTime  = 20 * time.Millisecond
	coldStart = 250 * time.Millisecond
	idle      = 5 * time.Minute
	// Lambda writes three lines about an invocation, Step Functions one about each event, without data.
	bytesAnInvocation = 1000
	bytesAnEvent      = 500
	// metricsAQuery: requests, errors and slow requests, of both versions.
	metricsAQuery = 6
)

// memory is what the stack gives a function, in MB.
func memory(function string) float64 {
	switch function {
	case "bake", "rollback", "sweep":
		return 512
	default:
		return 256
	}
}

// A bill counts what a release, or anything else, makes AWS do.
type bill struct {
	clock                *clock.Virtual
	began                time.Time
	transitions, history int
	executions, events   int
	invocations          map[string]int
	lastRun              map[string]time.Time
	gigabyteSeconds      float64
	// calls counts the operations of AWS's APIs.
	calls map[string]int
	used  dynamodb.Capacity
	// metricLines is what was printed in the embedded metric format.
	metricLines string
}

// metered is a simulation that keeps a bill, and whose sweeps come every so often.
func metered(t *testing.T, sweep time.Duration) (*simulation, *bill) {
	t.Helper()
	b := &bill{}
	s := simulate(t, func(o *engine.Options) {
		o.SweepInterval = sweep
		o.Consumed = func(c dynamodb.Capacity) { b.used.Read, b.used.Write = b.used.Read+c.Read, b.used.Write+c.Write }
	})
	s.invoked = b.invoked
	s.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		b.calls[operation]++
		b.gigabyteSeconds += memory(ctx.Value(functionKey{}).(string)) / 1024 * callTime.Seconds()
		return call(ctx)
	}
	s.happened = func(event asl.Event) {
		b.history++
		if strings.HasSuffix(event.Type, "StateEntered") {
			b.transitions++
		}
		if event.Type == "ExecutionStarted" {
			b.executions++
		}
	}
	s.engine.Bus.Rule("bill", eventbridge.Pattern{Source: []string{"goldfinch"}}, func(context.Context, eventbridge.Event) error {
		b.events++
		return nil
	})
	b.reset(s)
	return s, b
}

// reset begins a new bill.
func (b *bill) reset(s *simulation) {
	s.metrics.Reset()
	*b = bill{clock: s.clock, began: s.clock.Now(), invocations: map[string]int{}, lastRun: map[string]time.Time{}, calls: map[string]int{}}
}

func (b *bill) invoked(function string) {
	b.invocations[function]++
	took := ownWork
	if last, ok := b.lastRun[function]; !ok || b.clock.Now().Sub(last) > idle {
		took += coldStart
	}
	b.lastRun[function] = b.clock.Now()
	b.gigabyteSeconds += memory(function) / 1024 * took.Seconds()
}

// invocationsOfAll is how many there were.
func (b *bill) invocationsOfAll() int {
	sum := 0
	for _, count := range b.invocations {
		sum += count
	}
	return sum
}

// metricHours is how many custom metrics had values, hour by hour.
func (b *bill) metricHours(t *testing.T) int {
	t.Helper()
	seen := map[string]bool{}
	for line := range strings.Lines(b.metricLines) {
		var members map[string]any
		var root struct {
			AWS struct {
				Timestamp         int64
				CloudWatchMetrics []struct {
					Dimensions [][]string
					Metrics    []struct{ Name string }
				}
			} `json:"_aws"`
		}
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(line), &root); err != nil {
			t.Fatal(err)
		}
		hour := time.UnixMilli(root.AWS.Timestamp).Truncate(time.Hour)
		for _, directive := range root.AWS.CloudWatchMetrics {
			for _, metric := range directive.Metrics {
				for _, set := range directive.Dimensions {
					key := fmt.Sprint(hour, metric.Name)
					for _, dimension := range set {
						key += fmt.Sprint(" ", dimension, "=", members[dimension])
					}
					seen[key] = true
				}
			}
		}
	}
	return len(seen)
}

// An item is one line of a bill.
type item struct {
	price
	units float64
}

func (i item) cost() float64 { return i.of(i.units) }

// items are the lines of a bill, always in the same order.
func (b *bill) items(t *testing.T) []item {
	t.Helper()
	logged := bytesAnInvocation*b.invocationsOfAll() + bytesAnEvent*b.history + len(b.metricLines)
	return []item{
		{priceTransition, float64(b.transitions)},
		{priceRequest, float64(b.invocationsOfAll())},
		{priceGBSecond, b.gigabyteSeconds},
		{priceWrite, float64(b.used.Write)},
		{priceRead, float64(b.used.Read)},
		{priceEvent, float64(b.events)},
		{priceMetricRead, float64(metricsAQuery * b.calls["cloudwatch:GetMetricData"])},
		{priceAlarmRead, float64(b.calls["cloudwatch:DescribeAlarms"])},
		{priceMetricHour, float64(b.metricHours(t))},
		{priceLog, float64(logged)},
		{priceTrace, float64(b.executions + b.invocations["announce"] + b.invocations["sweep"])},
		{priceObjectRead, float64(b.calls["s3:GetObject"] + b.calls["s3:HeadObject"])},
	}
}

func total(items []item) float64 {
	sum := 0.0
	for _, one := range items {
		sum += one.cost()
	}
	return sum
}
