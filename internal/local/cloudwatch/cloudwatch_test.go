package cloudwatch_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// start is on a minute, and on no multiple of an hour.
var start = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)

// A tester is a test, a benchmark, or a run of a property.
type tester interface {
	Helper()
	Fatalf(format string, arguments ...any)
	Context() context.Context
}

// open makes a service on a virtual clock that stands at start.
func open(t tester, change func(*cloudwatch.Options)) (*cloudwatch.Service, *clock.Virtual) {
	t.Helper()
	v := clock.NewVirtual(start)
	options := cloudwatch.Options{Clock: v, Region: "eu-west-1", AccountID: "123456789012"}
	if change != nil {
		change(&options)
	}
	s, err := cloudwatch.New(options)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return s, v
}

// stat is a query for a metric without dimensions in the namespace "test".
func stat(id, name, statistic string, period int32) types.MetricDataQuery {
	return types.MetricDataQuery{Id: aws.String(id), MetricStat: &types.MetricStat{
		Metric: &types.Metric{Namespace: aws.String("test"), MetricName: aws.String(name)},
		Period: aws.Int32(period),
		Stat:   aws.String(statistic),
	}}
}

// calculation is a query for an expression.
func calculation(id, expression string) types.MetricDataQuery {
	return types.MetricDataQuery{Id: aws.String(id), Expression: aws.String(expression)}
}

// hidden is the query without its data.
func hidden(q types.MetricDataQuery) types.MetricDataQuery {
	q.ReturnData = aws.Bool(false)
	return q
}

// get reads queries over [from, to), oldest first.
func get(t tester, s *cloudwatch.Service, from, to time.Time, queries ...types.MetricDataQuery) []types.MetricDataResult {
	t.Helper()
	out, err := s.GetMetricData(t.Context(), &sdk.GetMetricDataInput{
		StartTime: aws.Time(from), EndTime: aws.Time(to), ScanBy: types.ScanByTimestampAscending, MetricDataQueries: queries,
	})
	if err != nil {
		t.Fatalf("GetMetricData: %v", err)
	}
	return out.MetricDataResults
}

// points writes a result as "second=value" from start.
func points(r types.MetricDataResult) string {
	text := ""
	for i, at := range r.Timestamps {
		if i > 0 {
			text += " "
		}
		text += fmt.Sprintf("%d=%.6g", int(at.Sub(start).Seconds()), r.Values[i])
	}
	return text
}

// code is the error code that AWS's SDK would see.
func code(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return fmt.Sprint(err)
	}
	return api.ErrorCode()
}

// golden compares got with a file, or rewrites it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestEveryCallIsIntercepted(t *testing.T) {
	t.Parallel()
	var seen []string
	refusal := errors.New("refused by the test")
	s, _ := open(t, func(o *cloudwatch.Options) {
		o.Intercept = func(_ context.Context, operation string, _ func(context.Context) error) error {
			seen = append(seen, operation)
			return refusal
		}
	})
	ctx := t.Context()
	for _, call := range []func() error{
		func() error { _, err := s.PutMetricData(ctx, &sdk.PutMetricDataInput{}); return err },
		func() error { _, err := s.GetMetricData(ctx, &sdk.GetMetricDataInput{}); return err },
		func() error { _, err := s.ListMetrics(ctx, &sdk.ListMetricsInput{}); return err },
		func() error { _, err := s.PutMetricAlarm(ctx, &sdk.PutMetricAlarmInput{}); return err },
		func() error { _, err := s.PutCompositeAlarm(ctx, &sdk.PutCompositeAlarmInput{}); return err },
		func() error { _, err := s.DescribeAlarms(ctx, &sdk.DescribeAlarmsInput{}); return err },
		func() error { _, err := s.DeleteAlarms(ctx, &sdk.DeleteAlarmsInput{}); return err },
		func() error { _, err := s.SetAlarmState(ctx, &sdk.SetAlarmStateInput{}); return err },
	} {
		if err := call(); !errors.Is(err, refusal) {
			t.Errorf("after %v: error %v", seen, err)
		}
	}
	want := []string{
		"cloudwatch:PutMetricData", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "cloudwatch:PutMetricAlarm",
		"cloudwatch:PutCompositeAlarm", "cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms", "cloudwatch:SetAlarmState",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func TestResolutionIsWholeSeconds(t *testing.T) {
	t.Parallel()
	if _, err := cloudwatch.New(cloudwatch.Options{Clock: clock.Wall{}, Resolution: 1500 * time.Millisecond}); err == nil {
		t.Error("a resolution of 1.5 s was taken")
	}
}
