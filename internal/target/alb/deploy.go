package alb

import (
	"context"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// Bake makes the document's image, or finds the one that it names.
func (t *Target) Bake(ctx context.Context) (bool, error) { return t.image.Bake(ctx) }

// Baked is the document's artifact with the id of its image, after Bake is done.
func (t *Target) Baked(ctx context.Context) (release.Artifact, error) { return t.image.Baked(ctx) }

// Deploy makes a version of the stable group's launch template with the image, and a group of it behind the idle target group, of the size that the stable
// one has now; it is done when every instance is in service, and healthy for the load balancer. What earlier releases left behind is
// deleted, and what of it is still behind the idle target group first. The users' rule is not written.
func (t *Target) Deploy(ctx context.Context, stable string) (version string, done bool, err error) {
	now, err := t.read(ctx)
	if err != nil {
		return "", false, err
	}
	targetGroup, ok := now.backings.leading(t.alb.TargetGroups, stable)
	if !ok {
		return "", false, release.Fail(release.KindConflict, "no Auto Scaling group of version %s, which users have, is attached to a target group of the pair (%s)", stable, t.pairName()).
			WithHint("somebody detached it since the release began; attach it again, then release again")
	}
	from, idle := now.backings[targetGroup].group, t.partnerOf(targetGroup)
	version, err = t.version(ctx, from)
	if err != nil {
		return "", false, err
	}
	if now.routes.main.forward().weights[idle] > 0 && now.backings.of(idle).version != version {
		return version, false, t.moved(now, release.Pure(stable))
	}
	free, cleared, err := t.clear(ctx, now, stable, version, idle)
	if err != nil || !free {
		return version, false, err
	}
	if err := t.watchHealth(ctx, now.routes); err != nil {
		return version, false, err
	}
	if _, err := t.openTest(ctx, now.routes, idle); err != nil {
		return version, false, err
	}
	if err := t.fleet.Hold(ctx, from); err != nil {
		return version, false, err
	}
	group, err := t.fleet.Clone(ctx, from, version, t.fleet.Name(version), []string{idle}, from.Desired)
	if err != nil {
		return version, false, err
	}
	ready, _, err := t.fleet.Ready(ctx, group, idle)
	return version, ready && cleared, err
}

// version finds or makes the version of this release.
func (t *Target) version(ctx context.Context, from fleet.Group) (string, error) {
	if t.isReturn() {
		return t.fleet.Version(ctx, from, "")
	}
	ami, err := t.image.AMI(ctx)
	if err != nil {
		return "", err
	}
	return t.fleet.Version(ctx, from, ami)
}

// partnerOf is the other target group of the pair.
func (t *Target) partnerOf(targetGroup string) string {
	if targetGroup == t.alb.TargetGroups[0] {
		return t.alb.TargetGroups[1]
	}
	return t.alb.TargetGroups[0]
}

// clear deletes what earlier releases left behind, as far as it can without waiting. Free is true when nothing is attached to the idle target group any more, and cleared when
// nothing is left at all. A group that Goldfinch did not make is left alone.
func (t *Target) clear(ctx context.Context, now present, stable, version, idle string) (free, cleared bool, err error) {
	groups, err := t.fleet.Groups(ctx)
	if err != nil {
		return false, false, err
	}
	free, cleared = true, true
	live := t.groupOf(now, groups, stable)
	for _, group := range groups {
		attached := slices.Contains(group.TargetGroups, idle)
		switch {
		case group.Version == version && group.Name == t.fleet.Name(version):
			continue
		case attached && !group.Made():
			return false, false, release.Fail(release.KindConflict, "group %s is attached to target group %s, which must be idle, and Goldfinch did not make it", group.Name, targetGroupName(idle)).
				WithHint("detach it, then release again")
		case !t.isNeedless(group, live, now, stable, ""):
			continue
		}
		gone, err := t.fleet.Delete(ctx, group)
		if err != nil {
			return false, false, err
		}
		free, cleared = free && !attached, cleared && gone
	}
	return free, cleared, nil
}

// Usable reports whether the version has a group behind a target group of the pair, with an instance that gets requests when the target group does. Whether
// that is healthy is not asked: a load balancer none of whose targets is healthy sends requests to all of them, see
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
func (t *Target) Usable(ctx context.Context, version string) (bool, error) {
	behind, err := t.backings(ctx)
	if err != nil {
		return false, err
	}
	targetGroup, ok := behind.leading(t.alb.TargetGroups, version)
	group := behind[targetGroup].group
	if !ok || !group.Stands() {
		return false, nil
	}
	health, err := t.fleet.Health(ctx, targetGroup)
	if err != nil {
		return false, err
	}
	for _, instance := range group.Instances {
		state, registered := health[instance.ID]
		if instance.Working() && registered && !state.Draining() {
			return true, nil
		}
	}
	return false, release.Fail(release.KindUnhealthy, "no instance of group %s is in target group %s", group.Name, targetGroupName(targetGroup))
}
