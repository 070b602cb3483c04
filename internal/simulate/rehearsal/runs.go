package rehearsal

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
)

// Runs makes the flights 0 to runs−1, on all cores. The result is in their order, and the
// same at every run. progress, which may be nil, is told from several goroutines how many are done.
// The error is that of the first flight that can't be made, or the context's.
func (r *Rehearsal) Runs(ctx context.Context, runs int, progress func(done int)) ([]Flight, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	flights := make([]Flight, runs)
	rows := (runs + flight.SharedHistory - 1) / flight.SharedHistory
	var next, done atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), rows) {
		workers.Go(func() {
			for row := int(next.Add(1)) - 1; row < rows && ctx.Err() == nil; row = int(next.Add(1)) - 1 {
				first := row * flight.SharedHistory
				past := r.dayOf(first)
				for number := first; number < min(first+flight.SharedHistory, runs); number++ {
					flown, err := r.fly(ctx, number, past)
					if err != nil {
						cancel(err)
						return
					}
					flights[number] = flown
					if count := int(done.Add(1)); progress != nil {
						progress(count)
					}
				}
			}
		})
	}
	workers.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return flights, nil
}
