package flight_test

import (
	"fmt"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// BenchmarkFlight flies good releases, which last longest, through the judge and the
// world alone, their part of the history included. One core is `-cpu 1`.
func BenchmarkFlight(b *testing.B) {
	for _, requests := range []float64{5, 500, 5000} {
		b.Run(fmt.Sprintf("requests=%v", requests), func(b *testing.B) {
			b.ReportAllocs()
			settings := flight.Settings{Model: world.Steady(requests, 0.001, 0), Seed: 1}
			if _, err := flight.Trials(b.Context(), flight.Climb(flight.Adaptive(flight.Balanced(), requests)), settings, b.N); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "releases/s")
		})
	}
}
