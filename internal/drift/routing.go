package drift

import (
	"context"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// routing inspects a target that can't tell more: where its traffic goes.
type routing struct{ target.Target }

// Inspect finds traffic that is elsewhere.
func (r routing) Inspect(ctx context.Context, released target.Released) ([]target.Finding, error) {
	split, err := r.Split(ctx)
	want := release.Pure(released.Version)
	if err != nil || split.Same(want) {
		return nil, err
	}
	return []target.Finding{{Kind: target.FindingRouting, Resource: "traffic", Want: want.String(), Got: split.String()}}, nil
}

// Mend gives the released version all traffic again.
func (r routing) Mend(ctx context.Context, released target.Released, _ target.Finding, guard target.Guard) (done bool, err error) {
	_, err = r.Shift(ctx, release.Pure(released.Version), guard)
	return err == nil, err
}
