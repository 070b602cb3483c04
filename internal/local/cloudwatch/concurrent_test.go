package cloudwatch_test

import (
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
)

func TestNothingIsLostWhenManyRecordAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	const recorders, each = 8, 500
	var wait sync.WaitGroup
	for recorder := range recorders {
		wait.Go(func() {
			for i := range each {
				s.RecordInvocation(cloudwatch.Invocation{
					Function: "echo", Alias: "live", Version: string(rune('1' + i%2)), Start: start.Add(time.Duration(i%7) * time.Second),
					Duration: time.Duration(recorder*each+i) * time.Millisecond,
				})
			}
		})
	}
	wait.Go(func() {
		for range 20 {
			putAlarm(t, s, threshold("a", nil))
			s.Evaluate()
			if _, err := s.ListMetrics(t.Context(), &sdk.ListMetricsInput{}); err != nil {
				t.Error(err)
			}
			if _, err := s.DeleteAlarms(t.Context(), &sdk.DeleteAlarmsInput{AlarmNames: []string{"a"}}); err != nil {
				t.Error(err)
			}
		}
	})
	wait.Wait()
	for _, statistic := range []string{"SampleCount", "TC(-1:)"} {
		q := types.MetricDataQuery{Id: aws.String("m"), MetricStat: &types.MetricStat{
			Metric: &types.Metric{Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Duration")}, Period: aws.Int32(60), Stat: aws.String(statistic),
		}}
		if got := get(t, s, start, start.Add(time.Minute), q)[0].Values; len(got) != 1 || got[0] != recorders*each {
			t.Errorf("%s: got %v, want %d", statistic, got, recorders*each)
		}
	}
}
