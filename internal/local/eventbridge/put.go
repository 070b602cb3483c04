package eventbridge

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

// Limits of PutEvents.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
const (
	maxEntries    = 10
	maxEntryBytes = 1 << 20 // of all entries together
)

// PutEvents is EventBridge's PutEvents on the default bus. As there, a bad
// entry is an error in the output, beside the entries that were taken.
func (b *Bus) PutEvents(ctx context.Context, in *sdk.PutEventsInput, _ ...func(*sdk.Options)) (*sdk.PutEventsOutput, error) {
	return intercept.Call(ctx, b.options.Intercept, "events:PutEvents", func(ctx context.Context) (*sdk.PutEventsOutput, error) {
		if err := checkEntries(in.Entries); err != nil {
			return nil, err
		}
		out := &sdk.PutEventsOutput{}
		for _, entry := range in.Entries {
			result := types.PutEventsResultEntry{}
			if code, message := checkEntry(entry); code != "" {
				result.ErrorCode, result.ErrorMessage = aws.String(code), aws.String(message)
				out.FailedEntryCount++
			} else {
				result.EventId = aws.String(b.Publish(ctx, Event{
					DetailType: aws.ToString(entry.DetailType),
					Source:     aws.ToString(entry.Source),
					Time:       aws.ToTime(entry.Time),
					Resources:  entry.Resources,
					Detail:     json.RawMessage(aws.ToString(entry.Detail)),
				}))
			}
			out.Entries = append(out.Entries, result)
		}
		return out, nil
	})
}

// checkEntries finds what makes AWS refuse the whole call.
func checkEntries(entries []types.PutEventsRequestEntry) error {
	if len(entries) == 0 || len(entries) > maxEntries {
		return validationError("1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and %d, inclusive, got %d", maxEntries, len(entries))
	}
	size := 0
	for _, entry := range entries {
		size += len(aws.ToString(entry.Source)) + len(aws.ToString(entry.DetailType)) + len(aws.ToString(entry.Detail))
		for _, resource := range entry.Resources {
			size += len(resource)
		}
	}
	if size >= maxEntryBytes {
		return validationError("Total size of the entries in the request is over the limit of %d bytes: %d", maxEntryBytes, size)
	}
	return nil
}

// checkEntry finds what makes AWS refuse one entry.
func checkEntry(entry types.PutEventsRequestEntry) (code, message string) {
	source := aws.ToString(entry.Source)
	switch {
	case source == "":
		return "InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument."
	case strings.HasPrefix(source, "aws."):
		return "NotAuthorizedForSourceException", "Not authorized for the source."
	case aws.ToString(entry.DetailType) == "":
		return "InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is a required argument."
	case aws.ToString(entry.Detail) == "":
		return "InvalidArgument", "Parameter Detail is not valid. Reason: Detail is a required argument."
	}
	if bus := aws.ToString(entry.EventBusName); bus != "" && bus != "default" && !strings.HasSuffix(bus, ":event-bus/default") {
		return "ResourceNotFoundException", fmt.Sprintf("Event bus %s does not exist.", bus)
	}
	if !isObject([]byte(*entry.Detail)) {
		return "MalformedDetail", "Detail is malformed."
	}
	return "", ""
}

// isObject tells a JSON object from all other texts.
func isObject(text []byte) bool {
	value := jsontext.Value(text)
	return value.Kind() == '{' && value.IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

func validationError(format string, arguments ...any) error {
	return &smithy.GenericAPIError{Code: "ValidationException", Message: fmt.Sprintf(format, arguments...), Fault: smithy.FaultClient}
}
