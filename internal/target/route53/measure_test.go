package route53_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
		for _, name := range []string{"RequestCount", "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "TargetResponseTime"} {
			want["AWS/ApplicationELB "+name+" LoadBalancer=app/"+version+"/0123456789abcdef"] = true
		}
		want["Echo Failed ExecutedVersion="+version] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}
