package main

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// A Fault is what a variant does wrong before it answers. A response or an
// error stands in for the answer; neither lets the request through.
type Fault func(ctx context.Context) (*events.LambdaFunctionURLResponse, error)

// slowness is how much later than the others v4 answers.
const slowness = 300 * time.Millisecond

// faultOf returns what is wrong with the variant; nil for a good one.
func faultOf(variant string) Fault {
	switch variant {
	case "v3":
		return failEveryFifth()
	case "v4":
		return slow(slowness)
	default:
		return nil
	}
}

// errBroken is returned, not panicked with: a panic would end the process, and
// the count with it.
var errBroken = errors.New("v3 is broken on purpose")

// failEveryFifth fails every fifth request of a process, so that the share is
// exact: by turns with a function error, which Lambda counts, and with a
// status of 500, which it does not.
func failEveryFifth() Fault {
	var requests atomic.Int64
	return func(context.Context) (*events.LambdaFunctionURLResponse, error) {
		switch requests.Add(1) % 10 {
		case 5:
			return nil, errBroken
		case 0:
			response := respondError(http.StatusInternalServerError, errBroken.Error())
			return &response, nil
		default:
			return nil, nil
		}
	}
}

// slow waits before each request.
func slow(wait time.Duration) Fault {
	return func(ctx context.Context) (*events.LambdaFunctionURLResponse, error) {
		select {
		case <-time.After(wait):
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
