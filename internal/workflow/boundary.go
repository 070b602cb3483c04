package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Handler does the work of a state, or answers an event.
type Handler[In, Out any] func(ctx context.Context, input In) (Out, error)

// Boundary wraps a handler for the place where it meets the workflow: a Lambda
// function's main, or the embedded engine. aws-lambda-go names an error after
// its outermost Go type, so this is the one place that gives errors the names
// that the definition's ErrorEquals knows. An error without a kind, and a
// panic, are Transient: worth a retry, and a rollback when that does not help.
func Boundary[In, Out any](log *slog.Logger, name string, handler Handler[In, Out]) func(context.Context, json.RawMessage) (any, error) {
	return func(ctx context.Context, payload json.RawMessage) (output any, err error) {
		defer func() {
			if recovered := recover(); recovered != nil {
				log.ErrorContext(ctx, "handler panicked", "function", name, "panic", fmt.Sprint(recovered), "stack", string(debug.Stack()))
				output, err = nil, named(release.KindTransient, fmt.Sprintf("%s panicked: %v", name, recovered))
			}
		}()
		input, err := read[In](payload)
		if err != nil {
			return nil, named(release.KindRefused, fmt.Sprintf("read the input of %s: %v", name, err))
		}
		out, err := handler(ctx, input)
		if err != nil {
			kind := kindOf(err)
			log.WarnContext(ctx, "handler failed", "function", name, "kind", kind, "error", err.Error())
			return nil, named(kind, err.Error())
		}
		return out, nil
	}
}

// kindOf is release.KindOf for errors that reach the workflow: a lock that is held refuses.
func kindOf(err error) release.Kind {
	if kind, ok := release.KindOf(err); ok {
		return kind
	}
	var held *ledger.HeldError
	if errors.As(err, &held) {
		return release.KindRefused
	}
	return release.KindTransient
}

// longestMessage bounds what travels through the workflow, in bytes: an error's
// cause has 32,768 there, and all of a state's data 262,144.
const longestMessage = 8192

// named must be the outermost value: aws-lambda-go looks for exactly this type.
func named(kind release.Kind, message string) error {
	if len(message) > longestMessage {
		message = strings.ToValidUTF8(message[:longestMessage], "") + " …"
	}
	return messages.InvokeResponse_Error{Type: string(kind), Message: message}
}

// A taskError is what the workflow's Catch leaves of a failed task.
type taskError struct {
	Error string `json:"Error"`
	Cause string `json:"Cause"`
}

// message is the sentence in the cause, which Lambda writes as JSON.
func (e taskError) message() string {
	var cause struct {
		ErrorMessage string `json:"errorMessage"`
	}
	if err := json.Unmarshal([]byte(e.Cause), &cause); err == nil && cause.ErrorMessage != "" {
		return cause.ErrorMessage
	}
	switch {
	case e.Cause != "":
		return e.Cause
	case e.Error == "States.Timeout":
		return "the state did not answer in time"
	default:
		return e.Error
	}
}
