package lambda

import (
	"context"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// Alarms reads the named alarms, metric and composite ones, and returns them in
// the order of names.
func (t *Target) Alarms(ctx context.Context, names []string) ([]judge.Alarm, error) {
	return measure.Alarms(ctx, t.cloudWatch, names, measure.Compared(t.document), func(metric measure.Metric) string {
		return FunctionSignal(metric, t.document, t.isOfAlias)
	})
}

// FunctionSignal names what one metric of an alarm shows of what a document releases; empty when that cannot be told. Selects
// reports whether dimensions of Lambda's own metrics select invocations of it.
func FunctionSignal(metric measure.Metric, document release.Document, selects func(dimensions []measure.Dimension) bool) string {
	metrics := document.Analysis.Metrics
	if metrics != nil && metrics.ServerErrors != nil && metrics.ServerErrors.Namespace == metric.Namespace && metrics.ServerErrors.Name == metric.Name {
		return judge.MetricServerErrors
	}
	if metric.Namespace != namespace || !selects(metric.Dimensions) {
		return ""
	}
	switch metric.Name {
	case "Errors":
		return judge.MetricErrors
	case "Duration":
		return judge.MetricLatency
	case "Invocations":
		return measure.Requests
	default:
		return ""
	}
}

// isOfAlias reports whether dimensions select invocations of this function that
// include the alias's: of the whole function, or of the alias, but not of
// another alias.
func (t *Target) isOfAlias(dimensions []measure.Dimension) bool {
	ofFunction := false
	for _, dimension := range dimensions {
		switch dimension.Name {
		case "FunctionName":
			ofFunction = dimension.Value == t.function
		case "Resource":
			if dimension.Value != t.function && dimension.Value != t.function+":"+t.alias {
				return false
			}
		}
	}
	return ofFunction
}
