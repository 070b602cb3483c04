package cloudformation

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// bucket holds the books: each stack as JSON under its id.
const bucket = "cloudformation"

// A stack is one, with its resources and events.
type stack struct {
	// Number orders stacks by creation.
	Number     uint64
	ID, Name   string
	Status     types.StackStatus
	Reason     string
	Created    time.Time
	Deleted    *time.Time
	Template   string
	Parameters map[string]string
	Tags       []types.Tag
	// Capabilities, Role, Protected and Timeout are as the creation has them.
	Capabilities []types.Capability
	Role         string
	Protected    bool
	Timeout      time.Duration
	Token        string
	OnFailure    types.OnFailure
	// Resources are in the order in which they are made.
	Resources []resource
	Outputs   []types.Output
	// Events are the oldest first.
	Events []types.StackEvent
	Drift  *drift

	// parsed is Template.
	parsed *template
}

// A resource is one of a stack.
type resource struct {
	LogicalID, Type, PhysicalID string
	// Status is empty until it is begun.
	Status types.ResourceStatus
	Reason string
	Since  time.Time
	// Tried: its creation was asked for, perhaps without an answer.
	Tried bool
	// Properties are resolved; Attributes are what Fn::GetAtt reads.
	Properties map[string]any
	Attributes map[string]string
	Retained   bool
}

// moving reports whether something is being done to a stack.
func (s *stack) moving() bool { return strings.HasSuffix(string(s.Status), "_IN_PROGRESS") }

// set gives the stack a status, with an event.
func (s *stack) set(now time.Time, status types.StackStatus, reason string) {
	s.Status, s.Reason = status, reason
	s.tell(now, s.Name, "AWS::CloudFormation::Stack", s.ID, types.ResourceStatus(status), reason)
}

// mark gives a resource a status, with an event.
func (s *stack) mark(now time.Time, r *resource, status types.ResourceStatus, reason string) {
	r.Status, r.Reason, r.Since = status, reason, now
	s.tell(now, r.LogicalID, r.Type, r.PhysicalID, status, reason)
}

func (s *stack) tell(now time.Time, logical, kind, physical string, status types.ResourceStatus, reason string) {
	event := types.StackEvent{
		EventId: pointer(fmt.Sprintf("%s-%s-%d", logical, status, len(s.Events)+1)), StackId: pointer(s.ID), StackName: pointer(s.Name), Timestamp: &now,
		LogicalResourceId: pointer(logical), PhysicalResourceId: &physical, ResourceType: pointer(kind), ResourceStatus: status,
		ResourceStatusReason: pointer(reason), ClientRequestToken: pointer(s.Token),
	}
	s.Events = append(s.Events, event)
}

// pointer is a string's, or nil for an empty one.
func pointer(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// resource finds a resource.
func (s *stack) resource(logicalID string) *resource {
	for i := range s.Resources {
		if s.Resources[i].LogicalID == logicalID {
			return &s.Resources[i]
		}
	}
	return nil
}

// books are the stacks, in memory, by id. A stack is never changed, only replaced.
type books struct{ stacks map[string]*stack }

func newBooks() books { return books{stacks: map[string]*stack{}} }

// enter is how a stack that was stored gets into the books.
func (b *books) enter(id string, value []byte) error {
	entered := &stack{}
	if err := json.Unmarshal(value, entered); err != nil {
		return fmt.Errorf("stack %s: %w", id, err)
	}
	parsed, err := parse(entered.Template)
	if err != nil {
		return fmt.Errorf("template of stack %s: %w", id, err)
	}
	entered.parsed = parsed
	b.stacks[id] = entered
	return nil
}

// inOrder are all stacks, by creation.
func (b *books) inOrder() []*stack {
	return slices.SortedFunc(maps.Values(b.stacks), func(x, y *stack) int { return cmp.Compare(x.Number, y.Number) })
}

// find is a stack by its id, or by its name if it is not deleted.
func (b *books) find(name string) (*stack, error) {
	if found := b.stacks[name]; found != nil {
		return found, nil
	}
	for _, found := range b.stacks {
		if found.Name == name && found.Status != types.StackStatusDeleteComplete {
			return found, nil
		}
	}
	return nil, noStack(name)
}

// save stores a stack as it is now, and enters it. The caller holds s.mu.
func (s *Service) save(changed *stack) error {
	kept := changed.copied()
	encode := func() ([]byte, error) {
		value, err := json.Marshal(kept)
		if err != nil {
			err = fmt.Errorf("encode stack %s: %w", kept.ID, err)
		}
		return value, err
	}
	if err := s.options.Store.Save(store.Change{Bucket: bucket, Key: kept.ID, Encode: encode}); err != nil {
		return internal(fmt.Errorf("store: %w", err))
	}
	s.books.stacks[kept.ID] = kept
	return nil
}

// copied is a stack that may be changed.
func (s *stack) copied() *stack {
	next := *s
	next.Resources = slices.Clone(s.Resources)
	next.Events = slices.Clip(s.Events)
	return &next
}
