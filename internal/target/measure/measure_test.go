package measure_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// A cloud is a CloudWatch that has the values of each series for the first minutes after noon, by "STATISTIC NAME DIMENSION".
type cloud struct {
	values map[string][]float64
	asked  []*cloudwatch.GetMetricDataInput
	// refuse makes a call fail whose statistics begin so.
	refuse string
	// status is what a series has instead of Complete, by the same name.
	status map[string]types.StatusCode
	alarms *cloudwatch.DescribeAlarmsOutput
}

func (c *cloud) GetMetricData(_ context.Context, in *cloudwatch.GetMetricDataInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error) {
	c.asked = append(c.asked, in)
	out := &cloudwatch.GetMetricDataOutput{}
	for _, query := range in.MetricDataQueries {
		if c.refuse != "" && strings.HasPrefix(*query.MetricStat.Stat, c.refuse) {
			return nil, &smithy.GenericAPIError{Code: "ValidationError", Message: *query.MetricStat.Stat + " is not supported"}
		}
		result := types.MetricDataResult{Id: query.Id, StatusCode: types.StatusCodeComplete}
		if status, ok := c.status[nameOf(query)]; ok {
			result.StatusCode = status
		}
		for i, value := range c.values[nameOf(query)] {
			result.Timestamps, result.Values = append(result.Timestamps, noon.Add(time.Duration(i)*time.Minute)), append(result.Values, value)
		}
		out.MetricDataResults = append(out.MetricDataResults, result)
	}
	return out, nil
}

func (c *cloud) DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	return c.alarms, nil
}

func nameOf(query types.MetricDataQuery) string {
	stat := query.MetricStat
	return *stat.Stat + " " + *stat.Metric.MetricName + " " + *stat.Metric.Dimensions[0].Value
}

// source is that of a version of something whose errors are two metrics.
func source(version string) measure.Source {
	of := func(name string) measure.Metric {
		return measure.Metric{Namespace: "Service", Name: name, Dimensions: []measure.Dimension{measure.By("Group", version)}}
	}
	slow := of("Duration")
	return measure.Source{
		Version: version, Requests: of("Requests"), Slow: &slow, SlowAbove: 0.25,
		Bad: map[string][]measure.Metric{judge.MetricErrors: {of("5XX"), of("Refused")}},
	}
}

func (c *cloud) reader(metrics ...string) measure.Reader {
	return measure.Reader{CloudWatch: c, About: "service echo", Compared: metrics}
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	c := &cloud{values: map[string][]float64{
		"Sum Requests old": {90, 80}, "Sum 5XX old": {1, 2}, "Sum Refused old": {3}, "TC(0.25:) Duration old": {5},
		"Sum Requests new": {10}, "Sum 5XX new": {20}, "PR(0.25:) Duration new": {30},
	}}
	reader := c.reader(judge.MetricErrors, judge.MetricLatency, judge.MetricServerErrors)
	got, err := reader.Periods(t.Context(), source("old"), source("new"), noon, noon.Add(2*time.Minute), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	count := func(requests, bad float64) judge.Count { return judge.Count{Requests: requests, Bad: bad} }
	want := []judge.Period{
		{Start: noon, Metrics: map[string]judge.Pair{
			"errors":       {Stable: count(90, 4), Canary: count(10, 10)}, // never more than there are requests
			"latency":      {Stable: count(90, 5), Canary: count(10, 3)},
			"serverErrors": {Stable: count(90, 0), Canary: count(10, 0)}, // which no metric counts
		}},
		{Start: noon.Add(time.Minute), Metrics: map[string]judge.Pair{
			"errors": {Stable: count(80, 2)}, "latency": {Stable: count(80, 0)}, "serverErrors": {Stable: count(80, 0)},
		}},
	}
	if !reflect.DeepEqual(got, want) || len(c.asked) != 1 || len(c.asked[0].MetricDataQueries) != 10 {
		t.Errorf("got  %+v\nwant %+v, by %d calls", got, want, len(c.asked))
	}
	// Nothing is asked of no version, of no period, or when nothing is compared.
	c.asked = nil
	none, err := reader.Periods(t.Context(), measure.Source{}, measure.Source{}, noon, noon.Add(time.Minute), time.Minute)
	if err != nil || len(none) != 1 || none[0].Metrics["errors"] != (judge.Pair{}) {
		t.Error(none, err)
	}
	if none, err = reader.Periods(t.Context(), source("old"), source("new"), noon.Add(time.Second), noon.Add(time.Minute), time.Minute); err != nil || none != nil {
		t.Error(none, err)
	}
	if none, err = c.reader().Periods(t.Context(), source("old"), source("new"), noon, noon.Add(time.Minute), time.Minute); err != nil || len(none) != 1 || len(none[0].Metrics) != 0 {
		t.Error(none, err)
	}
	if len(c.asked) != 0 {
		t.Errorf("%d calls", len(c.asked))
	}
}

// TestUnservedRequests: those that the count of requests leaves out are errors of a version that serves nobody, and are neither slow nor fast.
func TestUnservedRequests(t *testing.T) {
	t.Parallel()
	c := &cloud{values: map[string][]float64{"Sum Requests old": {90}, "Sum 5XX new": {40, 7}, "Sum Empty new": {40, 5}, "Sum Requests new": {0, 10}}}
	dead := source("new")
	dead.Unserved = &measure.Metric{Namespace: "Service", Name: "Empty", Dimensions: []measure.Dimension{measure.By("Group", "new")}}
	got, err := c.reader(judge.MetricErrors, judge.MetricLatency).Periods(t.Context(), source("old"), dead, noon, noon.Add(2*time.Minute), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []map[string]judge.Count{
		{judge.MetricErrors: {Requests: 40, Bad: 40}, judge.MetricLatency: {}},
		{judge.MetricErrors: {Requests: 15, Bad: 7}, judge.MetricLatency: {Requests: 10}},
	} {
		for metric, count := range want {
			if canary := got[i].Metrics[metric].Canary; canary != count {
				t.Errorf("minute %d, %s: %+v, want %+v", i, metric, canary, count)
			}
		}
	}
	history, err := c.reader(judge.MetricErrors).History(t.Context(), dead, nil, noon.Add(time.Hour), time.Minute)
	if err != nil || history.Counts[judge.MetricErrors][history.Periods-60] != (judge.Count{Requests: 40, Bad: 40}) {
		t.Errorf("the history has %+v, %v", history.Counts[judge.MetricErrors][history.Periods-60], err)
	}
}

// TestRefusedStatistic: when CloudWatch takes one of the two ways to count slow requests no more, the other does.
func TestRefusedStatistic(t *testing.T) {
	t.Parallel()
	for refused, want := range map[string]float64{"TC": 27, "PR": 5} {
		c := &cloud{refuse: refused, values: map[string][]float64{"Sum Requests old": {90}, "TC(0.25:) Duration old": {5}, "PR(0.25:) Duration old": {30}}}
		got, err := c.reader(judge.MetricLatency).Periods(t.Context(), source("old"), measure.Source{}, noon, noon.Add(time.Minute), time.Minute)
		if err != nil || got[0].Metrics["latency"].Stable != (judge.Count{Requests: 90, Bad: want}) || len(c.asked) != 2 {
			t.Errorf("without %s: %+v, %v, by %d calls", refused, got, err, len(c.asked))
		}
	}
	c := &cloud{refuse: "Sum"}
	if _, err := c.reader(judge.MetricLatency).Periods(t.Context(), source("old"), measure.Source{}, noon, noon.Add(time.Minute), time.Minute); err == nil || len(c.asked) != 1 {
		t.Errorf("%v, by %d calls", err, len(c.asked))
	}
}

func TestIncomplete(t *testing.T) {
	t.Parallel()
	for code, kind := range map[types.StatusCode]release.Kind{types.StatusCodeForbidden: "", types.StatusCodeInternalError: release.KindTransient, types.StatusCodePartialData: release.KindTransient} {
		c := &cloud{status: map[string]types.StatusCode{"Sum 5XX new": code}}
		_, err := c.reader(judge.MetricErrors).Periods(t.Context(), source("old"), source("new"), noon, noon.Add(time.Minute), time.Minute)
		if got, _ := release.KindOf(err); err == nil || got != kind || !strings.Contains(err.Error(), "service echo") || !strings.Contains(err.Error(), "errors of version new") {
			t.Errorf("%s: %v", code, err)
		}
		if _, err = c.reader(judge.MetricErrors).History(t.Context(), source("new"), nil, noon, time.Minute); err == nil {
			t.Errorf("%s passed in a history", code)
		}
	}
	for _, period := range []time.Duration{0, 500 * time.Millisecond} {
		if _, err := new(cloud).reader().Periods(t.Context(), source("old"), source("new"), noon, noon, period); err == nil {
			t.Errorf("a period of %s passed", period)
		}
		if _, err := new(cloud).reader().History(t.Context(), source("old"), nil, noon, period); err == nil {
			t.Errorf("a period of %s passed", period)
		}
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	c := &cloud{values: map[string][]float64{"Sum Requests old": {7, 8}, "Sum 5XX old": {1}, "Sum Requests all": {70}, "Sum Refused all": {9}}}
	until, whole := noon.Add(target.HistoryPeriods*time.Minute), source("all")
	for _, test := range []struct {
		source   measure.Source
		fallback *measure.Source
		want     []judge.Count
		calls    int
	}{
		{source("old"), &whole, []judge.Count{{Requests: 7, Bad: 1}, {Requests: 8}}, 1},
		{source("new"), &whole, []judge.Count{{Requests: 70, Bad: 9}, {}}, 2},
		{source("new"), nil, []judge.Count{{}, {}}, 1},
		{measure.Source{}, nil, []judge.Count{{}, {}}, 0},
	} {
		c.asked = nil
		got, err := c.reader(judge.MetricErrors).History(t.Context(), test.source, test.fallback, until, time.Minute)
		if err != nil || !got.Start.Equal(noon) || got.Periods != target.HistoryPeriods || len(got.Counts["errors"]) != target.HistoryPeriods || !slices.Equal(got.Counts["errors"][:2], test.want) || len(c.asked) != test.calls {
			t.Errorf("of %s: %+v, %v, by %d calls", test.source.Version, got.Counts["errors"][:2], err, len(c.asked))
		}
	}
	c.status = map[string]types.StatusCode{"Sum 5XX all": types.StatusCodeForbidden}
	if _, err := c.reader(judge.MetricErrors).History(t.Context(), source("new"), &whole, until, time.Minute); err == nil {
		t.Error("a fallback that may not be read passed")
	}
}

func TestCompared(t *testing.T) {
	t.Parallel()
	all := release.Metrics{Errors: &release.ErrorMetric{}, Latency: &release.LatencyMetric{}, ServerErrors: &release.ServiceMetric{}}
	for _, test := range []struct {
		metrics *release.Metrics
		want    []string
	}{{nil, nil}, {&release.Metrics{}, nil}, {&all, []string{"errors", "latency", "serverErrors"}}} {
		if got := measure.Compared(release.Document{Analysis: release.Analysis{Metrics: test.metrics}}); !slices.Equal(got, test.want) {
			t.Errorf("got %v, want %v", got, test.want)
		}
	}
}

func TestAlarms(t *testing.T) {
	t.Parallel()
	metric := func(name, metric string) types.MetricAlarm {
		return types.MetricAlarm{
			AlarmName: &name, StateValue: types.StateValueAlarm, StateReason: aws.String("because"), StateUpdatedTimestamp: &noon,
			Namespace: aws.String("Service"), MetricName: &metric, Dimensions: []types.Dimension{{Name: aws.String("Group"), Value: aws.String("old")}},
		}
	}
	rate := types.MetricAlarm{AlarmName: aws.String("rate"), StateValue: types.StateValueOk, EvaluationState: types.EvaluationStatePartialData, Metrics: []types.MetricDataQuery{{Expression: aws.String("a/b")}}}
	for _, name := range []string{"5XX", "Requests"} {
		rate.Metrics = append(rate.Metrics, types.MetricDataQuery{MetricStat: &types.MetricStat{Metric: &types.Metric{Namespace: aws.String("Service"), MetricName: &name}}})
	}
	c := &cloud{alarms: &cloudwatch.DescribeAlarmsOutput{
		MetricAlarms:    []types.MetricAlarm{metric("errors", "5XX"), metric("clicks", "Clicks"), metric("load", "Requests"), rate},
		CompositeAlarms: []types.CompositeAlarm{{AlarmName: aws.String("any"), StateValue: types.StateValueOk}},
	}}
	signal := func(metric measure.Metric) string {
		if metric.Namespace != "Service" {
			return ""
		}
		return map[string]string{"5XX": judge.MetricErrors, "Requests": measure.Requests}[metric.Name]
	}
	got, err := measure.Alarms(t.Context(), c, []string{"any", "rate", "nobody's", "load", "clicks", "errors"}, []string{judge.MetricErrors}, signal)
	if err != nil {
		t.Fatal(err)
	}
	want := []judge.Alarm{
		{Name: "any", State: judge.AlarmOK},
		{Name: "rate", State: judge.AlarmUntrusted, Metric: "errors"},
		{Name: "nobody's", State: judge.AlarmMissing, Reason: "there is no alarm of that name in this account and Region"},
		{Name: "load", State: judge.AlarmFiring, Since: noon, Reason: "because"},
		{Name: "clicks", State: judge.AlarmFiring, Since: noon, Reason: "because"},
		{Name: "errors", State: judge.AlarmFiring, Since: noon, Reason: "because", Metric: "errors"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if sentence := measure.Missing(got); !strings.HasSuffix(sentence, "in this account and Region: nobody's") {
		t.Error(sentence)
	}
	if sentence := measure.Missing(got[:2]); sentence != "" {
		t.Error(sentence)
	}
	if _, err := measure.Alarms(t.Context(), brokenAlarms{}, []string{"a"}, nil, signal); !errors.Is(err, errBroken) || !strings.Contains(fmt.Sprint(err), "read 1 alarms") {
		t.Error(err)
	}
}

var errBroken = errors.New("broken")

type brokenAlarms struct{}

func (brokenAlarms) DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	return nil, errBroken
}
