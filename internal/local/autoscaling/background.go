package autoscaling

import (
	"context"
	"sync"
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

func (b *background) open() {
	b.lifetime, b.end = context.WithCancel(context.WithValue(context.Background(), internal{}, true))
}

// enter counts one more thing that runs, unless the service is closed.
func (b *background) enter() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.running.Add(1)
	}
	return !b.closed
}

func (b *background) close(ctx context.Context) error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.end()
	ended := make(chan struct{})
	go func() {
		b.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
