// Package announce tells the world what the ledger records: each entry of a
// release's timeline becomes an event on the bus, with the sentence that the command
// line prints, and metrics. So does each evaluation of a live service. It is
// driven by the stream of the ledger's table.
//
// # Once, twice, in order
//
// The stream hands on the changes of one release in their order, and each at least
// once. Nothing is announced before what came before it, and nothing is given up:
// what EventBridge does not take is reported as failed, and comes again with all
// that follows it. So an event may come twice, and then is the same event again, with the same
// release and sequence; EventBridge itself delivers at least once and in no
// certain order, so a receiver that cares sorts by sequence. Metrics are written
// once their event was taken, or refused for good; a batch that comes again as a whole, because the function died, counts
// again what had been written.
//
// A record that can't be understood, and an event that EventBridge refuses for
// good because of what it says, are logged and passed over, so that they can't keep everything
// behind them from being announced; the latter are counted, too.
package announce

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/goldfinch-dev/goldfinch/internal/release"
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
	// Metrics takes lines in CloudWatch's embedded metric format, as a function's standard output does; nil: none are made.
	Metrics io.Writer
	// Log may be nil.
	Log *slog.Logger
}

// A Handler announces changes. It keeps nothing between calls.
type Handler struct{ options Options }

// New returns a handler.
func New(options Options) *Handler {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	return &Handler{options: options}
}

// shownDetail is how much of an event's detail a log shows, in bytes.
const shownDetail = 1024

// Handle answers a batch of the table's stream, a DynamoDB event as Lambda gets
// it, with an [events.DynamoDBEventResponse] that names the first record that
// could not be announced: the stream then comes again from there
// (ReportBatchItemFailures). What is no batch at all is a KindRefused failure.
// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
func (h *Handler) Handle(ctx context.Context, batch json.RawMessage) (any, error) {
	records, err := open(batch)
	if err != nil || records == nil {
		return nil, release.Fail(release.KindRefused, "announce: the payload is no batch of a table's stream").Because(err)
	}
	var all []announcement
	for _, record := range records {
		made, ok, err := record.read()
		switch {
		case err != nil:
			h.options.Log.ErrorContext(ctx, "a record of the table's stream is passed over", "sequenceNumber", made.sequenceNumber, "error", err.Error())
		case ok:
			all = append(all, made)
		}
	}
	response := events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}
	settled, err := h.send(ctx, all)
	if err != nil {
		h.options.Log.WarnContext(ctx, "not everything could be announced; it comes again", "settled", settled, "of", len(all), "error", err.Error())
		response.BatchItemFailures = append(response.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: all[settled].sequenceNumber})
	}
	for _, one := range all[:settled] {
		if one.refused != nil {
			h.options.Log.ErrorContext(ctx, "an event that the bus refuses for good is passed over",
				"sequenceNumber", one.sequenceNumber, "detail", string(one.detail[:min(len(one.detail), shownDetail)]), "error", one.refused.Error())
		}
	}
	return response, h.write(all[:settled])
}
