package ec2

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// remembered is for how long a terminated instance is still described.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html
const remembered = time.Hour

// stateCodes are EC2's numbers for the states of an instance.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html
var stateCodes = map[types.InstanceStateName]int32{
	types.InstanceStateNamePending: 0, types.InstanceStateNameRunning: 16, types.InstanceStateNameShuttingDown: 32,
	types.InstanceStateNameTerminated: 48, types.InstanceStateNameStopped: 80,
}

func stateOf(name types.InstanceStateName) *types.InstanceState {
	return &types.InstanceState{Code: aws.Int32(stateCodes[name]), Name: name}
}

// A program is what the runner was asked to run and not asked to stop.
type program struct {
	// starting: Start has not returned.
	starting bool
	// ended is why it ended by itself meanwhile.
	ended string
}

// TerminateInstances is EC2's TerminateInstances. An instance that is terminated already stays so.
func (s *Service) TerminateInstances(ctx context.Context, in *sdk.TerminateInstancesInput, _ ...func(*sdk.Options)) (*sdk.TerminateInstancesOutput, error) {
	return serve(ctx, s, "TerminateInstances", in.DryRun, func() (*sdk.TerminateInstancesOutput, error) {
		out, err := s.condemn(in.InstanceIds)
		if err != nil {
			return nil, err
		}
		for _, changed := range out.TerminatingInstances {
			if changed.PreviousState.Name != changed.CurrentState.Name {
				s.tell(StateChange{*changed.InstanceId, changed.CurrentState.Name})
				s.afterwards(0, func(ctx context.Context) { s.halt(ctx, *changed.InstanceId) })
			}
		}
		return out, nil
	})
}

// condemn writes down that instances are to end.
func (s *Service) condemn(ids []string) (*sdk.TerminateInstancesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(ids) == 0 {
		return nil, missing("InstanceId")
	}
	out := &sdk.TerminateInstancesOutput{}
	var entries []entry
	for _, id := range ids {
		instance, err := s.instance(id)
		if err != nil {
			return nil, err
		}
		change := types.InstanceStateChange{InstanceId: &id, PreviousState: instance.Instance.State, CurrentState: instance.Instance.State}
		if name := instance.Instance.State.Name; name != types.InstanceStateNameShuttingDown && name != types.InstanceStateNameTerminated {
			next := s.changed(instance, types.InstanceStateNameShuttingDown, "Client.UserInitiatedShutdown", "User initiated shutdown")
			change.CurrentState = next.Instance.State
			entries = append(entries, entry{instanceKey(id), next})
		}
		out.TerminatingInstances = append(out.TerminatingInstances, change)
	}
	return out, s.commit(entries...)
}

// changed is an instance in another state.
func (s *Service) changed(instance *instanceRecord, name types.InstanceStateName, code, message string) *instanceRecord {
	next := *instance
	next.Instance.State = stateOf(name)
	if code != "" {
		next.Instance.StateReason = &types.StateReason{Code: aws.String(code), Message: aws.String(code + ": " + message)}
		next.Instance.StateTransitionReason = aws.String(fmt.Sprintf("%s (%s)", message, s.now().Format("2006-01-02 15:04:05 MST")))
	}
	if name == types.InstanceStateNameTerminated {
		next.TerminatedAt, next.Address = s.now(), ""
	}
	return &next
}

// boot starts the program of a pending instance.
func (s *Service) boot(ctx context.Context, id string) {
	s.mu.Lock()
	instance := s.books.instances[id]
	if instance == nil || instance.Instance.State.Name != types.InstanceStateNamePending {
		s.mu.Unlock()
		return
	}
	s.books.programs[id] = &program{starting: true}
	s.mu.Unlock()

	address, err := s.options.Runner.Start(ctx, s.runnable(instance))

	s.mu.Lock()
	running := s.books.programs[id]
	running.starting = false
	instance = s.books.instances[id]
	if instance.Instance.State.Name != types.InstanceStateNamePending {
		s.mu.Unlock()
		s.halt(ctx, id) // it was terminated meanwhile, and that was left to us
		return
	}
	var next *instanceRecord
	switch {
	case err != nil:
		s.options.Log.Warn("an instance could not be started", "instance", id, "image", *instance.Instance.ImageId, "error", err)
		next = s.changed(instance, types.InstanceStateNameTerminated, "Server.InternalError", err.Error())
		delete(s.books.programs, id)
	case running.ended != "":
		next = s.changed(instance, types.InstanceStateNameStopped, "Client.InstanceInitiatedShutdown", running.ended)
		delete(s.books.programs, id)
	default:
		next = s.changed(instance, types.InstanceStateNameRunning, "", "")
		next.Address = address
	}
	s.keep(id, next)
	s.mu.Unlock()
	s.tell(StateChange{id, next.Instance.State.Name})
}

// runnable is the instance as its runner knows it.
func (s *Service) runnable(instance *instanceRecord) Instance {
	tags := map[string]string{}
	for _, tag := range instance.Instance.Tags {
		tags[*tag.Key] = aws.ToString(tag.Value)
	}
	userData, _ := base64.StdEncoding.DecodeString(instance.UserData) // it was decoded before
	id := *instance.Instance.InstanceId
	return Instance{
		ID: id, ImageID: *instance.Instance.ImageId, Location: instance.Location, Type: string(instance.Instance.InstanceType),
		PrivateIP: *instance.Instance.PrivateIpAddress, UserData: userData, Tags: tags,
		TemplateID: tags[templateTag], TemplateVersion: tags[templateVersionTag], Group: tags[groupTag],
		Ended: func(reason string) { s.afterwards(0, func(context.Context) { s.ended(id, reason) }) },
	}
}

// ended notes that a program has ended by itself: its instance is stopped.
func (s *Service) ended(id, reason string) {
	s.mu.Lock()
	running, instance := s.books.programs[id], s.books.instances[id]
	if running == nil || instance == nil {
		s.mu.Unlock()
		return
	}
	if running.starting || instance.Instance.State.Name != types.InstanceStateNameRunning {
		running.ended = reason
		s.mu.Unlock()
		return
	}
	s.options.Log.Warn("an instance's program has ended", "instance", id, "image", *instance.Instance.ImageId, "reason", reason)
	delete(s.books.programs, id)
	s.keep(id, s.changed(instance, types.InstanceStateNameStopped, "Client.InstanceInitiatedShutdown", reason))
	s.mu.Unlock()
	s.tell(StateChange{id, types.InstanceStateNameStopped})
}

// halt stops the program of an instance that is shutting down. While it is being started, that is left to boot.
func (s *Service) halt(ctx context.Context, id string) {
	s.mu.Lock()
	running := s.books.programs[id]
	if running != nil && running.starting {
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	if running != nil {
		s.options.Runner.Stop(ctx, id, s.options.StopGrace)
	}
	s.mu.Lock()
	instance := s.books.instances[id]
	delete(s.books.programs, id)
	if instance == nil || instance.Instance.State.Name != types.InstanceStateNameShuttingDown {
		s.mu.Unlock()
		return
	}
	s.keep(id, s.changed(instance, types.InstanceStateNameTerminated, "", ""))
	s.mu.Unlock()
	s.tell(StateChange{id, types.InstanceStateNameTerminated})
}

// keep stores an instance's new state. Nobody waits for an answer here, so that a store that fails is only told.
func (s *Service) keep(id string, next *instanceRecord) {
	if err := s.commit(entry{instanceKey(id), next}); err != nil {
		s.options.Log.Error("an instance's state could not be stored", "instance", id, "error", err)
	}
}

// started are the instances whose programs run.
func (s *Service) started() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.books.programs))
}

// bury terminates the instances of a former process.
func (s *Service) bury() error {
	entries := s.forgotten()
	for _, instance := range sorted(s.books.instances) {
		if instance.TerminatedAt.IsZero() {
			next := s.changed(instance, types.InstanceStateNameTerminated, "Server.InternalError", "the process of the local cloud ended")
			entries = append(entries, entry{instanceKey(*instance.Instance.InstanceId), next})
		}
	}
	return s.commit(entries...)
}

// forgotten takes out the instances that were terminated long ago.
func (s *Service) forgotten() []entry {
	var entries []entry
	for _, instance := range sorted(s.books.instances) {
		if s.isForgotten(instance) {
			entries = append(entries, entry{key: instanceKey(*instance.Instance.InstanceId)})
		}
	}
	return entries
}

func (s *Service) isForgotten(instance *instanceRecord) bool {
	return !instance.TerminatedAt.IsZero() && s.now().Sub(instance.TerminatedAt) >= remembered
}
