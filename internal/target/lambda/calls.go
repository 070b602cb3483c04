package lambda

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/transient"
)

// What each thing may take. A handler does one Preflight and one Bake at
// most, or one of the others, so it is done within a minute, while the workflow
// gives it 90 seconds and its lease lasts longer still.
const (
	// callTimeout bounds one call of a control plane, the SDK's own retries included.
	callTimeout = 10 * time.Second
	// invokeTimeout bounds one invocation of a check.
	invokeTimeout = 60 * time.Second
	// preflightTimeout bounds one Preflight.
	preflightTimeout = 20 * time.Second
	// workTimeout bounds one Bake, Deploy or Restore.
	workTimeout = 35 * time.Second
)

// call makes one AWS call that has callTimeout. What says what is done, and to
// what resource: "lambda: read alias echo:live".
func call[Input, Output, Option any](
	ctx context.Context, what string,
	method func(context.Context, *Input, ...func(*Option)) (*Output, error), input *Input,
) (*Output, error) {
	return callWithin(ctx, callTimeout, what, method, input)
}

// callWithin is call with a timeout of its own.
func callWithin[Input, Output, Option any](
	ctx context.Context, timeout time.Duration, what string,
	method func(context.Context, *Input, ...func(*Option)) (*Output, error), input *Input,
) (*Output, error) {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	output, err := method(limited, input)
	if err != nil {
		return nil, classify(what, err)
	}
	return output, nil
}

// classify wraps what AWS answered. Only what may work in a moment gets a kind
// here; the callers know what a missing or a conflicting thing means to them,
// and a denied call is worth neither a retry without end nor a guess.
func classify(what string, err error) error {
	if transient.Is(err) {
		return release.Fail(release.KindTransient, "%s", what).Because(err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// isMissing reports that AWS Lambda does not know the resource.
func isMissing(err error) bool { return is[*types.ResourceNotFoundException](err) }

// isBusy reports that an update, or a reference, is in the way for now (409).
func isBusy(err error) bool { return is[*types.ResourceConflictException](err) }

// isOutdated reports that the RevisionId was not the present one (412).
func isOutdated(err error) bool { return is[*types.PreconditionFailedException](err) }

// isDenied reports that the caller's role does not allow the call.
func isDenied(err error) bool {
	var api smithy.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode() {
		case "AccessDenied", "AccessDeniedException":
			return true
		}
	}
	return statusOf(err) == http.StatusForbidden
}

// statusOf is the HTTP status that came with an error; 0 when there was none.
func statusOf(err error) int {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

// is reports whether err's tree has an error of type E.
func is[E error](err error) bool {
	var wanted E
	return errors.As(err, &wanted)
}
