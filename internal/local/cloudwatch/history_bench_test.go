package cloudwatch_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
)

// minutesOfDay is how far back a release looks for how a version behaves by itself.
const minutesOfDay = 1440

// recordDay counts the invocations of a version in each minute from start on.
func recordDay(s *cloudwatch.Service, durations []cloudwatch.DurationCount) {
	for minute := range minutesOfDay {
		s.RecordCounts(cloudwatch.Counts{
			Function: "echo", Alias: "live", Version: "1", At: start.Add(time.Duration(minute) * time.Minute),
			Invocations: 1000, Errors: minute % 3, Durations: durations,
		})
	}
}

var dayDurations = []cloudwatch.DurationCount{{Duration: 20 * time.Millisecond, Count: 995}, {Duration: 2 * time.Second, Count: 5}}

// minutely keeps a day of minutes, as a simulation does.
func minutely(o *cloudwatch.Options) {
	o.Resolution, o.Retention = time.Minute, 48*time.Hour
}

// BenchmarkRecordDay is what it takes to give a service a past of 1,440 minutes.
func BenchmarkRecordDay(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		s, _ := open(b, minutely)
		recordDay(s, dayDurations)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*minutesOfDay), "ns/minute")
}

// BenchmarkReadDay is one GetMetricData of six series over 1,440 minutes.
func BenchmarkReadDay(b *testing.B) {
	for _, resolution := range []time.Duration{time.Minute, time.Second} {
		for _, busy := range []bool{true, false} {
			b.Run(fmt.Sprintf("resolution=%s/busy=%t", resolution, busy), func(b *testing.B) {
				s, _ := open(b, func(o *cloudwatch.Options) { o.Resolution, o.Retention = resolution, 48*time.Hour })
				if busy {
					recordDay(s, dayDurations)
				}
				in := &sdk.GetMetricDataInput{
					StartTime: aws.Time(start), EndTime: aws.Time(start.Add(minutesOfDay * time.Minute)), ScanBy: types.ScanByTimestampAscending,
				}
				for i, asked := range [][2]string{{"Invocations", "Sum"}, {"Errors", "Sum"}, {"Throttles", "Sum"}, {"Duration", "TC(1500:)"}, {"Duration", "PR(1500:)"}, {"Duration", "SampleCount"}} {
					q := stat(fmt.Sprint("m", i), asked[0], asked[1], 60)
					q.MetricStat.Metric.Namespace = aws.String("AWS/Lambda")
					q.MetricStat.Metric.Dimensions = []types.Dimension{
						{Name: aws.String("FunctionName"), Value: aws.String("echo")},
						{Name: aws.String("Resource"), Value: aws.String("echo:live")},
						{Name: aws.String("ExecutedVersion"), Value: aws.String("1")},
					}
					in.MetricDataQueries = append(in.MetricDataQueries, q)
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := s.GetMetricData(b.Context(), in); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
