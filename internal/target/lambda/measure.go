package lambda

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// Measure reads requests and bad requests of both versions of split, as the
// alias's callers caused them, in one query. Only the metrics that the document
// compares are in the periods. Period is a multiple of a second; Lambda's own
// metrics have periods of a minute.
//
// A function error counts in the period in which its invocation began, so a
// period is only final once the longest invocation that began in it has ended.
func (t *Target) Measure(ctx context.Context, split release.Split, from, to time.Time, period time.Duration) ([]judge.Period, error) {
	return t.reader().Periods(ctx, t.source(split.Stable), t.source(split.Canary), from, to, period)
}

// History reads the same of one version, also in one query. Without a version, all counts are zero.
//
// Lambda's page describes ExecutedVersion for an alias that has two versions
// (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#versioning-metrics-dimensions).
// Should Lambda not publish it while an alias has only one, which is not verified on a live account, then a version would
// seem to have had no request in all the time without a release. So a version without any request of its own
// is given those of the alias, by one more query: whatever versions had them then.
// The count that the service emits itself stays that of the version.
func (t *Target) History(ctx context.Context, version string, until time.Time, period time.Duration) (judge.History, error) {
	if version == "" {
		return t.reader().History(ctx, measure.Source{}, nil, until, period)
	}
	ofAlias := FunctionSource(version, t.document, t.aliasDimensions()...)
	delete(ofAlias.Bad, judge.MetricServerErrors)
	return t.reader().History(ctx, t.source(version), &ofAlias, until, period)
}

func (t *Target) reader() measure.Reader {
	return measure.Reader{CloudWatch: t.cloudWatch, About: "function " + t.function, Compared: measure.Compared(t.document)}
}

// source is where the counts of a version are, as invoked through the alias. Resource is a
// name: with an ARN there is no such series.
func (t *Target) source(version string) measure.Source {
	if version == "" {
		return measure.Source{}
	}
	return FunctionSource(version, t.document, append(t.aliasDimensions(), measure.By("ExecutedVersion", version))...)
}

// aliasDimensions are those of the alias, whatever version it led to.
func (t *Target) aliasDimensions() []measure.Dimension {
	return []measure.Dimension{measure.By("FunctionName", t.function), measure.By("Resource", t.function+":"+t.alias)}
}

// namespace is where Lambda puts its metrics, see
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html .
const namespace = "AWS/Lambda"

// FunctionSource is where CloudWatch has the counts of a function's version: those of Lambda's own metrics with the dimensions, and
// the one that the service emits itself, if the document names it, by ExecutedVersion.
func FunctionSource(version string, document release.Document, dimensions ...measure.Dimension) measure.Source {
	ofLambda := func(name string) measure.Metric {
		return measure.Metric{Namespace: namespace, Name: name, Dimensions: dimensions}
	}
	source := measure.Source{
		Version: version, Requests: ofLambda("Invocations"),
		Bad: map[string][]measure.Metric{judge.MetricErrors: {ofLambda("Errors")}},
	}
	metrics := document.Analysis.Metrics
	if metrics == nil {
		return source
	}
	if metrics.Latency != nil {
		duration := ofLambda("Duration")
		source.Slow, source.SlowAbove = &duration, float64(metrics.Latency.SlowerThan.Std())/float64(time.Millisecond)
	}
	if metrics.ServerErrors != nil {
		source.Bad[judge.MetricServerErrors] = []measure.Metric{{
			Namespace: metrics.ServerErrors.Namespace, Name: metrics.ServerErrors.Name,
			Dimensions: []measure.Dimension{measure.By("ExecutedVersion", version)},
		}}
	}
	return source
}
