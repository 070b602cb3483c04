package cloudformation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// Options says what a Service is made of. Store, EC2, AutoScaling and LoadBalancing are required.
type Options struct {
	// Clock is the wall clock when nil.
	Clock clock.Clock
	// Store keeps stacks with their resources and events.
	Store store.Store
	// Intercept stands around every call that has an SDK signature; nil is none.
	Intercept intercept.Func
	// EC2, AutoScaling and LoadBalancing make the resources of stacks.
	EC2           EC2
	AutoScaling   AutoScaling
	LoadBalancing LoadBalancing
	// Lambda, APIGateway and Route53 do so, too; a stack that needs one which is nil fails.
	Lambda     Lambda
	APIGateway APIGateway
	Route53    Route53
	// Template reads the template at a URL; nil refuses templates by URL.
	Template func(ctx context.Context, url string) ([]byte, error)
	// Region and AccountID are part of every ARN. Default: us-east-1, 000000000000.
	Region    string
	AccountID string
	// Step is the time from one look at a resource to the next. Default: a second.
	Step time.Duration
	// Stabilize is how long a resource may take until it is ready. Default: half an hour.
	Stabilize time.Duration
}

// A Service is a local CloudFormation. Its methods may be called from several
// goroutines at once. What they return is shared: read it, don't change it.
type Service struct {
	options Options

	mu    sync.Mutex
	books books
	// timers are of the stacks that something is being done to.
	timers map[string]func() bool
	closed bool
	// working is held while resources are made and deleted: one after the other.
	working sync.Mutex

	identified atomic.Uint64
}

// New returns a CloudFormation with the stacks that the store knows. What was being
// done to them goes on.
func New(options Options) (*Service, error) {
	if options.Store == nil || options.EC2 == nil || options.AutoScaling == nil || options.LoadBalancing == nil {
		return nil, errors.New("create local cloudformation: a store, EC2, Auto Scaling and load balancing are required")
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
	if options.Step == 0 {
		options.Step = time.Second
	}
	if options.Stabilize == 0 {
		options.Stabilize = 30 * time.Minute
	}
	s := &Service{options: options, books: newBooks(), timers: map[string]func() bool{}}
	if err := options.Store.Load(bucket, s.books.enter); err != nil {
		return nil, fmt.Errorf("load local cloudformation's stacks: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stack := range s.books.inOrder() {
		if stack.moving() {
			s.later(stack.ID, 0)
		}
	}
	return s, nil
}

// Close stops what is being done to stacks, and waits for the call that is under
// way. A service that is made of the same store goes on with it.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	for _, stop := range s.timers {
		stop()
	}
	s.mu.Unlock()
	s.working.Lock()
	defer s.working.Unlock()
}

func (s *Service) now() time.Time { return s.options.Clock.Now() }

// later works on a stack after a while. The caller holds s.mu.
func (s *Service) later(id string, after time.Duration) {
	if !s.closed {
		s.timers[id] = s.options.Clock.AfterFunc(after, func() { s.work(id) })
	}
}
