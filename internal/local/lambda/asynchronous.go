package lambda

import (
	"context"
	"sync"
	"time"
)

// How asynchronous invocations are retried:
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
const (
	functionErrorRetries = 2 // after one minute, then after two
	functionErrorDelay   = time.Minute
	throttleDelay        = time.Second // doubled each time
	throttleDelayMax     = 5 * time.Minute
	maximumEventAge      = 6 * time.Hour
)

// background counts what runs by itself: asynchronous invocations, and the
// clearing up behind an update.
type background struct {
	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// enter reports whether one more may begin; it ends with running.Done.
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

// afterwards runs f in d from now, unless the service is closed by then.
func (s *Service) afterwards(d time.Duration, f func()) {
	s.options.Clock.AfterFunc(d, func() {
		if s.background.enter() {
			defer s.background.running.Done()
			f()
		}
	})
}

// An event is an asynchronous invocation that is not done yet.
type event struct {
	request
	accepted  time.Time
	failures  int // of the function
	throttles int // and other errors of the service
}

// later runs an invocation as soon as the clock lets it.
func (s *Service) later(ctx context.Context, wanted request) {
	s.attempt(context.WithoutCancel(ctx), event{request: wanted, accepted: s.now()}, 0)
}

// attempt runs the event after a delay, and again when that fails.
func (s *Service) attempt(ctx context.Context, e event, delay time.Duration) {
	s.afterwards(delay, func() {
		answer, err := s.run(ctx, e.request)
		if err == nil && answer.FunctionError == "" {
			return
		}
		wait, again := e.retry(err)
		if !again || s.now().Add(wait).Sub(e.accepted) > maximumEventAge {
			s.options.Log.Warn("asynchronous invocation given up", "function", e.function, "qualifier", e.qualifier,
				"version", answer.Version, "answer", string(answer.Payload), "error", err)
			return
		}
		s.attempt(ctx, e, wait)
	})
}

// retry notes a failure and says how long to wait before the next attempt.
func (e *event) retry(err error) (wait time.Duration, again bool) {
	if err == nil {
		e.failures++
		return functionErrorDelay * time.Duration(e.failures), e.failures <= functionErrorRetries
	}
	wait = min(throttleDelay<<min(e.throttles, 10), throttleDelayMax)
	e.throttles++
	return wait, true
}
