package eventbridge

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

const (
	// maxAttempts is how often an event is tried on one target. AWS tries up to
	// 185 times over 24 hours; a target in this process is never away for that long.
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
	maxAttempts = 10
	// firstRetry is the wait before the second attempt; each further wait is
	// twice as long, up to longestRetry.
	firstRetry   = time.Second
	longestRetry = time.Minute
	// kept is how many deliveries and dead letters are remembered.
	kept = 1000
)

// Options make a [Bus].
type Options struct {
	// Clock stamps events and paces retries. Required.
	Clock clock.Clock
	// Intercept stands around PutEvents; may be nil.
	Intercept intercept.Func
	// Go runs a delivery; nil is a goroutine of its own. A simulation passes one that runs it in place.
	Go func(func())
	// NewID makes the ids of events; nil makes random UUIDs.
	NewID func() string
	// Region and AccountID are written into events that don't say theirs.
	Region, AccountID string
	// Log hears of failed deliveries; may be nil.
	Log *slog.Logger
}

// A Bus is the default event bus of the local cloud. Its methods may be called
// from several goroutines at once.
type Bus struct {
	options Options
	// lifetime is cancelled by Close: it ends the contexts of deliveries that run.
	lifetime context.Context
	end      context.CancelFunc
	running  sync.WaitGroup

	mu         sync.Mutex
	closed     bool
	rules      []rule
	retries    map[uint64]func() bool
	lastRetry  uint64
	deliveries []Delivery
	dead       []DeadLetter
}

// A Pattern says which events a rule wants. A zero field wants all.
type Pattern struct {
	// Source and DetailType match when one of their values is the event's.
	Source, DetailType []string
	// Match looks closer.
	Match func(Event) bool
}

// A Target receives the events of a rule. It must be idempotent: an event may come twice.
type Target func(ctx context.Context, e Event) error

// A Delivery is one attempt to give an event to a rule's target.
type Delivery struct {
	Rule  string
	Event Event
	// Attempt counts from 1.
	Attempt int
	At      time.Time
	// Err is nil when the target took the event.
	Err error
}

// A DeadLetter is an event that a rule's target never took.
type DeadLetter struct {
	Rule     string
	Event    Event
	Attempts int
	At       time.Time
	// Err is what the target said last.
	Err error
}

type rule struct {
	name    string
	pattern Pattern
	target  Target
}

// New makes a bus without rules.
func New(options Options) *Bus {
	if options.Go == nil {
		options.Go = func(f func()) { go f() }
	}
	if options.NewID == nil {
		options.NewID = randomID
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	b := &Bus{options: options, retries: map[uint64]func() bool{}}
	b.lifetime, b.end = context.WithCancel(context.Background())
	return b
}

// Rule sends the events that pattern wants to target, from now on. The name is for people.
func (b *Bus) Rule(name string, pattern Pattern, target Target) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rules = append(b.rules, rule{name: name, pattern: pattern, target: target})
}

// Publish delivers e to every rule that wants it, without waiting for them
// (unless Options.Go does), and returns the event's id. The envelope's empty
// fields are filled in. Deliveries outlive ctx and keep its values.
func (b *Bus) Publish(ctx context.Context, e Event) (id string) {
	e = b.complete(e)
	b.mu.Lock()
	rules := slices.Clone(b.rules)
	b.mu.Unlock()
	ctx = context.WithoutCancel(ctx)
	for _, r := range rules {
		if r.pattern.wants(e) {
			b.deliver(ctx, r, e, 1)
		}
	}
	return e.ID
}

// Deliveries are the last attempts, oldest first.
func (b *Bus) Deliveries() []Delivery {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.deliveries)
}

// DeadLetters are the last events that could not be delivered, oldest first.
func (b *Bus) DeadLetters() []DeadLetter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.dead)
}

// Close drops all pending retries, cancels the deliveries that run and waits
// for them. An event published after it reaches nobody.
func (b *Bus) Close() {
	b.mu.Lock()
	b.closed = true
	for _, stop := range b.retries {
		stop()
	}
	clear(b.retries)
	b.mu.Unlock()
	b.end()
	b.running.Wait()
}

// complete fills in what AWS fills in.
func (b *Bus) complete(e Event) Event {
	if e.Version == "" {
		e.Version = "0"
	}
	if e.ID == "" {
		e.ID = b.options.NewID()
	}
	if e.AccountID == "" {
		e.AccountID = b.options.AccountID
	}
	if e.Region == "" {
		e.Region = b.options.Region
	}
	if e.Time.IsZero() {
		e.Time = b.options.Clock.Now()
	}
	e.Time = e.Time.UTC().Truncate(time.Second)
	if e.Resources == nil {
		e.Resources = []string{}
	}
	return e
}

// deliver makes one attempt, in the background.
func (b *Bus) deliver(ctx context.Context, r rule, e Event, attempt int) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return
	}
	b.running.Add(1)
	b.mu.Unlock()
	b.options.Go(func() {
		defer b.running.Done()
		attemptCtx, cancel := context.WithCancel(ctx)
		defer cancel()
		stop := context.AfterFunc(b.lifetime, cancel)
		defer stop()
		err := r.target(attemptCtx, e)
		b.settle(ctx, r, e, attempt, err)
	})
}

// settle records an attempt, and plans the next one if it failed.
func (b *Bus) settle(ctx context.Context, r rule, e Event, attempt int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.options.Clock.Now()
	b.deliveries = keepLast(b.deliveries, Delivery{Rule: r.name, Event: e, Attempt: attempt, At: now, Err: err})
	if err == nil || b.closed {
		return
	}
	log := b.options.Log.With("rule", r.name, "event", e.ID, "type", e.DetailType, "attempt", attempt, "error", err)
	if attempt == maxAttempts {
		b.dead = keepLast(b.dead, DeadLetter{Rule: r.name, Event: e, Attempts: attempt, At: now, Err: err})
		log.Error("an event was given up")
		return
	}
	log.Warn("an event was not taken and will come again")
	b.lastRetry++
	id := b.lastRetry
	b.retries[id] = b.options.Clock.AfterFunc(retryDelay(attempt), func() {
		b.mu.Lock()
		delete(b.retries, id)
		b.mu.Unlock()
		b.deliver(ctx, r, e, attempt+1)
	})
}

// retryDelay is the wait after the attempt that just failed.
func retryDelay(attempt int) time.Duration {
	return min(firstRetry<<(attempt-1), longestRetry)
}

func (p Pattern) wants(e Event) bool {
	return (len(p.Source) == 0 || slices.Contains(p.Source, e.Source)) &&
		(len(p.DetailType) == 0 || slices.Contains(p.DetailType, e.DetailType)) &&
		(p.Match == nil || p.Match(e))
}

// keepLast appends to a list that forgets its oldest items.
func keepLast[Item any](list []Item, item Item) []Item {
	if len(list) == kept {
		list = slices.Delete(list, 0, 1)
	}
	return append(list, item)
}

// randomID is a version 4 UUID, as AWS's event ids are.
func randomID() string {
	var u [16]byte
	rand.Read(u[:]) // never fails
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
