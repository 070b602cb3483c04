package alb

import (
	"context"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// keptVersions is how many of the launch template versions that Goldfinch made Retire keeps: they cost nothing, and are what a release can
// return to.
const keptVersions = 10

// Retire deletes the groups that have no traffic: previous's, and those that Goldfinch made for earlier releases and that are behind the pair, or behind nothing. Each leaves its
// target group first, and is deleted once the last request to its instances is answered. The user's own group is emptied instead. Other groups of the service are left alone, and so is what is
// attached to another target group. In the end the
// rules of this release go, and the present group may shrink again.
func (t *Target) Retire(ctx context.Context, current, previous string) (retired []string, done bool, err error) {
	now, err := t.read(ctx)
	if err != nil {
		return nil, false, err
	}
	groups, err := t.fleet.Groups(ctx)
	if err != nil {
		return nil, false, err
	}
	done = true
	present := t.groupOf(now, groups, current)
	for _, group := range groups {
		if !t.isNeedless(group, present, now, current, previous) {
			continue
		}
		gone, begun, err := t.delete(ctx, group)
		if err != nil {
			return retired, false, err
		}
		if begun {
			retired = append(retired, group.Version)
		}
		done = done && gone
	}
	if !done || !now.split.Same(release.Pure(current)) {
		return retired, done, nil // the rules are needed for as long as both versions are
	}
	if err := t.letGo(ctx); err != nil {
		return retired, false, err
	}
	return retired, true, t.settleDown(ctx, present)
}

// delete deletes a group as far as it can without waiting; begun is true once, when AWS has been told to delete it, or to empty the user's own.
func (t *Target) delete(ctx context.Context, group fleet.Group) (gone, begun bool, err error) {
	if err := t.fleet.Claim(ctx, group); err != nil {
		return false, false, err
	}
	gone, err = t.fleet.Delete(ctx, group)
	if err != nil {
		return false, false, err
	}
	left, err := t.fleet.Named(ctx, group.Name)
	return gone, !ends(group) && ends(left), err
}

// ends reports whether a group is gone, or has been told to go, or to be empty when it is the user's own.
func ends(group fleet.Group) bool {
	return !group.Exists() || group.Deleting || !group.Made() && group.Maximum == 0
}

// groupOf is the group of a version: the one behind the pair. Where none is, it is any of the version.
func (t *Target) groupOf(now present, groups []fleet.Group, version string) fleet.Group {
	if targetGroup, ok := now.backings.leading(t.alb.TargetGroups, version); ok {
		return now.backings[targetGroup].group
	}
	group, _ := t.fleet.Of(groups, version)
	return group
}

// isNeedless reports whether a group may be deleted now that users have live: nobody's requests reach it, and it is a release's, or the user's own one that this release replaces.
func (t *Target) isNeedless(group, live fleet.Group, now present, current, previous string) bool {
	if group.Version == current || group.Version == now.split.Stable || group.Version == now.split.Canary {
		return false
	}
	emptied := group.Desired == 0 && group.Maximum == 0 && len(group.Instances) == 0 && len(group.TargetGroups) == 0
	return t.fleet.Replaces(group, live) && (group.Made() || group.Version == previous && !emptied)
}

// settleDown lets the present group shrink again, and deletes launch template versions that nobody needs.
func (t *Target) settleDown(ctx context.Context, group fleet.Group) error {
	if !group.Exists() {
		return nil
	}
	if err := t.fleet.Free(ctx, group); err != nil {
		return err
	}
	surplus, err := t.fleet.SurplusVersions(ctx, group.TemplateID, keptVersions)
	if err != nil {
		return err
	}
	for _, version := range surplus {
		if _, err := t.fleet.DeleteVersion(ctx, group.TemplateID, version); err != nil {
			return err
		}
	}
	return nil
}

// Restore deletes the group that this release made, once the last request to its instances is answered, its launch template version, and its rules; the stable
// group may shrink again. A group that requests reach nevertheless is kept.
func (t *Target) Restore(ctx context.Context, stable string) (note string, done bool, err error) {
	if stable == "" {
		return "", true, nil // there was nothing to make a version of
	}
	now, err := t.read(ctx)
	if err != nil {
		return "", false, err
	}
	groups, err := t.fleet.Groups(ctx)
	if err != nil {
		return "", false, err
	}
	done = true
	home := t.groupOf(now, groups, stable)
	for _, group := range groups {
		if group.Version == stable || group.Release != t.release || !group.Made() || !t.fleet.Replaces(group, home) {
			continue
		}
		if group.Version == now.split.Stable || group.Version == now.split.Canary {
			return fmt.Sprintf("version %s is kept, because %s stands at %s", group.Version, t.placeName(), now.split), true, nil
		}
		gone, err := t.fleet.Delete(ctx, group)
		if err != nil {
			return "", false, err
		}
		done = done && gone
	}
	if !done {
		return "", false, nil
	}
	if err := t.letGo(ctx); err != nil || !home.Exists() {
		return "", err == nil, err
	}
	if err := t.fleet.Free(ctx, home); err != nil {
		return "", false, err
	}
	released, err := t.fleet.Released(ctx, home.TemplateID)
	if err != nil || released == "" || released == stable {
		return "", err == nil, err
	}
	_, err = t.fleet.DeleteVersion(ctx, home.TemplateID, released)
	return "", err == nil, err
}
