package lambda_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// serverErrors compares the service's own count, too.
func serverErrors(d *release.Document) {
	d.Analysis.Metrics.ServerErrors = &release.ServiceMetric{Namespace: "Echo", Name: "ServerErrors"}
}

// inWords says what a query asks for.
func inWords(query cloudwatchtypes.MetricDataQuery) string {
	stat := query.MetricStat
	words := []string{aws.ToString(stat.Stat), aws.ToString(stat.Metric.Namespace), aws.ToString(stat.Metric.MetricName), fmt.Sprint(aws.ToInt32(stat.Period), "s")}
	for _, dimension := range stat.Metric.Dimensions {
		words = append(words, aws.ToString(dimension.Name)+"="+aws.ToString(dimension.Value))
	}
	return strings.Join(words, " ")
}

// TestMeasureAsks: the very names by which Lambda and the service publish.
func TestMeasureAsks(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{})
	c.cloudWatch.metricData = noTraffic
	from := noon.Add(10 * time.Second)
	_, err := c.target(serverErrors).Measure(t.Context(), tenToTwo, from, from.Add(2*time.Minute), time.Minute)
	must(t, err)
	if len(c.cloudWatch.asked) != 1 {
		t.Fatalf("%d calls", len(c.cloudWatch.asked))
	}
	asked := c.cloudWatch.asked[0]
	if want := noon.Add(time.Minute); !asked.StartTime.Equal(want) || !asked.EndTime.Equal(want.Add(2*time.Minute)) {
		t.Errorf("asked from %v to %v", asked.StartTime, asked.EndTime)
	}
	var got []string
	for _, query := range asked.MetricDataQueries {
		got = append(got, inWords(query))
	}
	want := []string{
		"Sum AWS/Lambda Invocations 60s FunctionName=echo Resource=echo:live ExecutedVersion=1",
		"Sum AWS/Lambda Errors 60s FunctionName=echo Resource=echo:live ExecutedVersion=1",
		"TC(1500:) AWS/Lambda Duration 60s FunctionName=echo Resource=echo:live ExecutedVersion=1",
		"PR(1500:) AWS/Lambda Duration 60s FunctionName=echo Resource=echo:live ExecutedVersion=1",
		"Sum Echo ServerErrors 60s ExecutedVersion=1",
		"Sum AWS/Lambda Invocations 60s FunctionName=echo Resource=echo:live ExecutedVersion=2",
		"Sum AWS/Lambda Errors 60s FunctionName=echo Resource=echo:live ExecutedVersion=2",
		"TC(1500:) AWS/Lambda Duration 60s FunctionName=echo Resource=echo:live ExecutedVersion=2",
		"PR(1500:) AWS/Lambda Duration 60s FunctionName=echo Resource=echo:live ExecutedVersion=2",
		"Sum Echo ServerErrors 60s ExecutedVersion=2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("asked for\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// values answers each query with the values of its metric and version, a minute
// apart from noon.
func values(series map[string][]float64) func(*cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
	return func(input *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
		output := &cloudwatch.GetMetricDataOutput{}
		for _, query := range input.MetricDataQueries {
			dimensions := query.MetricStat.Metric.Dimensions
			name := aws.ToString(query.MetricStat.Metric.MetricName) + " " + aws.ToString(dimensions[len(dimensions)-1].Value)
			result := cloudwatchtypes.MetricDataResult{Id: query.Id, StatusCode: cloudwatchtypes.StatusCodeComplete}
			for i, value := range series[name] {
				if value >= 0 {
					result.Timestamps = append(result.Timestamps, noon.Add(time.Duration(i)*time.Minute))
					result.Values = append(result.Values, value)
				}
			}
			output.MetricDataResults = append(output.MetricDataResults, result)
		}
		return output, nil
	}
}

func TestMeasureCounts(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{})
	c.cloudWatch.metricData = values(map[string][]float64{
		"Invocations 1": {90, none, 80}, "Errors 1": {1, none, none}, "Duration 1": {2.5, none, 90},
		"Invocations 2": {10, none, none}, "Errors 2": {none, 3, none}, "Duration 2": {0, none, none},
		"ServerErrors 1": {4, none, none}, "ServerErrors 2": {5, none, none},
	})
	got, err := c.target(serverErrors).Measure(t.Context(), tenToTwo, noon, noon.Add(3*time.Minute), time.Minute)
	must(t, err)
	count := func(requests, bad float64) judge.Count { return judge.Count{Requests: requests, Bad: bad} }
	want := []judge.Period{
		{Start: noon, Metrics: map[string]judge.Pair{
			"errors":       {Stable: count(90, 1), Canary: count(10, 0)},
			"latency":      {Stable: count(90, 2.5), Canary: count(10, 0)},
			"serverErrors": {Stable: count(90, 4), Canary: count(10, 5)},
		}},
		// Errors whose invocations have not arrived yet are not more than there are requests.
		{Start: noon.Add(time.Minute), Metrics: map[string]judge.Pair{"errors": {}, "latency": {}, "serverErrors": {}}},
		{Start: noon.Add(2 * time.Minute), Metrics: map[string]judge.Pair{
			"errors":       {Stable: count(80, 0)},
			"latency":      {Stable: count(80, 80)},
			"serverErrors": {Stable: count(80, 0)},
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestMeasureOnlyWhatIsCompared(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		metrics *release.Metrics
		split   release.Split
		queries int
		metric  []string
	}{
		{"errors alone", &release.Metrics{Errors: &release.ErrorMetric{}}, tenToTwo, 4, []string{"errors"}},
		{"nothing", &release.Metrics{}, tenToTwo, 0, nil},
		{"no metrics", nil, tenToTwo, 0, nil},
		{"one version", &release.Metrics{Errors: &release.ErrorMetric{}}, stable, 2, []string{"errors"}},
		{"a first release", &release.Metrics{Errors: &release.ErrorMetric{}}, release.Split{Canary: "1", Weight: 100}, 2, []string{"errors"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, durations{})
			c.cloudWatch.metricData = noTraffic
			periods, err := c.target(func(d *release.Document) { d.Analysis.Metrics = test.metrics }).Measure(t.Context(), test.split, noon, noon.Add(time.Minute), time.Minute)
			if err != nil || len(periods) != 1 {
				t.Fatalf("%v, %v", periods, err)
			}
			queries := 0
			for _, asked := range c.cloudWatch.asked {
				queries += len(asked.MetricDataQueries)
			}
			if queries != test.queries {
				t.Errorf("%d queries, want %d", queries, test.queries)
			}
			if len(periods[0].Metrics) != len(test.metric) {
				t.Errorf("metrics %v, want %v", periods[0].Metrics, test.metric)
			}
		})
	}
}

// TestMeasurePages: the values of one series may come in several pages, and all
// but the last are partial.
func TestMeasurePages(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{})
	c.cloudWatch.metricData = func(input *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
		page := 0
		status := cloudwatchtypes.StatusCodePartialData
		if input.NextToken != nil {
			page, status = 1, cloudwatchtypes.StatusCodeComplete
		}
		output := &cloudwatch.GetMetricDataOutput{}
		for _, query := range input.MetricDataQueries {
			output.MetricDataResults = append(output.MetricDataResults, cloudwatchtypes.MetricDataResult{
				Id: query.Id, StatusCode: status, Timestamps: []time.Time{noon.Add(time.Duration(page) * time.Minute)}, Values: []float64{float64(7 + page)},
			})
		}
		if page == 0 {
			output.NextToken = aws.String("more")
		}
		return output, nil
	}
	got, err := c.target().Measure(t.Context(), tenToTwo, noon, noon.Add(2*time.Minute), time.Minute)
	must(t, err)
	if len(c.cloudWatch.asked) != 2 || got[0].Metrics["errors"].Canary.Requests != 7 || got[1].Metrics["errors"].Stable.Requests != 8 {
		t.Errorf("got %+v by %d calls", got, len(c.cloudWatch.asked))
	}
}

func TestMeasureErrors(t *testing.T) {
	t.Parallel()
	status := func(code cloudwatchtypes.StatusCode) func(*cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
		return func(input *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
			output, err := noTraffic(input)
			output.MetricDataResults[1].StatusCode = code
			return output, err
		}
	}
	tests := []struct {
		name   string
		answer func(*cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error)
		period time.Duration
		kind   release.Kind
		part   string
	}{
		{"forbidden", status(cloudwatchtypes.StatusCodeForbidden), time.Minute, "", "not allowed to read errors of version 1"},
		{"internal error", status(cloudwatchtypes.StatusCodeInternalError), time.Minute, release.KindTransient, `"InternalError"`},
		{"partial data to the end", status(cloudwatchtypes.StatusCodePartialData), time.Minute, release.KindTransient, `"PartialData"`},
		{"a result that is not there", func(*cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
			return &cloudwatch.GetMetricDataOutput{}, nil
		}, time.Minute, release.KindTransient, "instead of Complete"},
		{"a failed call", func(*cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
			return nil, errBroken
		}, time.Minute, "", "read metrics of function echo"},
		{"half a second", noTraffic, 500 * time.Millisecond, "", "whole seconds"},
		{"no period", noTraffic, 0, "", "whole seconds"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, durations{})
			c.cloudWatch.metricData = test.answer
			_, err := c.target().Measure(t.Context(), tenToTwo, noon, noon.Add(time.Minute), test.period)
			expectKind(t, err, test.kind, test.part)
		})
	}
}

// alarmOf is an alarm on one metric.
func alarmOf(namespace, metric string, dimensions ...string) cloudwatchtypes.MetricAlarm {
	return cloudwatchtypes.MetricAlarm{
		AlarmName: aws.String("a"), StateValue: cloudwatchtypes.StateValueOk,
		Namespace: aws.String(namespace), MetricName: aws.String(metric), Dimensions: dimensionsOf(dimensions...),
	}
}

// mathAlarmOf is an alarm on an expression over metrics.
func mathAlarmOf(alarms ...cloudwatchtypes.MetricAlarm) cloudwatchtypes.MetricAlarm {
	made := cloudwatchtypes.MetricAlarm{AlarmName: aws.String("a"), Metrics: []cloudwatchtypes.MetricDataQuery{{Id: aws.String("e"), Expression: aws.String("m0/m1")}}}
	for i, alarm := range alarms {
		made.Metrics = append(made.Metrics, cloudwatchtypes.MetricDataQuery{
			Id:         aws.String(fmt.Sprint("m", i)),
			MetricStat: &cloudwatchtypes.MetricStat{Metric: &cloudwatchtypes.Metric{Namespace: alarm.Namespace, MetricName: alarm.MetricName, Dimensions: alarm.Dimensions}},
		})
	}
	return made
}

func dimensionsOf(pairs ...string) []cloudwatchtypes.Dimension {
	var dimensions []cloudwatchtypes.Dimension
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		dimensions = append(dimensions, cloudwatchtypes.Dimension{Name: aws.String(name), Value: aws.String(value)})
	}
	return dimensions
}

// TestAlarmMetric: by which metric an alarm's signal can be told apart by version.
func TestAlarmMetric(t *testing.T) {
	t.Parallel()
	const fn = "FunctionName=echo"
	tests := []struct {
		name  string
		alarm cloudwatchtypes.MetricAlarm
		want  string
	}{
		{"errors of the function", alarmOf("AWS/Lambda", "Errors", fn), "errors"},
		{"errors of the alias", alarmOf("AWS/Lambda", "Errors", fn, "Resource=echo:live"), "errors"},
		{"errors of a version behind the alias", alarmOf("AWS/Lambda", "Errors", fn, "Resource=echo:live", "ExecutedVersion=1"), "errors"},
		{"errors of another alias", alarmOf("AWS/Lambda", "Errors", fn, "Resource=echo:beta"), ""},
		{"errors of another function", alarmOf("AWS/Lambda", "Errors", "FunctionName=orders"), ""},
		{"errors of all functions", alarmOf("AWS/Lambda", "Errors"), ""},
		{"duration", alarmOf("AWS/Lambda", "Duration", fn), "latency"},
		{"throttles", alarmOf("AWS/Lambda", "Throttles", fn), ""},
		{"invocations alone", alarmOf("AWS/Lambda", "Invocations", fn), ""},
		{"the service's own count", alarmOf("Echo", "ServerErrors", "Stage=prod"), "serverErrors"},
		{"another count of the service", alarmOf("Echo", "Clicks"), ""},
		{"error rate", mathAlarmOf(alarmOf("AWS/Lambda", "Errors", fn), alarmOf("AWS/Lambda", "Invocations", fn)), "errors"},
		{"rate of the service's own count", mathAlarmOf(alarmOf("Echo", "ServerErrors"), alarmOf("AWS/Lambda", "Invocations", fn)), "serverErrors"},
		{"errors and latency", mathAlarmOf(alarmOf("AWS/Lambda", "Errors", fn), alarmOf("AWS/Lambda", "Duration", fn)), ""},
		{"errors of two functions", mathAlarmOf(alarmOf("AWS/Lambda", "Errors", fn), alarmOf("AWS/Lambda", "Errors", "FunctionName=orders")), ""},
		{"an expression without metrics", mathAlarmOf(), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, durations{})
			c.cloudWatch.alarms = func(*cloudwatch.DescribeAlarmsInput) (*cloudwatch.DescribeAlarmsOutput, error) {
				return &cloudwatch.DescribeAlarmsOutput{MetricAlarms: []cloudwatchtypes.MetricAlarm{test.alarm}}, nil
			}
			got, err := c.target(serverErrors).Alarms(t.Context(), []string{"a"})
			if err != nil || len(got) != 1 || got[0].Metric != test.want {
				t.Errorf("got %+v, %v, want %q", got, err, test.want)
			}
			// What the document does not compare shows nothing.
			got, err = c.target(func(d *release.Document) { d.Analysis.Metrics = nil }).Alarms(t.Context(), []string{"a"})
			if err != nil || len(got) != 1 || got[0].Metric != "" {
				t.Errorf("got %+v, %v without metrics", got, err)
			}
		})
	}
}

func TestAlarmStates(t *testing.T) {
	t.Parallel()
	transitioned, updated := noon.Add(-time.Hour), noon.Add(-time.Minute)
	metric := func(name string, state cloudwatchtypes.StateValue, evaluation cloudwatchtypes.EvaluationState) cloudwatchtypes.MetricAlarm {
		return cloudwatchtypes.MetricAlarm{
			AlarmName: aws.String(name), StateValue: state, EvaluationState: evaluation, StateReason: aws.String("because"),
			StateTransitionedTimestamp: &transitioned, StateUpdatedTimestamp: &updated,
		}
	}
	c := newCloud(t, durations{})
	c.cloudWatch.alarms = func(input *cloudwatch.DescribeAlarmsInput) (*cloudwatch.DescribeAlarmsOutput, error) {
		if input.NextToken == nil {
			return &cloudwatch.DescribeAlarmsOutput{NextToken: aws.String("more"), MetricAlarms: []cloudwatchtypes.MetricAlarm{
				metric("ok", cloudwatchtypes.StateValueOk, ""),
				metric("firing", cloudwatchtypes.StateValueAlarm, ""),
				metric("no data", cloudwatchtypes.StateValueInsufficientData, ""),
				metric("partial", cloudwatchtypes.StateValueOk, cloudwatchtypes.EvaluationStatePartialData),
				metric("failed", cloudwatchtypes.StateValueInsufficientData, cloudwatchtypes.EvaluationStateEvaluationFailure),
				metric("error", cloudwatchtypes.StateValueOk, cloudwatchtypes.EvaluationStateEvaluationError),
				metric("firing on partial data", cloudwatchtypes.StateValueAlarm, cloudwatchtypes.EvaluationStatePartialData),
			}}, nil
		}
		return &cloudwatch.DescribeAlarmsOutput{CompositeAlarms: []cloudwatchtypes.CompositeAlarm{{
			AlarmName: aws.String("composite"), StateValue: cloudwatchtypes.StateValueAlarm, StateUpdatedTimestamp: &updated,
		}}}, nil
	}
	want := []judge.Alarm{
		{Name: "composite", State: judge.AlarmFiring, Since: updated},
		{Name: "firing on partial data", State: judge.AlarmFiring, Since: transitioned, Reason: "because"},
		{Name: "error", State: judge.AlarmUntrusted, Since: transitioned},
		{Name: "failed", State: judge.AlarmUntrusted, Since: transitioned},
		{Name: "partial", State: judge.AlarmUntrusted, Since: transitioned},
		{Name: "no data", State: judge.AlarmInsufficientData, Since: transitioned},
		{Name: "firing", State: judge.AlarmFiring, Since: transitioned, Reason: "because"},
		{Name: "ok", State: judge.AlarmOK, Since: transitioned},
	}
	var names []string
	for _, alarm := range want {
		names = append(names, alarm.Name)
	}
	got, err := c.target().Alarms(t.Context(), names)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for _, described := range c.cloudWatch.described {
		if !slices.Contains(described.AlarmTypes, cloudwatchtypes.AlarmTypeCompositeAlarm) || !slices.Contains(described.AlarmTypes, cloudwatchtypes.AlarmTypeMetricAlarm) {
			t.Errorf("asked for types %v", described.AlarmTypes)
		}
	}
}

// TestAlarmsInChunks: CloudWatch takes a hundred names a call.
func TestAlarmsInChunks(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{})
	c.cloudWatch.alarms = func(input *cloudwatch.DescribeAlarmsInput) (*cloudwatch.DescribeAlarmsOutput, error) {
		if len(input.AlarmNames) > 100 {
			return nil, errors.New("too many names")
		}
		output := &cloudwatch.DescribeAlarmsOutput{}
		for _, name := range input.AlarmNames {
			output.MetricAlarms = append(output.MetricAlarms, cloudwatchtypes.MetricAlarm{AlarmName: aws.String(name), StateValue: cloudwatchtypes.StateValueOk})
		}
		return output, nil
	}
	var names []string
	for i := range 230 {
		names = append(names, fmt.Sprint("alarm ", i))
	}
	got, err := c.target().Alarms(t.Context(), names)
	if err != nil || len(got) != 230 || len(c.cloudWatch.described) != 3 {
		t.Fatalf("%d alarms by %d calls, %v", len(got), len(c.cloudWatch.described), err)
	}
	for i, alarm := range got {
		if alarm.Name != names[i] || alarm.State != judge.AlarmOK {
			t.Errorf("alarm %d is %+v", i, alarm)
		}
	}
}
