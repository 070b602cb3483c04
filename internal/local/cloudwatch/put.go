package cloudwatch

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

// Limits of PutMetricData.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
const (
	maxData       = 1000
	maxValues     = 150
	maxDimensions = 30
	maxPast       = 14 * 24 * time.Hour
	maxFuture     = 2 * time.Hour
)

// PutMetricData is CloudWatch's PutMetricData. Units and entities are not kept.
func (s *Service) PutMetricData(ctx context.Context, in *sdk.PutMetricDataInput, _ ...func(*sdk.Options)) (*sdk.PutMetricDataOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "cloudwatch:PutMetricData", func(context.Context) (*sdk.PutMetricDataOutput, error) {
		namespace, now := aws.ToString(in.Namespace), s.options.Clock.Now()
		if namespace == "" || strings.HasPrefix(namespace, "AWS/") {
			return nil, invalidValue("The value %s for parameter Namespace is invalid: it may not be empty or begin with AWS/.", namespace)
		}
		if len(in.MetricData) > maxData {
			return nil, validationError("The collection MetricData must not have a size greater than %d.", maxData)
		}
		for i, datum := range in.MetricData {
			if err := checkDatum(i, datum, now); err != nil {
				return nil, err
			}
		}
		for _, datum := range in.MetricData {
			at := now
			if datum.Timestamp != nil {
				at = *datum.Timestamp
			}
			s.metrics.open(namespace, *datum.MetricName, dimensionsOf(datum.Dimensions)...).
				record(at, func(d *distribution) { addDatum(d, datum) })
		}
		return &sdk.PutMetricDataOutput{}, nil
	})
}

// checkDatum finds what makes CloudWatch refuse a datum.
func checkDatum(i int, datum types.MetricDatum, now time.Time) error {
	if aws.ToString(datum.MetricName) == "" {
		return missingParameter("The parameter MetricData.member.%d.MetricName is required.", i+1)
	}
	if len(datum.Dimensions) > maxDimensions {
		return validationError("The collection MetricData.member.%d.Dimensions must not have a size greater than %d.", i+1, maxDimensions)
	}
	for _, d := range datum.Dimensions {
		if aws.ToString(d.Name) == "" || aws.ToString(d.Value) == "" {
			return invalidValue("MetricData.member.%d.Dimensions: a dimension needs a name and a value.", i+1)
		}
	}
	if at := datum.Timestamp; at != nil && (at.Before(now.Add(-maxPast)) || at.After(now.Add(maxFuture))) {
		return invalidValue("The parameter MetricData.member.%d.Timestamp must specify a time within the past two weeks and the next two hours.", i+1)
	}
	return checkValues(i, datum)
}

// checkValues checks that exactly one form of value is given, and well.
func checkValues(i int, datum types.MetricDatum) error {
	forms := 0
	numbers := append([]float64(nil), datum.Values...)
	if datum.Value != nil {
		forms++
		numbers = append(numbers, *datum.Value)
	}
	if set := datum.StatisticValues; set != nil {
		forms++
		for _, value := range []*float64{set.SampleCount, set.Sum, set.Minimum, set.Maximum} {
			if value == nil {
				return missingParameter("MetricData.member.%d.StatisticValues needs SampleCount, Sum, Minimum and Maximum.", i+1)
			}
			numbers = append(numbers, *value)
		}
	}
	if len(datum.Values) > 0 {
		forms++
	}
	switch {
	case forms == 0:
		return missingParameter("At least one of Value, Values and StatisticValues of MetricData.member.%d must be specified.", i+1)
	case forms > 1:
		return invalidCombination("Value, Values and StatisticValues of MetricData.member.%d are mutually exclusive and you have specified more than one.", i+1)
	}
	if len(datum.Values) > maxValues || (len(datum.Counts) > 0 && len(datum.Counts) != len(datum.Values)) {
		return invalidValue("MetricData.member.%d: Values has at most %d members, and Counts as many as Values.", i+1, maxValues)
	}
	for _, value := range append(numbers, datum.Counts...) {
		if !isNumber(value) {
			return invalidValue("MetricData.member.%d: NaN and infinity are not supported.", i+1)
		}
	}
	for _, count := range datum.Counts {
		if count <= 0 {
			return invalidValue("MetricData.member.%d: a count must be above 0.", i+1)
		}
	}
	return nil
}

// addDatum counts a checked datum.
func addDatum(d *distribution, datum types.MetricDatum) {
	if datum.Value != nil {
		d.add(*datum.Value, 1)
	}
	if set := datum.StatisticValues; set != nil {
		d.addSummary(*set.SampleCount, *set.Sum, *set.Minimum, *set.Maximum)
	}
	for i, value := range datum.Values {
		count := 1.0
		if len(datum.Counts) > 0 {
			count = datum.Counts[i]
		}
		d.add(value, count)
	}
}

func dimensionsOf(list []types.Dimension) []dimension {
	out := make([]dimension, len(list))
	for i, d := range list {
		out[i] = dimension{aws.ToString(d.Name), aws.ToString(d.Value)}
	}
	return out
}
