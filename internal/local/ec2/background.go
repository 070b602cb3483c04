package ec2

import (
	"context"
	"sync"
	"time"
)

// A background is what the service does by itself.
type background struct {
	// lifetime ends when the service is closed.
	lifetime context.Context
	end      context.CancelFunc

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

func (b *background) open() { b.lifetime, b.end = context.WithCancel(context.Background()) }

// enter counts one more thing that runs, unless the service is closed.
func (b *background) enter() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.running.Add(1)
	}
	return !b.closed
}

// close lets nothing begin any more, and returns whether it is the first to do so.
func (b *background) close() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := !b.closed
	b.closed = true
	return first
}

// afterwards runs f in d from now, unless the service is closed by then.
func (s *Service) afterwards(d time.Duration, f func(ctx context.Context)) {
	s.options.Clock.AfterFunc(d, func() {
		if s.background.enter() {
			defer s.background.running.Done()
			f(s.background.lifetime)
		}
	})
}

// Close stops the programs of all instances, and waits for their end until ctx is
// done. What the store says stays: opened again, the instances are terminated.
func (s *Service) Close(ctx context.Context) error {
	if !s.background.close() {
		return nil
	}
	s.background.end()
	var stopping sync.WaitGroup
	for _, id := range s.started() {
		stopping.Go(func() { s.options.Runner.Stop(ctx, id, s.options.StopGrace) })
	}
	ended := make(chan struct{})
	go func() {
		stopping.Wait()
		s.background.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
