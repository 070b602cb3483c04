package route53

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// namespace is where load balancers put their metrics.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
const namespace = "AWS/ApplicationELB"

// Measure reads what the load balancers of both stacks counted. Route 53 itself counts queries of a zone, and none of a record.
func (t *Target) Measure(ctx context.Context, split release.Split, from, to time.Time, period time.Duration) ([]judge.Period, error) {
	stable, err := t.source(ctx, split.Stable)
	if err != nil {
		return nil, err
	}
	canary, err := t.source(ctx, split.Canary)
	if err != nil {
		return nil, err
	}
	return t.reader().Periods(ctx, stable, canary, from, to, period)
}

// History reads the same of one version. Of one without a stack, all counts are zero.
func (t *Target) History(ctx context.Context, version string, until time.Time, period time.Duration) (judge.History, error) {
	source, err := t.source(ctx, version)
	if err != nil {
		return judge.History{}, err
	}
	return t.reader().History(ctx, source, nil, until, period)
}

func (t *Target) reader() measure.Reader {
	return measure.Reader{CloudWatch: t.options.CloudWatch, About: t.about(), Compared: measure.Compared(t.document)}
}

// source is where the counts of a version are: the metrics of its stack's load balancer, and the count that the service emits
// itself, if the document names it, by ExecutedVersion.
//
// RequestCount has only requests for which the load balancer could choose a target. It answers the others by 503, so that a stack whose
// instances are gone would look idle, and not broken
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-503-issues).
func (t *Target) source(ctx context.Context, version string) (measure.Source, error) {
	found, exists, err := t.readStack(ctx, version)
	if err != nil || !exists {
		return measure.Source{}, err
	}
	balancer := measure.By("LoadBalancer", found.outputs[t.settings.Outputs.LoadBalancer])
	counted := func(name string) measure.Metric {
		return measure.Metric{Namespace: namespace, Name: name, Dimensions: []measure.Dimension{balancer}}
	}
	unserved := counted("HTTPCode_ELB_503_Count")
	source := measure.Source{
		Version: version, Requests: counted("RequestCount"), Unserved: &unserved,
		Bad: map[string][]measure.Metric{judge.MetricErrors: {counted("HTTPCode_Target_5XX_Count"), counted("HTTPCode_ELB_5XX_Count")}},
	}
	metrics := t.document.Analysis.Metrics
	if metrics != nil && metrics.Latency != nil {
		duration := counted("TargetResponseTime")
		source.Slow, source.SlowAbove = &duration, metrics.Latency.SlowerThan.Std().Seconds()
	}
	if metrics != nil && metrics.ServerErrors != nil {
		source.Bad[judge.MetricServerErrors] = []measure.Metric{{
			Namespace: metrics.ServerErrors.Namespace, Name: metrics.ServerErrors.Name, Dimensions: []measure.Dimension{measure.By("ExecutedVersion", version)},
		}}
	}
	return source, nil
}

// Alarms reads the named alarms. Each stands for itself: one that watches a load balancer watches one version of the two.
func (t *Target) Alarms(ctx context.Context, names []string) ([]judge.Alarm, error) {
	return measure.Alarms(ctx, t.options.CloudWatch, names, measure.Compared(t.document), func(measure.Metric) string { return "" })
}
