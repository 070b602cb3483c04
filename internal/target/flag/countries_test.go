package flag_test

import (
	"context"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// countries is a target that can tell countries apart, whole weights alone, and is where it was shifted to a minute later.
type countries struct {
	target.Target
	split release.Split
}

func (c *countries) Split(context.Context) (release.Split, error) { return c.split, nil }

func (c *countries) Shift(_ context.Context, want release.Split, guard target.Guard) (release.Split, error) {
	if !guard.Mine(c.split) {
		return c.split, release.Fail(release.KindConflict, "it is on %s", c.split)
	}
	c.split = want
	return want, nil
}

func (*countries) Nearest(weight float64) float64 { return float64(int(weight + 0.5)) }

func (*countries) Address(_ context.Context, version string) (string, error) {
	return "v" + version + ".example.com", nil
}

func (c *countries) Arrives(_ context.Context, shifted target.Shifted) (time.Time, release.Split, error) {
	return shifted.At.Add(time.Minute), c.split, nil
}
