package alb

import (
	"context"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/httpcheck"
)

// Verify makes the checks of the document on the version's target group, by the rule that deploy made for them and that no user's request
// meets. Without target.alb.test it only wants an instance that is in service and not unhealthy, as Deploy has waited for it.
func (t *Target) Verify(ctx context.Context, version string) error {
	serving, err := t.isServing(ctx, version)
	if err != nil {
		return err
	}
	if !serving {
		return release.Fail(release.KindUnhealthy, "version %s is not usable: it has no Auto Scaling group behind a target group of the pair (%s) with an instance that is in service and healthy", version, t.pairName())
	}
	if t.alb.Test == nil {
		return nil
	}
	now, err := t.read(ctx)
	if err != nil {
		return err
	}
	targetGroup, _ := now.backings.leading(t.alb.TargetGroups, version)
	made, err := t.openTest(ctx, now.routes, targetGroup)
	if err != nil {
		return err
	}
	if made {
		return release.Fail(release.KindTransient, "the rule by which checks reach version %s was gone, and has just been made again: it may not be known everywhere yet", version)
	}
	address, err := t.address(ctx)
	if err != nil {
		return err
	}
	headers := map[string]string{}
	if t.alb.Test.Header != "" {
		headers[t.alb.Test.Header] = t.alb.Test.Value
	}
	return httpcheck.Run(ctx, t.client, address, headers, t.document.Verify)
}

// isServing reports whether an instance of the version answers requests.
func (t *Target) isServing(ctx context.Context, version string) (bool, error) {
	behind, err := t.backings(ctx)
	if err != nil {
		return false, err
	}
	targetGroup, ok := behind.leading(t.alb.TargetGroups, version)
	if !ok || behind[targetGroup].group.Deleting {
		return false, nil
	}
	health, err := t.fleet.Health(ctx, targetGroup)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(behind[targetGroup].group.Instances, func(instance fleet.Instance) bool {
		state, registered := health[instance.ID]
		return registered && instance.Serving() && !state.Draining() && state.State != stateUnhealthy
	}), nil
}

// stateUnhealthy is that of a target that gets no requests while another of its target group is healthy.
const stateUnhealthy = "unhealthy"
