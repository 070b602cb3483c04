package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// BenchmarkNew opens, starts and closes an engine in memory on a virtual clock, as a
// simulation does for each release.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	start := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for b.Loop() {
		made, err := engine.New(engine.Options{
			Clock: clock.NewVirtual(start), Store: store.Memory(), Runner: nobody{}, Go: func(run func()) { run() }, Resolution: time.Minute,
		})
		if err != nil {
			b.Fatal(err)
		}
		if err := made.Start(context.Background()); err != nil {
			b.Fatal(err)
		}
		made.Close()
	}
}

// nobody runs no function.
type nobody struct{}

func (nobody) Invoke(context.Context, lambda.Version, lambda.Invocation) (lambda.Result, error) {
	return lambda.Result{}, nil
}

func (nobody) Forget(lambda.Version) {}
