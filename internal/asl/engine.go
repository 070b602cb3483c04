package asl

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	randv2 "math/rand/v2"
	"strings"
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
	Parameters       any    // JSON value (int64 or float64 for numbers), shared with the history: read only
	Execution        string // name
	ExecutionARN     string
	State            string
	Attempt          int   // 0 is the first; Retry raises it
	TimeoutSeconds   int64 // 0 is none
	HeartbeatSeconds int64 // 0 is none
}

// JSON is the parameters as JSON text, an object's members sorted by name.
func (c Call) JSON() json.RawMessage { return appendJSON(nil, c.Parameters) }

// Member is the parameters' member of that name as JSON text; nil when there is none.
func (c Call) Member(name string) json.RawMessage {
	object, _ := c.Parameters.(map[string]any)
	value, found := object[name]
	if !found {
		return nil
	}
	return appendJSON(make([]byte, 0, commonPayload), value)
}

// commonPayload is the size of most payloads, in bytes.
const commonPayload = 1024

// Decode reads the parameters into a Go value, as json.Unmarshal would.
func (c Call) Decode(into any) error { return json.Unmarshal(c.JSON(), into) }

// A Resource does the work of a task. The output may be anything that
// encoding/json can marshal, json.RawMessage included; it must not be changed afterwards. An
// error that is an *Error, or implements ErrorName() string, fails the task by
// that name, any other as States.TaskFailed; its text is the cause (that of an *Error is its Cause).
// The context ends when the task is over, whatever the reason; a resource may
// go on, as a Lambda function does, but nobody listens any more. A resource must not panic.
//
// With .waitForTaskToken the output is only recorded (TaskSubmitted). The token may be
// answered before the resource returns: the answer counts as soon as it has returned, and an error of
// the resource takes precedence.
type Resource func(ctx context.Context, call Call) (output any, err error)

// Options are what an engine runs on.
type Options struct {
	Clock     Clock               // required
	Resources map[string]Resource // by the exact ARN, such as arn:aws:states:::lambda:invoke.waitForTaskToken
	// Go runs a task's resource: now, later or elsewhere, but at most once; one that
	// is never run is a task that never returns. Nil is a goroutine for each.
	Go func(run func())
	// Random draws from [0,1) for jitter and States.MathRandom. Nil is math/rand's own source.
	Random func() float64
	// NewToken makes task tokens and the values of States.UUID, all different. Nil is random
	// UUIDs. A simulation that must repeat itself passes its own.
	NewToken func() string
	// Sink receives each event as it happens, in order per execution. With a sink
	// and MaxEvents -1, History keeps nothing. It may be called by several executions at once.
	Sink func(*Execution, Event)
	// OnStatus is called when an execution starts and when it ends.
	OnStatus func(*Execution)
	// MaxEvents bounds the history: 0 is the constant MaxEvents, -1 is no bound (needs a Sink).
	MaxEvents int64
	RoleARN   string // $$.Execution.RoleArn
}

// An Engine runs executions. It is safe for concurrent use. It remembers the
// tokens it gave out for as long as it lives, so that a late answer is told from a wrong one.
type Engine struct {
	options Options
	tokens  tokens
}

// NewEngine panics when the clock is missing, or MaxEvents is -1 without a sink:
// mistakes of the program, not of its input.
func NewEngine(options Options) *Engine {
	if options.Clock == nil {
		panic("asl: an engine needs a clock")
	}
	if options.MaxEvents < 0 && options.Sink == nil {
		panic("asl: an unbounded history needs a sink")
	}
	if options.Go == nil {
		options.Go = func(run func()) { go run() }
	}
	if options.Random == nil {
		options.Random = randv2.Float64
	}
	if options.NewToken == nil {
		options.NewToken = newUUID
	}
	if options.MaxEvents == 0 {
		options.MaxEvents = MaxEvents
	}
	return &Engine{options: options, tokens: tokens{byText: map[string]*attempt{}}}
}

// newUUID is a random UUID (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Start begins an execution and runs it until it must wait. The arn is the
// execution's (arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME); the machine's name and
// ARN are read from it. The only error is ErrInvalidExecutionInput. An empty input is {}.
func (e *Engine) Start(machine *Machine, name, arn string, input json.RawMessage) (*Execution, error) {
	if len(input) == 0 {
		input = json.RawMessage("{}")
	}
	value, err := decodeJSON(input)
	if err != nil {
		return nil, fmt.Errorf("start execution %s: %w: %w", name, ErrInvalidExecutionInput, err)
	}
	if len(input) > MaxPayload {
		return nil, fmt.Errorf("start execution %s: %w: %d bytes, %d are allowed", name, ErrInvalidExecutionInput, len(input), MaxPayload)
	}
	x := &Execution{
		engine:    e,
		machine:   machine,
		name:      name,
		arn:       arn,
		input:     value,
		inputText: append(json.RawMessage(nil), input...),
		startedAt: e.options.Clock.Now(),
		status:    Running,
		done:      make(chan struct{}),
	}
	if parts := strings.Split(arn, ":"); len(parts) >= 8 {
		x.region = parts[3]
		x.machineName = parts[6]
		x.machineARN = strings.Join(append(append([]string{}, parts[:5]...), "stateMachine", parts[6]), ":")
	}
	x.describe()
	x.root = &branch{x: x, state: machine.top.start, input: value}
	x.post(x.begin)
	return x, nil
}

// SendTaskSuccess answers a token with the task's output. It fails with
// ErrTaskTimedOut, ErrTaskDoesNotExist, ErrInvalidToken or ErrInvalidOutput.
func (e *Engine) SendTaskSuccess(token string, output json.RawMessage) error {
	value, err := decodeJSON(output)
	if err != nil {
		return fmt.Errorf("send task success: %w: %w", ErrInvalidOutput, err)
	}
	if len(output) > MaxPayload {
		return fmt.Errorf("send task success: %w: %d bytes, %d are allowed", ErrInvalidOutput, len(output), MaxPayload)
	}
	return e.answer("send task success", token, answer{output: value})
}

// SendTaskFailure fails a token's task. It fails with ErrTaskTimedOut, ErrTaskDoesNotExist or ErrInvalidToken.
func (e *Engine) SendTaskFailure(token, errorName, cause string) error {
	return e.answer("send task failure", token, answer{failure: taskError(errorName, cause)})
}

func (e *Engine) answer(operation, token string, given answer) error {
	a, err := e.tokens.claim(token)
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	a.branch.x.post(func() { a.answered(given) })
	return nil
}

// SendTaskHeartbeat says that a token's task is alive; it never extends TimeoutSeconds. It
// fails with ErrTaskTimedOut, ErrTaskDoesNotExist or ErrInvalidToken.
func (e *Engine) SendTaskHeartbeat(token string) error {
	a, err := e.tokens.open(token)
	if err != nil {
		return fmt.Errorf("send task heartbeat: %w", err)
	}
	a.branch.x.post(a.beat)
	return nil
}
