// Package stepfunctions is the local cloud's Step Functions: one state
// machine, interpreted by package asl, behind the method signatures of the AWS SDK.
//
// It keeps what it needs to tell the truth after kill -9: an execution that
// was running when the process died is FAILED afterwards, with the error ProcessDied.
package stepfunctions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// ProcessDied is the error of executions that the end of the process cut off.
const ProcessDied = "ProcessDied"

const bucket = "executions"

// Options make a [Service].
type Options struct {
	// Engine options are passed on to package asl. Its OnStatus belongs to the service.
	Engine asl.Options
	// Machine is the one state machine; Name is its name.
	Machine *asl.Machine
	Name    string
	// Store keeps executions.
	Store store.Store
	// Intercept stands around every call of the SDK's methods; may be nil.
	Intercept intercept.Func
	// OnStatus hears of every execution that starts or ends; may be nil.
	OnStatus func(eventbridge.ExecutionStatusChange)
	// Region and AccountID appear in ARNs.
	Region, AccountID string
}

// A Service runs executions of one state machine. Its methods may be called
// from several goroutines at once.
type Service struct {
	options    Options
	engine     *asl.Engine
	machineARN string

	mu      sync.Mutex
	known   map[string]*execution // by ARN
	running map[string]*asl.Execution
}

// An execution is what is kept of one, running or not.
type execution struct {
	ARN     string     `json:"arn"`
	Name    string     `json:"name"`
	Input   string     `json:"input"`
	Status  asl.Status `json:"status"`
	Started time.Time  `json:"started"`
	Stopped time.Time  `json:"stopped,omitzero"`
	Output  string     `json:"output,omitempty"`
	Error   string     `json:"error,omitempty"`
	Cause   string     `json:"cause,omitempty"`
}

// New loads what ran before.
func New(options Options) (*Service, error) {
	s := &Service{
		options: options, known: map[string]*execution{}, running: map[string]*asl.Execution{},
		machineARN: fmt.Sprintf("arn:aws:states:%s:%s:stateMachine:%s", options.Region, options.AccountID, options.Name),
	}
	options.Engine.OnStatus = s.status
	s.engine = asl.NewEngine(options.Engine)
	var died []store.Change
	err := options.Store.Load(bucket, func(key string, value []byte) error {
		found := &execution{}
		if err := json.Unmarshal(value, found); err != nil {
			return fmt.Errorf("execution %s: %w", key, err)
		}
		if found.Status == asl.Running {
			found.Status, found.Error, found.Stopped = asl.Failed, ProcessDied, options.Engine.Clock.Now()
			found.Cause = "the process that ran the execution ended before the execution did"
			change, err := found.change()
			if err != nil {
				return err
			}
			died = append(died, change)
		}
		s.known[found.ARN] = found
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("open the local step functions: %w", err)
	}
	if len(died) > 0 {
		if err := options.Store.Save(died...); err != nil {
			return nil, fmt.Errorf("open the local step functions: %w", err)
		}
	}
	return s, nil
}

// MachineARN is the ARN of the state machine.
func (s *Service) MachineARN() string { return s.machineARN }

// Running returns the execution of that ARN while it runs, else nil.
func (s *Service) Running(arn string) *asl.Execution {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running[arn]
}

// StartExecution begins an execution. A name and input that are running already are that execution.
func (s *Service) StartExecution(ctx context.Context, in *sfn.StartExecutionInput, _ ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "states:StartExecution", func(context.Context) (*sfn.StartExecutionOutput, error) {
		if aws.ToString(in.StateMachineArn) != s.MachineARN() {
			return nil, &types.StateMachineDoesNotExist{Message: aws.String("State Machine Does Not Exist: '" + aws.ToString(in.StateMachineArn) + "'")}
		}
		name, input := aws.ToString(in.Name), aws.ToString(in.Input)
		arn := fmt.Sprintf("arn:aws:states:%s:%s:execution:%s:%s", s.options.Region, s.options.AccountID, s.options.Name, name)
		begun := &execution{ARN: arn, Name: name, Input: input, Status: asl.Running, Started: s.options.Engine.Clock.Now()}
		s.mu.Lock()
		if earlier := s.known[arn]; earlier != nil {
			s.mu.Unlock()
			if earlier.Status == asl.Running && earlier.Input == input {
				return &sfn.StartExecutionOutput{ExecutionArn: aws.String(arn), StartDate: aws.Time(earlier.Started)}, nil
			}
			return nil, &types.ExecutionAlreadyExists{Message: aws.String("Execution Already Exists: '" + arn + "'")}
		}
		s.known[arn] = begun
		s.mu.Unlock()
		if err := s.save(begun); err != nil {
			s.forget(arn)
			return nil, err
		}
		if _, err := s.engine.Start(s.options.Machine, name, arn, json.RawMessage(input)); err != nil {
			s.forget(arn)
			if errors.Is(err, asl.ErrInvalidExecutionInput) {
				return nil, &types.InvalidExecutionInput{Message: aws.String(err.Error())}
			}
			return nil, err
		}
		return &sfn.StartExecutionOutput{ExecutionArn: aws.String(arn), StartDate: aws.Time(begun.Started)}, nil
	})
}

// forget takes back that an execution began.
func (s *Service) forget(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, arn)
}

// DescribeExecution says where an execution stands.
func (s *Service) DescribeExecution(ctx context.Context, in *sfn.DescribeExecutionInput, _ ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "states:DescribeExecution", func(context.Context) (*sfn.DescribeExecutionOutput, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		found := s.known[aws.ToString(in.ExecutionArn)]
		if found == nil {
			return nil, doesNotExist(aws.ToString(in.ExecutionArn))
		}
		out := &sfn.DescribeExecutionOutput{
			ExecutionArn: aws.String(found.ARN), StateMachineArn: aws.String(s.MachineARN()), Name: aws.String(found.Name),
			Status: types.ExecutionStatus(found.Status), StartDate: aws.Time(found.Started), Input: aws.String(found.Input),
		}
		if !found.Stopped.IsZero() {
			out.StopDate = aws.Time(found.Stopped)
		}
		out.Output, out.Error, out.Cause = presence(found.Output), presence(found.Error), presence(found.Cause)
		return out, nil
	})
}

// StopExecution ends a running execution as ABORTED: no further state runs.
func (s *Service) StopExecution(ctx context.Context, in *sfn.StopExecutionInput, _ ...func(*sfn.Options)) (*sfn.StopExecutionOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "states:StopExecution", func(context.Context) (*sfn.StopExecutionOutput, error) {
		arn := aws.ToString(in.ExecutionArn)
		s.mu.Lock()
		found, running := s.known[arn], s.running[arn]
		s.mu.Unlock()
		if found == nil {
			return nil, doesNotExist(arn)
		}
		if running != nil {
			running.Stop(aws.ToString(in.Error), aws.ToString(in.Cause))
		}
		return &sfn.StopExecutionOutput{StopDate: aws.Time(s.options.Engine.Clock.Now())}, nil
	})
}

// SendTaskSuccess answers a task token.
func (s *Service) SendTaskSuccess(ctx context.Context, in *sfn.SendTaskSuccessInput, _ ...func(*sfn.Options)) (*sfn.SendTaskSuccessOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "states:SendTaskSuccess", func(context.Context) (*sfn.SendTaskSuccessOutput, error) {
		if err := s.engine.SendTaskSuccess(aws.ToString(in.TaskToken), json.RawMessage(aws.ToString(in.Output))); err != nil {
			return nil, taskFailure(err)
		}
		return &sfn.SendTaskSuccessOutput{}, nil
	})
}

// status follows an execution from its start to its end.
func (s *Service) status(x *asl.Execution) {
	change := eventbridge.ExecutionStatusChange{
		ExecutionARN: x.ARN(), StateMachineARN: s.MachineARN(), Name: x.Name(), Status: string(x.Status()),
		Started: x.StartedAt(), Stopped: x.StoppedAt(), Input: string(x.Input()), Output: string(x.Output()),
	}
	if failure := x.Err(); failure != nil {
		change.Error, change.Cause = failure.Name, failure.Cause
	}
	s.mu.Lock()
	found := s.known[x.ARN()]
	if x.Status() == asl.Running {
		s.running[x.ARN()] = x
		s.mu.Unlock()
	} else {
		delete(s.running, x.ARN())
		found.Status, found.Stopped, found.Output = x.Status(), x.StoppedAt(), change.Output
		found.Error, found.Cause = change.Error, change.Cause
		kept := *found
		s.mu.Unlock()
		// What could not be kept counts as died at the next start, and is swept then.
		_ = s.save(&kept)
	}
	if s.options.OnStatus != nil {
		s.options.OnStatus(change)
	}
}

func (s *Service) save(x *execution) error {
	change, err := x.change()
	if err != nil {
		return err
	}
	if err := s.options.Store.Save(change); err != nil {
		return fmt.Errorf("keep execution %s: %w", x.Name, err)
	}
	return nil
}

func (x *execution) change() (store.Change, error) {
	value, err := json.Marshal(x)
	if err != nil {
		return store.Change{}, fmt.Errorf("keep execution %s: %w", x.Name, err)
	}
	return store.Change{Bucket: bucket, Key: x.ARN, Value: value}, nil
}

func doesNotExist(arn string) error {
	return &types.ExecutionDoesNotExist{Message: aws.String("Execution Does Not Exist: '" + arn + "'")}
}

// taskFailure gives an answer that came to nothing AWS's name for it.
func taskFailure(err error) error {
	message := aws.String(err.Error())
	switch {
	case errors.Is(err, asl.ErrTaskTimedOut):
		return &types.TaskTimedOut{Message: message}
	case errors.Is(err, asl.ErrTaskDoesNotExist):
		return &types.TaskDoesNotExist{Message: message}
	case errors.Is(err, asl.ErrInvalidToken):
		return &types.InvalidToken{Message: message}
	case errors.Is(err, asl.ErrInvalidOutput):
		return &types.InvalidOutput{Message: message}
	default:
		return err
	}
}

func presence(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
