package lambda

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// Address is what invokes a version whatever the alias's weights are: FUNCTION:VERSION.
func (t *Target) Address(_ context.Context, version string) (string, error) {
	return t.function + ":" + version, nil
}

// MeasureDirect is Measure for those who invoke a version by its address: Lambda counts them under the version's own Resource, and not
// under the alias's. What the service counts itself has no alias, and is in Measure.
func (t *Target) MeasureDirect(ctx context.Context, split release.Split, from, to time.Time, period time.Duration) ([]judge.Period, error) {
	return t.reader().Periods(ctx, t.directSource(split.Stable), t.directSource(split.Canary), from, to, period)
}

func (t *Target) directSource(version string) measure.Source {
	if version == "" {
		return measure.Source{}
	}
	source := FunctionSource(version, t.document, measure.By("FunctionName", t.function), measure.By("Resource", t.function+":"+version))
	delete(source.Bad, judge.MetricServerErrors)
	return source
}
