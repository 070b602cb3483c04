package asg_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// TestAlarmsOfInstancesMetricsCanBeCompared names alarms by what they should show.
func TestAlarmsOfInstancesMetricsCanBeCompared(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	own := func(d *release.Document) {
		d.Analysis.Metrics = &release.Metrics{Errors: &release.ErrorMetric{}, Latency: &release.LatencyMetric{}, ServerErrors: &release.ServiceMetric{Namespace: "app", Name: "Broken"}}
	}
	metrics := map[string][2]string{
		judge.MetricErrors: {"Goldfinch/Instances", "Errors"}, judge.MetricLatency: {"Goldfinch/Instances", "Duration"}, judge.MetricServerErrors: {"app", "Broken"},
		"requests": {"Goldfinch/Instances", "Requests"}, "other name": {"Goldfinch/Instances", "Depth"}, "other namespace": {"AWS/EC2", "Errors"},
	}
	for name, metric := range metrics {
		_, err := c.CloudWatch.PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
			AlarmName: aws.String(name), Namespace: aws.String(metric[0]), MetricName: aws.String(metric[1]), Statistic: cloudwatchtypes.StatisticSum, Period: aws.Int32(60),
			EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanThreshold,
		})
		must(t, err)
	}
	for name := range metrics {
		alarms, err := c.target(own).Alarms(t.Context(), []string{name})
		must(t, err)
		want := name
		if name == "requests" || name == "other name" || name == "other namespace" {
			want = ""
		}
		if alarms[0].Metric != want {
			t.Errorf("the alarm on %v shows %q, want %q", metrics[name], alarms[0].Metric, want)
		}
	}
}

// TestMeasureReadsWhatTheDocumentNames has names of its own, and a version whose group is gone.
func TestMeasureReadsWhatTheDocumentNames(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	named := func(d *release.Document) {
		d.Target.ASG.Metrics = release.GroupMetrics{Namespace: "shop", Requests: "Calls", Errors: "Failures", Duration: "Millis"}
		d.Analysis.Metrics = &release.Metrics{Errors: &release.ErrorMetric{}, Latency: &release.LatencyMetric{SlowerThan: release.Duration(100 * time.Millisecond)}, ServerErrors: &release.ServiceMetric{Namespace: "app", Name: "Broken"}}
	}
	from := c.Clock.Now().Truncate(time.Minute)
	for _, metric := range []struct {
		namespace, name string
		values          []float64
	}{{"shop", "Calls", []float64{1, 1, 1}}, {"shop", "Failures", []float64{1}}, {"shop", "Millis", []float64{5, 99, 500}}, {"app", "Broken", []float64{1, 1}}} {
		for _, value := range metric.values {
			c.CloudWatch.RecordMetric(metric.namespace, map[string]string{"AutoScalingGroupName": "echo-production-9"}, metric.name, value, from)
		}
	}
	periods, err := c.target(named).Measure(t.Context(), release.Split{Stable: "2", Canary: "9", Weight: 10}, from, from.Add(time.Minute), time.Minute)
	must(t, err)
	got := periods[0].Metrics
	if errors, slow, broken := got[judge.MetricErrors].Canary, got[judge.MetricLatency].Canary, got[judge.MetricServerErrors].Canary; errors.Requests != 3 || errors.Bad != 1 || slow.Bad != 1 || broken.Bad != 2 {
		t.Errorf("measured %+v", got)
	}
	if none := got[judge.MetricErrors].Stable; none.Requests != 0 {
		t.Errorf("the stable version had %+v", none)
	}
}

// TestRefreshDrift finds the group's own version changed, and a tainted instance, which it replaces.
func TestRefreshDrift(t *testing.T) {
	t.Parallel()
	c := newRefreshed(t)
	tt, released := c.target(refreshed), target.Released{Version: "2"}
	c.Taint(c.Instances(stableGroup)[0], "a login")
	found, err := tt.Inspect(t.Context(), released)
	if err != nil || len(found) != 1 || found[0].Kind != target.FindingInstance {
		t.Fatalf("found %+v, %v", found, err)
	}
	for range 100 {
		done, err := tt.Mend(t.Context(), released, found[0], anything())
		must(t, err)
		if done {
			break
		}
		c.Pass(10 * time.Second)
	}
	if left, err := tt.Inspect(t.Context(), released); err != nil || len(left) > 0 {
		t.Errorf("afterwards, found %+v, %v", left, err)
	}
	c.begin("4", 20, 100)
	found, err = tt.Inspect(t.Context(), released)
	if err != nil || len(found) == 0 || found[0].Kind != target.FindingRouting {
		t.Errorf("found %+v, %v", found, err)
	}
}
