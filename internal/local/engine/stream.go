package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
)

// How Lambda reads a table's stream.
// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
const (
	// streamPoll: Lambda polls a shard four times a second.
	streamPoll = 250 * time.Millisecond
	// streamBatch is how many records a function gets at a time.
	streamBatch = 100
	// A batch that fails comes again after a while, which grows.
	firstStreamRetry   = time.Second
	longestStreamRetry = time.Minute
	// streamRetention is how long a stream keeps a record.
	streamRetention = 24 * time.Hour
)

// A stream is the ledger's table's, and Lambda's event source mapping on it: it
// hands the news of the table to the announce function, in order, batch after
// batch, each until it has been taken. What waits when the process ends is lost,
// unlike in AWS: the buses of this cloud end with the process as well.
type stream struct {
	clock clock.Clock
	// spawn runs a delivery; see Options.Go.
	spawn func(func())
	// announce invokes the function.
	announce func(ctx context.Context, batch []byte) (answer []byte, err error)
	log      *slog.Logger

	mu      sync.Mutex // guards what follows
	waiting []dynamodb.Change
	// due: a delivery runs, or will.
	due      bool
	stop     func() bool
	failures int
	closed   bool
	running  sync.WaitGroup
}

// changed takes the news out of what a commit has changed. The mapping in AWS has the same filter.
func (s *stream) changed(changes []dynamodb.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, change := range changes {
		sort, ok := change.Key["sk"].(*types.AttributeValueMemberS)
		if ok && change.Table == Table && change.Old == nil && ledger.IsNews(sort.Value) {
			s.waiting = append(s.waiting, change)
		}
	}
	s.schedule(streamPoll)
}

// schedule makes a delivery due. The stream's lock must be held.
func (s *stream) schedule(wait time.Duration) {
	if s.due || s.closed || len(s.waiting) == 0 {
		return
	}
	s.due = true
	s.running.Add(1)
	s.stop = s.clock.AfterFunc(wait, func() {
		s.spawn(func() {
			defer s.running.Done()
			s.deliver()
		})
	})
}

// deliver hands on one batch.
func (s *stream) deliver() {
	s.mu.Lock()
	batch := slices.Clone(s.waiting[:min(len(s.waiting), streamBatch)])
	s.mu.Unlock()
	taken, err := s.hand(batch)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = slices.Delete(s.waiting, 0, taken)
	s.due = false
	if err == nil {
		s.failures = 0
		s.schedule(0)
		return
	}
	s.log.Warn("the ledger's stream could not be announced and will come again", "taken", taken, "of", len(batch), "error", err.Error())
	oldest := s.clock.Now().Add(-streamRetention)
	s.waiting = slices.DeleteFunc(s.waiting, func(c dynamodb.Change) bool { return c.At.Before(oldest) })
	s.failures++
	s.schedule(min(firstStreamRetry<<min(s.failures-1, 6), longestStreamRetry))
}

// hand gives a batch to the function, and returns how many of its first changes
// are done with.
func (s *stream) hand(batch []dynamodb.Change) (taken int, err error) {
	payload, err := dynamodb.StreamEvent(Region, AccountID, batch)
	if err != nil {
		return 0, err
	}
	answer, err := s.announce(context.Background(), payload)
	if err != nil {
		return 0, err
	}
	var response events.DynamoDBEventResponse
	if err := json.Unmarshal(answer, &response); err != nil {
		return 0, fmt.Errorf("read the announce function's answer: %w", err)
	}
	taken = len(batch)
	for _, failure := range response.BatchItemFailures {
		at := slices.IndexFunc(batch, func(c dynamodb.Change) bool { return c.SequenceNumber() == failure.ItemIdentifier })
		taken = min(taken, max(at, 0)) // an identifier that is not in the batch fails all of it, as in AWS
		err = fmt.Errorf("the function failed from record %s on", failure.ItemIdentifier)
	}
	return taken, err
}

// close stops deliveries, and waits for the one that runs.
func (s *stream) close() {
	s.mu.Lock()
	s.closed = true
	if s.stop != nil && s.stop() {
		s.running.Done()
	}
	s.mu.Unlock()
	s.running.Wait()
}
