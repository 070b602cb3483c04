package announce

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// Limits of PutEvents, for all entries of a call together. DynamoDB's limit of
// 400 KB for an item keeps each entry below them.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
const (
	maximumEntries = 10
	maximumBytes   = 1 << 20
	// timeBytes is what an entry's time counts.
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
	timeBytes = 14
)

// attempts is how often an entry is put that EventBridge does not take while it takes others.
// The SDK tries a whole call again by itself, and the stream tries again after us.
const attempts = 3

// send puts announcements on the bus, in their order, and returns how many of them,
// from the first on, EventBridge has taken. The error says why the next one was not.
func (h *Handler) send(ctx context.Context, all []announcement) (sent int, err error) {
	for sent < len(all) {
		call := all[sent : sent+fitting(all[sent:])]
		taken, err := h.put(ctx, call)
		sent += taken
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// fitting is how many of the announcements fit into one call, at least one.
func fitting(all []announcement) int {
	size := 0
	for i, one := range all {
		size += timeBytes + len(source) + len(one.detailType) + len(one.detail)
		if i == maximumEntries || i > 0 && size >= maximumBytes {
			return i
		}
	}
	return len(all)
}

// put makes one call, and others for those entries that EventBridge did not take.
// It returns how many were taken before the first that never was.
func (h *Handler) put(ctx context.Context, call []announcement) (taken int, err error) {
	waiting := make([]int, len(call)) // the indices of those that have not been taken yet
	for i := range call {
		waiting[i] = i
	}
	for range attempts {
		input := &eventbridge.PutEventsInput{}
		for _, i := range waiting {
			input.Entries = append(input.Entries, h.entry(call[i]))
		}
		out, callErr := h.options.Events.PutEvents(ctx, input)
		if callErr != nil {
			return waiting[0], fmt.Errorf("put %d events on bus %s: %w", len(waiting), h.options.Bus, callErr)
		}
		if len(out.Entries) != len(waiting) {
			return waiting[0], fmt.Errorf("put %d events on bus %s: the answer is on %d", len(waiting), h.options.Bus, len(out.Entries))
		}
		var left []int
		for position, i := range waiting {
			if result := out.Entries[position]; result.EventId == nil {
				left = append(left, i)
				err = fmt.Errorf("put an event on bus %s: %s: %s", h.options.Bus, aws.ToString(result.ErrorCode), aws.ToString(result.ErrorMessage))
			}
		}
		if left == nil {
			return len(call), nil
		}
		waiting = left
	}
	return waiting[0], err
}

func (h *Handler) entry(of announcement) types.PutEventsRequestEntry {
	return types.PutEventsRequestEntry{
		EventBusName: aws.String(h.options.Bus), Source: aws.String(source), DetailType: aws.String(of.detailType),
		Time: aws.Time(of.at), Detail: aws.String(string(of.detail)),
	}
}
