package lambda

import (
	"context"

	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

// serve answers one call of the SDK: through the interceptor, with errors
// wrapped as the SDK wraps them.
func serve[Out any](ctx context.Context, s *Service, operation string, answer func(context.Context) (*Out, error)) (*Out, error) {
	return intercept.Call(ctx, s.options.Intercept, "lambda:"+permission(operation), func(ctx context.Context) (*Out, error) {
		if err := ctx.Err(); err != nil {
			return nil, wrap(operation, &smithy.CanceledError{Err: err})
		}
		out, err := answer(ctx)
		if err != nil {
			return nil, wrap(operation, err)
		}
		return out, nil
	})
}

// change is serve for calls that write: one at a time.
func change[Out any](ctx context.Context, s *Service, operation string, answer func() (*Out, error)) (*Out, error) {
	return serve(ctx, s, operation, func(context.Context) (*Out, error) {
		s.writing.Lock()
		defer s.writing.Unlock()
		return answer()
	})
}

// permission is the action that allows an operation. Only Invoke's has another
// name: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
func permission(operation string) string {
	if operation == "Invoke" {
		return "InvokeFunction"
	}
	return operation
}

func wrap(operation string, err error) error {
	return &smithy.OperationError{ServiceID: "Lambda", OperationName: operation, Err: err}
}
