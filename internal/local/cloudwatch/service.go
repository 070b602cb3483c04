package cloudwatch

import (
	"context"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// A StateChange is one change of an alarm's state; its Event method makes AWS's event of it.
type StateChange = eventbridge.AlarmStateChange

// Options make a [Service].
type Options struct {
	// Clock is the time of evaluations. Required.
	Clock clock.Clock
	// Store keeps alarms and their states; nil keeps them in memory alone.
	Store store.Store
	// Intercept stands around every call of the SDK's methods; may be nil.
	Intercept intercept.Func
	// OnChange hears of every change of an alarm's state; may be nil. It may call the service.
	OnChange func(StateChange)
	// Resolution is the shortest period that metrics can be read with, in whole seconds; default 1 s.
	Resolution time.Duration
	// Retention is how long metrics are kept; default 3 h, or 15 days when Resolution is a minute or more, as CloudWatch does.
	Retention time.Duration
	// Delay is how long after its end a period is evaluated by alarms, so that
	// requests that began in it and ended soon after are counted; default 0.
	Delay time.Duration
	// Region and AccountID appear in the alarms' ARNs.
	Region, AccountID string
}

// A Service is CloudWatch's metrics and alarms, in this process.
type Service struct{ options Options }

// New loads the alarms from options.Store. Call Start to have them evaluated.
func New(options Options) (*Service, error) { return &Service{options: options}, nil }

// Start evaluates the alarms once a second until Close.
func (s *Service) Start() {}

// Close ends what Start began.
func (s *Service) Close() {}

// Evaluate evaluates every alarm now.
func (s *Service) Evaluate() {}

// An Invocation is what Lambda counts about one invocation.
type Invocation struct {
	// Function is its name; Alias is empty for a call of a version or of $LATEST.
	Function, Alias string
	// Version is the one that ran.
	Version string
	// Start is when it began: its metrics are stamped with that.
	Start time.Time
	// Duration is how long the function ran.
	Duration time.Duration
	// Error: it ended in a function error.
	Error bool
	// Throttled: it was refused and never ran, so it is no invocation, error or duration.
	Throttled bool
}

// RecordInvocation counts one invocation in AWS/Lambda.
func (s *Service) RecordInvocation(i Invocation) {}

// Counts are many invocations of one version at one time, for simulations.
type Counts struct {
	Function, Alias, Version string
	At                       time.Time
	// Invocations, Errors (of the invocations) and Throttles (not of them) are how many.
	Invocations, Errors, Throttles int
	// Durations are how long the invocations took; their counts should add up to Invocations.
	Durations []DurationCount
}

// A DurationCount is how many invocations took so long.
type DurationCount struct {
	Duration time.Duration
	Count    int
}

// RecordCounts counts many invocations in AWS/Lambda.
func (s *Service) RecordCounts(c Counts) {}

// RecordMetric adds one value to a metric, as a line in embedded metric format does.
func (s *Service) RecordMetric(namespace string, dimensions map[string]string, name string, value float64, at time.Time) {
}

// LoadAlarms puts the alarms of an alarms.yaml. The error lists every mistake, with line and column; then nothing is changed.
func (s *Service) LoadAlarms(ctx context.Context, data []byte) error { return nil }

// PutMetricData is CloudWatch's PutMetricData.
func (s *Service) PutMetricData(ctx context.Context, in *sdk.PutMetricDataInput, _ ...func(*sdk.Options)) (*sdk.PutMetricDataOutput, error) {
	return &sdk.PutMetricDataOutput{}, nil
}

// GetMetricData is CloudWatch's GetMetricData.
func (s *Service) GetMetricData(ctx context.Context, in *sdk.GetMetricDataInput, _ ...func(*sdk.Options)) (*sdk.GetMetricDataOutput, error) {
	return &sdk.GetMetricDataOutput{}, nil
}

// ListMetrics is CloudWatch's ListMetrics.
func (s *Service) ListMetrics(ctx context.Context, in *sdk.ListMetricsInput, _ ...func(*sdk.Options)) (*sdk.ListMetricsOutput, error) {
	return &sdk.ListMetricsOutput{}, nil
}

// PutMetricAlarm is CloudWatch's PutMetricAlarm.
func (s *Service) PutMetricAlarm(ctx context.Context, in *sdk.PutMetricAlarmInput, _ ...func(*sdk.Options)) (*sdk.PutMetricAlarmOutput, error) {
	return &sdk.PutMetricAlarmOutput{}, nil
}

// PutCompositeAlarm is CloudWatch's PutCompositeAlarm.
func (s *Service) PutCompositeAlarm(ctx context.Context, in *sdk.PutCompositeAlarmInput, _ ...func(*sdk.Options)) (*sdk.PutCompositeAlarmOutput, error) {
	return &sdk.PutCompositeAlarmOutput{}, nil
}

// DescribeAlarms is CloudWatch's DescribeAlarms.
func (s *Service) DescribeAlarms(ctx context.Context, in *sdk.DescribeAlarmsInput, _ ...func(*sdk.Options)) (*sdk.DescribeAlarmsOutput, error) {
	return &sdk.DescribeAlarmsOutput{}, nil
}

// DeleteAlarms is CloudWatch's DeleteAlarms.
func (s *Service) DeleteAlarms(ctx context.Context, in *sdk.DeleteAlarmsInput, _ ...func(*sdk.Options)) (*sdk.DeleteAlarmsOutput, error) {
	return &sdk.DeleteAlarmsOutput{}, nil
}

// SetAlarmState is CloudWatch's SetAlarmState.
func (s *Service) SetAlarmState(ctx context.Context, in *sdk.SetAlarmStateInput, _ ...func(*sdk.Options)) (*sdk.SetAlarmStateOutput, error) {
	return &sdk.SetAlarmStateOutput{}, nil
}
