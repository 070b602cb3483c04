package asl

import (
	"context"
	"encoding/json"
	"time"
)

// The limits of Step Functions that an execution keeps.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	MaxPayload = 262_144 // bytes of UTF-8 JSON, input or output of a state, a task or an execution
	MaxEvents  = 25_000  // events in one execution's history
)

// A Clock tells the time and runs functions later.
type Clock interface {
	Now() time.Time
	// AfterFunc runs f once, d from now. Stop reports whether it prevented that.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// A Call is one attempt of one Task state.
type Call struct {
	Resource         string // the ARN as the definition has it
	Token            string // only with .waitForTaskToken
	Parameters       any    // JSON value, shared with the history: read only
	Execution        string // name
	ExecutionARN     string
	State            string
	Attempt          int   // 0 is the first; Retry raises it
	TimeoutSeconds   int64 // 0 is none
	HeartbeatSeconds int64 // 0 is none
}

// Decode reads the parameters into a Go value, as json.Unmarshal would.
func (c Call) Decode(into any) error { return nil }

// A Resource does the work of a task. The output may be anything that
// encoding/json can marshal, json.RawMessage included; it must not be changed afterwards. An
// error that is an *Error, or implements ErrorName() string, fails the task by
// that name, any other as States.TaskFailed; its text is the cause (that of an *Error is its Cause).
// The context ends when the task is over, whatever the reason; a resource may
// go on, as a Lambda function does, but nobody listens any more.
//
// With .waitForTaskToken the output is only recorded (TaskSubmitted). The token may be
// answered before the resource returns: the answer counts as soon as it has returned, and an error of
// the resource takes precedence.
type Resource func(ctx context.Context, call Call) (output any, err error)

// Options are what an engine runs on.
type Options struct {
	Clock     Clock               // required
	Resources map[string]Resource // by the exact ARN, such as arn:aws:states:::lambda:invoke.waitForTaskToken
	// Go runs a task's resource: now, later or elsewhere. Nil is a goroutine for each.
	Go func(run func())
	// Random draws from [0,1) for jitter and States.MathRandom. Nil is the system's source.
	Random func() float64
	// NewToken makes task tokens and States.UUID's values unique. Nil is crypto/rand's UUIDs.
	// A simulation that must repeat itself passes its own.
	NewToken func() string
	// Sink receives each event as it happens, in order per execution. With a sink,
	// and MaxEvents -1, History keeps nothing.
	Sink func(*Execution, Event)
	// OnStatus is called when an execution starts and when it ends.
	OnStatus func(*Execution)
	// MaxEvents bounds the history: 0 is the constant MaxEvents, -1 is no bound (needs a Sink).
	MaxEvents int
	RoleARN   string // $$.Execution.RoleArn
}

// An Engine runs executions. It is safe for concurrent use.
type Engine struct{}

// NewEngine panics when the clock is missing, or MaxEvents is -1 without a sink:
// mistakes of the program, not of its input.
func NewEngine(options Options) *Engine { return &Engine{} }

// Start begins an execution and runs it until it must wait. The arn is the
// execution's (arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME); the machine's name and
// ARN are read from it. The only error is ErrInvalidExecutionInput. An empty input is {}.
func (e *Engine) Start(machine *Machine, name, arn string, input json.RawMessage) (*Execution, error) {
	return nil, ErrInvalidExecutionInput
}

// SendTaskSuccess answers a token with the task's output. It fails with
// ErrTaskTimedOut, ErrTaskDoesNotExist, ErrInvalidToken or ErrInvalidOutput.
func (e *Engine) SendTaskSuccess(token string, output json.RawMessage) error { return ErrInvalidToken }

// SendTaskFailure fails a token's task. It fails with ErrTaskTimedOut, ErrTaskDoesNotExist or ErrInvalidToken.
func (e *Engine) SendTaskFailure(token, errorName, cause string) error { return ErrInvalidToken }

// SendTaskHeartbeat says that a token's task is alive; it never extends TimeoutSeconds. It
// fails with ErrTaskTimedOut, ErrTaskDoesNotExist or ErrInvalidToken.
func (e *Engine) SendTaskHeartbeat(token string) error { return ErrInvalidToken }
