package ec2

import (
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
)

// The source and type of the event that a changed instance sends.
const (
	EventSource      = "aws.ec2"
	StateChangeEvent = "EC2 Instance State-change Notification"
)

// A StateChange is that an instance has entered a state.
type StateChange struct {
	InstanceID string
	State      types.InstanceStateName
}

// Watch has f told every change of an instance's state, after it has happened. It is called without a lock, and
// must not wait for the service.
func (s *Service) Watch(f func(StateChange)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers = append(s.watchers, f)
}

// tell tells everybody. The caller holds no lock.
func (s *Service) tell(change StateChange) {
	s.mu.RLock()
	watchers := s.watchers
	s.mu.RUnlock()
	for _, watcher := range watchers {
		watcher(change)
	}
	s.options.Events(s.event(change))
}

// event is EventBridge's.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html
func (s *Service) event(change StateChange) eventbridge.Event {
	detail, _ := json.Marshal(map[string]string{"instance-id": change.InstanceID, "state": string(change.State)}) // text always encodes
	return eventbridge.Event{
		Source: EventSource, DetailType: StateChangeEvent, Time: s.now(), Detail: detail,
		Resources: []string{"arn:aws:ec2:" + s.options.Region + ":" + s.options.AccountID + ":instance/" + change.InstanceID},
	}
}
