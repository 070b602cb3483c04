// Package laws_test holds the local cloud to AWS's contract, law by law, and
// holds a cloud that nobody here wrote, moto's server, to the same laws.
//
// A law is written once, against methods that the SDK's client and the local
// service both have. It runs in process on the local service, over the wire on
// moto, and for DynamoDB over the wire on the local one, too. A law that moto
// does not keep stands in testdata/exemptions.yaml with the request and the
// answer that show it; there the SDK itself is held to the law, by a recorded
// conversation whose deviating answer is replaced by AWS's documented one. The
// day moto keeps such a law its test fails, and the exemption goes.
//
// A new law that moto lacks needs an entry in the table with why, how we know,
// and AWS's answer; `go test ./internal/local/laws -update` then writes what
// shows it, and the recording. Read the difference.
//
// The package has no code of its own.
package laws_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// A law is one rule of a service. W is the world that it needs: the service's
// methods and what stands around them.
type law[W any] struct {
	// name is a sentence, unique within the service.
	name string
	// source is AWS's page that says so, or what the API's model says.
	source string
	// strict: no exemption may excuse a peer from it.
	strict bool
	// hold tries the law. It ends at the first violation: by must, or by broke.
	hold func(ctx context.Context, w W)
}

// A violation is how a law was broken. Laws panic with it, so that they read as
// the calls that they make; only tried sees the panic.
type violation string

// broke ends a law.
func broke(format string, arguments ...any) {
	panic(violation(fmt.Sprintf(format, arguments...)))
}

// must returns what a call returned, and ends the law when the call failed.
func must[Out any](out Out, err error) Out {
	if err != nil {
		broke("%v", err)
	}
	return out
}

// tried runs a law, and says how it was broken: empty when it held.
func tried[W any](ctx context.Context, l law[W], w W) (broken string) {
	defer func() {
		switch failure := recover().(type) {
		case nil:
		case violation:
			broken = string(failure)
		case runtime.Error: // a law reads what must be there without a question
			broken = fmt.Sprintf("an answer lacks what the law reads: %v", failure)
		default:
			panic(failure)
		}
	}()
	l.hold(ctx, w)
	return ""
}

// equal ends a law when got is not want.
func equal(what string, got, want any) {
	if diff := cmp.Diff(want, got); diff != "" {
		broke("%s (-want +got):\n%s", what, diff)
	}
}

// refused ends a law unless a call failed with the error code of AWS.
func refused(err error, code string) {
	failure, ok := errors.AsType[smithy.APIError](err)
	if !ok || failure.ErrorCode() != code {
		broke("the call ended with error %v, want %s", err, code)
	}
}

// answered ends a law unless a call failed with the HTTP status.
func answered(err error, status int) {
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok || response.HTTPStatusCode() != status {
		broke("the call ended with error %v, want HTTP status %d", err, status)
	}
}

// typed returns an error's cause of the SDK's type E, and ends a law when it has none.
func typed[E error](err error) E {
	failure, ok := errors.AsType[E](err)
	if !ok {
		var want E
		broke("the call ended with error %v, want a %T", err, want)
	}
	return failure
}

// A moment is what a world knows of time.
type moment struct {
	// now is when the law began.
	now time.Time
	// wait lets time pass: virtual time on the local service, real time on a
	// peer, and none where answers are recorded.
	wait func(time.Duration)
}
