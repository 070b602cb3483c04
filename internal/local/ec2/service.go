package ec2

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// Options says what a Service is made of. Store and Runner are required.
type Options struct {
	// Clock is the wall clock when nil.
	Clock clock.Clock
	// Store keeps everything. Instances do not survive its process: on opening they are terminated.
	Store store.Store
	// Intercept stands around every call that has an SDK signature; nil is none.
	Intercept intercept.Func
	// Runner runs the instances.
	Runner Runner
	// Region and AccountID are where everything is. Default: us-east-1, 000000000000.
	Region    string
	AccountID string
	// BootDuration is how long an instance is pending before its program is started.
	BootDuration time.Duration
	// VisibleAfter is for how long calls that name a new image do not find it: EC2 is eventually consistent.
	// https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
	VisibleAfter time.Duration
	// AvailableAfter is how long a new image is pending.
	AvailableAfter time.Duration
	// StopGrace is how long a program may take to end when its instance is terminated. Default: 10 seconds.
	StopGrace time.Duration
	// Events is told each change of an instance's state, as EventBridge's event; nil tells nobody.
	// It is called without a lock, and must not wait for the service.
	Events func(eventbridge.Event)
	// Log is told of instances whose program can't be started or has ended; nil is silent.
	Log *slog.Logger
}

// A Service is a local Amazon EC2. Its methods may be called from several
// goroutines at once. What they return is shared: read it, don't change it.
type Service struct {
	options    Options
	background background

	mu         sync.RWMutex
	books      books
	identified uint64
	watchers   []func(StateChange)
}

// New returns an EC2 with what the store knows. Its instances are terminated:
// their programs ended with the process that had started them.
func New(options Options) (*Service, error) {
	if options.Store == nil || options.Runner == nil {
		return nil, errors.New("create local ec2: a store and a runner are required")
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
	if options.StopGrace <= 0 {
		options.StopGrace = 10 * time.Second
	}
	if options.Events == nil {
		options.Events = func(eventbridge.Event) {}
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{options: options, books: newBooks()}
	s.background.open()
	if err := options.Store.Load(bucket, s.books.enter); err != nil {
		return nil, fmt.Errorf("load local ec2: %w", err)
	}
	if err := s.bury(); err != nil {
		return nil, fmt.Errorf("load local ec2: %w", err)
	}
	return s, nil
}

// now is the service's time.
func (s *Service) now() time.Time { return s.options.Clock.Now() }
