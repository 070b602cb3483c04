package planner_test

import (
	"fmt"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/planner"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// traffics are requests a minute of a quiet, a middling and a busy service.
var traffics = [...]float64{5, 120, 1_200, 120_000}

// BenchmarkPredict is all the simulation of one `goldfinch plan`.
func BenchmarkPredict(b *testing.B) {
	for _, requests := range traffics {
		history := day(requests, 0.001, 0.005)
		for name, change := range map[string]func(*release.Document){"default": nil, "adaptive": adaptive("")} {
			b.Run(fmt.Sprintf("%s/requests=%v", name, requests), func(b *testing.B) {
				d, err := planner.WithSteps(document(b, change), history, release.Shifts{})
				for b.Loop() {
					if err == nil {
						_, err = planner.Predict(b.Context(), d, history, release.Shifts{})
					}
				}
				if err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

// BenchmarkDerive is what the workflow waits for before the first shift of a budgeted release. A
// Lambda function of 256 MB has about a seventh of a core.
func BenchmarkDerive(b *testing.B) {
	for _, requests := range traffics {
		history := day(requests, 0.001, 0.005)
		b.Run(fmt.Sprintf("requests=%v", requests), func(b *testing.B) {
			d := document(b, budget(50))
			for b.Loop() {
				if _, err := (planner.Planner{}).Derive(d, history, release.Shifts{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
