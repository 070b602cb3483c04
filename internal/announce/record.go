package announce

import (
	"encoding/json"
	"fmt"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/metric"
)

// An announcement is what one record of the stream makes known.
type announcement struct {
	// sequenceNumber is the record's in the stream.
	sequenceNumber string
	detailType     string
	// at is when it happened.
	at time.Time
	// detail is the event's, in JSON.
	detail []byte
	// metrics are what it counts.
	metrics func() []metric.Line
	// refused is why EventBridge will never take it; nil unless that is so.
	refused error
}

// A record is one of the stream's, as far as it matters here.
// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
type record struct {
	EventName string `json:"eventName"`
	DynamoDB  struct {
		SequenceNumber string
		// NewImage has each attribute as an object of its type and its value.
		NewImage map[string]struct{ S *string }
	} `json:"dynamodb"`
}

// A delivered record is one of a batch, or why it can't be read.
type delivered struct {
	record
	err error
}

// open reads a batch; nil is none. A record that can't be read keeps none of the others from being read.
func open(batch []byte) ([]delivered, error) {
	var readable struct{ Records []record }
	if err := unmarshal(batch, &readable); err == nil {
		if readable.Records == nil {
			return nil, nil
		}
		records := make([]delivered, len(readable.Records))
		for i, one := range readable.Records {
			records[i].record = one
		}
		return records, nil
	}
	var texts struct{ Records []jsontext.Value }
	if err := unmarshal(batch, &texts); err != nil {
		return nil, err
	}
	records := make([]delivered, len(texts.Records))
	for i, text := range texts.Records {
		records[i].err = unmarshal(text, &records[i].record)
	}
	return records, nil
}

// unmarshal is what encoding/json's successor does, in a third of the time, for all that encoding/json takes.
func unmarshal(text []byte, into any) error {
	return jsonv2.Unmarshal(text, into, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// read makes an announcement of a record. ok is false for what is not to be announced:
// changes of other items, and the deletions of old ones.
func (given delivered) read() (made announcement, ok bool, err error) {
	made.sequenceNumber = given.DynamoDB.SequenceNumber
	if given.err != nil {
		return made, false, fmt.Errorf("read a record of the table's stream: %w", given.err)
	}
	if given.EventName != "INSERT" {
		return made, false, nil
	}
	attributes := map[string]string{}
	for name, value := range given.DynamoDB.NewImage {
		if value.S != nil {
			attributes[name] = *value.S
		}
	}
	if line, ok, err := ledger.ReadLine(attributes); ok || err != nil {
		if err != nil {
			return made, false, err
		}
		return made.of(changed, line.At, newChange(line), func() []metric.Line { return lineMetrics(line) })
	}
	if evaluation, ok, err := ledger.ReadEvaluation(attributes); ok || err != nil {
		if err != nil {
			return made, false, err
		}
		return made.of(evaluated, evaluation.At, evaluation, func() []metric.Line { return evaluationMetrics(evaluation) })
	}
	if report, ok, err := ledger.ReadDrift(attributes); ok || err != nil {
		if err != nil {
			return made, false, err
		}
		return made.of(drifted, report.At, report, func() []metric.Line { return driftMetrics(report) })
	}
	return made, false, nil
}

// of fills in what is announced.
func (a announcement) of(detailType string, at time.Time, detail any, metrics func() []metric.Line) (announcement, bool, error) {
	body, err := json.Marshal(detail)
	if err != nil {
		return a, false, fmt.Errorf("write the detail of an event %q: %w", detailType, err)
	}
	a.detailType, a.at, a.detail, a.metrics = detailType, at, body, metrics
	return a, true, nil
}
