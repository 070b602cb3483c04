// Package announce tells the world what the ledger records: each change of a
// release's state becomes an event on the bus, with the sentence that the command
// line prints, and a metric. It is driven by the stream of the ledger's table.
package announce

import (
	"context"
	"encoding/json"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
)

// Events is what announcing needs of EventBridge.
type Events interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// Options are what a [Handler] is made of.
type Options struct {
	Events Events
	// Bus is the name of the event bus.
	Bus string
	// Metrics takes lines in CloudWatch's embedded metric format; a function's standard output.
	Metrics io.Writer
}

// A Handler announces changes.
type Handler struct{ options Options }

// New returns a handler.
func New(options Options) *Handler { return &Handler{options: options} }

// Handle answers a batch of the table's stream, a DynamoDB event as Lambda gets it.
func (h *Handler) Handle(ctx context.Context, batch json.RawMessage) (any, error) { return nil, nil }
