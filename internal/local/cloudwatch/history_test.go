package cloudwatch_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
)

// lambdaStatistics are queries of what Lambda counts under the dimensions.
func lambdaStatistics(period int32, dimensions ...types.Dimension) []types.MetricDataQuery {
	var queries []types.MetricDataQuery
	for i, asked := range [][2]string{
		{"Invocations", "Sum"}, {"Errors", "Sum"}, {"Throttles", "Sum"}, {"Throttles", "SampleCount"},
		{"Duration", "Sum"}, {"Duration", "p50"}, {"Duration", "TC(1000:)"}, {"Duration", "PR(1000:)"},
	} {
		q := stat(fmt.Sprint("m", i), asked[0], asked[1], period)
		q.MetricStat.Metric.Namespace, q.MetricStat.Metric.Dimensions = aws.String("AWS/Lambda"), dimensions
		queries = append(queries, q)
	}
	return queries
}

// Counts may come in one call or in many, in any order, for any versions, before
// and after single invocations: what is read is the same.
func TestCountsOfManyTimesAreAsManyInvocations(t *testing.T) {
	t.Parallel()
	ofVersion := func(version string) []types.Dimension {
		return []types.Dimension{
			{Name: aws.String("FunctionName"), Value: aws.String("f")},
			{Name: aws.String("Resource"), Value: aws.String("f:live")},
			{Name: aws.String("ExecutedVersion"), Value: aws.String(version)},
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		retention := time.Duration(rapid.SampledFrom([]int{10, 3600}).Draw(t, "retention")) * time.Second
		keep := func(o *cloudwatch.Options) { o.Retention = retention }
		counts := rapid.SliceOfN(rapid.Custom(drawCounts), 0, 12).Draw(t, "counts")
		if rapid.Bool().Draw(t, "in order") { // as a history is
			slices.SortStableFunc(counts, func(a, b cloudwatch.Counts) int { return a.At.Compare(b.At) })
		}
		together, _ := open(t, keep)
		singly, _ := open(t, keep)
		shared, _ := open(t, keep)
		sharedSingly, _ := open(t, keep)
		var others []cloudwatch.Counts
		for left := counts; len(left) > 0; {
			if rapid.IntRange(0, 3).Draw(t, "way") == 0 {
				recordSingly(together, left[0])
				left = left[1:]
				continue
			}
			n := rapid.IntRange(1, len(left)).Draw(t, "in one call")
			switch prepared := rapid.IntRange(0, 2).Draw(t, "prepared for so many seconds"); prepared {
			case 0:
				together.RecordCounts(left[:n]...)
			default:
				past := cloudwatch.NewPast(time.Duration(prepared)*time.Second, left[:n]...)
				together.RecordPast(past)
				shared.RecordPast(past) // whatever is done to one service, the other's past stays what it was
				others = append(others, left[:n]...)
			}
			left = left[n:]
		}
		for _, one := range counts {
			recordSingly(singly, one)
		}
		for _, one := range others {
			recordSingly(sharedSingly, one)
		}
		for _, period := range []int32{1, 7} {
			for _, dimensions := range [][]types.Dimension{nil, ofVersion("1")[:1], ofVersion("1")[:2], ofVersion("1"), ofVersion("2")} {
				queries := lambdaStatistics(period, dimensions...)
				from := start.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "from")) * time.Second)
				for _, pair := range [][2]*cloudwatch.Service{{singly, together}, {sharedSingly, shared}} {
					want, got := get(t, pair[0], from, from.Add(15*time.Second), queries...), get(t, pair[1], from, from.Add(15*time.Second), queries...)
					for i := range want {
						if points(want[i]) != points(got[i]) {
							t.Fatalf("%s of %s, %d s: got %q, want %q", *queries[i].MetricStat.Stat, *queries[i].MetricStat.Metric.MetricName, period, points(got[i]), points(want[i]))
						}
					}
				}
			}
		}
	})
}

// drawCounts draws what one of two versions did at one time.
func drawCounts(t *rapid.T) cloudwatch.Counts {
	counts := cloudwatch.Counts{
		Function: "f", Alias: "live", Version: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "version"),
		At:        start.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "second")) * time.Second),
		Throttles: rapid.IntRange(0, 2).Draw(t, "throttles"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "durations") {
		d := cloudwatch.DurationCount{Duration: time.Duration(rapid.IntRange(1, 3).Draw(t, "duration")) * 700 * time.Millisecond, Count: rapid.IntRange(1, 3).Draw(t, "count")}
		counts.Durations = append(counts.Durations, d)
		counts.Invocations += d.Count
	}
	counts.Errors = rapid.IntRange(0, counts.Invocations).Draw(t, "errors")
	return counts
}

// recordSingly records counts as single invocations.
func recordSingly(s *cloudwatch.Service, counts cloudwatch.Counts) {
	invocation := cloudwatch.Invocation{Function: counts.Function, Alias: counts.Alias, Version: counts.Version, Start: counts.At}
	errors := counts.Errors
	for _, d := range counts.Durations {
		for range d.Count {
			invocation.Duration, invocation.Error = d.Duration, errors > 0
			s.RecordInvocation(invocation)
			errors--
		}
	}
	for range counts.Throttles {
		invocation.Throttled = true
		s.RecordInvocation(invocation)
	}
}
