package workflow_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// manyAlarms makes as many alarms as a release may name, of the longest names, which say as much as CloudWatch lets
// them. They keep the state that fire gives them.
func (w *world) manyAlarms() (names []string, fire func()) {
	w.t.Helper()
	ctx := context.Background()
	for i := range 100 {
		names = append(names, fmt.Sprintf("%03d-%s", i, strings.Repeat("n", 251)))
		_, err := w.engine.CloudWatch.PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{
			AlarmName: &names[i], Namespace: aws.String("Echo"), MetricName: aws.String("Nothing"), Statistic: types.StatisticSum,
			Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1),
			ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold, TreatMissingData: aws.String("ignore"),
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return names, func() {
		for i := range names {
			_, err := w.engine.CloudWatch.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{
				AlarmName: &names[i], StateValue: types.StateValueAlarm, StateReason: aws.String(strings.Repeat("r", 1023)),
			})
			if err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

// TestAHundredAlarmsThatSayMuchFitIntoTheLedger: an item of DynamoDB has 400 KB, and a transaction a hundred actions.
func TestAHundredAlarmsThatSayMuchFitIntoTheLedger(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		before bool
		want   release.Outcome
	}{
		{"firing since the canary began", false, release.RolledBack},
		{"firing before", true, release.Promoted},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := released(t)
			names, fire := w.manyAlarms()
			if test.before {
				fire()
			}
			id := w.start(w.document("two", func(d *release.Document) { d.Analysis.Alarms = names }))
			w.pass(2 * time.Minute)
			if !test.before {
				fire()
			}
			record := w.finish(id)
			if record.Outcome != test.want {
				t.Fatalf("outcome %s: %.300s", record.Outcome, record.Reason)
			}
			told := asJSON(t, w.entries(id))
			for _, name := range names {
				if !strings.Contains(told, name) {
					t.Errorf("the timeline does not tell of alarm %.20s", name)
				}
			}
			for _, entry := range w.entries(id) {
				if entry.Verdict != nil && len(entry.Text) > 1100 {
					t.Errorf("a verdict's sentence has %d bytes", len(entry.Text))
				}
			}
		})
	}
}
