package lambda

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// namespace is where Lambda puts its metrics, see
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html .
const namespace = "AWS/Lambda"

// What series count, beside the bad requests of each metric.
const (
	// requests are what every metric is a share of.
	requests = "requests"
	// slowPercent is which percentage of the requests was slow.
	slowPercent = "percentage of slow requests"
)

// A line is what one series says: something of one version.
type line struct{ version, what string }

// A series is one line of CloudWatch's answer, and how to ask for it.
type series struct {
	line
	query cloudwatchtypes.MetricStat
}

// series lists what has to be asked for both versions of split.
func (t *Target) series(split release.Split) []series {
	var all []series
	for _, version := range []string{split.Stable, split.Canary} {
		if version == "" {
			continue
		}
		all = append(all, t.ofLambdas(version, t.dimensions(version))...)
		if slices.Contains(t.compared(), metricServerErrors) {
			all = append(all, series{line{version, metricServerErrors}, t.ofService(version)})
		}
	}
	return all
}

// ofLambdas lists the series of Lambda's own metrics that stand for a version; none when nothing is compared.
func (t *Target) ofLambdas(version string, dimensions []cloudwatchtypes.Dimension) []series {
	compared := t.compared()
	if len(compared) == 0 {
		return nil
	}
	all := []series{{line{version, requests}, ofLambda("Invocations", "Sum", dimensions)}}
	for _, metric := range compared {
		switch metric {
		case metricErrors:
			all = append(all, series{line{version, metric}, ofLambda("Errors", "Sum", dimensions)})
		case metricLatency:
			all = append(all, t.slow(version, dimensions)...)
		}
	}
	return all
}

// dimensions are those of one version, as invoked through the alias. Resource is a
// name: with an ARN there is no such series.
func (t *Target) dimensions(version string) []cloudwatchtypes.Dimension {
	return append(t.aliasDimensions(), cloudwatchtypes.Dimension{Name: aws.String("ExecutedVersion"), Value: aws.String(version)})
}

// aliasDimensions are those of the alias, whatever version it led to.
func (t *Target) aliasDimensions() []cloudwatchtypes.Dimension {
	return []cloudwatchtypes.Dimension{
		{Name: aws.String("FunctionName"), Value: aws.String(t.function)},
		{Name: aws.String("Resource"), Value: aws.String(t.function + ":" + t.alias)},
	}
}

// ofLambda asks for one of Lambda's metrics.
func ofLambda(metric, statistic string, dimensions []cloudwatchtypes.Dimension) cloudwatchtypes.MetricStat {
	return cloudwatchtypes.MetricStat{
		Metric: &cloudwatchtypes.Metric{Namespace: aws.String(namespace), MetricName: aws.String(metric), Dimensions: dimensions},
		Stat:   aws.String(statistic),
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
