package elasticloadbalancingv2

import (
	"context"

	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

// serve answers one call of the SDK: through the interceptor, with errors
// wrapped as the SDK wraps them. Calls that only read hold the lock of readers.
func serve[Out any](ctx context.Context, s *Service, operation string, answer func() (*Out, error)) (*Out, error) {
	return call(ctx, s, operation, func() (*Out, error) {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return answer()
	})
}

// change is serve for calls that write: one at a time. The books change in commit only.
func change[Out any](ctx context.Context, s *Service, operation string, answer func() (*Out, error)) (*Out, error) {
	return call(ctx, s, operation, func() (*Out, error) {
		s.writing.Lock()
		defer s.writing.Unlock()
		return answer()
	})
}

func call[Out any](ctx context.Context, s *Service, operation string, answer func() (*Out, error)) (*Out, error) {
	return intercept.Call(ctx, s.options.Intercept, "elasticloadbalancing:"+operation, func(ctx context.Context) (*Out, error) {
		if err := ctx.Err(); err != nil {
			return nil, wrap(operation, &smithy.CanceledError{Err: err})
		}
		out, err := answer()
		if err != nil {
			return nil, wrap(operation, err)
		}
		return out, nil
	})
}

func wrap(operation string, err error) error {
	return &smithy.OperationError{ServiceID: "Elastic Load Balancing v2", OperationName: operation, Err: err}
}
