package eventbridge

import (
	"context"
	"log/slog"

	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

// Options make a [Bus].
type Options struct {
	// Clock stamps events and paces retries. Required.
	Clock clock.Clock
	// Intercept stands around PutEvents; may be nil.
	Intercept intercept.Func
	// Go runs a delivery; nil is a goroutine of its own. A simulation passes one that runs it in place.
	Go func(func())
	// Region and AccountID are written into events that don't say theirs.
	Region, AccountID string
	// Log hears of failed deliveries; may be nil.
	Log *slog.Logger
}

// A Bus is the default event bus of the local cloud.
type Bus struct{ options Options }

// A Pattern says which events a rule wants. A zero field wants all.
type Pattern struct {
	// Source and DetailType match when one of their values is the event's.
	Source, DetailType []string
	// Match looks closer.
	Match func(Event) bool
}

// A Target receives the events of a rule. It must be idempotent: an event may come twice.
type Target func(ctx context.Context, e Event) error

// New makes a bus without rules.
func New(options Options) *Bus { return &Bus{options: options} }

// Rule sends the events that pattern wants to target, from now on.
func (b *Bus) Rule(name string, pattern Pattern, target Target) {}

// Publish delivers e to every rule that wants it, without waiting for them.
func (b *Bus) Publish(ctx context.Context, e Event) {}

// PutEvents is EventBridge's PutEvents.
func (b *Bus) PutEvents(ctx context.Context, in *sdk.PutEventsInput, _ ...func(*sdk.Options)) (*sdk.PutEventsOutput, error) {
	return &sdk.PutEventsOutput{}, nil
}

// Close ends all pending retries and waits for the deliveries that run.
func (b *Bus) Close() {}
