package autoscaling

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

// serve answers one call of the SDK: through the interceptor, with errors
// wrapped as the SDK wraps them. No lock is held.
func serve[Out any](ctx context.Context, s *Service, operation string, answer func(context.Context) (*Out, error)) (*Out, error) {
	return intercept.Call(ctx, s.options.Intercept, "autoscaling:"+operation, func(ctx context.Context) (*Out, error) {
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

// look is serve for calls that only read.
func look[Out any](ctx context.Context, s *Service, operation string, answer func() (*Out, error)) (*Out, error) {
	return serve(ctx, s, operation, func(context.Context) (*Out, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return answer()
	})
}

// change is serve for calls that change one group, which is stored and looked at afterwards.
func change[Out any](ctx context.Context, s *Service, operation string, name *string, answer func(*group) (*Out, error)) (*Out, error) {
	return serve(ctx, s, operation, func(context.Context) (*Out, error) { return changed(s, name, answer) })
}

// changed is change within a call that was begun by serve.
func changed[Out any](s *Service, name *string, answer func(*group) (*Out, error)) (*Out, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.group(name)
	if err != nil {
		return nil, err
	}
	next := found.clone()
	out, err := answer(next)
	if err != nil {
		return nil, err
	}
	if err := s.commit(next); err != nil {
		return nil, err
	}
	s.wake(next.name())
	return out, nil
}

// group finds a group that is not being deleted. The caller holds s.mu.
func (s *Service) group(name *string) (*group, error) {
	if aws.ToString(name) == "" {
		return nil, required("autoScalingGroupName")
	}
	found := s.groups[*name]
	if found == nil {
		return nil, validation("AutoScalingGroup name not found - AutoScalingGroup '%s' not found", *name)
	}
	if found.Deleting {
		return nil, validation("AutoScalingGroup '%s' is pending delete", *name)
	}
	return found, nil
}

func wrap(operation string, err error) error {
	return &smithy.OperationError{ServiceID: "Auto Scaling", OperationName: operation, Err: err}
}
