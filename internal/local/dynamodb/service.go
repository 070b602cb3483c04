package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// Options are what a service is made of.
type Options struct {
	// Store keeps the tables; nil keeps them in memory.
	Store store.Store
	// Clock tells when a table was made and when a transaction's token expires; nil is the machine's.
	Clock Clock
	// Intercept stands around every call, as "dynamodb:GetItem" and so on; may be nil.
	Intercept intercept.Func
	// Changed is handed what each commit has changed, once it is durable, in the order
	// of the commits. Every table has that one stream. It must return at once and not call the service; may be nil.
	Changed func([]Change)
	// Consumed is told of what each request takes, as if all its reads were strongly
	// consistent. It must return at once and not call the service; may be nil.
	Consumed func(Capacity)
}

// A Clock tells the time.
type Clock interface{ Now() time.Time }

// A Service is DynamoDB in one region of one account. Its methods may be
// called from several goroutines at once.
type Service struct {
	store     store.Store
	clock     Clock
	intercept intercept.Func
	changed   func([]Change)
	consumed  func(Capacity)
	parsed    expressions
	tokens    tokens
	// transcripts are buffers to use again.
	transcripts sync.Pool

	mu     sync.RWMutex
	tables map[string]*table
	// sequence is that of the last change.
	sequence uint64
}

// New returns a service with the tables that are in the store.
func New(options Options) (*Service, error) {
	s := &Service{
		store:     options.Store,
		clock:     options.Clock,
		intercept: options.Intercept,
		changed:   options.Changed,
		consumed:  options.Consumed,
		tables:    map[string]*table{},
		tokens:    tokens{seed: maphash.MakeSeed()},
	}
	if s.clock == nil {
		s.clock = machineClock{}
	}
	s.sequence = uint64(s.clock.Now().UnixNano()) // beyond those that a former process gave
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("load DynamoDB's tables: %w", err)
	}
	return s, nil
}

// save makes changes durable; without a store there is nothing to do.
func (s *Service) save(changes ...store.Change) error {
	if s.store == nil || len(changes) == 0 {
		return nil
	}
	return s.store.Save(changes...)
}

type machineClock struct{}

func (machineClock) Now() time.Time { return time.Now().UTC() }

// call makes one call of an operation: through the interceptor, and with its
// error wrapped as the SDK wraps it.
func call[In, Out any](ctx context.Context, s *Service, operation string, in *In, do func(*In) (*Out, error)) (*Out, error) {
	return intercept.Call(ctx, s.intercept, "dynamodb:"+operation, func(ctx context.Context) (*Out, error) {
		err := ctx.Err()
		var out *Out
		if err == nil {
			if in == nil {
				in = new(In)
			}
			out, err = do(in)
		}
		if err != nil {
			return nil, &smithy.OperationError{ServiceID: "DynamoDB", OperationName: operation, Err: err}
		}
		return out, nil
	})
}

// refused reports whether err is DynamoDB's own refusal, and not a fault of this process.
func refused(err error) (smithy.APIError, bool) {
	var refusal smithy.APIError
	ok := errors.As(err, &refusal)
	return refusal, ok
}
