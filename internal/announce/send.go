package announce

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"
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

// smallestLimit is the least of the limits that EventBridge has had for what a call may have, in bytes.
const smallestLimit = 256 << 10

// send puts announcements on the bus, in their order, and returns how many of them,
// from the first on, are settled: taken, or refused for good. The error says why the next one is not.
func (h *Handler) send(ctx context.Context, all []announcement) (settled int, err error) {
	for settled < len(all) {
		call := all[settled : settled+fitting(all[settled:])]
		done, err := h.put(ctx, call)
		if isInvalid(err) && len(call) > 1 {
			done, err = h.putEach(ctx, call)
		}
		settled += done
		if err != nil {
			return settled, err
		}
	}
	return settled, nil
}

// putEach is put with a call for each announcement: where a call is invalid, not all of them need be.
func (h *Handler) putEach(ctx context.Context, all []announcement) (settled int, err error) {
	for i := range all {
		_, err := h.put(ctx, all[i:i+1])
		if isInvalid(err) && all[i].size() >= smallestLimit {
			all[i].refused = err
			err = nil
		}
		if err != nil {
			return i, err
		}
	}
	return len(all), nil
}

// fitting is how many of the announcements fit into one call, at least one.
func fitting(all []announcement) int {
	size := 0
	for i, one := range all {
		size += one.size()
		if i == maximumEntries || i > 0 && size >= maximumBytes {
			return i
		}
	}
	return len(all)
}

// size is what an announcement counts, in bytes.
func (a announcement) size() int { return timeBytes + len(source) + len(a.detailType) + len(a.detail) }

// put makes one call, and others for those entries that EventBridge did not take.
// It returns how many are settled before the first that is not.
func (h *Handler) put(ctx context.Context, call []announcement) (settled int, err error) {
	waiting := make([]int, len(call)) // the indices of those that are not settled yet
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
			result := out.Entries[position]
			if result.EventId != nil {
				continue
			}
			refusal := fmt.Errorf("put an event on bus %s: %s: %s", h.options.Bus, aws.ToString(result.ErrorCode), aws.ToString(result.ErrorMessage))
			if isForGood(aws.ToString(result.ErrorCode)) {
				call[i].refused = refusal
				continue
			}
			left = append(left, i)
			err = refusal
		}
		if left == nil {
			return len(call), nil
		}
		waiting = left
	}
	return waiting[0], err
}

// isForGood reports whether EventBridge will never take an entry that it refused
// with that code, because of the entry itself. Everything else comes again: faults and throttling
// pass, and what is not allowed, or does not exist, is for people to mend.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
func isForGood(code string) bool {
	return slices.Contains([]string{"InvalidArgument", "MalformedDetail", "RedactionFailure"}, code)
}

// isInvalid reports whether EventBridge refused a whole call for what it has; above all, for its size.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html
func isInvalid(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "ValidationException"
}

func (h *Handler) entry(of announcement) types.PutEventsRequestEntry {
	return types.PutEventsRequestEntry{
		EventBusName: aws.String(h.options.Bus), Source: aws.String(source), DetailType: aws.String(of.detailType),
		Time: aws.Time(of.at), Detail: aws.String(string(of.detail)),
	}
}
