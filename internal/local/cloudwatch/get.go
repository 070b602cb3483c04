package cloudwatch

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

// maxDatapoints is how many data points one call returns.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
const maxDatapoints = 100_800

// GetMetricData is CloudWatch's GetMetricData: periods that begin within
// [StartTime, EndTime), StartTime rounded down to the period; newest first unless
// ScanBy says otherwise. A period without values has no data point. When there
// are more data points than MaxDatapoints, the rest follows with NextToken, of
// expressions too.
func (s *Service) GetMetricData(ctx context.Context, in *sdk.GetMetricDataInput, _ ...func(*sdk.Options)) (*sdk.GetMetricDataOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "cloudwatch:GetMetricData", func(context.Context) (*sdk.GetMetricDataOutput, error) {
		results, err := s.metricData(in)
		if err != nil {
			return nil, err
		}
		return pageOfData(results, in)
	})
}

// metricData computes the results of a call, all of them.
func (s *Service) metricData(in *sdk.GetMetricDataInput) ([]types.MetricDataResult, error) {
	if in.StartTime == nil || in.EndTime == nil || !in.StartTime.Before(*in.EndTime) {
		return nil, validationError("The parameter StartTime must be less than the parameter EndTime.")
	}
	p, err := newPlan(in.MetricDataQueries, s.options.Resolution)
	if err != nil {
		return nil, validationError("%v", err)
	}
	evaluation := p.evaluation(s.metrics, *in.StartTime, *in.EndTime)
	var results []types.MetricDataResult
	for _, id := range p.ids {
		q := p.queries[id]
		if !q.returnData {
			continue
		}
		r, err := evaluation.result(id)
		if err != nil {
			return nil, validationError("%v", err)
		}
		if in.ScanBy != types.ScanByTimestampAscending {
			slices.Reverse(r.points)
		}
		out := types.MetricDataResult{Id: aws.String(id), Label: aws.String(q.label), StatusCode: types.StatusCodeComplete}
		if len(r.points) > 0 {
			out.Timestamps, out.Values = make([]time.Time, len(r.points)), make([]float64, len(r.points))
		}
		for i, point := range r.points {
			out.Timestamps[i], out.Values[i] = time.Unix(point.start, 0).UTC(), point.value
		}
		results = append(results, out)
	}
	if len(results) == 0 {
		return nil, validationError("At least one query must have ReturnData true.")
	}
	return results, nil
}

// pageOfData cuts the data points of a call's token and size out of all results.
// The first page names every result; a result that goes on later has PartialData.
func pageOfData(results []types.MetricDataResult, in *sdk.GetMetricDataInput) (*sdk.GetMetricDataOutput, error) {
	points := 0
	for _, r := range results {
		points += len(r.Values)
	}
	size := maxDatapoints
	if in.MaxDatapoints != nil {
		size = int(*in.MaxDatapoints)
	}
	if size < 1 || size > maxDatapoints {
		return nil, validationError("MaxDatapoints must be between 1 and %d.", maxDatapoints)
	}
	from, to, next, err := page(in.NextToken, points, size)
	if err != nil {
		return nil, err
	}
	out := &sdk.GetMetricDataOutput{NextToken: next}
	first := 0 // the position of the result's first data point among all
	for _, r := range results {
		length := len(r.Values)
		low, high := min(max(from-first, 0), length), min(max(to-first, 0), length)
		if high < length {
			r.StatusCode = types.StatusCodePartialData
		}
		r.Timestamps, r.Values = r.Timestamps[low:high], r.Values[low:high]
		if in.NextToken == nil || high > low {
			out.MetricDataResults = append(out.MetricDataResults, r)
		}
		first += length
	}
	return out, nil
}
