package asl

import (
	"errors"
	"strings"
)

// The error names that the States Language reserves.
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
const (
	ErrorAll               = "States.ALL"                    // matches any error but DataLimitExceeded and Runtime
	ErrorTaskFailed        = "States.TaskFailed"             // matches any error but Timeout, and those that ALL leaves out
	ErrorTimeout           = "States.Timeout"                // a task ran or was silent for too long
	ErrorHeartbeatTimeout  = "States.HeartbeatTimeout"       // matches a Timeout that a missing heartbeat caused
	ErrorPermissions       = "States.Permissions"            // a task lacked a permission
	ErrorResultPathMatch   = "States.ResultPathMatchFailure" // ResultPath can't be applied to the input
	ErrorParameterPath     = "States.ParameterPathFailure"   // a path in a payload template finds nothing
	ErrorBranchFailed      = "States.BranchFailed"           // a branch of a Parallel state failed
	ErrorNoChoiceMatched   = "States.NoChoiceMatched"        // a Choice without Default matched nothing
	ErrorIntrinsicFailure  = "States.IntrinsicFailure"       // an intrinsic function can't be evaluated
	ErrorDataLimitExceeded = "States.DataLimitExceeded"      // a payload is larger than MaxPayload
	ErrorRuntime           = "States.Runtime"                // the execution can't go on; never retried, never caught
)

// An Error is how a task, a state or an execution failed: the name that Retry
// and Catch match, and a text for people.
type Error struct {
	Name  string
	Cause string
}

func (e *Error) Error() string {
	if e.Cause == "" {
		return e.Name
	}
	return e.Name + ": " + e.Cause
}

// The answers of the SendTask calls and of Start, as Step Functions names them.
var (
	// ErrTaskTimedOut says that the token's task is closed: it ended, timed out, was retried, or its execution stopped.
	ErrTaskTimedOut = errors.New("task timed out or closed (TaskTimedOut)")
	// ErrTaskDoesNotExist says that the engine never gave out the token.
	ErrTaskDoesNotExist = errors.New("task does not exist (TaskDoesNotExist)")
	// ErrInvalidToken says that the text can't be a token.
	ErrInvalidToken = errors.New("invalid task token (InvalidToken)")
	// ErrInvalidOutput says that a task's output is not JSON or larger than MaxPayload.
	ErrInvalidOutput = errors.New("invalid task output (InvalidOutput)")
	// ErrInvalidExecutionInput says that an execution's input is not JSON or larger than MaxPayload.
	ErrInvalidExecutionInput = errors.New("invalid execution input (InvalidExecutionInput)")
)

// A Problem is one thing that Load refuses.
type Problem struct {
	Path    string // JSON pointer into the definition, such as /States/Observe/Next
	Message string // what is wrong with it
}

// Problems is Load's refusal: everything that is wrong, in the definition's order.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Path + ": " + problem.Message
	}
	return "refuse state machine definition:\n" + strings.Join(lines, "\n")
}
