package dynamodb

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// The fields of the SDK's inputs and outputs are named as the members of the
// wire's documents are, so they are read and written as they stand. What differs is here.

// An errorDocument is the body of an error.
type errorDocument struct {
	Type                string                          `json:"__type"`
	Message             string                          `json:"message"`
	Item                map[string]types.AttributeValue `json:"Item,omitempty"`
	CancellationReasons []types.CancellationReason      `json:"CancellationReasons,omitempty"`
}

// A pageDocument is the output of Query and Scan: its counts are written even when they are 0.
type pageDocument struct {
	Items            []map[string]types.AttributeValue
	Count            *int32
	ScannedCount     *int32
	LastEvaluatedKey map[string]types.AttributeValue
}

func encodeResponse(document any) ([]byte, error) {
	switch out := document.(type) {
	case *dynamodb.QueryOutput:
		document = pageDocument{out.Items, &out.Count, &out.ScannedCount, out.LastEvaluatedKey}
	case *dynamodb.ScanOutput:
		document = pageDocument{out.Items, &out.Count, &out.ScannedCount, out.LastEvaluatedKey}
	}
	body, err := json.Marshal(document,
		json.OmitZeroStructFields(true),
		json.WithMarshalers(json.JoinMarshalers(attribute.Marshalers(), json.MarshalToFunc(encodeTime))))
	if err != nil {
		return nil, fmt.Errorf("encode the response: %w", err)
	}
	return body, nil
}

// encodeTime writes seconds since 1970.
func encodeTime(encoder *jsontext.Encoder, t time.Time) error {
	return encoder.WriteToken(jsontext.Float(float64(t.UnixMilli()) / 1000))
}

func decodeRequest(body []byte, in any) error {
	err := json.Unmarshal(body, in, json.WithUnmarshalers(attribute.Unmarshalers()))
	if err == nil {
		return nil
	}
	if refusal, ok := refused(err); ok {
		return refusal
	}
	return &smithy.GenericAPIError{Code: "SerializationException", Message: err.Error()}
}
