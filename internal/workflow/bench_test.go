package workflow_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// BenchmarkRelease runs default releases, each of new code against a stable
// version, through the whole workflow, every handler and the local cloud, on the
// virtual clock and one goroutine. It reports releases a second, and of one
// release the state transitions and the calls that its handlers make.
func BenchmarkRelease(b *testing.B) {
	w := newWorld(b)
	w.inPlace = true
	releases, calls := 0, 0
	w.call = func(ctx context.Context, _ string, call func(context.Context) error) error {
		calls++
		return call(ctx)
	}
	promote := func(text string) {
		if record := w.release(w.document(text)); record.Outcome != release.Promoted {
			b.Fatalf("%s: %s", record.Outcome, record.Reason)
		}
	}
	promote("the first, which has no canary")
	for b.Loop() {
		releases, calls = releases+1, 0
		promote(fmt.Sprint("release ", releases))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "releases/s")
	b.ReportMetric(float64(len(w.path)), "transitions")
	b.ReportMetric(float64(calls), "calls")
}
