package asl

// A Machine is a loaded definition. It holds no run state: any number of
// executions may share it, at once.
type Machine struct {
	comment        string
	timeoutSeconds int64 // 0 is none
}

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
	MaxAttempts     int
	BackoffRate     float64
	MaxDelaySeconds int64 // 0 is no bound
	JitterStrategy  string
}

// A CatchInfo is one catcher of a state.
type CatchInfo struct {
	ErrorEquals []string
	Next        string
}

// Load parses a definition and refuses it, with every Problem at once (the
// error is Problems), unless each state can be run here. Resources are the exact
// ARNs that tasks may name; with none given, any is accepted, and one that the
// engine lacks fails the task.
func Load(definition []byte, resources ...string) (*Machine, error) {
	return nil, Problems{{"", "not implemented"}}
}

// Comment is the definition's own.
func (m *Machine) Comment() string { return m.comment }

// TimeoutSeconds is how long an execution may last; 0 is no bound.
func (m *Machine) TimeoutSeconds() int64 { return m.timeoutSeconds }

// States lists every state, those of branches and item processors included, each
// level in the definition's order and a container before what it contains.
func (m *Machine) States() []StateInfo { return nil }
