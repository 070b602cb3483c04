package lambda_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

// handlerLimit is what a handler has: the workflow gives a state 90 seconds, and
// a lease outlasts the wait before it by two minutes.
const handlerLimit = time.Minute

// TestNothingTakesLongerThanItsHandler: whatever hangs ends as something to try
// again, while the handler still has time to say so.
func TestNothingTakesLongerThanItsHandler(t *testing.T) {
	t.Parallel()
	preflight := func(ctx context.Context, target *lambda.Target) error { _, err := target.Preflight(ctx); return err }
	bake := func(ctx context.Context, target *lambda.Target) error { _, err := target.Bake(ctx); return err }
	deploy := func(ctx context.Context, target *lambda.Target) error {
		_, _, err := target.Deploy(ctx, "1")
		return err
	}
	restore := func(ctx context.Context, target *lambda.Target) error {
		_, _, err := target.Restore(ctx, "1")
		return err
	}
	tests := []struct {
		name    string
		begin   func(testing.TB, durations) *cloud
		prepare func(*cloud)
		// handler is what one handler does, one after the other.
		handler []func(context.Context, *lambda.Target) error
	}{
		{"slow calls before bake", newCloud, slow, []func(context.Context, *lambda.Target) error{preflight, bake}},
		{"a stalled package before bake", newCloud, stall, []func(context.Context, *lambda.Target) error{preflight, bake}},
		{"slow calls of deploy", manyPages, slow, []func(context.Context, *lambda.Target) error{deploy}},
		{"a stalled package of deploy", baked, stall, []func(context.Context, *lambda.Target) error{deploy}},
		{"slow calls of restore", manyPages, slow, []func(context.Context, *lambda.Target) error{restore}},
		{"a stalled package of restore", baked, stall, []func(context.Context, *lambda.Target) error{restore}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := test.begin(t, durations{})
				target := c.target(withoutHash, restoring)
				test.prepare(c)
				began := time.Now()
				for _, method := range test.handler {
					if err := method(t.Context(), target); err != nil {
						expectKind(t, err, release.KindTransient)
					}
				}
				if took := time.Since(began); took >= handlerLimit {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

func slow(c *cloud)  { c.slow = 9 * time.Second }
func stall(c *cloud) { c.stalled = true }

// manyPages is baked, with as many versions as it takes several calls to list,
// and one that has provisioned concurrency.
func manyPages(t testing.TB, d durations) *cloud {
	c := manyVersions(t, 260)
	must(t, c.move(stable))
	c.provision("2", 1)
	c.put("v2")
	c.pass(d.update)
	return c
}
