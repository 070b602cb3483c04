package asl

import (
	"math"
	"time"
)

// maxSeconds bounds every number of seconds in a definition, and thereby every wait.
const maxSeconds = 99_999_999

// A retrier is one entry of a state's Retry.
type retrier struct {
	errors      []string
	interval    int64
	maxAttempts int64
	rate        float64
	maxDelay    int64 // seconds; 0 is no bound
	fullJitter  bool
}

// delay is how long to wait before the attempt after `made` retries by this retrier.
func (r *retrier) delay(made int64, random func() float64) time.Duration {
	seconds := float64(r.interval) * math.Pow(r.rate, float64(made))
	bound := float64(maxSeconds)
	if r.maxDelay > 0 {
		bound = float64(r.maxDelay)
	}
	seconds = min(seconds, bound)
	if r.fullJitter {
		seconds *= random()
	}
	return time.Duration(seconds * float64(time.Second))
}

// A catcher is one entry of a state's Catch.
type catcher struct {
	errors     []string
	next       *state
	resultPath *path // nil: discard the error
}

// A failure is an error on its way up, with the other names that match it.
type failure struct {
	Error
	heartbeat bool // also States.HeartbeatTimeout
	branch    bool // also States.BranchFailed
}

func failed(err *Error) failure { return failure{Error: *err} }

// matches tells whether a Retry or Catch with these names takes the error.
//
// A States.Runtime error is never taken. States.ALL and States.TaskFailed leave
// States.DataLimitExceeded out, and States.TaskFailed also leaves States.Timeout out.
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
func (f failure) matches(names []string) bool {
	if f.Name == ErrorRuntime {
		return false
	}
	for _, name := range names {
		switch name {
		case ErrorAll:
			if f.Name != ErrorDataLimitExceeded {
				return true
			}
		case ErrorTaskFailed:
			if f.Name != ErrorDataLimitExceeded && f.Name != ErrorTimeout {
				return true
			}
		case ErrorHeartbeatTimeout:
			if f.heartbeat {
				return true
			}
		case ErrorBranchFailed:
			if f.branch {
				return true
			}
		}
		if name == f.Name {
			return true
		}
	}
	return false
}

// output is what a catcher gives its next state.
func (f failure) output() any {
	return map[string]any{"Error": f.Name, "Cause": f.Cause}
}

// isReservedError tells the names beginning with "States." that a Retry or Catch may hold.
func isReservedError(name string) bool {
	switch name {
	case ErrorAll, ErrorTaskFailed, ErrorTimeout, ErrorHeartbeatTimeout, ErrorPermissions, ErrorResultPathMatch,
		ErrorParameterPath, ErrorBranchFailed, ErrorNoChoiceMatched, ErrorIntrinsicFailure, ErrorDataLimitExceeded,
		ErrorRuntime, "States.ItemReaderFailed", "States.ResultWriterFailed", "States.ExceedToleratedFailureThreshold",
		"States.Http.Socket", "States.QueryEvaluationError":
		return true
	}
	return false
}
