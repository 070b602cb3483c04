package laws_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

const statisticsPage = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html"

// The laws of what is made of a period's values.
var statisticLaws = []law[cloudwatchWorld]{
	{
		name:   "values with counts are as many values",
		source: putDataPage + ": Values and Counts, " + statisticsPage,
		hold: func(ctx context.Context, w cloudwatchWorld) {
			many := w.datum("Duration", 0, 0)
			many.Value, many.Values, many.Counts = nil, []float64{10, 20, 40}, []float64{5, 3, 2}
			w.record(ctx, many)
			have := w.read(ctx, w.window(0, 60,
				w.statistic("count", "Duration", "SampleCount"), w.statistic("sum", "Duration", "Sum"), w.statistic("average", "Duration", "Average"),
				w.statistic("least", "Duration", "Minimum"), w.statistic("most", "Duration", "Maximum"),
			))
			equal("statistics", have, map[string]string{"count": "0=10", "sum": "0=190", "average": "0=19", "least": "0=10", "most": "0=40"})
		},
	},
	{
		name:   "a set of statistics adds up with values",
		source: putDataPage + ": StatisticValues",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			set := w.datum("Duration", 0, 0)
			set.Value = nil
			set.StatisticValues = &types.StatisticSet{SampleCount: aws.Float64(4), Sum: aws.Float64(40), Minimum: aws.Float64(5), Maximum: aws.Float64(20)}
			w.record(ctx, set, w.datum("Duration", 30, 60))
			have := w.read(ctx, w.window(0, 60,
				w.statistic("count", "Duration", "SampleCount"), w.statistic("average", "Duration", "Average"),
				w.statistic("least", "Duration", "Minimum"), w.statistic("most", "Duration", "Maximum"),
			))
			equal("statistics", have, map[string]string{"count": "0=5", "average": "0=20", "least": "0=5", "most": "0=60"})
		},
	},
	{
		name:   "p95 is the value that 95 percent do not exceed",
		source: statisticsPage + ": Percentile (p)",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			many := w.datum("Duration", 0, 0)
			many.Value, many.Values, many.Counts = nil, []float64{10, 500}, []float64{97, 3}
			w.record(ctx, many)
			equal("p95", w.read(ctx, w.window(0, 60, w.statistic("m", "Duration", "p95"))), map[string]string{"m": "0=10"})
		},
	},
	{
		name:   "TC counts the values above a bound",
		source: statisticsPage + ": Trimmed count (TC): TC(1000:) is the number of data points above 1000",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			many := w.datum("Duration", 0, 0)
			many.Value, many.Values, many.Counts = nil, []float64{10, 1000, 1500}, []float64{90, 5, 3}
			w.record(ctx, many)
			equal("TC(1000:)", w.read(ctx, w.window(0, 60, w.statistic("m", "Duration", "TC(1000:)"))), map[string]string{"m": "0=3"})
		},
	},
	{
		name:   "PR is the percentage of the values above a bound",
		source: statisticsPage + ": Percentile rank (PR): PR(:300) is the percentage of data points of 300 or less, and PR(10:) the last bin of a histogram; its lower bound is exclusive",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			many := w.datum("Duration", 0, 0)
			many.Value, many.Values, many.Counts = nil, []float64{10, 1000, 1500}, []float64{70, 5, 25}
			w.record(ctx, many)
			equal("PR(1000:)", w.read(ctx, w.window(0, 60, w.statistic("m", "Duration", "PR(1000:)"))), map[string]string{"m": "0=25"})
		},
	},
	{
		name:   "PR includes the value of its upper bound",
		source: statisticsPage + ": Percentile rank (PR): PR(:300) is the percentage of data points of 300 or less",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			many := w.datum("Duration", 0, 0)
			many.Value, many.Values, many.Counts = nil, []float64{10, 1000, 1500}, []float64{70, 5, 25}
			w.record(ctx, many)
			equal("PR(:1000)", w.read(ctx, w.window(0, 60, w.statistic("m", "Duration", "PR(:1000)"))), map[string]string{"m": "0=75"})
		},
	},
}

const mathPage = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"

// The laws of metric math.
var expressionLaws = []law[cloudwatchWorld]{
	{
		name:   "an expression may be another query's id",
		source: mathPage,
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.record(ctx, w.datum("Errors", 0, 1), w.datum("Errors", 60, 2))
			have := w.read(ctx, w.window(0, 120, hidden(w.statistic("m", "Errors", "Sum")), expression("e", "m")))
			equal("results", have, map[string]string{"e": "0=1 60=2"})
		},
	},
	{
		name:   "a query that returns no data has no result",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html: ReturnData",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.record(ctx, w.datum("Errors", 0, 1))
			have := w.read(ctx, w.window(0, 60, hidden(w.statistic("m", "Errors", "Sum")), w.statistic("n", "Errors", "SampleCount")))
			equal("results", have, map[string]string{"n": "0=1"})
		},
	},
	{
		name:   "a division has a point where both have one",
		source: mathPage + ": functions that have time series operate on the points that both have",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.record(ctx, w.datum("Errors", 0, 1), w.datum("Invocations", 0, 4), w.datum("Invocations", 60, 4))
			have := w.read(ctx, w.window(0, 120, hidden(w.statistic("e", "Errors", "Sum")), hidden(w.statistic("i", "Invocations", "Sum")), expression("rate", "e/i")))
			equal("rate", have, map[string]string{"rate": "0=0.25"})
		},
	},
	{
		name:   "FILL puts a value where there is none",
		source: mathPage + "#metric-math-syntax-functions-list: FILL",
		hold: func(ctx context.Context, w cloudwatchWorld) {
			w.record(ctx, w.datum("Errors", 60, 1))
			have := w.read(ctx, w.window(0, 180, hidden(w.statistic("e", "Errors", "Sum")), expression("filled", "FILL(e,0)")))
			equal("filled", have, map[string]string{"filled": "0=0 60=1 120=0"})
		},
	},
}
