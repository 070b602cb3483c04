package measure

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
type counted struct {
	requests   []float64
	unserved   []float64
	bad        [][]float64
	badPercent []float64
}

// counted finds what belongs to a metric of a source.
func (d data) counted(source int, metric string) counted {
	found := counted{requests: d[line{source, Requests, 0}]}
	for part := 0; d[line{source, metric, part}] != nil; part++ {
		found.bad = append(found.bad, d[line{source, metric, part}])
	}
	switch metric {
	case judge.MetricErrors:
		found.unserved = d[line{source, unserved, 0}]
	case judge.MetricLatency:
		found.badPercent = d[line{source, slowPercent, 0}]
	}
	return found
}

// count is the count of one period. Bad is at most Requests: they are separate
// series, which may arrive one after the other.
func (c counted) count(period int) judge.Count {
	all, _ := valueAt(c.requests, period)
	more, _ := valueAt(c.unserved, period)
	all = max(all, 0) + max(more, 0)
	sum, known := 0.0, false
	for _, part := range c.bad {
		value, ok := valueAt(part, period)
		sum, known = sum+value, known || ok
	}
	if percent, has := valueAt(c.badPercent, period); has && !known {
		sum = percent * all / 100
	}
	return judge.Count{Requests: all, Bad: min(max(sum, 0), all)}
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
func (r Reader) metricData(ctx context.Context, all []series, from time.Time, periods int, period time.Duration) (data, error) {
	read, err := r.readSeries(ctx, all, from, periods, period)
	if err != nil {
		if accepted := withoutRefused(all, err); len(accepted) < len(all) {
			return r.readSeries(ctx, accepted, from, periods, period)
		}
	}
	return read, err
}

// readSeries asks for all series at once, page by page.
func (r Reader) readSeries(ctx context.Context, all []series, from time.Time, periods int, period time.Duration) (data, error) {
	read := data{}
	if len(all) == 0 {
		return read, nil
	}
	what := "cloudwatch: read metrics of " + r.About
	input := &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(from),
		EndTime:   aws.Time(from.Add(time.Duration(periods) * period)),
		ScanBy:    cloudwatchtypes.ScanByTimestampAscending,
	}
	byID := map[string]series{}
	for i, s := range all {
		id := "m" + strconv.Itoa(i)
		byID[id] = s
		read[s.line] = noValues(periods)
		s.query.Period = aws.Int32(int32(period / time.Second))
		input.MetricDataQueries = append(input.MetricDataQueries, cloudwatchtypes.MetricDataQuery{
			Id: aws.String(id), MetricStat: &s.query, ReturnData: aws.Bool(true),
		})
	}
	status := map[string]cloudwatchtypes.StatusCode{}
	for {
		page, err := call.Do(ctx, what, r.CloudWatch.GetMetricData, input)
		if err != nil {
			return nil, err
		}
		for _, result := range page.MetricDataResults {
			id := aws.ToString(result.Id)
			status[id] = result.StatusCode
			values := read[byID[id].line]
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
func incomplete(what string, asked map[string]series, status map[string]cloudwatchtypes.StatusCode) error {
	for id, s := range asked {
		switch code := status[id]; code {
		case cloudwatchtypes.StatusCodeComplete:
		case cloudwatchtypes.StatusCodeForbidden:
			return fmt.Errorf("%s: not allowed to read %s of version %s", what, s.what, s.version)
		default:
			return release.Fail(release.KindTransient, "%s: %s of version %s came back %q instead of Complete", what, s.what, s.version, code)
		}
	}
	return nil
}
