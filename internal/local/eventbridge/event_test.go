package eventbridge_test

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The files have the shapes of the examples in AWS's guides.
func TestEventsHaveAWSsShape(t *testing.T) {
	t.Parallel()
	execution := eventbridge.ExecutionStatusChange{
		ExecutionARN:    "arn:aws:states:us-east-1:012345678912:execution:sm:name",
		StateMachineARN: "arn:aws:states:us-east-1:012345678912:stateMachine:sm",
		Name:            "name",
		Status:          "RUNNING",
		Started:         time.UnixMilli(1551225014968),
		Input:           "{}",
	}
	succeeded := execution
	succeeded.Status, succeeded.Stopped, succeeded.Output = "SUCCEEDED", time.UnixMilli(1551225017576), `{"a":1}`
	failed := execution
	failed.Status, failed.Stopped, failed.Error, failed.Cause = "FAILED", time.UnixMilli(1551225017576), "rolled-back", "errors"
	failed.Input = `"` + strings.Repeat("x", 248*1024) + `"`
	for name, e := range map[string]eventbridge.Event{
		"execution-running":   execution.Event(),
		"execution-succeeded": succeeded.Event(),
		"execution-failed":    failed.Event(),
		"alarm": eventbridge.AlarmStateChange{
			AlarmName: "ServerCpuTooHigh",
			AlarmARN:  "arn:aws:cloudwatch:us-east-1:123456789012:alarm:ServerCpuTooHigh",
			Configuration: eventbridge.AlarmConfiguration{
				Description: "Goes into alarm when server CPU utilization is too high!",
				Metrics: []eventbridge.AlarmMetric{{ID: "m1", ReturnData: true, MetricStat: &eventbridge.AlarmMetricStat{
					Metric: eventbridge.AlarmMetricName{Dimensions: map[string]string{"InstanceId": "i-1"}, Name: "CPUUtilization", Namespace: "AWS/EC2"},
					Period: 300, Stat: "Average",
				}}},
			},
			PreviousState: eventbridge.AlarmState{Value: "OK", Reason: "was fine", Timestamp: eventbridge.Timestamp(time.UnixMilli(1569938200987))},
			State:         eventbridge.AlarmState{Value: "ALARM", Reason: "is not", ReasonData: `{"version":"1.0"}`, Timestamp: eventbridge.Timestamp(time.UnixMilli(1570035880989))},
		}.Event(),
	} {
		b, _ := open(func(o *eventbridge.Options) {
			o.NewID = func() string { return "7bf73129-1428-4cd3-a780-95db273d1602" }
		})
		var delivered eventbridge.Event
		b.Rule("r", eventbridge.Pattern{}, func(_ context.Context, e eventbridge.Event) error { delivered = e; return nil })
		b.Publish(t.Context(), e)
		text, err := json.MarshalIndent(delivered, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		got, file := string(text)+"\n", filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

func TestAChangeCanBeReadBack(t *testing.T) {
	t.Parallel()
	want := eventbridge.AlarmStateChange{
		AlarmName:     "any",
		Configuration: eventbridge.AlarmConfiguration{AlarmRule: "ALARM(a)"},
		PreviousState: eventbridge.AlarmState{Value: "OK", Timestamp: eventbridge.Timestamp(start)},
		State:         eventbridge.AlarmState{Value: "ALARM", Timestamp: eventbridge.Timestamp(start.Add(time.Millisecond))},
	}
	var got eventbridge.AlarmStateChange
	if err := json.Unmarshal(want.Event().Detail, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b eventbridge.Timestamp) bool { return time.Time(a).Equal(time.Time(b)) })); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	for _, bad := range []string{`5`, `"yesterday"`} {
		var at eventbridge.Timestamp
		if err := json.Unmarshal([]byte(bad), &at); err == nil {
			t.Errorf("%s was read as %v", bad, at)
		}
	}
}
