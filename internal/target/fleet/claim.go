package fleet

import (
	"context"
	"slices"
)

// Claim marks the user's own group as one that this release replaces, with the tag [TagReplaced], and with the environment where it does not say one. It is
// called while the group is attached to a target group whose traffic moves, and does nothing of any other: what is about to be detached is known by the mark from
// then on, also to whoever comes after a crash.
func (f *Fleet) Claim(ctx context.Context, group Group) error {
	if group.Made() || !f.isAttached(group) || f.isClaimed(group) {
		return nil
	}
	tags := map[string]string{TagReplaced: f.release}
	if group.Environment == "" {
		tags[TagEnvironment] = f.document.Environment
	}
	return f.tag(ctx, group.Name, tags)
}

// Replaces reports whether a group without traffic may be taken away now that users have live, which may be the zero Group:
//
//   - it is attached to no target group but those of [Options].Attached;
//   - Goldfinch made it; or it is the user's own, has live's launch template, and is attached to one of them, or was when this release claimed it.
//
// The number of a version says nothing of that: each launch template counts from 1, and a service may have groups that no release is about.
func (f *Fleet) Replaces(group, live Group) bool {
	if _, serves := f.elsewhere(group); serves {
		return false
	}
	return group.Made() || live.Exists() && group.TemplateID == live.TemplateID && (f.isAttached(group) || f.isClaimed(group))
}

// elsewhere finds a target group that a group is attached to, and whose traffic this release does not move.
func (f *Fleet) elsewhere(group Group) (arn string, ok bool) {
	at := slices.IndexFunc(group.TargetGroups, func(arn string) bool { return !slices.Contains(f.attached, arn) })
	if at < 0 {
		return "", false
	}
	return group.TargetGroups[at], true
}

// isAttached reports whether a group is attached to a target group whose traffic this release moves.
func (f *Fleet) isAttached(group Group) bool {
	return slices.ContainsFunc(group.TargetGroups, func(arn string) bool { return slices.Contains(f.attached, arn) })
}

// isClaimed reports whether this release has claimed a group.
func (f *Fleet) isClaimed(group Group) bool {
	release, ok := group.Tag(TagReplaced)
	return ok && release == f.release
}
