package apigateway

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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
	// Store keeps APIs, deployments and stages.
	Store store.Store
	// Intercept stands around every call that has an SDK signature; nil is none.
	Intercept intercept.Func
	// Functions is the local Lambda; without it every integration fails.
	Functions Functions
	// Random draws whether a request goes to the canary: a number in [0, 1), called from several goroutines at once. Nil is math/rand's.
	Random func() float64
	// Region and AccountID are part of every ARN. Default: us-east-1, 000000000000.
	Region    string
	AccountID string
	// DeploymentInterval is how long after a deployment the next one of the account is refused with TooManyRequestsException; on
	// AWS 5 s (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html). 0 is never.
	DeploymentInterval time.Duration
	// Busy is for how long after a change of a stage the next one is refused with ConflictException; 0 is never.
	Busy time.Duration
}

// A Service is a local API Gateway. Its methods may be called from several goroutines at once. What they return is
// shared: read it, don't change it.
type Service struct {
	options Options

	mu    sync.RWMutex
	books books
	// deployed is when the last deployment was made.
	deployed time.Time
	made     uint64
}

// New returns an API Gateway with what the store knows.
func New(options Options) (*Service, error) {
	if options.Store == nil {
		return nil, errors.New("create local api gateway: a store is required")
	}
	if options.Clock == nil {
		options.Clock = clock.Wall{}
	}
	if options.Random == nil {
		options.Random = rand.Float64
	}
	if options.Region == "" {
		options.Region = "us-east-1"
	}
	if options.AccountID == "" {
		options.AccountID = "000000000000"
	}
	s := &Service{options: options, books: newBooks()}
	if err := options.Store.Load(bucket, s.books.enter); err != nil {
		return nil, fmt.Errorf("load local api gateway: %w", err)
	}
	return s, nil
}

// read answers one call of the SDK that changes nothing: through the interceptor, with errors wrapped as the SDK wraps them.
func read[Out any](ctx context.Context, s *Service, operation string, answer func() (*Out, error)) (*Out, error) {
	return call(ctx, s, operation, func() (*Out, error) {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return answer()
	})
}

// change is read for calls that write: one at a time.
func change[Out any](ctx context.Context, s *Service, operation string, answer func() (*Out, error)) (*Out, error) {
	return call(ctx, s, operation, func() (*Out, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return answer()
	})
}

func call[Out any](ctx context.Context, s *Service, operation string, answer func() (*Out, error)) (*Out, error) {
	return intercept.Call(ctx, s.options.Intercept, "apigateway:"+operation, func(ctx context.Context) (*Out, error) {
		err := ctx.Err()
		if err != nil {
			err = &smithy.CanceledError{Err: err}
		}
		var out *Out
		if err == nil {
			out, err = answer()
		}
		if err != nil {
			return nil, &smithy.OperationError{ServiceID: "API Gateway", OperationName: operation, Err: err}
		}
		return out, nil
	})
}

// now is the service's time, in the seconds in which API Gateway tells it.
func (s *Service) now() time.Time { return s.options.Clock.Now().UTC().Truncate(time.Second) }
