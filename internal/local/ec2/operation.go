package ec2

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

// serve answers one call of the SDK: through the interceptor, with errors
// wrapped as the SDK wraps them.
func serve[Out any](ctx context.Context, s *Service, operation string, dryRun *bool, answer func() (*Out, error)) (*Out, error) {
	return intercept.Call(ctx, s.options.Intercept, "ec2:"+operation, func(ctx context.Context) (*Out, error) {
		if err := ctx.Err(); err != nil {
			return nil, wrap(operation, &smithy.CanceledError{Err: err})
		}
		if aws.ToBool(dryRun) {
			return nil, wrap(operation, wouldSucceed())
		}
		out, err := answer()
		if err != nil {
			return nil, wrap(operation, err)
		}
		return out, nil
	})
}

// look is serve for calls that only read.
func look[Out any](ctx context.Context, s *Service, operation string, dryRun *bool, answer func() (*Out, error)) (*Out, error) {
	return serve(ctx, s, operation, dryRun, func() (*Out, error) {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return answer()
	})
}

// change is serve for calls that write: one at a time.
func change[Out any](ctx context.Context, s *Service, operation string, dryRun *bool, answer func() (*Out, error)) (*Out, error) {
	return serve(ctx, s, operation, dryRun, func() (*Out, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return answer()
	})
}

func wrap(operation string, err error) error {
	return &smithy.OperationError{ServiceID: "EC2", OperationName: operation, Err: err}
}
