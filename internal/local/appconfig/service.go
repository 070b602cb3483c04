package appconfig

import (
	"cmp"
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
	// Store keeps everything.
	Store store.Store
	// Intercept stands around every call that has an SDK signature; nil is none.
	Intercept intercept.Func
	// Region and AccountID are part of every ARN. Default: us-east-1, 000000000000.
	Region    string
	AccountID string
	// DeployDuration is how long a deployment takes whose strategy takes 0 minutes.
	DeployDuration time.Duration
	// Poll is how old an agent's copy of a configuration is when it answers: the AWS AppConfig Agent asks for a new one
	// every 45 s by default
	// (https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions-config.html).
	Poll time.Duration
	// LargestContent is how many bytes a configuration may have, and MostVersions how many of them a profile. Both are quotas that AWS
	// raises for an account that asks for it. Default: 2 MiB, and 100
	// (https://docs.aws.amazon.com/general/latest/gr/appconfig.html#limits_appconfig).
	LargestContent, MostVersions int
}

// A Service is a local AppConfig. Its methods may be called from several
// goroutines at once. What they return is shared: read it, don't change it.
type Service struct {
	options Options

	mu    sync.Mutex
	books books
}

// New returns an AppConfig with what the store knows.
func New(options Options) (*Service, error) {
	if options.Store == nil {
		return nil, errors.New("create local appconfig: a store is required")
	}
	if options.Clock == nil {
		options.Clock = clock.Wall{}
	}
	if options.Region == "" {
		options.Region = "us-east-1"
	}
	if options.AccountID == "" {
		options.AccountID = "000000000000"
	}
	options.LargestContent = cmp.Or(options.LargestContent, 2<<20)
	options.MostVersions = cmp.Or(options.MostVersions, 100)
	s := &Service{options: options, books: newBooks()}
	if err := options.Store.Load(bucket, s.books.enter); err != nil {
		return nil, fmt.Errorf("load local appconfig: %w", err)
	}
	return s, nil
}

// serve answers one call of the SDK, one at a time: through the interceptor, with
// errors wrapped as the SDK wraps them.
func serve[Out any](ctx context.Context, s *Service, operation string, answer func() (*Out, error)) (*Out, error) {
	return intercept.Call(ctx, s.options.Intercept, "appconfig:"+operation, func(ctx context.Context) (*Out, error) {
		out, err := func() (*Out, error) {
			if err := ctx.Err(); err != nil {
				return nil, &smithy.CanceledError{Err: err}
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			return answer()
		}()
		if err != nil {
			return nil, &smithy.OperationError{ServiceID: "AppConfig", OperationName: operation, Err: err}
		}
		return out, nil
	})
}

// now is the service's time.
func (s *Service) now() time.Time { return s.options.Clock.Now() }
