// Package intercept lets a test or a simulation stand around every call that a
// handler makes to the local cloud: to fail it, to make it take effect and then fail, to do something
// else in between, or to record it.
package intercept

import "context"

// A Func stands around one call. Operation is AWS's name for it, as in an IAM
// policy: "lambda:UpdateAlias". A Func that does not run call prevents it; the
// error that it returns is what the caller sees.
type Func func(ctx context.Context, operation string, call func(context.Context) error) error

// Call makes one call through f, which may be nil.
func Call[Out any](ctx context.Context, f Func, operation string, call func(context.Context) (Out, error)) (Out, error) {
	if f == nil {
		return call(ctx)
	}
	var out Out
	err := f(ctx, operation, func(ctx context.Context) error {
		var err error
		out, err = call(ctx)
		return err
	})
	if err != nil {
		var none Out
		return none, err
	}
	return out, nil
}
