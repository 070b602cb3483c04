package route53_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
)

// How long stacks take here.
const (
	creation = time.Minute
	deletion = 2 * time.Minute
)

// stacks is a CloudFormation as far as the target calls it: stacks take time, fail as they are told, and are rolled back.
type stacks struct {
	clock *clock.Virtual
	// outputs are those of a stack that is made.
	outputs func(name string) map[string]string

	mu     sync.Mutex
	all    map[string]*cfntypes.Stack
	events map[string][]cfntypes.StackEvent
	tokens map[string]string
	writes int
	// fails is why the next stack's resource fails; holds, why no stack can be deleted.
	fails, holds string
	// created are the requests.
	created []cloudformation.CreateStackInput
	// template is what ValidateTemplate says.
	template cloudformation.ValidateTemplateOutput
	// refuses is what CreateStack, or with a wrong template ValidateTemplate, answers.
	refuses, invalid error
	// pages: all stacks come one a page.
	pages bool
}

func newStacks(clock *clock.Virtual, outputs func(string) map[string]string) *stacks {
	return &stacks{clock: clock, outputs: outputs, all: map[string]*cfntypes.Stack{}, events: map[string][]cfntypes.StackEvent{}, tokens: map[string]string{}, template: cloudformation.ValidateTemplateOutput{
		Parameters: []cfntypes.TemplateParameter{{ParameterKey: aws.String("ImageId")}, {ParameterKey: aws.String("Release")}, {ParameterKey: aws.String("Size"), DefaultValue: aws.String("1")}},
	}}
}

func validation(format string, arguments ...any) error {
	return &smithy.GenericAPIError{Code: "ValidationError", Message: fmt.Sprintf(format, arguments...), Fault: smithy.FaultClient}
}

// find is a stack by its name or id, with the clock's time. The caller holds mu.
func (s *stacks) find(name string) *cfntypes.Stack {
	if found := s.all[name]; found != nil {
		return found
	}
	for _, stack := range s.all {
		if *stack.StackId == name {
			return stack
		}
	}
	return nil
}

// later changes a stack's status when time has passed.
func (s *stacks) later(after time.Duration, stack *cfntypes.Stack, change func()) {
	s.clock.AfterFunc(after, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		change()
	})
}

func (s *stacks) CreateStack(_ context.Context, in *cloudformation.CreateStackInput, _ ...func(*cloudformation.Options)) (*cloudformation.CreateStackOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	if s.refuses != nil {
		return nil, s.refuses
	}
	name := *in.StackName
	if s.all[name] != nil {
		return nil, &cfntypes.AlreadyExistsException{Message: aws.String("Stack [" + name + "] already exists")}
	}
	if s.tokens[*in.ClientRequestToken] != "" {
		return nil, &cfntypes.TokenAlreadyExistsException{Message: aws.String("token")}
	}
	s.tokens[*in.ClientRequestToken] = name
	s.created = append(s.created, *in)
	stack := &cfntypes.Stack{
		StackName: &name, StackId: aws.String("arn:aws:cloudformation:eu-west-1:123456789012:stack/" + name + "/1"), StackStatus: cfntypes.StackStatusCreateInProgress,
		Tags: in.Tags, Parameters: in.Parameters, CreationTime: aws.Time(s.clock.Now()),
	}
	s.all[name] = stack
	fails := s.fails
	s.fails = ""
	s.later(creation, stack, func() {
		if fails == "" {
			s.complete(stack)
			return
		}
		event := func(resource, physical, reason string) cfntypes.StackEvent {
			return cfntypes.StackEvent{StackId: stack.StackId, LogicalResourceId: &resource, PhysicalResourceId: &physical, ResourceType: aws.String("AWS::AutoScaling::AutoScalingGroup"), ResourceStatus: cfntypes.ResourceStatusCreateFailed, ResourceStatusReason: &reason}
		}
		s.events[*stack.StackId] = []cfntypes.StackEvent{
			event(name, *stack.StackId, "The following resource(s) failed to create: [Group]."), event("Balancer", "b", "Resource creation cancelled"), event("Group", "g", fails),
		}
		stack.StackStatus = cfntypes.StackStatusRollbackComplete
	})
	return &cloudformation.CreateStackOutput{StackId: stack.StackId}, nil
}

func (s *stacks) complete(stack *cfntypes.Stack) {
	stack.StackStatus = cfntypes.StackStatusCreateComplete
	outputs := s.outputs(*stack.StackName)
	for _, key := range slices.Sorted(maps.Keys(outputs)) {
		stack.Outputs = append(stack.Outputs, cfntypes.Output{OutputKey: aws.String(key), OutputValue: aws.String(outputs[key])})
	}
}

// add is a stack that was there before.
func (s *stacks) add(name string, tags map[string]string) *cfntypes.Stack {
	s.mu.Lock()
	defer s.mu.Unlock()
	stack := &cfntypes.Stack{
		StackName: &name, StackId: aws.String("arn:aws:cloudformation:eu-west-1:123456789012:stack/" + name + "/0"), CreationTime: aws.Time(s.clock.Now()),
		Parameters: []cfntypes.Parameter{{ParameterKey: aws.String("ImageId"), ParameterValue: aws.String(image)}},
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		stack.Tags = append(stack.Tags, cfntypes.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	s.complete(stack)
	s.all[name] = stack
	return stack
}

func (s *stacks) DescribeStacks(_ context.Context, in *cloudformation.DescribeStacksInput, _ ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &cloudformation.DescribeStacksOutput{}
	if in.StackName == nil {
		for _, name := range slices.Sorted(maps.Keys(s.all)) {
			if s.pages && in.NextToken != nil && name <= *in.NextToken {
				continue
			}
			out.Stacks = append(out.Stacks, *s.all[name])
			if s.pages {
				out.NextToken = aws.String(name)
				break
			}
		}
		return out, nil
	}
	found := s.find(*in.StackName)
	if found == nil {
		return nil, validation("Stack with id %s does not exist", *in.StackName)
	}
	return &cloudformation.DescribeStacksOutput{Stacks: []cfntypes.Stack{*found}}, nil
}

func (s *stacks) DescribeStackEvents(_ context.Context, in *cloudformation.DescribeStackEventsInput, _ ...func(*cloudformation.Options)) (*cloudformation.DescribeStackEventsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	events := s.events[*in.StackName]
	if in.NextToken == nil && len(events) > 1 { // in two pages
		return &cloudformation.DescribeStackEventsOutput{StackEvents: events[:1], NextToken: aws.String("more")}, nil
	}
	return &cloudformation.DescribeStackEventsOutput{StackEvents: events[min(len(events), 1):]}, nil
}

func (s *stacks) DeleteStack(_ context.Context, in *cloudformation.DeleteStackInput, _ ...func(*cloudformation.Options)) (*cloudformation.DeleteStackOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	stack := s.find(*in.StackName)
	if stack == nil {
		return &cloudformation.DeleteStackOutput{}, nil
	}
	stack.StackStatus = cfntypes.StackStatusDeleteInProgress
	holds := s.holds
	s.later(deletion, stack, func() {
		if holds == "" {
			delete(s.all, *stack.StackName)
			return
		}
		s.events[*stack.StackId] = []cfntypes.StackEvent{{}, {
			StackId: stack.StackId, LogicalResourceId: aws.String("Bucket"), PhysicalResourceId: aws.String("b"), ResourceType: aws.String("AWS::S3::Bucket"), ResourceStatus: cfntypes.ResourceStatusDeleteFailed, ResourceStatusReason: &holds,
		}}
		stack.StackStatus = cfntypes.StackStatusDeleteFailed
	})
	return &cloudformation.DeleteStackOutput{}, nil
}

func (s *stacks) ValidateTemplate(context.Context, *cloudformation.ValidateTemplateInput, ...func(*cloudformation.Options)) (*cloudformation.ValidateTemplateOutput, error) {
	if s.invalid != nil {
		return nil, s.invalid
	}
	return &s.template, nil
}

// names are the stacks that exist.
func (s *stacks) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.all))
}
