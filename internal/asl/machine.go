package asl

import (
	"slices"
	"time"
)

// A Machine is a loaded definition. It holds no run state: any number of
// executions may share it, at once.
type Machine struct {
	comment        string
	timeoutSeconds int64 // 0 is none
	top            *level
	info           []StateInfo
}

// A level is a set of states with a start of its own: the machine's, a
// Parallel's branch or a Map's item processor.
type level struct {
	start  *state
	states map[string]*state
}

// A state is the compiled form of one state. Nothing changes it after Load.
type state struct {
	name    string
	kind    kind
	next    *state // nil: the level ends here
	entered string // event types: TaskStateEntered, …
	exited  string
	aborted string

	inputPath  *path    // nil: discard, the input is {}
	parameters template // nil: the input
	selector   template // ResultSelector; nil: the result
	resultPath *path    // nil: discard the result
	outputPath *path    // nil: discard, the output is {}
	retriers   []retrier
	catchers   []catcher
	result     *constant // Pass; nil: none
	task       *taskFields
	choices    []choice
	otherwise  *state // Choice's Default; nil: there is none
	wait       *waitFields
	branches   []*level // Parallel
	iteration  *iterationFields
	failure    *failureFields
	keepsInput bool // the output is the input for certain
}

type taskFields struct {
	resource         string
	service          string // resourceType in events
	operation        string // resource in events
	direct           bool   // the resource is a function's own ARN: LambdaFunction… events
	token            bool   // .waitForTaskToken
	timeoutSeconds   int64  // 0 is none
	heartbeatSeconds int64  // 0 is none
	timeoutPath      *path
	heartbeatPath    *path
}

type waitFields struct {
	seconds       int64
	until         time.Time // zero: not by Timestamp
	secondsPath   *path
	timestampPath *path
}

type iterationFields struct {
	itemsPath       *path
	selector        template // nil: the item itself
	processor       *level
	concurrency     int64 // 0 is no bound
	concurrencyPath *path
}

type failureFields struct {
	name, cause         string
	namePath, causePath template
}

type kind string

// The types of state.
const (
	taskKind     kind = "Task"
	choiceKind   kind = "Choice"
	waitKind     kind = "Wait"
	passKind     kind = "Pass"
	parallelKind kind = "Parallel"
	mapKind      kind = "Map"
	succeedKind  kind = "Succeed"
	failKind     kind = "Fail"
)

// A StateInfo describes one state, for checks over a whole definition.
type StateInfo struct {
	Name             string
	Path             string // JSON pointer of the state, such as /States/Fan/Branches/0/States/One
	Type             string // Task, Choice, Wait, Pass, Parallel, Map, Succeed or Fail
	Comment          string
	Start            bool        // the StartAt of its level
	End              bool        // has "End": true, or is Succeed or Fail
	Resource         string      // of a Task
	Next             []string    // every state that may follow without an error, in order, each once
	Retry            []RetryInfo // in order
	Catch            []CatchInfo // in order
	Seconds          int64       // of a Wait; 0 is none or given otherwise
	TimeoutSeconds   int64       // of a Task; 0 is none or given by a path
	HeartbeatSeconds int64       // of a Task; 0 is none or given by a path
	TimeoutPath      string      // TimeoutSecondsPath
	HeartbeatPath    string      // HeartbeatSecondsPath
	ErrorName        string      // the literal Error of a Fail
}

// A RetryInfo is one retrier of a state, its defaults filled in.
type RetryInfo struct {
	ErrorEquals     []string
	IntervalSeconds int64
	MaxAttempts     int64
	BackoffRate     float64
	MaxDelaySeconds int64 // 0 is no bound
	JitterStrategy  string
}

// A CatchInfo is one catcher of a state.
type CatchInfo struct {
	ErrorEquals []string
	Next        string
}

// Comment is the definition's own.
func (m *Machine) Comment() string { return m.comment }

// TimeoutSeconds is how long an execution may last; 0 is no bound.
func (m *Machine) TimeoutSeconds() int64 { return m.timeoutSeconds }

// StartAt names the state that executions begin with.
func (m *Machine) StartAt() string { return m.top.start.name }

// States lists every state, those of branches and item processors included, each
// level in the definition's order and a container before what it contains.
func (m *Machine) States() []StateInfo { return slices.Clone(m.info) }
