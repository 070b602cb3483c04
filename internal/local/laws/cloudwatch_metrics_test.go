package laws_test

import (
	"context"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

const (
	putDataPage = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"
	getDataPage = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"
)

// The laws of putting metrics, and of when they are read.
var metricLaws = []law[cloudwatchWorld]{
	{
		name:   "a period has the sum of what came in it",
		source: getDataPage,
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.record(ctx, w.datum("Errors", 0, 1), w.datum("Errors", 59, 2), w.datum("Errors", 60, 4), w.datum("Errors", 185, 8))
			equal("sums", w.read(ctx, w.window(0, 240, w.statistic("m", "Errors", "Sum"))), map[string]string{"m": "0=3 60=4 180=8"})
		},
	},
	{
		name:   "a longer period has the sum of the shorter ones",
		source: getDataPage + ": Period",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.record(ctx, w.datum("Errors", 0, 1), w.datum("Errors", 299, 2), w.datum("Errors", 300, 4))
			query := w.statistic("m", "Errors", "Sum")
			query.MetricStat.Period = aws.Int32(300)
			equal("sums", w.read(ctx, w.window(0, 600, query)), map[string]string{"m": "0=3 300=4"})
		},
	},
	{
		name:   "the start is rounded down to the minute",
		source: getDataPage + "#ACW-GetMetricData-request-StartTime: round down to the nearest whole minute",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.record(ctx, w.datum("Errors", 5, 1), w.datum("Errors", 50, 2))
			equal("sums", w.read(ctx, w.window(30, 120, w.statistic("m", "Errors", "Sum"))), map[string]string{"m": "0=3"})
		},
	},
	{
		name:   "the end is exclusive",
		source: getDataPage + "#ACW-GetMetricData-request-EndTime: the value specified is exclusive",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.record(ctx, w.datum("Errors", 0, 1), w.datum("Errors", 60, 2))
			equal("sums", w.read(ctx, w.window(0, 60, w.statistic("m", "Errors", "Sum"))), map[string]string{"m": "0=1"})
		},
	},
	{
		name:   "where nothing came there is no point, and the result is complete",
		source: getDataPage + ", https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataResult.html",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.record(ctx, w.datum("Errors", 0, 1), w.datum("Errors", 120, 1))
			results := must(w.GetMetricData(ctx, w.window(0, 180, w.statistic("m", "Errors", "Sum"), w.statistic("none", "Nothing", "Sum")))).MetricDataResults
			equal("results", len(results), 2)
			equal("points of a gap", w.points(results[0]), "0=1 120=1")
			equal("points of nothing", w.points(results[1]), "")
			for _, result := range results {
				equal("status of "+*result.Id, result.StatusCode, types.StatusCodeComplete)
			}
		},
	},
	{
		name:   "the newest comes first unless asked otherwise",
		source: getDataPage + "#ACW-GetMetricData-request-ScanBy: the default of TimestampDescending is used",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.record(ctx, w.datum("Errors", 0, 1), w.datum("Errors", 60, 2))
			in := w.window(0, 120, w.statistic("m", "Errors", "Sum"))
			equal("ascending", w.read(ctx, in), map[string]string{"m": "0=1 60=2"})
			in.ScanBy = types.ScanByTimestampDescending
			equal("descending", w.read(ctx, in), map[string]string{"m": "60=2 0=1"})
			in.ScanBy = ""
			equal("default", w.read(ctx, in), map[string]string{"m": "60=2 0=1"})
		},
	},
	{
		name:   "results have the order and the labels of the queries",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.record(ctx, w.datum("Errors", 0, 1))
			b, a := w.statistic("b", "Errors", "Sum"), w.statistic("a", "Errors", "Sum")
			b.Label, a.Label = aws.String("second letter"), aws.String("first letter")
			var have []string
			for _, result := range must(w.GetMetricData(ctx, w.window(0, 60, b, a))).MetricDataResults {
				have = append(have, *result.Id, *result.Label)
			}
			equal("results", have, []string{"b", "second letter", "a", "first letter"})
		},
	},
	{
		name:   "an empty window is refused",
		source: getDataPage + ": StartTime must be less than EndTime",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			for _, to := range []int{60, 0} {
				_, err := w.GetMetricData(ctx, w.window(60, to, w.statistic("m", "Errors", "Sum")))
				refused(err, "ValidationError")
			}
		},
	},
	{
		name:   "points come by pages",
		source: getDataPage + "#ACW-GetMetricData-request-MaxDatapoints: NextToken, PartialData",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.record(ctx, w.datum("Errors", 0, 1), w.datum("Errors", 60, 2), w.datum("Errors", 120, 4))
			in := w.window(0, 180, w.statistic("m", "Errors", "Sum"))
			in.MaxDatapoints = aws.Int32(2)
			first := must(w.GetMetricData(ctx, in))
			if first.NextToken == nil {
				broke("the first page has no token, and %s", w.points(first.MetricDataResults[0]))
			}
			equal("first page", w.points(first.MetricDataResults[0]), "0=1 60=2")
			equal("its status", first.MetricDataResults[0].StatusCode, types.StatusCodePartialData)
			in.NextToken = first.NextToken
			second := must(w.GetMetricData(ctx, in))
			equal("second page", w.points(second.MetricDataResults[0]), "120=4")
			equal("its status", second.MetricDataResults[0].StatusCode, types.StatusCodeComplete)
		},
	},
	{
		name:   "a metric is its name and all its dimensions",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#dimension-combinations",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			one, two := w.datum("Errors", 0, 1), w.datum("Errors", 0, 2)
			two.Dimensions = dimensions("Service", w.name, "Version", "2")
			w.record(ctx, one, two)
			queries := []types.MetricDataQuery{w.statistic("one", "Errors", "Sum"), w.statistic("two", "Errors", "Sum"), w.statistic("three", "Errors", "Sum")}
			queries[1].MetricStat.Metric.Dimensions = dimensions("Version", "2", "Service", w.name)
			queries[2].MetricStat.Metric.Dimensions = dimensions("Version", "2")
			equal("sums", w.read(ctx, w.window(0, 60, queries...)), map[string]string{"one": "0=1", "two": "0=2", "three": ""})
		},
	},
	{
		name:   "a metric without dimensions is one of its own",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#dimension-combinations",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			none := w.datum("Errors", 0, 1)
			none.Dimensions = nil
			w.record(ctx, none, w.datum("Errors", 0, 2))
			query := w.statistic("m", "Errors", "Sum")
			query.MetricStat.Metric.Dimensions = nil
			equal("sums", w.read(ctx, w.window(0, 60, query)), map[string]string{"m": "0=1"})
		},
	},
	{
		name:   "metrics of two namespaces are two",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Namespace",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.record(ctx, w.datum("Errors", 0, 1))
			must(w.PutMetricData(ctx, &sdk.PutMetricDataInput{Namespace: aws.String(w.name + "-2"), MetricData: []types.MetricDatum{w.datum("Errors", 0, 2)}}))
			equal("sums", w.read(ctx, w.window(0, 60, w.statistic("m", "Errors", "Sum"))), map[string]string{"m": "0=1"})
		},
	},
	{
		name:   "a metric that was put is listed",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.record(ctx, w.datum("Errors", 0, 1), w.datum("Errors", 60, 1), w.datum("Latency", 0, 1))
			out := must(w.ListMetrics(ctx, &sdk.ListMetricsInput{Namespace: &w.name, MetricName: aws.String("Errors")}))
			equal("metrics", len(out.Metrics), 1)
			one := out.Metrics[0]
			equal("metric", []string{*one.Namespace, *one.MetricName, *one.Dimensions[0].Name, *one.Dimensions[0].Value}, []string{w.name, "Errors", "Service", w.name})
		},
	},
	{
		name:   "the namespaces of AWS are its own",
		source: putDataPage + "#ACW-PutMetricData-request-Namespace; the model's InvalidParameterValue, HTTP 400",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			_, err := w.PutMetricData(ctx, &sdk.PutMetricDataInput{Namespace: aws.String("AWS/Law"), MetricData: []types.MetricDatum{w.datum("Errors", 0, 1)}})
			typed[*types.InvalidParameterValueException](err)
		},
	},
	{
		name:   "a datum has a value or values",
		source: putDataPage + "; the model's InvalidParameterCombination, HTTP 400",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			both := w.datum("Errors", 0, 1)
			both.Values = []float64{1, 2}
			_, err := w.PutMetricData(ctx, &sdk.PutMetricDataInput{Namespace: &w.name, MetricData: []types.MetricDatum{both}})
			typed[*types.InvalidParameterCombinationException](err)
		},
	},
	{
		name:   "a datum has a value or a set of statistics",
		source: putDataPage + "; the model's InvalidParameterCombination, HTTP 400",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			both := w.datum("Errors", 0, 1)
			both.StatisticValues = &types.StatisticSet{SampleCount: aws.Float64(1), Sum: aws.Float64(1), Minimum: aws.Float64(1), Maximum: aws.Float64(1)}
			_, err := w.PutMetricData(ctx, &sdk.PutMetricDataInput{Namespace: &w.name, MetricData: []types.MetricDatum{both}})
			typed[*types.InvalidParameterCombinationException](err)
		},
	},
	{
		name:   "a datum without a value is refused",
		source: putDataPage + "; the model's MissingParameter, HTTP 400",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			none := w.datum("Errors", 0, 1)
			none.Value = nil
			_, err := w.PutMetricData(ctx, &sdk.PutMetricDataInput{Namespace: &w.name, MetricData: []types.MetricDatum{none}})
			typed[*types.MissingRequiredParameterException](err)
		},
	},
	{
		name:   "NaN is no value",
		source: putDataPage + ": special values (for example, NaN) are not supported; the model's InvalidParameterValue, HTTP 400",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			_, err := w.PutMetricData(ctx, &sdk.PutMetricDataInput{Namespace: &w.name, MetricData: []types.MetricDatum{w.datum("Errors", 0, math.NaN())}})
			typed[*types.InvalidParameterValueException](err)
		},
	},
	{
		name:   "a time too long ago is refused",
		source: putDataPage + ": up to two weeks before the current date; the model's InvalidParameterValue, HTTP 400",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			old := w.datum("Errors", 0, 1)
			old.Timestamp = aws.Time(w.now.Add(-15 * 24 * time.Hour))
			_, err := w.PutMetricData(ctx, &sdk.PutMetricDataInput{Namespace: &w.name, MetricData: []types.MetricDatum{old}})
			typed[*types.InvalidParameterValueException](err)
		},
	},
	{
		name:   "of data with a mistake nothing is kept",
		source: putDataPage,
		hold: func(ctx context.Context, w cloudwatchWorld) {
			_, err := w.PutMetricData(ctx, &sdk.PutMetricDataInput{Namespace: &w.name, MetricData: []types.MetricDatum{w.datum("Errors", 0, 1), w.datum("Errors", 0, math.NaN())}})
			if err == nil {
				broke("the data was taken")
			}
			equal("sums", w.read(ctx, w.window(0, 60, w.statistic("m", "Errors", "Sum"))), map[string]string{"m": ""})
		},
	},
}
