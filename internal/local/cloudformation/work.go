package cloudformation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// work does the next thing to a stack, and comes back after a step unless the
// stack is done. Each thing is stored before the next.
func (s *Service) work(id string) {
	s.working.Lock()
	defer s.working.Unlock()
	s.mu.Lock()
	if s.closed || !s.books.stacks[id].moving() {
		s.mu.Unlock()
		return
	}
	next := s.books.stacks[id].copied()
	s.mu.Unlock()
	ctx := context.Background()
	var err error
	if next.Status == types.StackStatusCreateInProgress {
		err = s.create(ctx, next)
	} else {
		s.remove(ctx, next)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		err = s.save(next)
	}
	// A store that fails leaves the stack as it was; the same thing is tried again.
	if err != nil || next.moving() {
		s.later(id, s.options.Step)
	}
}

// errUnsaved: the store failed before anything was asked for.
var errUnsaved = errors.New("the store failed")

// create makes the next resource of a stack, or looks whether the last is ready.
// Its only error is errUnsaved.
func (s *Service) create(ctx context.Context, st *stack) error {
	now := s.now()
	t := st.parsed
	if st.Timeout > 0 && now.Sub(st.Created) >= st.Timeout {
		s.fail(st, "Stack creation time exceeded the specified timeout")
		return nil
	}
	if st.Resources[0].Status == "" {
		if why := s.missingImage(ctx, t, st); why != "" {
			s.fail(st, why)
			return nil
		}
	}
	sc := s.scope(t, st)
	for i := range st.Resources {
		r := &st.Resources[i]
		if r.Status == types.ResourceStatusCreateComplete {
			continue
		}
		err := s.advance(ctx, sc, r)
		if err == errUnsaved {
			return err
		}
		if err != nil {
			st.mark(now, r, types.ResourceStatusCreateFailed, reason(err))
			s.fail(st, fmt.Sprintf("The following resource(s) failed to create: [%s]. ", r.LogicalID))
		}
		return nil
	}
	outputs, err := sc.results()
	if err != nil {
		s.fail(st, reason(err))
		return nil
	}
	st.Outputs = outputs
	st.set(now, types.StackStatusCreateComplete, "")
	return nil
}

// scope is what the functions of a stack's template see.
func (s *Service) scope(t *template, st *stack) scope {
	return scope{template: t, stack: st, region: s.options.Region, account: s.options.AccountID}
}

// missingImage says which parameter names an AMI that isn't there: AWS looks once
// the stack has begun.
func (s *Service) missingImage(ctx context.Context, t *template, st *stack) string {
	for _, name := range slices.Sorted(maps.Keys(st.Parameters)) {
		if t.parameters[name].kind != imageKind {
			continue
		}
		found, err := s.hasImage(ctx, st.Parameters[name])
		if err != nil {
			return reason(err)
		}
		if !found {
			return fmt.Sprintf("Parameter validation failed: parameter value %s for parameter name %s does not exist.", st.Parameters[name], name)
		}
	}
	return ""
}

// fail ends a creation, in the way that its caller wished.
func (s *Service) fail(st *stack, why string) {
	switch st.OnFailure {
	case types.OnFailureDoNothing:
		st.set(s.now(), types.StackStatusCreateFailed, why)
	case types.OnFailureDelete:
		st.set(s.now(), types.StackStatusDeleteInProgress, strings.TrimRight(why, " ")+" Delete requested by user.")
	default:
		st.set(s.now(), types.StackStatusRollbackInProgress, strings.TrimRight(why, " ")+" Rollback requested by user.")
	}
}

// advance begins a resource, or looks whether it is ready; an error is why it never will be.
func (s *Service) advance(ctx context.Context, sc scope, r *resource) error {
	now := s.now()
	maker, known := s.kind(r.Type)
	if r.PhysicalID == "" {
		if !known {
			sc.stack.mark(now, r, types.ResourceStatusCreateInProgress, "")
			return invalid("Unrecognized resource type: the local CloudFormation does not make %s", r.Type)
		}
		return s.begin(ctx, sc, r, maker)
	}
	found, err := maker.look(ctx, r.PhysicalID)
	switch {
	case err != nil:
		return err
	case !found.exists:
		return invalid("Resource %s is gone", r.PhysicalID)
	case found.ready:
		r.Attributes = found.attributes
		sc.stack.mark(now, r, types.ResourceStatusCreateComplete, "")
	case now.Sub(r.Since) >= s.options.Stabilize:
		return invalid("%s", found.waiting)
	}
	return nil
}

// begin asks for a resource. That it was asked for is stored before, so that one
// which was made without an answer is found again.
func (s *Service) begin(ctx context.Context, sc scope, r *resource, maker kind) error {
	again := r.Tried
	computed, err := sc.object(sc.resources[r.LogicalID].properties)
	if !again {
		r.Tried, r.Properties = true, computed
		sc.stack.mark(s.now(), r, types.ResourceStatusCreateInProgress, "")
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	err = s.save(sc.stack)
	s.mu.Unlock()
	if err != nil {
		return errUnsaved
	}
	id, err := maker.create(ctx, request{stack: sc.stack, logicalID: r.LogicalID, properties: computed, again: again})
	r.PhysicalID = id
	if err != nil {
		return err
	}
	sc.stack.mark(s.now(), r, types.ResourceStatusCreateInProgress, "Resource creation Initiated")
	return nil
}

// results are the outputs of a stack whose resources are there.
func (s scope) results() ([]types.Output, error) {
	var made []types.Output
	for _, name := range slices.Sorted(maps.Keys(s.outputs)) {
		declared := s.outputs[name]
		wanted, err := s.condition(declared.condition)
		if err != nil {
			return nil, err
		}
		if !wanted {
			continue
		}
		value, err := s.value(declared.value)
		if err != nil {
			return nil, err
		}
		made = append(made, types.Output{OutputKey: pointer(name), OutputValue: pointer(scalar(value)), Description: pointer(declared.description)})
	}
	return made, nil
}

// passing are the errors of a deletion that is only too early.
var passing = map[string]bool{"ResourceInUse": true, "ResourceInUseFault": true, "ScalingActivityInProgress": true, "ResourceContention": true}

// remove deletes the last resource that is left, or looks whether it is gone.
func (s *Service) remove(ctx context.Context, st *stack) {
	now := s.now()
	complete, failed := types.StackStatusRollbackComplete, types.StackStatusRollbackFailed
	if st.Status == types.StackStatusDeleteInProgress {
		complete, failed = types.StackStatusDeleteComplete, types.StackStatusDeleteFailed
	}
	for _, r := range slices.Backward(st.Resources) {
		if ended(r.Status) {
			continue
		}
		left := st.resource(r.LogicalID)
		if err := s.end(ctx, st, left); err != nil {
			st.mark(now, left, types.ResourceStatusDeleteFailed, reason(err))
			st.set(now, failed, fmt.Sprintf("The following resource(s) failed to delete: [%s]. ", r.LogicalID))
		}
		return
	}
	if complete == types.StackStatusDeleteComplete {
		st.Deleted = &now
	}
	st.set(now, complete, "")
}

// end deletes a resource, or looks whether it is gone.
func (s *Service) end(ctx context.Context, st *stack, r *resource) error {
	now := s.now()
	maker, known := s.kind(r.Type)
	switch {
	case r.Retained:
		st.mark(now, r, types.ResourceStatusDeleteSkipped, "")
		return nil
	case !known, r.PhysicalID == "" && r.Status != types.ResourceStatusCreateInProgress:
		st.mark(now, r, types.ResourceStatusDeleteComplete, "")
		return nil
	case r.PhysicalID == "": // asked for, and perhaps made: asked again it says what it is
		id, err := maker.create(ctx, request{stack: st, logicalID: r.LogicalID, properties: r.Properties, again: true})
		if r.PhysicalID = id; err != nil {
			st.mark(now, r, types.ResourceStatusDeleteComplete, "")
		}
		return nil
	}
	if r.Status != types.ResourceStatusDeleteInProgress {
		st.mark(now, r, types.ResourceStatusDeleteInProgress, "")
	}
	if err := maker.delete(ctx, r.PhysicalID); err != nil && (!passing[code(err)] || now.Sub(r.Since) >= s.options.Stabilize) {
		return err
	}
	found, err := maker.look(ctx, r.PhysicalID)
	if err != nil {
		return err
	}
	if !found.exists || stays(r.Type) {
		st.mark(now, r, types.ResourceStatusDeleteComplete, "")
	}
	return nil
}

// timeout reads TimeoutInMinutes.
func timeout(minutes *int32) time.Duration {
	if minutes == nil {
		return 0
	}
	return time.Duration(*minutes) * time.Minute
}
