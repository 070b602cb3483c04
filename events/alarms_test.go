package events_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
)

// watchErrors makes the alarm of the samples; it stays OK, so that what a release hears of it is the sample's.
func (w *world) watchErrors() {
	w.t.Helper()
	_, err := w.engine.CloudWatch.PutMetricAlarm(context.Background(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("echo-errors"), Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Errors"),
		Dimensions: []types.Dimension{{Name: aws.String("FunctionName"), Value: aws.String("echo")}, {Name: aws.String("Resource"), Value: aws.String("echo:live")}},
		Statistic:  types.StatisticSum, Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(10),
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold, TreatMissingData: aws.String("notBreaching"),
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// signals are what a release has been told and has not read so far.
func (w *world) signals(id string) []ledger.Signal {
	w.t.Helper()
	signals, err := w.engine.Ledger.Signals(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return signals
}

// The sample wakes the release that watches the alarm: the tick ends at once.
func TestAnAlarmWakesTheReleaseThatWatchesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.released()
	id := w.running()
	ticks, at := w.record(id).Ticks, w.clock.Now()
	for range 2 { // EventBridge delivers at least once
		if err := w.invoke("signal", read(t, "alarm-state-change.json"), new(any)); err != nil {
			t.Fatal(err)
		}
	}
	signals := w.signals(id)
	if len(signals) != 1 || signals[0].Kind != ledger.SignalAlarm || signals[0].By != "alarm echo-errors" || signals[0].ID != "alarm-c4c1c1c9-6542-e61b-6ef0-8c4d36933a92" {
		t.Fatalf("signals %+v", signals)
	}
	w.clock.Run(func() bool { return w.record(id).Ticks > ticks })
	if waited := w.clock.Now().Sub(at); waited != 0 {
		t.Errorf("the next look came %s later", waited)
	}
	record := w.finish(id)
	if record.Outcome != "promoted" {
		t.Errorf("CloudWatch itself never said that the alarm fires, and the release is %s: %s", record.Outcome, record.Reason)
	}
	if err := w.invoke("signal", read(t, "alarm-state-change.json"), new(any)); err != nil {
		t.Errorf("an alarm after the release has ended: %v", err)
	}
	if signals := w.signals(id); len(signals) != 0 {
		t.Errorf("an ended release was told %+v", signals)
	}
}
