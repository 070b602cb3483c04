package workflow_test

import (
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// BenchmarkRelease runs default releases through the whole workflow, every
// handler and the local cloud, on the virtual clock.
func BenchmarkRelease(b *testing.B) {
	w := newWorld(b)
	texts := []string{"one", "two"}
	for i := range b.N {
		if record := w.release(w.document(texts[i%2])); record.Outcome != release.Promoted {
			b.Fatalf("%s: %s", record.Outcome, record.Reason)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "releases/s")
}
