package route53

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// Options say what a [Service] is made of. Store is required.
type Options struct {
	// Clock is the wall clock when nil.
	Clock clock.Clock
	// Store keeps zones, changes, health checks and tags.
	Store store.Store
	// Intercept stands around every call that has an SDK signature; nil is none.
	Intercept intercept.Func
	// Propagation is how long a change is PENDING before the name servers answer
	// by it. AWS says that it is usually within 60 seconds.
	Propagation time.Duration
	// Busy is for how long after a change its zone refuses the next one with
	// PriorRequestNotComplete; 0 is never.
	Busy time.Duration
	// RequestsPerSecond is how many calls are answered within any second before
	// others are refused with Throttling, as AWS does above 5; 0 is no limit.
	RequestsPerSecond int
	// TargetHealth says whether an AWS resource that an alias with
	// EvaluateTargetHealth leads to is healthy; nil says that all are.
	TargetHealth func(hostedZone, name string) bool
}

// A Service is a local Route 53. Its methods may be called from several
// goroutines at once. What they return is shared: read it, don't change it.
type Service struct {
	options Options

	mu    sync.Mutex
	books books
	// answered are the times of the calls within the last second.
	answered []time.Time
}

// New returns a Route 53 with what the store knows.
func New(options Options) (*Service, error) {
	if options.Store == nil {
		return nil, errors.New("create local route 53: a store is required")
	}
	if options.Clock == nil {
		options.Clock = clock.Wall{}
	}
	if options.TargetHealth == nil {
		options.TargetHealth = func(string, string) bool { return true }
	}
	s := &Service{options: options, books: newBooks()}
	if err := options.Store.Load(bucket, s.books.enter); err != nil {
		return nil, fmt.Errorf("load local route 53: %w", err)
	}
	return s, nil
}

// serve answers one call of the SDK, one at a time: through the interceptor, with
// errors wrapped as the SDK wraps them.
func serve[Out any](ctx context.Context, s *Service, operation string, answer func() (*Out, error)) (*Out, error) {
	return intercept.Call(ctx, s.options.Intercept, "route53:"+operation, func(ctx context.Context) (*Out, error) {
		out, err := func() (*Out, error) {
			if err := ctx.Err(); err != nil {
				return nil, &smithy.CanceledError{Err: err}
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.isTooMuch() {
				return nil, throttled()
			}
			return answer()
		}()
		if err != nil {
			return nil, &smithy.OperationError{ServiceID: "Route 53", OperationName: operation, Err: err}
		}
		return out, nil
	})
}

// isTooMuch counts a call, and reports that there are too many of them. The caller holds s.mu.
func (s *Service) isTooMuch() bool {
	limit := s.options.RequestsPerSecond
	if limit == 0 {
		return false
	}
	now := s.now()
	for len(s.answered) > 0 && !s.answered[0].After(now.Add(-time.Second)) {
		s.answered = s.answered[1:]
	}
	if len(s.answered) >= limit {
		return true
	}
	s.answered = append(s.answered, now)
	return false
}

// now is the service's time.
func (s *Service) now() time.Time { return s.options.Clock.Now() }
