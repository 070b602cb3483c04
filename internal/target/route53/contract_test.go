package route53_test

import (
	"context"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/targettest"
)

// TestContract holds the target to the laws of every target, on the local Route 53: with records that have addresses, with
// aliases, and with a name that is a tree by countries.
func TestContract(t *testing.T) {
	t.Parallel()
	for name, endpoint := range map[string]func(string) map[string]string{"addresses": addresses, "aliases": aliases} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			targettest.Run(t, func(t *testing.T) targettest.World {
				c := newCloud(t)
				c.endpoint = endpoint
				c.begin()
				return c.world()
			})
		})
	}
}

// world is the cloud with a release's canary, a foreigner's stack and an old one.
func (c *cloud) world() targettest.World {
	for name, made := range map[string]string{canaryStack: "r-1", foreignStack: "foreign", "echo-production-old": "old", "echo-production-older": "older"} {
		c.stack(name, made)
	}
	return targettest.World{
		Target: c.target(), Twin: c.target(),
		Stable: stableStack, Canary: canaryStack, Foreign: foreignStack, Spare: []string{"echo-production-old", "echo-production-older"}, Missing: "echo-production-none",
		Move:            func(_ context.Context, want release.Split) error { return c.move(want) },
		BeforeNextWrite: func(f func()) { c.before = f },
		Request:         c.metrics.request,
		Writes:          c.written,
		Versions:        c.stacks.names,
		Throttle:        func() { c.throttled = true },
		Pass:            c.pass,
		Now:             c.clock.Now,
		Costly:          true,
	}
}
