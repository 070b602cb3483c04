package lambda_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/targettest"
)

// TestContract holds the target to the laws of every target, on the local cloud.
func TestContract(t *testing.T) {
	t.Parallel()
	targettest.Run(t, func(t *testing.T) targettest.World {
		c := newCloud(t, durations{})
		for _, content := range []string{"v1a", "v1b", "v1c", "v1d", "v1e"} {
			c.put(content)
			c.released("production")
		}
		must(t, c.move(release.Pure("4")))
		local, err := localcloudwatch.New(localcloudwatch.Options{Clock: c.clock, Retention: 48 * time.Hour})
		must(t, err)
		c.cloudWatch.metricData = func(input *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
			return local.GetMetricData(t.Context(), input)
		}
		c.cloudWatch.alarms = func(input *cloudwatch.DescribeAlarmsInput) (*cloudwatch.DescribeAlarmsOutput, error) {
			return local.DescribeAlarms(t.Context(), input)
		}
		keepTwo := func(document *release.Document) { document.Target.Lambda.KeepVersions = 2 }
		return targettest.World{
			Target: c.target(keepTwo), Twin: c.target(keepTwo),
			Stable: "4", Canary: "6", Foreign: "5", Spare: []string{"2", "3"}, Missing: "99",
			Move: func(_ context.Context, want release.Split) error { return c.move(want) },
			BeforeNextWrite: func(f func()) {
				c.next("lambda:UpdateAlias", func(context.Context) error { f(); return nil })
			},
			Request: func(version string, at time.Time, requests, bad int) {
				local.RecordCounts(localcloudwatch.Counts{
					Function: functionName, Alias: aliasName, Version: version, At: at, Invocations: requests, Errors: bad,
					Durations: []localcloudwatch.DurationCount{{Duration: time.Millisecond, Count: requests - bad}, {Duration: time.Minute, Count: bad}},
				})
			},
			Throttle: func() { c.throttled = true },
			Writes:   c.writes,
			Versions: c.versions,
		}
	})
}

// noTraffic is CloudWatch's answer about a function that was never invoked.
func noTraffic(input *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
	output := &cloudwatch.GetMetricDataOutput{}
	for _, query := range input.MetricDataQueries {
		output.MetricDataResults = append(output.MetricDataResults, cloudwatchtypes.MetricDataResult{Id: query.Id, StatusCode: cloudwatchtypes.StatusCodeComplete})
	}
	return output, nil
}

func noAlarms(*cloudwatch.DescribeAlarmsInput) (*cloudwatch.DescribeAlarmsOutput, error) {
	return &cloudwatch.DescribeAlarmsOutput{}, nil
}
