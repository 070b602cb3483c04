package imagebuilder

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// Images is where built images go: the local EC2.
type Images interface {
	RegisterImage(context.Context, *ec2.RegisterImageInput, ...func(*ec2.Options)) (*ec2.RegisterImageOutput, error)
	DescribeImages(context.Context, *ec2.DescribeImagesInput, ...func(*ec2.Options)) (*ec2.DescribeImagesOutput, error)
}

// Options says what a Service is made of. Store and Images are required.
type Options struct {
	// Clock is the wall clock when nil.
	Clock clock.Clock
	// Store keeps everything. A build goes on when it is opened again, from where it would be by then.
	Store store.Store
	// Images get what is built.
	Images Images
	// Intercept stands around every call that has an SDK signature; nil is none.
	Intercept intercept.Func
	// Region and AccountID are where everything is. Default: us-east-1, 000000000000.
	Region    string
	AccountID string
	// BuildDuration is how long a build takes until its image is there; 0 is a moment. AWS takes tens of minutes.
	BuildDuration time.Duration
	// Events is told each change of a build's state, as EventBridge's event; nil tells nobody.
	// It is called without a lock, and must not wait for the service.
	Events func(eventbridge.Event)
}

// A Service is a local EC2 Image Builder. Its methods may be called from several
// goroutines at once. What they return is shared: read it, don't change it.
type Service struct {
	options Options

	mu    sync.RWMutex
	books books
	// stops end the timers of builds that go on.
	stops  map[string]func() bool
	closed bool
}

// New returns an Image Builder with what the store knows.
func New(options Options) (*Service, error) {
	if options.Store == nil || options.Images == nil {
		return nil, errors.New("create local imagebuilder: a store and images are required")
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
	if options.Events == nil {
		options.Events = func(eventbridge.Event) {}
	}
	s := &Service{options: options, books: newBooks(), stops: map[string]func() bool{}}
	if err := options.Store.Load(bucket, s.books.load); err != nil {
		return nil, fmt.Errorf("load local imagebuilder: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for arn, build := range s.books.builds {
		if !build.ended() {
			s.schedule(arn, build)
		}
	}
	return s, nil
}

// Close ends what the service does by itself. Builds that have not ended go on when it is opened again.
func (s *Service) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, stop := range s.stops {
		stop()
	}
}

// now is the service's time.
func (s *Service) now() time.Time { return s.options.Clock.Now() }
