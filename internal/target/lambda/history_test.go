package lambda_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// newLocalCloud is a cloud with the local CloudWatch, which keeps minutes for days.
func newLocalCloud(t testing.TB) (*cloud, *localcloudwatch.Service) {
	t.Helper()
	c := newCloud(t, durations{})
	local, err := localcloudwatch.New(localcloudwatch.Options{Clock: c.clock, Resolution: time.Minute})
	must(t, err)
	c.cloudWatch.metricData = func(input *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
		return local.GetMetricData(t.Context(), input)
	}
	return c, local
}

// recordHistory gives a version minutes of 1,000 requests from a time on, of which 3 are
// slow, and 0, 1, 2, 0, 1, 2, … fail.
func recordHistory(local *localcloudwatch.Service, version string, from time.Time, minutes int) {
	var counts []localcloudwatch.Counts
	for minute := range minutes {
		counts = append(counts, localcloudwatch.Counts{
			Function: functionName, Alias: aliasName, Version: version, At: from.Add(time.Duration(minute) * time.Minute),
			Invocations: 1000, Errors: minute % 3,
			Durations: []localcloudwatch.DurationCount{{Duration: 20 * time.Millisecond, Count: 997}, {Duration: 2 * time.Second, Count: 3}},
		})
	}
	local.RecordCounts(counts...)
}

// TestHistory: a day of minutes in one call, of one version, up to the last whole minute.
func TestHistory(t *testing.T) {
	t.Parallel()
	c, local := newLocalCloud(t)
	from := noon.Add(-24 * time.Hour)
	recordHistory(local, "1", from.Add(-time.Hour), 60+target.HistoryPeriods+5)
	recordHistory(local, "2", from, 30)

	history, err := c.target().History(t.Context(), "1", noon.Add(59*time.Second), time.Minute)
	must(t, err)
	if history.Periods != target.HistoryPeriods || !history.Start.Equal(from) || len(c.cloudWatch.asked) != 1 || len(c.cloudWatch.asked[0].MetricDataQueries) != 4 {
		t.Fatalf("%d periods from %v by %d calls", history.Periods, history.Start, len(c.cloudWatch.asked))
	}
	for i := range history.Periods {
		want := map[string]judge.Count{"errors": {Requests: 1000, Bad: float64(i % 3)}, "latency": {Requests: 1000, Bad: 3}}
		for metric, counts := range history.Counts {
			if counts[i] != want[metric] {
				t.Fatalf("period %d, %s: %+v, want %+v", i, metric, counts[i], want[metric])
			}
		}
	}
	if len(history.Counts) != 2 {
		t.Errorf("metrics are %v", history.Counts)
	}
}

// TestHistoryOfAnAliasThatHidesItsVersion: where Lambda says nothing of a version while an alias has no other,
// what the alias did is the version's; what the service counts itself it counts by version.
func TestHistoryOfAnAliasThatHidesItsVersion(t *testing.T) {
	t.Parallel()
	c, local := newLocalCloud(t)
	recordHistory(local, "hidden", noon.Add(-time.Hour), 30)
	local.RecordMetric("Echo", map[string]string{"ExecutedVersion": "1"}, "ServerErrors", 7, noon.Add(-time.Hour))

	history, err := c.target(serverErrors).History(t.Context(), "1", noon, time.Minute)
	must(t, err)
	if len(c.cloudWatch.asked) != 2 {
		t.Fatalf("%d calls", len(c.cloudWatch.asked))
	}
	first := target.HistoryPeriods - 60
	for metric, want := range map[string]judge.Count{"errors": {Requests: 1000, Bad: 1}, "latency": {Requests: 1000, Bad: 3}, "serverErrors": {Requests: 1000}} {
		if got := history.Counts[metric][first+1]; got != want {
			t.Errorf("%s: %+v, want %+v", metric, got, want)
		}
		if got := history.Counts[metric][first+30]; got != (judge.Count{}) {
			t.Errorf("%s: %+v without traffic", metric, got)
		}
	}
	if got := history.Counts["serverErrors"][first].Bad; got != 7 {
		t.Errorf("the service counted 7 bad requests of the version, not %v", got)
	}

	c.cloudWatch.asked = nil
	recordHistory(local, "1", noon.Add(-time.Minute), 1)
	history, err = c.target().History(t.Context(), "1", noon, time.Minute)
	must(t, err)
	if len(c.cloudWatch.asked) != 1 || history.Requests(first) != 0 || history.Requests(target.HistoryPeriods-1) != 1000 {
		t.Errorf("a version with requests of its own has %v and %v after %d calls", history.Requests(first), history.Requests(target.HistoryPeriods-1), len(c.cloudWatch.asked))
	}
}

func TestHistoryOfNothing(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{})
	c.cloudWatch.metricData = noTraffic
	// A first release has no stable version, and nothing to ask.
	history, err := c.target().History(t.Context(), "", noon, 10*time.Second)
	must(t, err)
	if history.Periods != target.HistoryPeriods || len(c.cloudWatch.asked) != 0 || !history.Start.Equal(noon.Add(-4*time.Hour)) {
		t.Errorf("%d periods from %v by %d calls", history.Periods, history.Start, len(c.cloudWatch.asked))
	}
	for _, period := range []time.Duration{0, 1500 * time.Millisecond} {
		_, err = c.target().History(t.Context(), "1", noon, period)
		expectKind(t, err, "", "whole seconds")
	}
	c.cloudWatch.metricData = func(*cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
		return nil, errBroken
	}
	_, err = c.target().History(t.Context(), "1", noon, time.Minute)
	expectKind(t, err, "", "read metrics of function echo")
}

// BenchmarkHistory reads a day of minutes from the local CloudWatch.
func BenchmarkHistory(b *testing.B) {
	c, local := newLocalCloud(b)
	recordHistory(local, "1", noon.Add(-24*time.Hour), target.HistoryPeriods)
	b.ReportAllocs()
	for b.Loop() {
		c.cloudWatch.asked = nil
		if _, err := c.target(serverErrors).History(b.Context(), "1", noon, time.Minute); err != nil {
			b.Fatal(err)
		}
	}
}
