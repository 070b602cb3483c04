package asg

import (
	"context"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// keptVersions is how many of the launch template versions that Goldfinch made Retire keeps: they cost nothing, and are what a release can
// return to.
const keptVersions = 10

// Retire deletes the groups that have no traffic: those that Goldfinch made, once the last request to their instances is answered. The user's own
// group, when it is previous's and was in the target group, is emptied instead. Other groups of the service are left alone, and so is what is attached to another target group. Before that, what the present group could not have while it was attached to nothing is copied from
// previous's; in the end it may shrink again.
func (g *groups) Retire(ctx context.Context, current, previous string) (retired []string, done bool, err error) {
	present, err := g.read(ctx)
	if err != nil {
		return nil, false, err
	}
	split, shares, home := present.split(), present.shares(), present.group(current)
	if split.Same(release.Pure(current)) {
		if arrived, err := g.advance(ctx, present); err != nil || !arrived {
			return nil, false, err
		}
	}
	done = true
	for _, group := range present.groups {
		emptied := group.Desired == 0 && group.Maximum == 0 && len(group.Instances) == 0
		if group.Name == home.Name || group.Version == current || group.Version == split.Stable || group.Version == split.Canary ||
			shares[group.Version] > 0 || !g.fleet.Replaces(group, home) || !group.Made() && (group.Version != previous || emptied) {
			continue
		}
		if group.Version == previous && group.TemplateID == home.TemplateID {
			if err := g.fleet.Copy(ctx, group, home); err != nil {
				return retired, false, err
			}
		}
		gone, err := g.fleet.Delete(ctx, group)
		if err != nil {
			return retired, false, err
		}
		if gone {
			retired = append(retired, group.Version)
		}
		done = done && gone
	}
	if !done || !home.Exists() || !split.Same(release.Pure(current)) {
		return retired, done, nil
	}
	_, err = g.settleDown(ctx, home, current, previous) // those versions had no group any more
	return retired, err == nil, err
}

// settleDown lets a group shrink again, and deletes launch template versions that nobody needs, which it returns.
func (t *Target) settleDown(ctx context.Context, group fleet.Group, keep ...string) (deleted []string, err error) {
	if err := t.fleet.Free(ctx, group); err != nil {
		return nil, err
	}
	surplus, err := t.fleet.SurplusVersions(ctx, group.TemplateID, keptVersions)
	if err != nil {
		return nil, err
	}
	for _, version := range surplus {
		if slices.Contains(keep, version) {
			continue
		}
		gone, err := t.fleet.DeleteVersion(ctx, group.TemplateID, version)
		if err != nil {
			return deleted, err
		}
		if gone {
			deleted = append(deleted, version)
		}
	}
	return deleted, nil
}

// Restore deletes the group that this release made, once the last request to its instances is answered, and its launch template version; the stable
// group may shrink again. A group that requests reach nevertheless is kept.
func (g *groups) Restore(ctx context.Context, stable string) (note string, done bool, err error) {
	if stable == "" {
		return "", true, nil // there was nothing to make a version of
	}
	present, err := g.read(ctx)
	if err != nil {
		return "", false, err
	}
	split := present.split()
	if !split.Same(release.Pure(stable)) {
		return "version " + stable + " has not all traffic (" + split.String() + "), so nothing is deleted", true, nil
	}
	if arrived, err := g.advance(ctx, present); err != nil || !arrived {
		return "", false, err
	}
	home := present.group(stable)
	done = true
	for _, group := range present.groups {
		if group.Name == home.Name || group.Version == stable || group.Release != g.release || !group.Made() || !g.fleet.Replaces(group, home) {
			continue
		}
		gone, err := g.fleet.Delete(ctx, group)
		if err != nil {
			return "", false, err
		}
		done = done && gone
	}
	if !done || !home.Exists() {
		return "", done, nil
	}
	if err := g.fleet.Free(ctx, home); err != nil {
		return "", false, err
	}
	return "", true, g.forget(ctx, home, stable)
}

// forget deletes the launch template version that this release made.
func (t *Target) forget(ctx context.Context, home fleet.Group, stable string) error {
	released, err := t.fleet.Released(ctx, home.TemplateID)
	if err != nil || released == "" || released == stable {
		return err
	}
	_, err = t.fleet.DeleteVersion(ctx, home.TemplateID, released)
	return err
}
