package conformance_test

import (
	"crypto/rand"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
)

// An entry is one event that was put on the bus.
type entry struct {
	// by is the access key that signed the call.
	by         string
	Source     string
	DetailType string
	// Detail is a JSON document in a string.
	Detail string
}

// events are those that were put on the bus so far.
type events struct {
	mu  sync.Mutex
	put []entry
}

// add takes the body of a PutEvents call.
func (e *events) add(by string, body []byte) {
	var call struct{ Entries []entry }
	if err := json.Unmarshal(body, &call); err != nil {
		return // the bus refuses it
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, one := range call.Entries {
		one.by = by
		e.put = append(e.put, one)
	}
}

// all are the events of a type, in the order in which they were put.
func (e *events) all(detailType string) []entry {
	e.mu.Lock()
	defer e.mu.Unlock()
	var found []entry
	for _, one := range e.put {
		if one.DetailType == detailType {
			found = append(found, one)
		}
	}
	return found
}

// delivered is an event as a rule's target gets it.
func delivered(event eventbridge.Event) eventbridge.Event {
	event.Version, event.ID, event.AccountID, event.Region = "0", rand.Text(), accountID, region
	event.Time = event.Time.UTC().Truncate(time.Second)
	return event
}

// alarmEvent is the event that CloudWatch sends when an alarm has come to the state that it is in.
func (s *service) alarmEvent(t *testing.T, name string) eventbridge.Event {
	t.Helper()
	found, err := s.cloudWatch.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}})
	if err != nil || len(found.MetricAlarms) != 1 {
		t.Fatalf("alarm %s: %v, %v", name, found, err)
	}
	alarm := found.MetricAlarms[0]
	dimensions := map[string]string{}
	for _, dimension := range alarm.Dimensions {
		dimensions[aws.ToString(dimension.Name)] = aws.ToString(dimension.Value)
	}
	changed := aws.ToTime(alarm.StateUpdatedTimestamp)
	return delivered(eventbridge.AlarmStateChange{
		AlarmName: name, AlarmARN: aws.ToString(alarm.AlarmArn),
		Configuration: eventbridge.AlarmConfiguration{Metrics: []eventbridge.AlarmMetric{{ID: "m1", ReturnData: true, MetricStat: &eventbridge.AlarmMetricStat{
			Metric: eventbridge.AlarmMetricName{Dimensions: dimensions, Name: aws.ToString(alarm.MetricName), Namespace: aws.ToString(alarm.Namespace)},
			Period: aws.ToInt32(alarm.Period), Stat: string(alarm.Statistic),
		}}}},
		PreviousState: eventbridge.AlarmState{Value: "OK", Timestamp: eventbridge.Timestamp(changed.Add(-time.Minute))},
		State:         eventbridge.AlarmState{Value: string(alarm.StateValue), Reason: aws.ToString(alarm.StateReason), Timestamp: eventbridge.Timestamp(changed)},
	}.Event())
}
