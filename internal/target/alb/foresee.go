package alb

import (
	"context"

	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// Foresee says what a release adds to the bill: a shift is one call, which takes effect within seconds, and a new version is a
// group as large as the stable one.
func (t *Target) Foresee(context.Context) (target.Foresight, error) {
	return target.Foresight{Beside: "a second full set of instances"}, nil
}
