package fleettest

import (
	"context"
	"slices"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/local/autoscaling"
)

// foreignKey marks calls that are not those of what is tested.
type foreignKey struct{}

// Foreign is a context for somebody else's calls.
func Foreign() context.Context { return context.WithValue(context.Background(), foreignKey{}, true) }

// IsForeign reports whether a call is somebody else's.
func IsForeign(ctx context.Context) bool { return ctx.Value(foreignKey{}) != nil }

// intercept records the calls of what is tested, and does what tests want done before them.
func (a *Account) intercept(ctx context.Context, operation string, call func(context.Context) error) error {
	if IsForeign(ctx) || autoscaling.Internal(ctx) {
		return call(ctx)
	}
	a.mu.Lock()
	a.calls = append(a.calls, operation)
	first := a.any
	a.any = nil
	if waiting := a.before[operation]; first == nil && len(waiting) > 0 {
		first, a.before[operation] = waiting[0], waiting[1:]
	}
	a.mu.Unlock()
	if first != nil {
		if err := first(); err != nil {
			return err
		}
	}
	return call(ctx)
}

// Next has something done before the next call of an operation, such as autoscaling:CreateAutoScalingGroup; an error is its answer.
func (a *Account) Next(operation string, f func() error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.before[operation] = append(a.before[operation], f)
}

// NextCall is Next for whatever call comes first.
func (a *Account) NextCall(f func() error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.any = f
}

// Calls lists the calls of what is tested, the oldest first.
func (a *Account) Calls() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.calls)
}

// Writes lists those that change anything.
func (a *Account) Writes() []string {
	return slices.DeleteFunc(a.Calls(), func(operation string) bool {
		_, name, _ := strings.Cut(operation, ":")
		return strings.HasPrefix(name, "Describe") || strings.HasPrefix(name, "Get")
	})
}
