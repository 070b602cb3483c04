package planner

import (
	"context"
	"runtime"
	"sync"
)

// concurrently does jobs that don't depend on each other, on all cores. Its error is the context's; jobs that had begun are done then.
func concurrently(ctx context.Context, jobs []func()) error {
	queue := make(chan func())
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(jobs)) {
		workers.Go(func() {
			for job := range queue {
				job()
			}
		})
	}
	for _, job := range jobs {
		if ctx.Err() != nil {
			break
		}
		queue <- job
	}
	close(queue)
	workers.Wait()
	return ctx.Err()
}
