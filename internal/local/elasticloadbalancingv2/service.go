package elasticloadbalancingv2

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// Options says what a Service is made of. Store is required.
type Options struct {
	// Clock is the wall clock when nil. Health checks are made at its times.
	Clock clock.Clock
	// Store keeps load balancers, listeners, rules, target groups and their targets.
	Store store.Store
	// Intercept stands around every call that has an SDK signature; nil is none.
	Intercept intercept.Func
	// Address finds an instance: where its port is reached ("127.0.0.1:41234"), or
	// not ok while it isn't there, which is a failed connection. It may be called
	// from several goroutines at once. Nil takes an instance's id for a host name.
	Address func(ctx context.Context, instanceID string, port int32) (hostport string, ok bool)
	// Probe makes one health check of the target at the address; its error is why
	// the target is not healthy. Nil asks by HTTP.
	Probe func(ctx context.Context, address string, check Check) error
	// Meter counts requests, HostMeter targets; nil counts none.
	Meter     Meter
	HostMeter HostMeter
	// Random draws the target group of a request: a number in [0, 1), called from
	// several goroutines at once. Nil is math/rand's.
	Random func() float64
	// Region and AccountID are part of every ARN. Default: us-east-1, 000000000000.
	Region    string
	AccountID string
	// ProvisionDuration is how long a new load balancer is provisioning.
	ProvisionDuration time.Duration
}

// A Service is a local Elastic Load Balancing. Its methods may be called from
// several goroutines at once. What they return is shared: read it, don't change it.
type Service struct {
	options Options

	// writing is held by each call that changes something, from its first look at
	// the books until its change is stored.
	writing sync.Mutex
	// mu guards the books and what runs.
	mu    sync.RWMutex
	books books
	// watched are the registered and the draining targets, by target group and target.
	watched map[targetKey]*watched
	// turns count the requests of each target group, for taking turns.
	turns  map[string]int
	closed bool

	identified atomic.Uint64
}

// New returns a load balancing with what the store knows. The health of targets
// isn't stored: they are checked again.
func New(options Options) (*Service, error) {
	if options.Store == nil {
		return nil, errors.New("create local load balancing: a store is required")
	}
	if options.Clock == nil {
		options.Clock = clock.Wall{}
	}
	if options.Random == nil {
		options.Random = rand.Float64
	}
	if options.Probe == nil {
		options.Probe = probe
	}
	if options.Address == nil {
		options.Address = func(_ context.Context, instanceID string, port int32) (string, bool) {
			return join(instanceID, port), true
		}
	}
	if options.Region == "" {
		options.Region = "us-east-1"
	}
	if options.AccountID == "" {
		options.AccountID = "000000000000"
	}
	s := &Service{options: options, books: newBooks(), watched: map[targetKey]*watched{}, turns: map[string]int{}}
	if err := options.Store.Load(bucket, s.books.enter); err != nil {
		return nil, fmt.Errorf("load local load balancing: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watch()
	return s, nil
}

// Close ends health checks and the draining of targets. Requests that are being
// answered go on.
func (s *Service) Close() {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, w := range s.watched {
		w.stopTimers()
		w.transport.CloseIdleConnections()
	}
}

// now is the service's time.
func (s *Service) now() time.Time { return s.options.Clock.Now() }
