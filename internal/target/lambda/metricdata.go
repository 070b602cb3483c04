package lambda

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// data are the values of each line, by the number of the period; NaN where there is none.
type data map[line][]float64

// counted is the counts of one metric of one version. Series that were not asked for are nil.
type counted struct{ requests, bad, badPercent []float64 }

// counted finds what belongs to a metric of a version.
func (d data) counted(version, metric string) counted {
	found := counted{requests: d[line{version, requests}], bad: d[line{version, metric}]}
	if metric == metricLatency {
		found.badPercent = d[line{version, slowPercent}]
	}
	return found
}

// count is the count of one period. Bad is at most Requests: they are separate
// series, which may arrive one after the other.
func (c counted) count(period int) judge.Count {
	all, _ := valueAt(c.requests, period)
	all = max(all, 0)
	bad, ok := valueAt(c.bad, period)
	if percent, has := valueAt(c.badPercent, period); has && !ok {
		bad = percent * all / 100
	}
	return judge.Count{Requests: all, Bad: min(max(bad, 0), all)}
}

// valueAt is the value of a period; without one it is 0 and not ok.
func valueAt(values []float64, period int) (value float64, ok bool) {
	if values == nil || math.IsNaN(values[period]) {
		return 0, false
	}
	return values[period], true
}

// metricData asks for all series at once, over so many periods from a time on. When CloudWatch refuses one of the
// statistics that stand in for each other, it asks once more without that.
func (t *Target) metricData(ctx context.Context, all []series, from time.Time, periods int, period time.Duration) (data, error) {
	read, err := t.readSeries(ctx, all, from, periods, period)
	if err != nil {
		if accepted := withoutRefused(all, err); len(accepted) < len(all) {
			return t.readSeries(ctx, accepted, from, periods, period)
		}
	}
	return read, err
}

// readSeries asks for all series at once, page by page.
func (t *Target) readSeries(ctx context.Context, all []series, from time.Time, periods int, period time.Duration) (data, error) {
	read := data{}
	if len(all) == 0 {
		return read, nil
	}
	what := "cloudwatch: read metrics of function " + t.function
	input := &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(from),
		EndTime:   aws.Time(from.Add(time.Duration(periods) * period)),
		ScanBy:    cloudwatchtypes.ScanByTimestampAscending,
	}
	byID := map[string]line{}
	for i, s := range all {
		id := "m" + strconv.Itoa(i)
		byID[id] = s.line
		read[s.line] = noValues(periods)
		s.query.Period = aws.Int32(int32(period / time.Second))
		input.MetricDataQueries = append(input.MetricDataQueries, cloudwatchtypes.MetricDataQuery{
			Id: aws.String(id), MetricStat: &s.query, ReturnData: aws.Bool(true),
		})
	}
	status := map[string]cloudwatchtypes.StatusCode{}
	for {
		page, err := call.Do(ctx, what, t.cloudWatch.GetMetricData, input)
		if err != nil {
			return nil, err
		}
		for _, result := range page.MetricDataResults {
			id := aws.ToString(result.Id)
			status[id] = result.StatusCode
			values := read[byID[id]]
			for i := range min(len(result.Timestamps), len(result.Values)) {
				after := result.Timestamps[i].Sub(from)
				if number := int(after / period); after >= 0 && number < len(values) {
					values[number] = result.Values[i]
				}
			}
		}
		if aws.ToString(page.NextToken) == "" {
			break
		}
		input.NextToken = page.NextToken
	}
	return read, incomplete(what, byID, status)
}

// noValues is a series in which no period has a value.
func noValues(periods int) []float64 {
	values := make([]float64, periods)
	for i := range values {
		values[i] = math.NaN()
	}
	return values
}

// incomplete is the error of an answer that is not whole: a count that is too
// small must not pass for a healthy one.
func incomplete(what string, asked map[string]line, status map[string]cloudwatchtypes.StatusCode) error {
	for id, l := range asked {
		switch code := status[id]; code {
		case cloudwatchtypes.StatusCodeComplete:
		case cloudwatchtypes.StatusCodeForbidden:
			return fmt.Errorf("%s: not allowed to read %s of version %s", what, l.what, l.version)
		default:
			return release.Fail(release.KindTransient, "%s: %s of version %s came back %q instead of Complete", what, l.what, l.version, code)
		}
	}
	return nil
}
