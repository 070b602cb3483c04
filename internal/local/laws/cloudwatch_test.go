package laws_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
)

// cloudwatchAPI are the methods of CloudWatch that have laws.
type cloudwatchAPI interface {
	PutMetricData(context.Context, *sdk.PutMetricDataInput, ...func(*sdk.Options)) (*sdk.PutMetricDataOutput, error)
	GetMetricData(context.Context, *sdk.GetMetricDataInput, ...func(*sdk.Options)) (*sdk.GetMetricDataOutput, error)
	ListMetrics(context.Context, *sdk.ListMetricsInput, ...func(*sdk.Options)) (*sdk.ListMetricsOutput, error)
	PutMetricAlarm(context.Context, *sdk.PutMetricAlarmInput, ...func(*sdk.Options)) (*sdk.PutMetricAlarmOutput, error)
	PutCompositeAlarm(context.Context, *sdk.PutCompositeAlarmInput, ...func(*sdk.Options)) (*sdk.PutCompositeAlarmOutput, error)
	DescribeAlarms(context.Context, *sdk.DescribeAlarmsInput, ...func(*sdk.Options)) (*sdk.DescribeAlarmsOutput, error)
	DeleteAlarms(context.Context, *sdk.DeleteAlarmsInput, ...func(*sdk.Options)) (*sdk.DeleteAlarmsOutput, error)
	SetAlarmState(context.Context, *sdk.SetAlarmStateInput, ...func(*sdk.Options)) (*sdk.SetAlarmStateOutput, error)
}

// A cloudwatchWorld is a CloudWatch in which nobody has used the name yet: not as
// a namespace, nor at the beginning of an alarm's name.
type cloudwatchWorld struct {
	cloudwatchAPI
	moment
	name string
}

var cloudwatchSuite = suite[cloudwatchWorld]{
	service: "cloudwatch",
	laws:    concat(metricLaws, statisticLaws, expressionLaws, alarmLaws, alarmStateLaws),
	local: func(t *testing.T, name string) cloudwatchWorld {
		virtual := clock.NewVirtual(time.Date(2026, 11, 23, 3, 30, 0, 0, time.UTC))
		service, err := cloudwatch.New(cloudwatch.Options{Clock: virtual, Region: region, AccountID: accountID})
		if err != nil {
			t.Fatal(err)
		}
		service.Start()
		t.Cleanup(service.Close)
		wait := func(d time.Duration) { virtual.RunUntil(virtual.Now().Add(d)) }
		return cloudwatchWorld{cloudwatchAPI: service, moment: moment{now: virtual.Now(), wait: wait}, name: name}
	},
	remote: func(_ *testing.T, to remote) cloudwatchWorld {
		client := sdk.New(sdk.Options{
			Region: region, BaseEndpoint: &to.url, Credentials: signedBy, Retryer: once(), HTTPClient: &http.Client{Transport: to.transport},
			DisableRequestCompression: true,
		}, speakJSON)
		return cloudwatchWorld{cloudwatchAPI: client, moment: to.moment, name: to.name}
	},
}

// speakJSON makes the client speak the second of CloudWatch's protocols: moto
// does not know the first, CBOR. What is said is the same, of the same model.
func speakJSON(o *sdk.Options) { o.Protocol = awsjson.New10(schemas.GraniteServiceVersion20100801) }

// start is the beginning of the hour in which the laws have their data.
func (w cloudwatchWorld) start() time.Time { return dataStart(w.now) }

// dataStart is that hour for a law that began now.
func dataStart(now time.Time) time.Time { return now.Add(-2 * time.Hour).Truncate(time.Hour) }

// datum is a value of a metric, seconds after the start, with one dimension that
// is the law's own: moto mixes metrics of one name where dimensions agree.
func (w cloudwatchWorld) datum(metric string, second int, value float64) types.MetricDatum {
	return types.MetricDatum{
		MetricName: &metric, Dimensions: dimensions("Service", w.name), Value: &value,
		Timestamp: aws.Time(w.start().Add(time.Duration(second) * time.Second)),
	}
}

func dimensions(namesAndValues ...string) []types.Dimension {
	var all []types.Dimension
	for i := 0; i < len(namesAndValues); i += 2 {
		all = append(all, types.Dimension{Name: &namesAndValues[i], Value: &namesAndValues[i+1]})
	}
	return all
}

// record puts data; what is refused ends the law.
func (w cloudwatchWorld) record(ctx context.Context, data ...types.MetricDatum) {
	must(w.PutMetricData(ctx, &sdk.PutMetricDataInput{Namespace: &w.name, MetricData: data}))
}

// statistic asks for a metric by the minute.
func (w cloudwatchWorld) statistic(id, metric, statistic string) types.MetricDataQuery {
	return types.MetricDataQuery{Id: &id, MetricStat: &types.MetricStat{
		Metric: &types.Metric{Namespace: &w.name, MetricName: &metric, Dimensions: dimensions("Service", w.name)},
		Period: aws.Int32(60), Stat: &statistic,
	}}
}

func expression(id, text string) types.MetricDataQuery {
	return types.MetricDataQuery{Id: &id, Expression: &text}
}

// hidden is a query whose result only expressions see.
func hidden(q types.MetricDataQuery) types.MetricDataQuery {
	q.ReturnData = aws.Bool(false)
	return q
}

// window asks for what lies between two seconds after the start, oldest first.
func (w cloudwatchWorld) window(from, to int, queries ...types.MetricDataQuery) *sdk.GetMetricDataInput {
	at := func(second int) *time.Time { return aws.Time(w.start().Add(time.Duration(second) * time.Second)) }
	return &sdk.GetMetricDataInput{StartTime: at(from), EndTime: at(to), ScanBy: types.ScanByTimestampAscending, MetricDataQueries: queries}
}

// read returns the results as "SECOND=VALUE …", by their ids.
func (w cloudwatchWorld) read(ctx context.Context, in *sdk.GetMetricDataInput) map[string]string {
	results := map[string]string{}
	for _, one := range must(w.GetMetricData(ctx, in)).MetricDataResults {
		results[*one.Id] = w.points(one)
	}
	return results
}

func (w cloudwatchWorld) points(result types.MetricDataResult) string {
	var points []string
	for i, at := range result.Timestamps {
		points = append(points, fmt.Sprintf("%g=%g", at.Sub(w.start()).Seconds(), result.Values[i]))
	}
	return strings.Join(points, " ")
}
