package alb_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/alb"
)

// scriptedCloudWatch writes down what it is asked, and has every value be 1 in every minute.
type scriptedCloudWatch struct {
	asked  []string
	alarms []cloudwatchtypes.MetricAlarm
}

func (s *scriptedCloudWatch) GetMetricData(_ context.Context, input *cloudwatch.GetMetricDataInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error) {
	output := &cloudwatch.GetMetricDataOutput{}
	for _, query := range input.MetricDataQueries {
		stat := query.MetricStat
		line := *stat.Metric.Namespace + " " + *stat.Metric.MetricName + " " + *stat.Stat
		for _, dimension := range stat.Metric.Dimensions {
			line += " " + *dimension.Name + "=" + *dimension.Value
		}
		s.asked = append(s.asked, line)
		result := cloudwatchtypes.MetricDataResult{Id: query.Id, StatusCode: cloudwatchtypes.StatusCodeComplete}
		for at := *input.StartTime; at.Before(*input.EndTime); at = at.Add(time.Minute) {
			result.Timestamps, result.Values = append(result.Timestamps, at), append(result.Values, 1)
		}
		output.MetricDataResults = append(output.MetricDataResults, result)
	}
	return output, nil
}

func (s *scriptedCloudWatch) DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	return &cloudwatch.DescribeAlarmsOutput{MetricAlarms: s.alarms}, nil
}

// compares gives a document metrics of every kind.
func compares(document *release.Document) {
	document.Analysis.Metrics = &release.Metrics{
		Errors: &release.ErrorMetric{}, Latency: &release.LatencyMetric{SlowerThan: release.Duration(1500 * time.Millisecond)},
		ServerErrors: &release.ServiceMetric{Namespace: "Shop", Name: "Failed"},
	}
}

// measuring is the target of a cloud, with a CloudWatch.
func (c *cloud) measuring(watch *scriptedCloudWatch) *alb.Target {
	return alb.New(alb.Options{Release: "r-1", Document: c.document(compares), LoadBalancing: c.elb, AutoScaling: scaling{cloud: c}, EC2: machines{}, CloudWatch: watch, Region: "us-east-1", Now: c.clock.Now})
}

// dimension is a resource's name in CloudWatch.
func dimension(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }

func TestMeasureAsksByTargetGroup(t *testing.T) {
	t.Parallel()
	c := twoVersions(t)
	watch := &scriptedCloudWatch{}
	from := noon.Add(time.Hour)
	periods, err := c.measuring(watch).Measure(t.Context(), tenToTwo, from, from.Add(time.Minute), time.Minute)
	must(t, err)
	var want []string
	for _, group := range []string{c.blue, c.green} {
		of := "TargetGroup=" + dimension(group)
		both := of + " LoadBalancer=" + strings.TrimPrefix(dimension(c.balancer), "loadbalancer/")
		for _, metric := range []string{"RequestCount Sum", "HTTPCode_Target_5XX_Count Sum", "TargetConnectionErrorCount Sum", "TargetResponseTime TC(1.5:)", "TargetResponseTime PR(1.5:)"} {
			want = append(want, "AWS/ApplicationELB "+metric+" "+both)
		}
		want = append(want, "Shop Failed Sum "+of)
	}
	slices.Sort(want)
	if got := slices.Sorted(slices.Values(watch.asked)); !slices.Equal(got, want) {
		t.Errorf("asked\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(periods) != 1 || periods[0].Metrics[judge.MetricErrors].Canary.Requests != 1 {
		t.Errorf("measured %+v", periods)
	}
}

// TestHistoryIsOfTheVersion leaves out what the target group counted while another version was behind it.
func TestHistoryIsOfTheVersion(t *testing.T) {
	t.Parallel()
	c := twoVersions(t)
	until := c.clock.Now().Add(10 * time.Minute)
	history, err := c.measuring(&scriptedCloudWatch{}).History(t.Context(), "2", until, time.Minute)
	must(t, err)
	counted := 0
	for _, count := range history.Counts[judge.MetricErrors] {
		counted += int(count.Requests)
	}
	if counted < 10 || counted > 12 {
		t.Errorf("%d periods are counted, and the version is eleven minutes old", counted)
	}
	nobody, err := c.measuring(&scriptedCloudWatch{}).History(t.Context(), "9", until, time.Minute)
	if err != nil || slices.ContainsFunc(nobody.Counts[judge.MetricErrors], func(count judge.Count) bool { return count.Requests > 0 }) {
		t.Errorf("a version that is behind nothing had requests: %v", err)
	}
}

func TestAlarmsThatCanBeCompared(t *testing.T) {
	t.Parallel()
	c := twoVersions(t)
	const space = "AWS/ApplicationELB"
	balancer := strings.TrimPrefix(dimension(c.balancer), "loadbalancer/")
	alarm := func(name, namespace, metric string, pairs ...string) cloudwatchtypes.MetricAlarm {
		made := cloudwatchtypes.MetricAlarm{AlarmName: aws.String(name), Namespace: aws.String(namespace), MetricName: aws.String(metric), StateValue: cloudwatchtypes.StateValueOk}
		for i := 0; i < len(pairs); i += 2 {
			made.Dimensions = append(made.Dimensions, cloudwatchtypes.Dimension{Name: aws.String(pairs[i]), Value: aws.String(pairs[i+1])})
		}
		return made
	}
	watch := &scriptedCloudWatch{alarms: []cloudwatchtypes.MetricAlarm{
		alarm("errors", space, "HTTPCode_Target_5XX_Count", "TargetGroup", dimension(c.blue), "LoadBalancer", balancer),
		alarm("connections", space, "TargetConnectionErrorCount", "LoadBalancer", balancer, "TargetGroup", dimension(c.green)),
		alarm("slow", space, "TargetResponseTime", "TargetGroup", dimension(c.blue)),
		alarm("requests", space, "RequestCount", "TargetGroup", dimension(c.blue)),
		alarm("other", space, "HTTPCode_Target_5XX_Count", "TargetGroup", dimension(c.other)),
		alarm("balancer", space, "HTTPCode_ELB_5XX_Count", "LoadBalancer", balancer),
		alarm("hosts", space, "UnHealthyHostCount", "TargetGroup", dimension(c.blue)),
		alarm("own", "Shop", "Failed"),
	}}
	want := map[string]string{"errors": judge.MetricErrors, "connections": judge.MetricErrors, "slow": judge.MetricLatency, "own": judge.MetricServerErrors}
	names := []string{"errors", "connections", "slow", "requests", "other", "balancer", "hosts", "own"}
	alarms, err := c.measuring(watch).Alarms(t.Context(), names)
	must(t, err)
	for i, alarm := range alarms {
		if alarm.Name != names[i] || alarm.Metric != want[alarm.Name] {
			t.Errorf("alarm %s shows %q, want %q", alarm.Name, alarm.Metric, want[alarm.Name])
		}
	}
	if len(alarms) != len(names) {
		t.Errorf("%d alarms, want %d", len(alarms), len(names))
	}
}
