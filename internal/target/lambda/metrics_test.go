package lambda_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

// TestMeasureOnTheLocalCloud: what the local Lambda counts is what is measured,
// and an alarm that fires on it says which metric shows it by version.
func TestMeasureOnTheLocalCloud(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{})
	local, err := localcloudwatch.New(localcloudwatch.Options{Clock: c.clock})
	must(t, err)
	document := c.document("v2")
	serverErrors(&document)
	document.Analysis.Alarms = []string{"failures", "either"}
	target := lambda.New(lambda.Options{Release: "r-1", Document: document, Now: c.clock.Now, Lambda: c.lambda, CloudWatch: local, S3: c.s3})

	_, err = local.PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("failures"), Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Errors"), Dimensions: dimensionsOf("FunctionName=echo"),
		Statistic: cloudwatchtypes.StatisticSum, Period: aws.Int32(10), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1),
		ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanThreshold,
	})
	must(t, err)
	_, err = local.PutCompositeAlarm(t.Context(), &cloudwatch.PutCompositeAlarmInput{AlarmName: aws.String("either"), AlarmRule: aws.String("ALARM(failures)")})
	must(t, err)
	for i := range 40 {
		version := "1"
		if i%4 == 0 {
			version = "2"
		}
		local.RecordInvocation(localcloudwatch.Invocation{
			Function: functionName, Alias: aliasName, Version: version, Start: noon.Add(time.Duration(i/20) * 10 * time.Second),
			Duration: time.Duration(1480+i) * time.Millisecond, Error: i%8 == 0,
		})
	}
	local.RecordMetric("Echo", map[string]string{"ExecutedVersion": "2"}, "ServerErrors", 3, noon)
	c.pass(20 * time.Second)

	got, err := target.Measure(t.Context(), tenToTwo, noon, noon.Add(20*time.Second), 10*time.Second)
	must(t, err)
	if len(got) != 2 {
		t.Fatalf("got %+v", got)
	}
	for metric, want := range map[string]judge.Pair{
		"errors":       {Stable: judge.Count{Requests: 15}, Canary: judge.Count{Requests: 5, Bad: 3}},
		"latency":      {Stable: judge.Count{Requests: 15}, Canary: judge.Count{Requests: 5}},
		"serverErrors": {Stable: judge.Count{Requests: 15}, Canary: judge.Count{Requests: 5, Bad: 3}},
	} {
		if got[0].Metrics[metric] != want {
			t.Errorf("%s: got %+v, want %+v", metric, got[0].Metrics[metric], want)
		}
	}
	// 1500 ms is the limit: 1501–1519 ms are slow, of which 1504, 1508, 1512 and
	// 1516 ms are the canary's.
	if want := (judge.Pair{Stable: judge.Count{Requests: 15, Bad: 15}, Canary: judge.Count{Requests: 5, Bad: 4}}); got[1].Metrics["latency"] != want {
		t.Errorf("latency: got %+v, want %+v", got[1].Metrics["latency"], want)
	}

	local.Evaluate()
	alarms, err := target.Alarms(t.Context(), []string{"either", "failures"})
	must(t, err)
	if len(alarms) != 2 || alarms[0].State != judge.AlarmFiring || alarms[1].State != judge.AlarmFiring || alarms[0].Metric != "" || alarms[1].Metric != "errors" || alarms[1].Since.IsZero() {
		t.Errorf("got %+v", alarms)
	}
}
