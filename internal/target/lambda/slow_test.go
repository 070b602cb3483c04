package lambda_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
)

// none is where a statistic has no value.
const none = -1

// byStatistic answers the queries of each statistic of Duration with its value, and
// all others with 200, in the minute that begins at noon.
func byStatistic(input *cloudwatch.GetMetricDataInput, values map[string]float64) *cloudwatch.GetMetricDataOutput {
	output, _ := noTraffic(input)
	for i, query := range input.MetricDataQueries {
		value := 200.0
		if *query.MetricStat.Metric.MetricName == "Duration" {
			value = values[*query.MetricStat.Stat]
		}
		if value != none {
			output.MetricDataResults[i].Timestamps = []time.Time{noon}
			output.MetricDataResults[i].Values = []float64{value}
		}
	}
	return output
}

// TestSlowRequests: how many there were, by TC or else by PR.
func TestSlowRequests(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		count, percent, want float64
	}{
		{count: 7, percent: 3.5, want: 7},
		{count: 7, percent: none, want: 7},
		{count: 0, percent: 3.5, want: 0},
		{count: none, percent: 3.5, want: 7},
		{count: none, percent: 0.25, want: 0.5},
		{count: none, percent: 100, want: 200},
		{count: none, percent: 101, want: 200},
		{count: none, percent: none, want: 0},
	} {
		t.Run(fmt.Sprintf("TC %g, PR %g", test.count, test.percent), func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, durations{})
			c.cloudWatch.metricData = func(input *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
				return byStatistic(input, map[string]float64{"TC(1500:)": test.count, "PR(1500:)": test.percent}), nil
			}
			got, err := c.target().Measure(t.Context(), tenToTwo, noon, noon.Add(time.Minute), time.Minute)
			must(t, err)
			want := judge.Count{Requests: 200, Bad: test.want}
			if pair := got[0].Metrics["latency"]; pair != (judge.Pair{Canary: want, Stable: want}) {
				t.Errorf("got %+v, want %+v of both", pair, want)
			}
			if len(c.cloudWatch.asked) != 1 {
				t.Errorf("%d calls", len(c.cloudWatch.asked))
			}
		})
	}
}

// TestRefusedStatistic: when CloudWatch knows one of the two statistics no more, the
// other does alone; and nothing passes for healthy when it knows neither.
func TestRefusedStatistic(t *testing.T) {
	t.Parallel()
	refusal := func(format string, arguments ...any) error {
		return &smithy.GenericAPIError{Code: "ValidationError", Message: fmt.Sprintf(format, arguments...), Fault: smithy.FaultClient}
	}
	for _, test := range []struct {
		name string
		// refused are the beginnings of statistics that make a call fail, with err.
		refused []string
		err     error
		// calls is how many there are; slow is the outcome, or part is in the error.
		calls int
		slow  float64
		part  string
	}{
		{"TC by its text", []string{"TC"}, refusal("The value TC(1500:) for parameter MetricDataQueries.member.3.MetricStat.Stat is not supported."), 2, 7, ""},
		{"TC by its name", []string{"TC"}, refusal("The statistic TC is not available for this metric"), 2, 7, ""},
		{"PR", []string{"PR"}, refusal("Invalid stat: PR(1500:)"), 2, 4, ""},
		{"both at once", []string{"TC", "PR"}, refusal("TC(1500:) and PR(1500:) are not supported"), 1, 0, "are not supported"},
		{"one after the other", []string{"TC", "PR"}, refusal("TC(1500:) is not supported"), 2, 0, "is not supported"},
		{"something else", []string{"TC"}, refusal("The parameter StartTime must be less than the parameter EndTime, PRECISELY."), 1, 0, "StartTime"},
		{"no answer", []string{"TC"}, errors.New("dial cloudwatch: no TC(1500:) route"), 1, 0, "no TC(1500:) route"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, durations{})
			c.cloudWatch.metricData = func(input *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
				for _, query := range input.MetricDataQueries {
					for _, refused := range test.refused {
						if strings.HasPrefix(aws.ToString(query.MetricStat.Stat), refused) {
							return nil, test.err
						}
					}
				}
				return byStatistic(input, map[string]float64{"TC(1500:)": 4, "PR(1500:)": 3.5}), nil
			}
			got, err := c.target(serverErrors).Measure(t.Context(), tenToTwo, noon, noon.Add(time.Minute), time.Minute)
			if len(c.cloudWatch.asked) != test.calls {
				t.Errorf("%d calls, want %d", len(c.cloudWatch.asked), test.calls)
			}
			if test.part != "" {
				expectKind(t, err, "", test.part)
				return
			}
			must(t, err)
			for metric, bad := range map[string]float64{"errors": 200, "latency": test.slow, "serverErrors": 200} {
				want := judge.Count{Requests: 200, Bad: bad}
				if pair := got[0].Metrics[metric]; pair != (judge.Pair{Canary: want, Stable: want}) {
					t.Errorf("%s: got %+v, want %+v of both", metric, pair, want)
				}
			}
		})
	}
}

// TestTheOtherStatisticOnTheLocalCloud: PR alone counts the same requests as slow.
func TestTheOtherStatisticOnTheLocalCloud(t *testing.T) {
	t.Parallel()
	c, local := newLocalCloud(t)
	recordHistory(local, "1", noon, 3)
	both, err := c.target().Measure(t.Context(), tenToTwo, noon, noon.Add(3*time.Minute), time.Minute)
	must(t, err)
	answer := c.cloudWatch.metricData
	c.cloudWatch.metricData = func(input *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
		output, err := answer(input)
		for i, query := range input.MetricDataQueries {
			if strings.HasPrefix(*query.MetricStat.Stat, "TC") {
				output.MetricDataResults[i] = cloudwatchtypes.MetricDataResult{Id: query.Id, StatusCode: cloudwatchtypes.StatusCodeComplete}
			}
		}
		return output, err
	}
	alone, err := c.target().Measure(t.Context(), tenToTwo, noon, noon.Add(3*time.Minute), time.Minute)
	must(t, err)
	for i := range both {
		want, got := both[i].Metrics["latency"].Stable, alone[i].Metrics["latency"].Stable
		if want.Bad == 0 || got.Requests != want.Requests || got.Bad < want.Bad-1e-9 || got.Bad > want.Bad+1e-9 {
			t.Errorf("minute %d: got %+v, want %+v", i, got, want)
		}
	}
}
