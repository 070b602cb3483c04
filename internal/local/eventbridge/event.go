package eventbridge

import (
	"encoding/json"
	"time"
)

// An Event is one EventBridge event. Its JSON is the envelope that AWS delivers,
// and its fields are those of aws-lambda-go's events.EventBridgeEvent.
// https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
type Event struct {
	// Version is always "0".
	Version string `json:"version"`
	// ID is unique; the bus makes one when it is empty. A repeated delivery has the same.
	ID string `json:"id"`
	// DetailType and Source together say what Detail is.
	DetailType string `json:"detail-type"`
	Source     string `json:"source"`
	// AccountID and Region are where the event happened; the bus fills them in.
	AccountID string `json:"account"`
	// Time is when it happened, in UTC and whole seconds; the bus fills it in.
	Time   time.Time `json:"time"`
	Region string    `json:"region"`
	// Resources are the ARNs of what the event is about.
	Resources []string `json:"resources"`
	// Detail is a JSON object.
	Detail json.RawMessage `json:"detail"`
}
