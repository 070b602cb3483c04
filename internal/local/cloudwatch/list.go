package cloudwatch

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

// listPage is how many metrics ListMetrics returns at a time.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
const listPage = 500

// ListMetrics is CloudWatch's ListMetrics. A new metric is listed at once, and
// every listed metric counts as recently active.
func (s *Service) ListMetrics(ctx context.Context, in *sdk.ListMetricsInput, _ ...func(*sdk.Options)) (*sdk.ListMetricsOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "cloudwatch:ListMetrics", func(context.Context) (*sdk.ListMetricsOutput, error) {
		var found []types.Metric
		for _, one := range s.metrics.all() {
			if listed(one, in) {
				found = append(found, one.metric())
			}
		}
		from, to, next, err := page(in.NextToken, len(found), listPage)
		if err != nil {
			return nil, err
		}
		return &sdk.ListMetricsOutput{Metrics: found[from:to], NextToken: next}, nil
	})
}

// listed reports whether a series passes the call's filters.
func listed(one *series, in *sdk.ListMetricsInput) bool {
	if in.Namespace != nil && *in.Namespace != one.namespace || in.MetricName != nil && *in.MetricName != one.name {
		return false
	}
	for _, filter := range in.Dimensions {
		if !slices.ContainsFunc(one.dimensions, func(d dimension) bool {
			return d.name == aws.ToString(filter.Name) && (filter.Value == nil || d.value == *filter.Value)
		}) {
			return false
		}
	}
	return true
}

func (s *series) metric() types.Metric {
	metric := types.Metric{Namespace: aws.String(s.namespace), MetricName: aws.String(s.name)}
	for _, d := range s.dimensions {
		metric.Dimensions = append(metric.Dimensions, types.Dimension{Name: aws.String(d.name), Value: aws.String(d.value)})
	}
	return metric
}
