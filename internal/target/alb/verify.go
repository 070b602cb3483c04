package alb

import (
	"context"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/httpcheck"
)

// Verify makes the checks of the document on the version's target group, by the rule that deploy made for them and that no user's request
// meets. Without target.alb.test it only wants every instance to be in service and healthy.
func (t *Target) Verify(ctx context.Context, version string) error {
	usable, err := t.Usable(ctx, version)
	if err != nil {
		return err
	}
	if !usable {
		return release.Fail(release.KindUnhealthy, "version %s is not usable: it has no Auto Scaling group behind a target group of the pair (%s), all of whose instances are in service and healthy", version, t.pairName())
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
