package release_test

import (
	"fmt"
	"math"
	"time"

	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// fiveKeys is the least that a document can say.
func fiveKeys() release.Document {
	return release.Document{
		APIVersion:  release.APIVersion,
		Service:     "echo",
		Environment: "production",
		Artifact:    release.Artifact{Package: "build/echo.zip"},
		Target:      release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}},
	}
}

// drawDocument draws a valid document that gives some keys and leaves others out.
func drawDocument(t *rapid.T) release.Document {
	document := fiveKeys()
	period := rapid.SampledFrom([]time.Duration{0, time.Second, 7 * time.Second, time.Minute, 5 * time.Minute}).Draw(t, "period")
	document.Analysis.Period = release.Duration(period)
	if period == 0 {
		period = time.Minute
	}
	length := func(name string, least, most int) release.Duration {
		return release.Duration(time.Duration(rapid.IntRange(least, most).Draw(t, name)) * period)
	}
	switch rapid.SampledFrom([]string{"none", "steps", "canary", "linear", "adaptive", "exposure"}).Draw(t, "strategy") {
	case "steps":
		document.Strategy.Steps = drawSteps(t, length)
	case "canary":
		document.Strategy.Canary = &release.CanaryStrategy{Weight: float64(rapid.IntRange(1, 9999).Draw(t, "weight")) / 100, Wait: length("wait", 1, 2000)}
	case "linear":
		document.Strategy.Linear = &release.LinearStrategy{Weight: float64(rapid.IntRange(100, 9999).Draw(t, "weight")) / 100, Every: length("every", 1, 50)}
	case "adaptive":
		profiles := []string{"", release.ProfileCareful, release.ProfileDefault, release.ProfileFast}
		document.Strategy.Adaptive = &release.AdaptiveStrategy{Profile: rapid.SampledFrom(profiles).Draw(t, "profile")}
	case "exposure":
		document.Strategy.Exposure = &release.ExposureStrategy{MaxFailedRequests: rapid.Float64Range(1, 1e6).Draw(t, "failed")}
	}
	document.Strategy.Settle = drawPointer(t, "settle", func() release.Duration { return length("settle", 0, 500) })
	if document.Strategy.Settle == nil || *document.Strategy.Settle > 0 {
		most := 5000
		for _, step := range release.Default(document).Strategy.Steps {
			most = min(most, 10000-int(math.Round(step.Weight*100)))
		}
		document.Strategy.Holdback = drawPointer(t, "holdback", func() float64 { return float64(rapid.IntRange(0, most).Draw(t, "holdback")) / 100 })
	}
	document.Analysis.FalseRollbackRate = drawPointer(t, "rate", func() float64 { return rapid.Float64Range(0.0001, 0.1).Draw(t, "rate") })
	document.Analysis.MinimumSamples = drawPointer(t, "samples", func() int { return rapid.IntRange(1, 1000).Draw(t, "samples") })
	document.Analysis.Delay = drawPointer(t, "delay", func() int { return rapid.IntRange(0, 15).Draw(t, "delay") })
	least := *release.Default(document).Analysis.Delay + 2
	document.Analysis.NoData.Limit = drawOr(t, "limit", func() release.Duration { return length("limit", least, 500) })
	document.Analysis.Metrics = drawPointer(t, "metrics", func() release.Metrics { return drawMetrics(t) })
	if metrics := document.Analysis.Metrics; metrics != nil && *metrics == (release.Metrics{}) && (document.Strategy.Adaptive != nil || document.Strategy.Exposure != nil) {
		metrics.Errors = &release.ErrorMetric{}
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "checks") {
		name := drawOr(t, "name", func() string { return fmt.Sprintf("named %d", i) })
		document.Verify = append(document.Verify, release.Check{Name: name, Payload: map[string]any{"n": float64(i)}})
	}
	document.Timeouts.Release = release.Duration(299 * 24 * time.Hour)
	return document
}

func drawMetrics(t *rapid.T) release.Metrics {
	return release.Metrics{
		Errors:  drawPointer(t, "errors", func() release.ErrorMetric { return release.ErrorMetric{Threshold: drawThreshold(t)} }),
		Latency: drawPointer(t, "latency", func() release.LatencyMetric { return release.LatencyMetric{Threshold: drawThreshold(t)} }),
		ServerErrors: drawPointer(t, "serverErrors", func() release.ServiceMetric {
			return release.ServiceMetric{Namespace: "Echo", Name: "ServerErrors", Threshold: drawThreshold(t)}
		}),
	}
}

func drawThreshold(t *rapid.T) release.Threshold {
	return release.Threshold{
		Tolerance: drawPointer(t, "tolerance", func() float64 { return rapid.Float64Range(0, 1).Draw(t, "tolerance") }),
		Ratio:     drawPointer(t, "ratio", func() float64 { return rapid.Float64Range(1, 1.449).Draw(t, "ratio") }),
		Burst:     drawPointer(t, "burst", func() float64 { return rapid.Float64Range(1, 100).Draw(t, "burst") }),
	}
}

// drawSteps draws steps whose weights rise, with approvals among them.
func drawSteps(t *rapid.T, length func(name string, least, most int) release.Duration) []release.Step {
	count := rapid.IntRange(1, 100).Draw(t, "steps")
	weight := 0
	var steps []release.Step
	for range count {
		if rapid.IntRange(0, 4).Draw(t, "approve") == 0 {
			steps = append(steps, release.Step{Approve: &release.Approval{Timeout: drawOr(t, "timeout", func() release.Duration { return length("timeout", 1, 2000) })}})
			continue
		}
		weight += rapid.IntRange(1, 99).Draw(t, "rise")
		steps = append(steps, release.Step{Weight: float64(weight) / 100, Wait: length("wait", 1, 2000)})
	}
	return steps
}

// drawPointer draws nil or a pointer to what draw draws.
func drawPointer[T any](t *rapid.T, name string, draw func() T) *T {
	if !rapid.Bool().Draw(t, "has "+name) {
		return nil
	}
	value := draw()
	return &value
}

// drawOr draws the zero value or what draw draws.
func drawOr[T any](t *rapid.T, name string, draw func() T) T {
	if !rapid.Bool().Draw(t, "has "+name) {
		var zero T
		return zero
	}
	return draw()
}
