package lambda

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// The metrics that are compared, as the judge names them.
const (
	metricErrors       = "errors"
	metricLatency      = "latency"
	metricServerErrors = "serverErrors"
)

// namespace is where Lambda puts its metrics, see
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html .
const namespace = "AWS/Lambda"

// Measure reads requests and bad requests of both versions of split, as the
// alias's callers caused them, in one query. Only the metrics that the document
// compares are in the periods. Period is a multiple of a second; Lambda's own
// metrics have periods of a minute.
//
// A function error counts in the period in which its invocation began, so a
// period is only final once the longest invocation that began in it has ended.
func (t *Target) Measure(ctx context.Context, split release.Split, from, to time.Time, period time.Duration) ([]judge.Period, error) {
	if period < time.Second || period%time.Second != 0 {
		return nil, fmt.Errorf("cloudwatch: read metrics of function %s: a period of %s is not a number of whole seconds", t.function, period)
	}
	starts := startsWithin(from, to, period)
	if len(starts) == 0 {
		return nil, nil
	}
	series := t.series(split)
	values, err := t.metricData(ctx, series, starts, period)
	if err != nil {
		return nil, err
	}
	periods := make([]judge.Period, len(starts))
	for i, start := range starts {
		periods[i] = judge.Period{Start: start, Metrics: map[string]judge.Pair{}}
		for _, metric := range t.compared() {
			periods[i].Metrics[metric] = judge.Pair{
				Canary: countOf(values, split.Canary, metric, start),
				Stable: countOf(values, split.Stable, metric, start),
			}
		}
	}
	return periods, nil
}

// History reads what one version did, in the same way.
func (t *Target) History(ctx context.Context, version string, until time.Time, period time.Duration) ([]judge.Period, error) {
	until = until.Truncate(period)
	return t.Measure(ctx, release.Pure(version), until.Add(-target.HistoryPeriods*period), until, period)
}

// startsWithin lists the beginnings of the periods that begin within [from, to).
// CloudWatch's periods begin at whole multiples of their length since 1970.
func startsWithin(from, to time.Time, period time.Duration) []time.Time {
	start := time.Unix(0, from.UnixNano()-from.UnixNano()%int64(period)).UTC()
	if start.Before(from) {
		start = start.Add(period)
	}
	var starts []time.Time
	for ; start.Before(to); start = start.Add(period) {
		starts = append(starts, start)
	}
	return starts
}

// compared lists the metrics that the document compares.
func (t *Target) compared() []string {
	metrics := t.document.Analysis.Metrics
	if metrics == nil {
		return nil
	}
	var names []string
	if metrics.Errors != nil {
		names = append(names, metricErrors)
	}
	if metrics.Latency != nil {
		names = append(names, metricLatency)
	}
	if metrics.ServerErrors != nil {
		names = append(names, metricServerErrors)
	}
	return names
}

// requests is the name of the series that every metric is a share of.
const requests = "requests"

// A series is one line of CloudWatch's answer.
type series struct {
	version string
	// metric is what its values count: requests, or the bad ones of a metric.
	metric string
	query  cloudwatchtypes.MetricStat
}

// series lists what has to be asked for both versions of split.
func (t *Target) series(split release.Split) []series {
	compared := t.compared()
	if len(compared) == 0 {
		return nil
	}
	var all []series
	for _, version := range []string{split.Stable, split.Canary} {
		if version == "" {
			continue
		}
		all = append(all, series{version, requests, t.ofVersion(version, "Invocations", "Sum")})
		for _, metric := range compared {
			switch metric {
			case metricErrors:
				all = append(all, series{version, metric, t.ofVersion(version, "Errors", "Sum")})
			case metricLatency:
				all = append(all, series{version, metric, t.ofVersion(version, "Duration", t.slowStatistic())})
			case metricServerErrors:
				all = append(all, series{version, metric, t.ofService(version)})
			}
		}
	}
	return all
}

// slowStatistic counts the invocations whose Duration, in milliseconds, is above
// the document's limit: TC's lower bound is exclusive, see
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
func (t *Target) slowStatistic() string {
	milliseconds := float64(t.document.Analysis.Metrics.Latency.SlowerThan.Std()) / float64(time.Millisecond)
	return "TC(" + strconv.FormatFloat(milliseconds, 'f', -1, 64) + ":)"
}

// ofVersion asks for a metric of one version, as invoked through the alias. The
// dimension Resource is a name: with an ARN there, or without ExecutedVersion,
// there is no such series.
func (t *Target) ofVersion(version, metric, statistic string) cloudwatchtypes.MetricStat {
	return cloudwatchtypes.MetricStat{
		Metric: &cloudwatchtypes.Metric{
			Namespace:  aws.String(namespace),
			MetricName: aws.String(metric),
			Dimensions: []cloudwatchtypes.Dimension{
				{Name: aws.String("FunctionName"), Value: aws.String(t.function)},
				{Name: aws.String("Resource"), Value: aws.String(t.function + ":" + t.alias)},
				{Name: aws.String("ExecutedVersion"), Value: aws.String(version)},
			},
		},
		Stat: aws.String(statistic),
	}
}

// ofService asks for the count that the service emits itself.
func (t *Target) ofService(version string) cloudwatchtypes.MetricStat {
	metric := t.document.Analysis.Metrics.ServerErrors
	return cloudwatchtypes.MetricStat{
		Metric: &cloudwatchtypes.Metric{
			Namespace:  aws.String(metric.Namespace),
			MetricName: aws.String(metric.Name),
			Dimensions: []cloudwatchtypes.Dimension{{Name: aws.String("ExecutedVersion"), Value: aws.String(version)}},
		},
		Stat: aws.String("Sum"),
	}
}

// A point is one value's place.
type point struct {
	version, metric string
	start           int64 // Unix seconds
}

// countOf reads one version's count. CloudWatch has no value where nothing
// happened, which is 0. Bad is at most Requests: the two are separate series,
// which may arrive one after the other.
func countOf(values map[point]float64, version, metric string, start time.Time) judge.Count {
	all := values[point{version, requests, start.Unix()}]
	bad := values[point{version, metric, start.Unix()}]
	return judge.Count{Requests: max(all, 0), Bad: min(max(bad, 0), max(all, 0))}
}

// metricData asks for all series at once, page by page.
func (t *Target) metricData(ctx context.Context, all []series, starts []time.Time, period time.Duration) (map[point]float64, error) {
	values := map[point]float64{}
	if len(all) == 0 {
		return values, nil
	}
	what := "cloudwatch: read metrics of function " + t.function
	input := &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(starts[0]),
		EndTime:   aws.Time(starts[len(starts)-1].Add(period)),
		ScanBy:    cloudwatchtypes.ScanByTimestampAscending,
	}
	byID := map[string]series{}
	for i, s := range all {
		id := "m" + strconv.Itoa(i)
		byID[id] = s
		s.query.Period = aws.Int32(int32(period / time.Second))
		input.MetricDataQueries = append(input.MetricDataQueries, cloudwatchtypes.MetricDataQuery{
			Id: aws.String(id), MetricStat: &s.query, ReturnData: aws.Bool(true),
		})
	}
	status := map[string]cloudwatchtypes.StatusCode{}
	for {
		page, err := call(ctx, what, t.cloudWatch.GetMetricData, input)
		if err != nil {
			return nil, err
		}
		for _, result := range page.MetricDataResults {
			id := aws.ToString(result.Id)
			status[id] = result.StatusCode
			s := byID[id]
			for i := range min(len(result.Timestamps), len(result.Values)) {
				values[point{s.version, s.metric, result.Timestamps[i].Unix()}] = result.Values[i]
			}
		}
		if aws.ToString(page.NextToken) == "" {
			break
		}
		input.NextToken = page.NextToken
	}
	return values, incomplete(what, byID, status)
}

// incomplete is the error of an answer that is not whole: a count that is too
// small must not pass for a healthy one.
func incomplete(what string, asked map[string]series, status map[string]cloudwatchtypes.StatusCode) error {
	for id, s := range asked {
		switch code := status[id]; code {
		case cloudwatchtypes.StatusCodeComplete:
		case cloudwatchtypes.StatusCodeForbidden:
			return fmt.Errorf("%s: not allowed to read %s of version %s", what, s.metric, s.version)
		default:
			return release.Fail(release.KindTransient, "%s: %s of version %s came back %q instead of Complete", what, s.metric, s.version, code)
		}
	}
	return nil
}
