package alb

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// keptVersions is how many of the launch template versions that Goldfinch made Retire keeps: they cost nothing, and are what a release can
// return to.
const keptVersions = 10

// Retire deletes the groups that have no traffic: previous's, and those that Goldfinch made for earlier releases and that are behind the pair, or behind nothing. Each leaves its
// target group first, and is deleted once the last request to its instances is answered. The user's own group is emptied instead. In the end the
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
	var present fleet.Group
	for _, group := range groups {
		if group.Version == current {
			present = group
		}
		if !t.isNeedless(group, now, current, previous) {
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
	if err := t.claim(ctx, group); err != nil {
		return false, false, err
	}
	gone, err = t.fleet.Delete(ctx, group)
	if err != nil {
		return false, false, err
	}
	left, err := t.fleet.Named(ctx, group.Name)
	return gone, !ends(group) && ends(left), err
}

// claim tags the user's own group with the environment, which it need not have: it is known by its target group, which it is about to leave, and who
// comes after a crash must know it again.
func (t *Target) claim(ctx context.Context, group fleet.Group) error {
	if group.Made() || group.Environment != "" {
		return nil
	}
	_, err := call.Do(ctx, "autoscaling: tag group "+group.Name, t.autoScaling.CreateOrUpdateTags, &autoscaling.CreateOrUpdateTagsInput{Tags: []types.Tag{{
		Key: aws.String(fleet.TagEnvironment), Value: aws.String(t.document.Environment), PropagateAtLaunch: aws.Bool(false),
		ResourceId: aws.String(group.Name), ResourceType: aws.String("auto-scaling-group"),
	}}})
	return err
}

// ends reports whether a group is gone, or has been told to go, or to be empty when it is the user's own.
func ends(group fleet.Group) bool {
	return !group.Exists() || group.Deleting || !group.Made() && group.Maximum == 0
}

// isNeedless reports whether a group may be deleted: nobody's requests reach it.
func (t *Target) isNeedless(group fleet.Group, now present, current, previous string) bool {
	if group.Version == current || group.Version == now.split.Stable || group.Version == now.split.Canary {
		return false
	}
	elsewhere := slices.ContainsFunc(group.TargetGroups, func(arn string) bool { return !slices.Contains(t.alb.TargetGroups, arn) })
	emptied := group.Desired == 0 && group.Maximum == 0 && len(group.Instances) == 0 && len(group.TargetGroups) == 0
	return !elsewhere && (group.Made() || group.Version == previous && !emptied)
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
	var home fleet.Group
	for _, group := range groups {
		if group.Version == stable {
			home = group
			continue
		}
		if group.Release != t.release {
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
