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

// dayOfCounts is what a version did in each minute from start on.
func dayOfCounts() []cloudwatch.Counts {
	durations := []cloudwatch.DurationCount{{Duration: 20 * time.Millisecond, Count: 995}, {Duration: 2 * time.Second, Count: 5}}
	day := make([]cloudwatch.Counts, minutesOfDay)
	for minute := range day {
		day[minute] = cloudwatch.Counts{
			Function: "echo", Alias: "live", Version: "1", At: start.Add(time.Duration(minute) * time.Minute),
			Invocations: 1000, Errors: minute % 3, Durations: durations,
		}
	}
	return day
}

// minutely keeps a day of minutes, as a simulation does.
func minutely(o *cloudwatch.Options) {
	o.Resolution, o.Retention = time.Minute, 48*time.Hour
}

// BenchmarkRecordDay is what it takes to give a service a past of 1,440 minutes.
func BenchmarkRecordDay(b *testing.B) {
	day := dayOfCounts()
	for _, at := range []struct {
		name   string
		record func(*cloudwatch.Service)
	}{
		{"once", func(s *cloudwatch.Service) { s.RecordCounts(day...) }},
		{"a minute a call", func(s *cloudwatch.Service) {
			for _, minute := range day {
				s.RecordCounts(minute)
			}
		}},
	} {
		b.Run(at.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s, _ := open(b, minutely)
				at.record(s)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*minutesOfDay), "ns/minute")
		})
	}
}

// BenchmarkReadDay is one GetMetricData of six series over 1,440 minutes.
func BenchmarkReadDay(b *testing.B) {
	for _, resolution := range []time.Duration{time.Minute, time.Second} {
		for _, busy := range []bool{true, false} {
			b.Run(fmt.Sprintf("resolution=%s/busy=%t", resolution, busy), func(b *testing.B) {
				s, _ := open(b, func(o *cloudwatch.Options) { o.Resolution, o.Retention = resolution, 48*time.Hour })
				if busy {
					s.RecordCounts(dayOfCounts()...)
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
