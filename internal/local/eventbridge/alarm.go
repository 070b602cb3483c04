package eventbridge

import (
	"encoding/json"
	"fmt"
	"time"
)

// The source and type of the event that a changed alarm sends.
const (
	AlarmSource           = "aws.cloudwatch"
	AlarmStateChangeEvent = "CloudWatch Alarm State Change"
)

// An AlarmStateChange is one change of an alarm's state, metric or composite.
// Its JSON is the detail of AWS's event.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
type AlarmStateChange struct {
	AlarmName string `json:"alarmName"`
	// AlarmARN is the event's only resource.
	AlarmARN      string             `json:"-"`
	Configuration AlarmConfiguration `json:"configuration"`
	PreviousState AlarmState         `json:"previousState"`
	State         AlarmState         `json:"state"`
}

// An AlarmConfiguration has Metrics for a metric alarm, AlarmRule for a composite one.
type AlarmConfiguration struct {
	AlarmRule   string        `json:"alarmRule,omitempty"`
	Description string        `json:"description,omitempty"`
	Metrics     []AlarmMetric `json:"metrics,omitempty"`
}

// An AlarmMetric is a metric that the alarm looks at, or an expression over others.
type AlarmMetric struct {
	ID         string           `json:"id"`
	Expression string           `json:"expression,omitempty"`
	Label      string           `json:"label,omitempty"`
	MetricStat *AlarmMetricStat `json:"metricStat,omitempty"`
	ReturnData bool             `json:"returnData"`
}

// An AlarmMetricStat is a statistic of a metric over a period in seconds.
type AlarmMetricStat struct {
	Metric AlarmMetricName `json:"metric"`
	Period int32           `json:"period"`
	Stat   string          `json:"stat"`
}

// An AlarmMetricName names a metric. The event has dimensions as a map, where the API has a list.
type AlarmMetricName struct {
	Dimensions map[string]string `json:"dimensions,omitempty"`
	Name       string            `json:"name"`
	Namespace  string            `json:"namespace"`
}

// An AlarmState is what an alarm was, or is now.
type AlarmState struct {
	Reason string `json:"reason,omitempty"`
	// ReasonData is a JSON document in a string.
	ReasonData string `json:"reasonData,omitempty"`
	// Timestamp is when the alarm entered the state.
	Timestamp Timestamp `json:"timestamp"`
	// Value is OK, ALARM or INSUFFICIENT_DATA.
	Value string `json:"value"`
}

// A Timestamp is a time as CloudWatch writes it into events: milliseconds, and "+0000" for UTC.
type Timestamp time.Time

const timestampLayout = "2006-01-02T15:04:05.000-0700"

// String writes t as the event does.
func (t Timestamp) String() string { return time.Time(t).UTC().Format(timestampLayout) }

// MarshalJSON writes t as a string.
func (t Timestamp) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Timestamp) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("read an event's timestamp: %w", err)
	}
	at, err := time.Parse(timestampLayout, text)
	if err != nil {
		return fmt.Errorf("read an event's timestamp: %w", err)
	}
	*t = Timestamp(at.UTC())
	return nil
}

// Event is the event that AWS sends about the change.
func (c AlarmStateChange) Event() Event {
	return Event{
		DetailType: AlarmStateChangeEvent,
		Source:     AlarmSource,
		Time:       time.Time(c.State.Timestamp),
		Resources:  []string{c.AlarmARN},
		Detail:     detail(c),
	}
}

// detail marshals a value that has only strings, numbers, booleans and maps of
// them, which cannot fail.
func detail(value any) json.RawMessage {
	data, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("eventbridge: a detail that is not JSON: %v", err))
	}
	return data
}
