package lambda

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// Options says what a Service is made of. Store and Runner are required.
type Options struct {
	// Clock is the wall clock when nil.
	Clock clock.Clock
	// Store keeps functions, versions, aliases and packages.
	Store store.Store
	// Intercept stands around every call that has an SDK signature; nil is none.
	Intercept intercept.Func
	// Code reads an object of S3; without it only uploaded packages can be deployed.
	// An empty versionID is the newest version.
	Code func(ctx context.Context, bucket, key, versionID string) ([]byte, error)
	// Check looks at a package before it is accepted; its error is told to the
	// caller as an InvalidParameterValueException. Nil accepts everything.
	Check func(zip []byte) error
	// Runner runs the code.
	Runner Runner
	// Meter counts invocations; nil counts none.
	Meter Meter
	// Random draws the version that an alias with a weight invokes: a number in
	// [0, 1), called from several goroutines at once. Nil is math/rand's.
	Random func() float64
	// Region and AccountID are part of every ARN. Default: us-east-1, 000000000000.
	Region    string
	AccountID string
	// UpdateDuration is how long an update of code or configuration is in
	// progress; ActivateDuration, how long a new function or version is pending.
	UpdateDuration   time.Duration
	ActivateDuration time.Duration
	// Log is told about asynchronous invocations that failed for good; nil is silent.
	Log *slog.Logger
}

// A Service is a local AWS Lambda. Its methods may be called from several
// goroutines at once. What they return is shared: read it, don't change it.
type Service struct {
	options Options

	// writing is held by each call that changes something, from its first look
	// at the books until its change is stored.
	writing sync.Mutex
	books   books

	identified atomic.Uint64
	background background
}

// New returns a Lambda with the functions that the store knows.
func New(options Options) (*Service, error) {
	if options.Store == nil || options.Runner == nil {
		return nil, errors.New("create local lambda: a store and a runner are required")
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
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{options: options, books: newBooks()}
	if err := options.Store.Load(bucket, s.books.enter); err != nil {
		return nil, fmt.Errorf("load local lambda's functions: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(s.books.functions)) {
		if f := s.books.functions[name]; f.Previous != nil {
			s.settleLater(name, f.Latest)
		}
	}
	return s, nil
}

// Close waits until what runs in the background has ended, or ctx is done.
// Asynchronous invocations that wait for a retry are given up. After it the
// service stores nothing by itself.
func (s *Service) Close(ctx context.Context) error { return s.background.close(ctx) }

// now is the service's time.
func (s *Service) now() time.Time { return s.options.Clock.Now() }
