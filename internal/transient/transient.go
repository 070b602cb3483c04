// Package transient tells what AWS can't do now from what it will not do.
package transient

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
)

// Is reports whether the call that failed with err may work in a moment: after
// throttling, AWS's own faults, failed connections, and timeouts. The SDK has
// tried again by itself before.
func Is(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	if retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary {
		return true
	}
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorFault() == smithy.FaultServer
}
