package apigateway_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// TestAlarmSignal: by which metric an alarm can be told apart by version.
func TestAlarmSignal(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		namespace, metric string
		dimensions        []string
		want              string
	}{
		"the function":       {"AWS/Lambda", "Errors", []string{"FunctionName", "echo"}, "errors"},
		"a version of it":    {"AWS/Lambda", "Errors", []string{"FunctionName", "echo", "Resource", "echo:2"}, "errors"},
		"an alias of it":     {"AWS/Lambda", "Errors", []string{"FunctionName", "echo", "Resource", "echo:live"}, ""},
		"another function":   {"AWS/Lambda", "Errors", []string{"FunctionName", "orders"}, ""},
		"how long it takes":  {"AWS/Lambda", "Duration", []string{"FunctionName", "echo"}, "latency"},
		"the stage's errors": {"AWS/ApiGateway", "5XXError", []string{"ApiName", "echo", "Stage", "prod"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			var dimensions []cloudwatchtypes.Dimension
			for i := 0; i < len(test.dimensions); i += 2 {
				dimensions = append(dimensions, cloudwatchtypes.Dimension{Name: &test.dimensions[i], Value: &test.dimensions[i+1]})
			}
			_, err := c.cloudWatch.PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
				AlarmName: aws.String("a"), Namespace: &test.namespace, MetricName: &test.metric, Dimensions: dimensions, Statistic: cloudwatchtypes.StatisticSum,
				Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanThreshold,
			})
			must(t, err)
			alarms, err := c.target("r-1", "v2").Alarms(t.Context(), []string{"a"})
			if err != nil || len(alarms) != 1 || alarms[0].Metric != test.want {
				t.Errorf("got %+v, %v, want %q", alarms, err, test.want)
			}
		})
	}
}
