package lambda

import (
	"context"
	"errors"
	"time"
)

// A Runner runs the code of versions. Its methods may be called from several
// goroutines at once.
type Runner interface {
	// Invoke runs the version once. An invocation that failed in the function is
	// a Result with a FunctionError; an error means that it never began. One that
	// is or wraps [ErrThrottled] becomes a TooManyRequestsException.
	Invoke(ctx context.Context, version Version, invocation Invocation) (Result, error)
	// Forget says that the version will not be invoked again: it was deleted, or
	// it was $LATEST before an update. What still runs may finish.
	Forget(version Version)
}

// ErrThrottled is a Runner's answer when it may not run one more at a time.
var ErrThrottled = errors.New("rate exceeded")

// A Version is one immutable combination of code and configuration.
type Version struct {
	// ID tells versions apart, of all functions and times: an updated $LATEST
	// has another ID than before. It contains letters, digits, '-' and '_'.
	ID string
	// Function is the function's name, without account or qualifier.
	Function string
	// Number is the version's: "7", or "$LATEST".
	Number string
	// CodeSHA256 is the package's hash as Lambda writes it, in base64.
	CodeSHA256 string
	// Package reads the deployment package, a zip file.
	Package func() ([]byte, error)

	Handler     string
	MemoryMB    int
	Timeout     time.Duration
	Environment map[string]string
}

// An Invocation is one request to a function.
type Invocation struct {
	RequestID string
	// ARN is what the caller named: the function, a version or an alias.
	ARN     string
	Payload []byte
	// ClientContext is what the caller passed under that name, base64-encoded; often empty.
	ClientContext string
}

// A Result is what came of an invocation.
type Result struct {
	// Payload is the function's answer, or its error as a JSON document.
	Payload []byte
	// FunctionError is empty on success, else "Unhandled", which is what AWS
	// says for every error of a function.
	FunctionError string
	// Duration is the time that the function took, without Init.
	Duration time.Duration
	// Init is the time that the process took to start; zero when it was warm.
	Init time.Duration
	// Log is the last 4 KB of what the function printed meanwhile.
	Log []byte
}

// A Meter counts invocations. Record must return quickly; it may be called from
// several goroutines at once.
type Meter interface {
	Record(ctx context.Context, measurement Measurement)
}

// A Measurement is what there is to count of one invocation. A throttled one
// has run no code: it has no duration and is not an error, as on AWS.
type Measurement struct {
	Function string
	// Alias is empty when the caller named a version or the function itself.
	Alias string
	// Version is the one that ran or would have run.
	Version string
	// Start is when the invocation began, which is the time AWS books it under.
	Start     time.Time
	Duration  time.Duration
	Error     bool
	Throttled bool
}
