package route53_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// What is asked of CloudWatch: each version's own load balancer, and the count of the service.
func TestWhatIsMeasured(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.stack(canaryStack, "r-1")
	router := c.target(func(document *release.Document) {
		document.Analysis.Metrics = &release.Metrics{
			Errors: &release.ErrorMetric{}, Latency: &release.LatencyMetric{}, ServerErrors: &release.ServiceMetric{Namespace: "Echo", Name: "Failed"},
		}
	})
	_, err := router.Measure(t.Context(), tenToNew, start, start.Add(time.Minute), time.Minute)
	must(t, err)
	got := map[string]bool{}
	for _, metric := range c.metrics.asked {
		line := *metric.Namespace + " " + *metric.MetricName
		for _, dimension := range metric.Dimensions {
			line += fmt.Sprintf(" %s=%s", *dimension.Name, *dimension.Value)
		}
		got[line] = true
	}
	want := map[string]bool{}
	for _, version := range []string{stableStack, canaryStack} {
		for _, name := range []string{"RequestCount", "HTTPCode_ELB_503_Count", "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "TargetResponseTime"} {
			want["AWS/ApplicationELB "+name+" LoadBalancer=app/"+version+"/0123456789abcdef"] = true
		}
		want["Echo Failed ExecutedVersion="+version] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// A stack whose load balancer has no instance any more answers everybody by 503, which RequestCount leaves out: it is broken, not idle.
func TestADeadCanaryIsNotIdle(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.stack(canaryStack, "r-1")
	c.metrics.request(stableStack, start, 90, 0)
	for _, metric := range []string{"HTTPCode_ELB_503_Count", "HTTPCode_ELB_5XX_Count"} {
		c.metrics.add(metric, canaryStack, start, 10)
	}
	periods, err := c.target().Measure(t.Context(), tenToNew, start, start.Add(time.Minute), time.Minute)
	must(t, err)
	if got := periods[0].Metrics[judge.MetricErrors]; got.Canary != (judge.Count{Requests: 10, Bad: 10}) || got.Stable != (judge.Count{Requests: 90}) {
		t.Errorf("counted %+v", got)
	}
	history, err := c.target().History(t.Context(), canaryStack, start.Add(time.Minute), time.Minute)
	must(t, err)
	if last := history.Counts[judge.MetricErrors][history.Periods-1]; last != (judge.Count{Requests: 10, Bad: 10}) {
		t.Errorf("its history ends with %+v", last)
	}
}
