package measure

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
)

// API is what this package calls of Amazon CloudWatch, both parts together.
type API interface {
	CountsAPI
	AlarmsAPI
}

// The parts of [API].
type (
	// CountsAPI is what a [Reader] calls.
	CountsAPI interface {
		GetMetricData(context.Context, *cloudwatch.GetMetricDataInput, ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error)
	}
	// AlarmsAPI is what [Alarms] calls.
	AlarmsAPI interface {
		DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error)
	}
)

// The SDK's client is all of it.
var _ API = (*cloudwatch.Client)(nil)
