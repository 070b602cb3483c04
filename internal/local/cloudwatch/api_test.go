package cloudwatch_test

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
)

// api are the methods of the SDK's client that the local one has, too.
type api interface {
	PutMetricData(context.Context, *sdk.PutMetricDataInput, ...func(*sdk.Options)) (*sdk.PutMetricDataOutput, error)
	GetMetricData(context.Context, *sdk.GetMetricDataInput, ...func(*sdk.Options)) (*sdk.GetMetricDataOutput, error)
	ListMetrics(context.Context, *sdk.ListMetricsInput, ...func(*sdk.Options)) (*sdk.ListMetricsOutput, error)
	PutMetricAlarm(context.Context, *sdk.PutMetricAlarmInput, ...func(*sdk.Options)) (*sdk.PutMetricAlarmOutput, error)
	PutCompositeAlarm(context.Context, *sdk.PutCompositeAlarmInput, ...func(*sdk.Options)) (*sdk.PutCompositeAlarmOutput, error)
	DescribeAlarms(context.Context, *sdk.DescribeAlarmsInput, ...func(*sdk.Options)) (*sdk.DescribeAlarmsOutput, error)
	DeleteAlarms(context.Context, *sdk.DeleteAlarmsInput, ...func(*sdk.Options)) (*sdk.DeleteAlarmsOutput, error)
	SetAlarmState(context.Context, *sdk.SetAlarmStateInput, ...func(*sdk.Options)) (*sdk.SetAlarmStateOutput, error)
}

var (
	_ api = (*sdk.Client)(nil)
	_ api = (*cloudwatch.Service)(nil)
)
