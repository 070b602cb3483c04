package asg

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// The dimensions by which instances tell versions apart in what they count by themselves: a load balancer does not, in one target group.
const (
	dimensionGroup   = "AutoScalingGroupName"
	dimensionVersion = "LaunchTemplateVersion"
)

// Measure reads the requests, errors and slow requests that the instances of both versions counted by themselves.
func (t *Target) Measure(ctx context.Context, split release.Split, from, to time.Time, period time.Duration) ([]judge.Period, error) {
	dimensions, err := t.mode.dimension(ctx, split.Stable, split.Canary)
	if err != nil {
		return nil, err
	}
	return t.reader().Periods(ctx, t.source(dimensions, split.Stable), t.source(dimensions, split.Canary), from, to, period)
}

// History reads the same of one version.
func (t *Target) History(ctx context.Context, version string, until time.Time, period time.Duration) (judge.History, error) {
	dimensions, err := t.mode.dimension(ctx, version)
	if err != nil {
		return judge.History{}, err
	}
	return t.reader().History(ctx, t.source(dimensions, version), nil, until, period)
}

// Alarms reads the named alarms. Those on the instances' own metrics can be compared.
func (t *Target) Alarms(ctx context.Context, names []string) ([]judge.Alarm, error) {
	return measure.Alarms(ctx, t.cloudWatch, names, measure.Compared(t.document), t.signal)
}

func (t *Target) reader() measure.Reader {
	return measure.Reader{CloudWatch: t.cloudWatch, About: "group " + t.asg.Group, Compared: measure.Compared(t.document)}
}

// metrics are the names of what instances publish, with their defaults.
func (t *Target) metrics() release.GroupMetrics {
	names := t.asg.Metrics
	for _, one := range []struct {
		name     *string
		fallback string
	}{{&names.Namespace, "Goldfinch/Instances"}, {&names.Requests, "Requests"}, {&names.Errors, "Errors"}, {&names.Duration, "Duration"}} {
		if *one.name == "" {
			*one.name = one.fallback
		}
	}
	return names
}

// source is where the counts of a version are.
func (t *Target) source(dimensions map[string]measure.Dimension, version string) measure.Source {
	if version == "" {
		return measure.Source{}
	}
	names := t.metrics()
	of := func(namespace, name string) measure.Metric {
		return measure.Metric{Namespace: namespace, Name: name, Dimensions: []measure.Dimension{dimensions[version]}}
	}
	source := measure.Source{
		Version: version, Requests: of(names.Namespace, names.Requests),
		Bad: map[string][]measure.Metric{judge.MetricErrors: {of(names.Namespace, names.Errors)}},
	}
	metrics := t.document.Analysis.Metrics
	if metrics == nil {
		return source
	}
	if metrics.Latency != nil {
		slow := of(names.Namespace, names.Duration)
		source.Slow, source.SlowAbove = &slow, float64(metrics.Latency.SlowerThan.Std())/float64(time.Millisecond)
	}
	if own := metrics.ServerErrors; own != nil {
		source.Bad[judge.MetricServerErrors] = []measure.Metric{of(own.Namespace, own.Name)}
	}
	return source
}

// signal is what a metric of an alarm shows.
func (t *Target) signal(metric measure.Metric) string {
	if metrics := t.document.Analysis.Metrics; metrics != nil && metrics.ServerErrors != nil && metric.Namespace == metrics.ServerErrors.Namespace && metric.Name == metrics.ServerErrors.Name {
		return judge.MetricServerErrors
	}
	names := t.metrics()
	if metric.Namespace != names.Namespace {
		return ""
	}
	switch metric.Name {
	case names.Errors:
		return judge.MetricErrors
	case names.Duration:
		return judge.MetricLatency
	case names.Requests:
		return measure.Requests
	default:
		return ""
	}
}

// dimension is the name of the version's group. One that is gone, or not there yet, had or will have the name that Goldfinch gives it.
func (g *groups) dimension(ctx context.Context, versions ...string) (map[string]measure.Dimension, error) {
	all, err := g.fleet.Groups(ctx)
	if err != nil {
		return nil, err
	}
	dimensions := map[string]measure.Dimension{}
	for _, version := range versions {
		name := (place{targetGroup: g.asg.TargetGroup, groups: all}).group(version).Name
		if name == "" {
			name = g.fleet.Name(version)
		}
		dimensions[version] = measure.By(dimensionGroup, name)
	}
	return dimensions, nil
}
