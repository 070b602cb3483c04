package dynamodb

import (
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/go-json-experiment/json"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// A Change is what one committed write did to one item: a record of a table's
// stream that shows new and old images. A write that changes nothing makes none.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
//
// The items in it are the table's own and must not be changed.
type Change struct {
	// Table is the table's name.
	Table string
	// Sequence grows with every change of the service, also after it has been opened again.
	Sequence uint64
	// At is when the write was committed.
	At time.Time
	// Key is the item's primary key.
	Key map[string]types.AttributeValue
	// Old and New are the item before and after; nil where there was or is none.
	Old, New map[string]types.AttributeValue
}

// Name is INSERT, MODIFY or REMOVE.
func (c Change) Name() string {
	switch {
	case c.Old == nil:
		return "INSERT"
	case c.New == nil:
		return "REMOVE"
	default:
		return "MODIFY"
	}
}

// SequenceNumber is Sequence as a stream writes it: 21 digits, so that texts sort as the numbers do.
func (c Change) SequenceNumber() string { return fmt.Sprintf("%021d", c.Sequence) }

// changes are what committed writes did, in their order. The service's lock must be held.
func (s *Service) changes(writes []*write) []Change {
	var made []Change
	for _, w := range writes {
		if w.effect == nil || maps.EqualFunc(w.old, w.new, attribute.Equal) {
			continue
		}
		image := w.new
		if image == nil {
			image = w.old
		}
		s.sequence++
		made = append(made, Change{
			Table: w.table.Name, Sequence: s.sequence, At: s.clock.Now(),
			Key: w.table.Key.of(image), Old: w.old, New: w.new,
		})
	}
	return made
}

// A streamRecord is a change as Lambda hands it to a function.
// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
type streamRecord struct {
	EventID        string     `json:"eventID"`
	EventName      string     `json:"eventName"`
	EventVersion   string     `json:"eventVersion"`
	EventSource    string     `json:"eventSource"`
	AWSRegion      string     `json:"awsRegion"`
	EventSourceARN string     `json:"eventSourceARN"`
	DynamoDB       streamItem `json:"dynamodb"`
}

type streamItem struct {
	ApproximateCreationDateTime int64                           `json:"ApproximateCreationDateTime"`
	Keys                        map[string]types.AttributeValue `json:"Keys"`
	NewImage                    map[string]types.AttributeValue `json:"NewImage,omitempty"`
	OldImage                    map[string]types.AttributeValue `json:"OldImage,omitempty"`
	SequenceNumber              string                          `json:"SequenceNumber"`
	SizeBytes                   int                             `json:"SizeBytes"`
	StreamViewType              string                          `json:"StreamViewType"`
}

// StreamEvent is a batch of changes as Lambda hands it to a function: the JSON
// of aws-lambda-go's events.DynamoDBEvent.
func StreamEvent(region, account string, batch []Change) ([]byte, error) {
	event := struct{ Records []streamRecord }{make([]streamRecord, len(batch))}
	for i, change := range batch {
		number := change.SequenceNumber()
		event.Records[i] = streamRecord{
			EventID: number, EventName: change.Name(), EventVersion: "1.1", EventSource: "aws:dynamodb", AWSRegion: region,
			EventSourceARN: fmt.Sprintf("arn:aws:dynamodb:%s:%s:table/%s/stream/local", region, account, change.Table),
			DynamoDB: streamItem{
				ApproximateCreationDateTime: change.At.Unix(), Keys: change.Key, NewImage: change.New, OldImage: change.Old, SequenceNumber: number,
				SizeBytes: attribute.ItemSize(change.Key) + attribute.ItemSize(change.New) + attribute.ItemSize(change.Old), StreamViewType: "NEW_AND_OLD_IMAGES",
			},
		}
	}
	body, err := json.Marshal(event, json.WithMarshalers(attribute.Marshalers()))
	if err != nil {
		return nil, fmt.Errorf("write an event of a table's stream: %w", err)
	}
	return body, nil
}
