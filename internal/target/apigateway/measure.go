package apigateway

import (
	"context"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// Measure reads requests and bad requests of both versions of the function that split leads to, in one query. A function error is one that the
// user gets as status 502; a returned statusCode of 500 is none.
func (t *Target) Measure(ctx context.Context, split release.Split, from, to time.Time, period time.Duration) ([]judge.Period, error) {
	present, err := t.look(ctx)
	if err != nil {
		return nil, err
	}
	return t.reader().Periods(ctx, t.source(present, split.Stable), t.source(present, split.Canary), from, to, period)
}

// History reads the same of one version. All counts of one of which nobody can tell where it leads are zero.
func (t *Target) History(ctx context.Context, version string, until time.Time, period time.Duration) (judge.History, error) {
	present, err := t.look(ctx)
	if err != nil {
		return judge.History{}, err
	}
	return t.reader().History(ctx, t.source(present, version), nil, until, period)
}

func (t *Target) reader() measure.Reader {
	return measure.Reader{CloudWatch: t.options.CloudWatch, About: "function " + t.settings.Function, Compared: measure.Compared(t.document)}
}

// source is where the counts of a deployment's version are, as invoked by its number. Resource is a name: with an ARN there is no
// such series.
func (t *Target) source(present state, id string) measure.Source {
	version := present.version(id)
	if version == "" {
		return measure.Source{}
	}
	return lambda.FunctionSource(version, t.document, measure.By("FunctionName", t.settings.Function), measure.By("Resource", t.settings.Function+":"+version))
}

// Alarms reads the named alarms, and returns them in the order of names. API Gateway's own metrics show no version.
func (t *Target) Alarms(ctx context.Context, names []string) ([]judge.Alarm, error) {
	return measure.Alarms(ctx, t.options.CloudWatch, names, measure.Compared(t.document), func(metric measure.Metric) string {
		return lambda.FunctionSignal(metric, t.document, t.isOfFunction)
	})
}

// isOfFunction reports whether dimensions select invocations of the whole function, or of one of its versions.
func (t *Target) isOfFunction(dimensions []measure.Dimension) bool {
	ofFunction := false
	for _, dimension := range dimensions {
		switch dimension.Name {
		case "FunctionName":
			ofFunction = dimension.Value == t.settings.Function
		case "Resource":
			name, version, _ := strings.Cut(dimension.Value, ":")
			if name != t.settings.Function || strings.Trim(version, "0123456789") != "" {
				return false
			}
		}
	}
	return ofFunction
}
