package alb

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// The metrics of target groups, see
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html .
// What the load balancer answers by itself (HTTPCode_ELB_5XX_Count) is counted for none of them.
const (
	namespace         = "AWS/ApplicationELB"
	metricRequests    = "RequestCount"
	metricErrors      = "HTTPCode_Target_5XX_Count"
	metricConnections = "TargetConnectionErrorCount"
	metricTime        = "TargetResponseTime"

	dimensionTargetGroup  = "TargetGroup"
	dimensionLoadBalancer = "LoadBalancer"
)

// Measure reads the requests and bad requests of both versions' target groups. A bad one is one that was answered with 5xx, or whose
// connection to the instance failed; a slow one is told by the time until the answer began, which these metrics have in seconds.
func (t *Target) Measure(ctx context.Context, split release.Split, from, to time.Time, period time.Duration) ([]judge.Period, error) {
	behind, err := t.backings(ctx)
	if err != nil {
		return nil, err
	}
	return t.reader().Periods(ctx, t.source(behind, split.Stable), t.source(behind, split.Canary), from, to, period)
}

// History reads the same of one version. What its target group counted before the version's Auto Scaling group was made is another version's.
func (t *Target) History(ctx context.Context, version string, until time.Time, period time.Duration) (judge.History, error) {
	behind, err := t.backings(ctx)
	if err != nil {
		return judge.History{}, err
	}
	history, err := t.reader().History(ctx, t.source(behind, version), nil, until, period)
	if err != nil {
		return judge.History{}, err
	}
	arn, _ := behind.leading(t.alb.TargetGroups, version)
	created := behind[arn].created
	for i := range history.Periods {
		if end := history.Start.Add(time.Duration(i+1) * period); end.After(created) {
			break
		}
		for metric := range history.Counts {
			history.Counts[metric][i] = judge.Count{}
		}
	}
	return history, nil
}

// Alarms reads the named alarms. Those on a metric of one of the pair's target groups can be compared.
func (t *Target) Alarms(ctx context.Context, names []string) ([]judge.Alarm, error) {
	return measure.Alarms(ctx, t.cloudWatch, names, measure.Compared(t.document), t.signal)
}

func (t *Target) reader() measure.Reader {
	return measure.Reader{CloudWatch: t.cloudWatch, About: "target groups " + t.pairName(), Compared: measure.Compared(t.document)}
}

// source is where the counts of a version are: those of its target group. A version that is behind none has none.
func (t *Target) source(behind backings, version string) measure.Source {
	arn, ok := behind.leading(t.alb.TargetGroups, version)
	if !ok {
		return measure.Source{}
	}
	dimensions := []measure.Dimension{measure.By(dimensionTargetGroup, fullName(arn)), measure.By(dimensionLoadBalancer, loadBalancerName(t.alb.Listener))}
	of := func(name string) measure.Metric {
		return measure.Metric{Namespace: namespace, Name: name, Dimensions: dimensions}
	}
	source := measure.Source{
		Version: version, Requests: of(metricRequests),
		Bad: map[string][]measure.Metric{judge.MetricErrors: {of(metricErrors), of(metricConnections)}},
	}
	metrics := t.document.Analysis.Metrics
	if metrics == nil {
		return source
	}
	if metrics.Latency != nil {
		slow := of(metricTime)
		source.Slow, source.SlowAbove = &slow, metrics.Latency.SlowerThan.Std().Seconds()
	}
	if own := metrics.ServerErrors; own != nil {
		source.Bad[judge.MetricServerErrors] = []measure.Metric{{Namespace: own.Namespace, Name: own.Name, Dimensions: dimensions[:1]}}
	}
	return source
}

// signal is what a metric of an alarm shows of the pair's target groups. One of the whole load balancer may show another service's requests.
func (t *Target) signal(metric measure.Metric) string {
	if metrics := t.document.Analysis.Metrics; metrics != nil && metrics.ServerErrors != nil && metric.Namespace == metrics.ServerErrors.Namespace && metric.Name == metrics.ServerErrors.Name {
		return judge.MetricServerErrors
	}
	if metric.Namespace != namespace || !t.isOfPair(metric.Dimensions) {
		return ""
	}
	switch metric.Name {
	case metricErrors, metricConnections:
		return judge.MetricErrors
	case metricTime:
		return judge.MetricLatency
	case metricRequests:
		return measure.Requests
	default:
		return ""
	}
}

// isOfPair reports whether dimensions select one of the pair's target groups.
func (t *Target) isOfPair(dimensions []measure.Dimension) bool {
	for _, dimension := range dimensions {
		if dimension.Name == dimensionTargetGroup {
			return dimension.Value == fullName(t.alb.TargetGroups[0]) || dimension.Value == fullName(t.alb.TargetGroups[1])
		}
	}
	return false
}
