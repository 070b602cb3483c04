package cloudwatch

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
)

// A round is one pass over the alarms, at one time. The service's lock is held
// while it runs; publish comes after, without the lock.
type round struct {
	service *Service
	now     time.Time
	// changed are the alarms whose state changed, in the order of their changes.
	changed []*alarm
	events  []StateChange
	// pending are composite alarms that must be looked at, each with the child
	// whose change is the reason; nil when there is none.
	pending map[string]*alarm
}

func (s *Service) newRound() *round {
	return &round{service: s, now: s.options.Clock.Now(), pending: map[string]*alarm{}}
}

// evaluate evaluates the alarms that are due, or every alarm.
func (s *Service) evaluate(every bool) {
	s.mu.Lock()
	r := s.newRound()
	for _, name := range slices.Sorted(maps.Keys(s.alarms)) {
		a := s.alarms[name]
		if !every && (a.Composite != nil && a.due.IsZero() || a.due.After(r.now)) {
			continue
		}
		if a.Composite != nil {
			r.pending[name] = nil
			a.due = time.Time{}
			continue
		}
		r.metric(a)
		a.due = s.after(r.now, min(time.Duration(a.metric.period)*time.Second, time.Minute))
	}
	r.settle()
	if err := s.save(r.changed); err != nil {
		s.options.Log.Error("the states of alarms were not stored", "error", err)
	}
	s.mu.Unlock()
	r.publish()
}

// metric evaluates a metric alarm.
func (r *round) metric(a *alarm) {
	found, err := a.metric.evaluate(r.service.metrics, r.now.Add(-r.service.options.Delay))
	if err != nil {
		if a.State.Evaluation != types.EvaluationStateEvaluationError {
			a.State.Evaluation, a.State.Reason, a.State.Updated = types.EvaluationStateEvaluationError, err.Error(), r.now
			r.changed = append(r.changed, a)
		}
		return
	}
	if a.State.Evaluation != "" {
		a.State.Evaluation, a.State.Updated = "", r.now
		r.changed = append(r.changed, a)
	}
	if found.value != "" && found.value != a.State.Value {
		r.transition(a, found)
	}
}

// transition gives an alarm a state, and makes the composite alarms that ask about it pending.
func (r *round) transition(a *alarm, found decision) {
	event := a.transition(found, r.now)
	r.changed = append(r.changed, a)
	if event == nil {
		return
	}
	r.events = append(r.events, *event)
	r.wake(a.name(), a)
}

// wake makes the composite alarms that ask about an alarm pending.
func (r *round) wake(name string, cause *alarm) {
	for parent, other := range r.service.alarms {
		if other.rule != nil && slices.Contains(other.rule.children, name) {
			r.pending[parent] = cause
		}
	}
}

// settle evaluates the pending composite alarms until none changes any more.
// Rules may ask about each other in a circle, so the passes are bounded.
func (r *round) settle() {
	for pass := 0; len(r.pending) > 0 && pass <= len(r.service.alarms); pass++ {
		pending := r.pending
		r.pending = map[string]*alarm{}
		for _, name := range slices.Sorted(maps.Keys(pending)) {
			a := r.service.alarms[name]
			value := types.StateValueOk
			if a.rule.holds(r.service.stateOf) {
				value = types.StateValueAlarm
			}
			if value != a.State.Value {
				r.transition(a, compositeDecision(value, pending[name]))
			}
		}
	}
}

// compositeDecision says why a composite alarm changed.
func compositeDecision(value types.StateValue, cause *alarm) decision {
	if cause == nil {
		return decision{value: value, reason: "The alarm rule was evaluated anew"}
	}
	type trigger struct {
		ARN   string `json:"arn"`
		State struct {
			Value     types.StateValue      `json:"value"`
			Timestamp eventbridge.Timestamp `json:"timestamp"`
		} `json:"state"`
	}
	var t trigger
	t.ARN = cause.arn()
	t.State.Value, t.State.Timestamp = cause.State.Value, eventbridge.Timestamp(cause.State.Transitioned)
	return decision{
		value: value,
		reason: fmt.Sprintf("%s transitioned to %s at %s", cause.arn(), cause.State.Value,
			cause.State.Transitioned.UTC().Format("Monday 02 January, 2006 15:04:05 UTC")),
		data: asJSON(map[string][]trigger{"triggeringAlarms": {t}}),
	}
}

// publish tells of the changes.
func (r *round) publish() {
	if r.service.options.OnChange == nil {
		return
	}
	for _, event := range r.events {
		r.service.options.OnChange(event)
	}
}

// stateOf is an alarm's state; none when there is no such alarm. The caller holds the lock.
func (s *Service) stateOf(name string) types.StateValue {
	if a := s.alarms[name]; a != nil {
		return a.State.Value
	}
	return ""
}
