package cloudwatch

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// alarmBucket is the bucket of the store where alarms are kept, by name.
const alarmBucket = "cloudwatch/alarms"

// An alarm is a metric or a composite alarm: what was put, and how it stands.
type alarm struct {
	stored
	// metric is set for a metric alarm, rule for a composite one.
	metric *metricAlarm
	rule   *rule
	// due is when it must be evaluated next; a composite alarm is due only once, after it was put.
	due time.Time
}

// stored is what is kept of an alarm. Of Metric and Composite exactly one is
// set; their state fields are not used.
type stored struct {
	Metric    *types.MetricAlarm    `json:"metric,omitempty"`
	Composite *types.CompositeAlarm `json:"composite,omitempty"`
	State     alarmState            `json:"state"`
	// FromFile: the alarm was put by LoadAlarms, and goes when the file no longer has it.
	FromFile bool `json:"fromFile,omitempty"`
}

// An alarmState is how an alarm stands.
type alarmState struct {
	Value      types.StateValue `json:"value"`
	Reason     string           `json:"reason"`
	ReasonData string           `json:"reasonData,omitempty"`
	// Evaluation is EVALUATION_ERROR while the alarm cannot be computed, and else empty.
	Evaluation types.EvaluationState `json:"evaluation,omitempty"`
	// Updated is when the state was last set, Transitioned when its value last changed.
	Updated      time.Time `json:"updated"`
	Transitioned time.Time `json:"transitioned"`
}

// newAlarm prepares a stored alarm for evaluation.
func newAlarm(kept stored, resolution time.Duration) (*alarm, error) {
	a := &alarm{stored: kept}
	var err error
	if kept.Metric != nil {
		a.metric, err = newMetricAlarm(kept.Metric, resolution)
	} else {
		a.rule, err = parseRule(aws.ToString(kept.Composite.AlarmRule))
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

func (a *alarm) name() string {
	if a.Metric != nil {
		return *a.Metric.AlarmName
	}
	return *a.Composite.AlarmName
}

func (a *alarm) arn() string {
	if a.Metric != nil {
		return *a.Metric.AlarmArn
	}
	return *a.Composite.AlarmArn
}

// describeMetric is the metric alarm as DescribeAlarms returns it.
func (a *alarm) describeMetric() types.MetricAlarm {
	out := *a.Metric
	out.StateValue = a.State.Value
	out.EvaluationState = a.State.Evaluation
	out.StateReason = aws.String(a.State.Reason)
	out.StateReasonData = presence(a.State.ReasonData)
	out.StateUpdatedTimestamp = aws.Time(a.State.Updated)
	out.StateTransitionedTimestamp = aws.Time(a.State.Transitioned)
	return out
}

// describeComposite is the composite alarm as DescribeAlarms returns it.
func (a *alarm) describeComposite() types.CompositeAlarm {
	out := *a.Composite
	out.StateValue = a.State.Value
	out.StateReason = aws.String(a.State.Reason)
	out.StateReasonData = presence(a.State.ReasonData)
	out.StateUpdatedTimestamp = aws.Time(a.State.Updated)
	out.StateTransitionedTimestamp = aws.Time(a.State.Transitioned)
	return out
}

func presence(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// transition sets the state; changed is nil when its value stayed the same.
func (a *alarm) transition(to decision, now time.Time) (changed *StateChange) {
	before := a.State
	a.State = alarmState{Value: to.value, Reason: to.reason, ReasonData: to.data, Updated: now, Transitioned: before.Transitioned}
	if to.value == before.Value {
		return nil
	}
	a.State.Transitioned = now
	return &StateChange{
		AlarmName:     a.name(),
		AlarmARN:      a.arn(),
		Configuration: a.configuration(),
		PreviousState: eventState(before),
		State:         eventState(a.State),
	}
}

func eventState(s alarmState) eventbridge.AlarmState {
	return eventbridge.AlarmState{
		Value:      string(s.Value),
		Reason:     s.Reason,
		ReasonData: s.ReasonData,
		Timestamp:  eventbridge.Timestamp(s.Transitioned),
	}
}

// configuration is what the event says about what the alarm looks at.
func (a *alarm) configuration() eventbridge.AlarmConfiguration {
	if a.Composite != nil {
		return eventbridge.AlarmConfiguration{
			AlarmRule:   *a.Composite.AlarmRule,
			Description: aws.ToString(a.Composite.AlarmDescription),
		}
	}
	out := eventbridge.AlarmConfiguration{Description: aws.ToString(a.Metric.AlarmDescription)}
	for _, q := range a.metric.queries {
		metric := eventbridge.AlarmMetric{
			ID:         *q.Id,
			Expression: aws.ToString(q.Expression),
			Label:      aws.ToString(q.Label),
			ReturnData: q.ReturnData == nil || *q.ReturnData,
		}
		if stat := q.MetricStat; stat != nil {
			metric.MetricStat = &eventbridge.AlarmMetricStat{
				Period: aws.ToInt32(stat.Period),
				Stat:   aws.ToString(stat.Stat),
				Metric: eventbridge.AlarmMetricName{
					Name:       aws.ToString(stat.Metric.MetricName),
					Namespace:  aws.ToString(stat.Metric.Namespace),
					Dimensions: map[string]string{},
				},
			}
			for _, d := range stat.Metric.Dimensions {
				metric.MetricStat.Metric.Dimensions[aws.ToString(d.Name)] = aws.ToString(d.Value)
			}
		}
		out.Metrics = append(out.Metrics, metric)
	}
	return out
}

// load reads the alarms from the store.
func (s *Service) load() error {
	if s.options.Store == nil {
		return nil
	}
	return s.options.Store.Load(alarmBucket, func(key string, value []byte) error {
		var kept stored
		if err := json.Unmarshal(value, &kept); err != nil {
			return fmt.Errorf("read alarm %q: %w", key, err)
		}
		if (kept.Metric == nil) == (kept.Composite == nil) {
			return fmt.Errorf("read alarm %q: it is neither a metric nor a composite alarm", key)
		}
		a, err := newAlarm(kept, s.options.Resolution)
		if err != nil {
			return fmt.Errorf("read alarm %q: %w", key, err)
		}
		s.alarms[key] = a
		return nil
	})
}

// save keeps alarms, and forgets those of the given names. The caller holds the lock.
func (s *Service) save(alarms []*alarm, gone ...string) error {
	if s.options.Store == nil || len(alarms)+len(gone) == 0 {
		return nil
	}
	var changes []store.Change
	for _, name := range gone {
		changes = append(changes, store.Change{Bucket: alarmBucket, Key: name})
	}
	names := gone
	for _, a := range alarms {
		value, err := json.Marshal(a.stored)
		if err != nil {
			return fmt.Errorf("store alarm %q: %w", a.name(), err)
		}
		changes = append(changes, store.Change{Bucket: alarmBucket, Key: a.name(), Value: value})
		names = append(names, a.name())
	}
	if err := s.options.Store.Save(changes...); err != nil {
		return fmt.Errorf("store alarms %s: %w", strings.Join(names, ", "), err)
	}
	return nil
}

// alarmARN names an alarm for all regions and accounts.
func (s *Service) alarmARN(name string) string {
	return fmt.Sprintf("arn:aws:cloudwatch:%s:%s:alarm:%s", s.options.Region, s.options.AccountID, name)
}
