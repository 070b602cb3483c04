package workflow_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

const errorAlarm = "echo-errors"

// watchErrors makes an alarm that fires when the function as a whole fails more than ten requests a minute.
func (w *world) watchErrors() {
	w.t.Helper()
	_, err := w.engine.CloudWatch.PutMetricAlarm(context.Background(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String(errorAlarm), Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Errors"),
		Dimensions: []types.Dimension{{Name: aws.String("FunctionName"), Value: aws.String("echo")}, {Name: aws.String("Resource"), Value: aws.String("echo:live")}},
		Statistic:  types.StatisticSum, Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(10),
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold, TreatMissingData: aws.String("notBreaching"),
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// alarm is the alarm as CloudWatch has it.
func (w *world) alarm() types.MetricAlarm {
	w.t.Helper()
	out, err := w.engine.CloudWatch.DescribeAlarms(context.Background(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{errorAlarm}})
	if err != nil || len(out.MetricAlarms) != 1 {
		w.t.Fatalf("alarms %v (%v)", out, err)
	}
	return out.MetricAlarms[0]
}

func watched(d *release.Document) { d.Analysis.Alarms = []string{errorAlarm} }

// The fix for an alarm that is firing must not be blocked by it, and a bad
// fix must still be caught.
func TestAnAlarmThatWasFiringBeforeIsJudgedByDifference(t *testing.T) {
	for _, test := range []struct {
		name   string
		broken float64
		want   release.Outcome
	}{
		{"the fix is promoted", 0, release.Promoted},
		{"what is worse is rolled back", 0.3, release.RolledBack},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := released(t)
			w.watchErrors()
			w.broken["1"], w.broken["2"] = 0.2, test.broken
			w.pass(10 * time.Minute)
			before := w.alarm()
			if before.StateValue != types.StateValueAlarm {
				t.Fatalf("the alarm is %s", before.StateValue)
			}
			record := w.release(w.document("two", watched))
			if record.Outcome != test.want {
				t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
			}
			if !strings.Contains(strings.Join(record.Notes, "\n"), "alarm "+errorAlarm+" was already firing since 2026-03-02") {
				t.Errorf("it was not said aloud: %q", record.Notes)
			}
			after := w.alarm()
			after.StateValue, after.StateReason, after.StateReasonData = before.StateValue, before.StateReason, before.StateReasonData
			after.StateTransitionedTimestamp, after.StateUpdatedTimestamp = before.StateTransitionedTimestamp, before.StateUpdatedTimestamp
			if asJSON(t, before) != asJSON(t, after) {
				t.Errorf("the alarm was changed: %s to %s", asJSON(t, before), asJSON(t, after))
			}
		})
	}
}

func TestAnAlarmEndsTheTickAtOnce(t *testing.T) {
	w := released(t)
	w.watchErrors()
	w.pass(5 * time.Minute)
	w.broken["2"] = 0.2
	id := w.start(w.document("two", watched, func(d *release.Document) {
		d.Analysis.Delay = aws.Int(15) // metrics are believed late, so only the alarm can be this fast
	}))
	record := w.finish(id)
	if record.Outcome != release.RolledBack || !strings.Contains(record.Reason, errorAlarm) {
		t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
	}
	var fired time.Time
	entries, err := w.engine.Ledger.Timeline(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Kind == ledger.EntryActor && strings.HasPrefix(entry.Actor, "alarm ") {
			fired = entry.At
		}
	}
	if fired.IsZero() || fired.Second() != 0 {
		t.Errorf("the alarm's signal was taken at %v, want at the full minute of its evaluation\n%s", fired, w.timeline(id))
	}
}

func TestAnAlarmThatDoesNotExistBlocks(t *testing.T) {
	w := released(t)
	record := w.release(w.document("two", watched))
	if record.Outcome != release.Refused || !strings.Contains(record.Reason, errorAlarm) {
		t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
	}
}
