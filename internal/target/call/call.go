// Package call makes one call of an AWS API for a target: within a time, and with an error that says what was being done.
package call

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/transient"
)

// Timeout bounds one call of a control plane, the SDK's own retries included.
const Timeout = 10 * time.Second

// Do makes one AWS call that has [Timeout]. What says what is done, and to
// what resource: "lambda: read alias echo:live". What may work in a moment is a KindTransient failure.
func Do[Input, Output, Option any](
	ctx context.Context, what string,
	method func(context.Context, *Input, ...func(*Option)) (*Output, error), input *Input,
) (*Output, error) {
	return Within(ctx, Timeout, what, method, input)
}

// Within is [Do] with a timeout of its own.
func Within[Input, Output, Option any](
	ctx context.Context, timeout time.Duration, what string,
	method func(context.Context, *Input, ...func(*Option)) (*Output, error), input *Input,
) (*Output, error) {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	output, err := method(limited, input)
	if err != nil {
		return nil, Classify(what, err)
	}
	return output, nil
}

// Classify wraps what AWS answered. Only what may work in a moment gets a kind
// here; the callers know what a missing or a conflicting thing means to them,
// and a denied call is worth neither a retry without end nor a guess.
func Classify(what string, err error) error {
	if transient.Is(err) {
		return release.Fail(release.KindTransient, "%s", what).Because(err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// IsDenied reports that the caller's role does not allow the call.
func IsDenied(err error) bool {
	switch Code(err) {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation":
		return true
	}
	return StatusOf(err) == http.StatusForbidden
}

// Code is AWS's code of an error, such as "ValidationError"; empty when AWS gave none.
func Code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// StatusOf is the HTTP status that came with an error; 0 when there was none.
func StatusOf(err error) int {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

// Is reports whether err's tree has an error of type E.
func Is[E error](err error) bool {
	var wanted E
	return errors.As(err, &wanted)
}
