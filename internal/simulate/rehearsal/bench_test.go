package rehearsal_test

import (
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/rehearsal"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/scenario"
)

// BenchmarkSimulate makes whole flights on one core: the default strategy and adaptive, of a good release, each on a fresh engine.
func BenchmarkSimulate(b *testing.B) {
	defer rehearsal.CollectSeldom()() // as the command does
	for name, strategy := range map[string]release.Strategy{"default": {}, "adaptive": {Adaptive: &release.AdaptiveStrategy{}}} {
		b.Run(name, func(b *testing.B) {
			document := echo()
			document.Strategy = strategy
			rehearsed, err := rehearsal.New(rehearsal.Settings{Document: document, Scenario: scenario.Default(), Seed: 1})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := rehearsed.Runs(b.Context(), b.N, nil); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "releases/s")
		})
	}
}

// echo is the shortest document there is.
func echo() release.Document {
	return release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production", Artifact: release.Artifact{Package: "build/echo.zip"},
		Target: release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}},
	}
}
