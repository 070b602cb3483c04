package judge

import (
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The metrics that are compared, as Period.Metrics names them.
const (
	MetricErrors       = "errors"
	MetricLatency      = "latency"
	MetricServerErrors = "serverErrors"
)

// A watch is one metric to compare.
type watch struct {
	name      string
	threshold release.Threshold
	// share is the metric's part in the average of evidence; they add up to 1.
	share float64
	// verb says what a bad request did.
	verb string
}

// How much evidence of each kind counts, before it is divided by the sum: failures matter more than slowness.
const (
	failureWeight  = 0.6
	slownessWeight = 0.4
)

// watches lists the metrics that the analysis compares.
func watches(analysis release.Analysis) []watch {
	metrics := analysis.Metrics
	if metrics == nil {
		return nil
	}
	var list []watch
	if metrics.Errors != nil {
		list = append(list, watch{MetricErrors, metrics.Errors.Threshold, failureWeight, "failed"})
	}
	if metrics.Latency != nil {
		verb := fmt.Sprintf("took longer than %s for", metrics.Latency.SlowerThan)
		list = append(list, watch{MetricLatency, metrics.Latency.Threshold, slownessWeight, verb})
	}
	if metrics.ServerErrors != nil {
		list = append(list, watch{MetricServerErrors, metrics.ServerErrors.Threshold, failureWeight, "counted as failed"})
	}
	sum := 0.0
	for _, w := range list {
		sum += w.share
	}
	for i := range list {
		list[i].share /= sum
	}
	return list
}

func value[T any](pointer *T) T {
	if pointer == nil {
		var zero T
		return zero
	}
	return *pointer
}

// Compared names the metrics that the analysis compares, in the order of [Ladder]'s.
func Compared(analysis release.Analysis) []string {
	var names []string
	for _, w := range watches(analysis) {
		names = append(names, w.name)
	}
	return names
}
