package dynamodb

import (
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

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

// StreamEvent is a batch of changes as Lambda hands it to a function: the JSON
// of aws-lambda-go's events.DynamoDBEvent.
// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
func StreamEvent(region, account string, batch []Change) ([]byte, error) {
	size := len(`{"Records":[]}`)
	for _, change := range batch {
		size += recordSize + change.size()*5/4 // quotation marks are escaped
	}
	body := append(make([]byte, 0, size), `{"Records":[`...)
	for i, change := range batch {
		if i > 0 {
			body = append(body, ',')
		}
		var err error
		if body, err = change.appendRecord(body, region, account); err != nil {
			return nil, fmt.Errorf("write an event of a table's stream: %w", err)
		}
	}
	return append(body, "]}"...), nil
}

// recordSize is about what a record has beside its items, in bytes.
const recordSize = 512

// size is what a stream counts for the change, in bytes.
func (c Change) size() int {
	return attribute.ItemSize(c.Key) + attribute.ItemSize(c.New) + attribute.ItemSize(c.Old)
}

// appendRecord appends one record. It is written by hand because a release makes
// hundreds. All texts but those in items have nothing that JSON would escape.
func (c Change) appendRecord(body []byte, region, account string) ([]byte, error) {
	number := c.SequenceNumber()
	for _, part := range []string{
		`{"eventID":"`, number, `","eventName":"`, c.Name(), `","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"`, region,
		`","eventSourceARN":"arn:aws:dynamodb:`, region, ":", account, ":table/", c.Table, `/stream/local","dynamodb":{"SequenceNumber":"`, number,
		`","StreamViewType":"NEW_AND_OLD_IMAGES","ApproximateCreationDateTime":`,
	} {
		body = append(body, part...)
	}
	body = strconv.AppendInt(body, c.At.Unix(), 10)
	body = strconv.AppendInt(append(body, `,"SizeBytes":`...), int64(c.size()), 10)
	for _, image := range []struct {
		member string
		item   attribute.Item
	}{{`,"Keys":`, c.Key}, {`,"NewImage":`, c.New}, {`,"OldImage":`, c.Old}} {
		if len(image.item) == 0 {
			continue
		}
		var err error
		if body, err = attribute.AppendItem(append(body, image.member...), image.item); err != nil {
			return nil, err
		}
	}
	return append(body, "}}"...), nil
}
