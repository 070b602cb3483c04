package asg

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// Deploy makes the launch template version; nothing runs of it before it has traffic.
func (r *refresh) Deploy(ctx context.Context, stable string) (version string, done bool, err error) {
	present, err := r.read(ctx)
	if err != nil {
		return "", false, err
	}
	if present.group.Version != stable {
		return "", false, release.Fail(release.KindConflict, "group %s launches version %s instead of %s, which users had when the release began", r.asg.Group, present.group.Version, stable).
			WithHint("somebody changed it; release again")
	}
	version, err = r.version(ctx, present.group)
	return version, err == nil, err
}

// Verify can check nothing: no instance of the version runs before it has traffic. Preflight refuses documents with checks.
func (r *refresh) Verify(ctx context.Context, version string) error {
	usable, err := r.Usable(ctx, version)
	if err == nil && !usable {
		err = release.Fail(release.KindUnhealthy, "version %s of the launch template of group %s does not exist", version, r.asg.Group)
	}
	return err
}

// Usable reports whether the launch template has the version.
func (r *refresh) Usable(ctx context.Context, version string) (bool, error) {
	present, err := r.read(ctx)
	if err != nil || !present.group.Exists() {
		return false, err
	}
	return r.fleet.Exists(ctx, present.group.TemplateID, version)
}

// Retire deletes launch template versions that nobody needs, once all instances are of the present one.
func (r *refresh) Retire(ctx context.Context, current, previous string) (retired []string, done bool, err error) {
	present, err := r.read(ctx)
	if err != nil || !present.group.Exists() {
		return nil, err == nil, err
	}
	if present.wanted.stable != "" && !present.reached() && present.split().Same(release.Pure(current)) {
		return nil, false, r.push(ctx, present)
	}
	retired, err = r.settleDown(ctx, present.group, current, previous)
	return retired, err == nil, err
}

// Restore deletes the launch template version of this release, once no instance has it.
func (r *refresh) Restore(ctx context.Context, stable string) (note string, done bool, err error) {
	present, err := r.read(ctx)
	if err != nil || stable == "" || !present.group.Exists() {
		return "", err == nil, err
	}
	if !present.split().Same(release.Pure(stable)) {
		return "version " + stable + " has not all traffic (" + present.split().String() + "), so nothing is deleted", true, nil
	}
	if present.wanted.stable != "" && !present.reached() && present.wanted.split().Same(release.Pure(stable)) {
		return "", false, r.push(ctx, present)
	}
	return "", true, r.forget(ctx, present.group, stable)
}

// inspect wants one version in the group, and what only a refresh that can be rolled back needs.
func (r *refresh) inspect(ctx context.Context, i *inspection) error {
	present, err := r.read(ctx)
	if err != nil {
		return err
	}
	if !present.group.Exists() {
		i.refuse(fmt.Sprintf("group %s does not exist in this account and Region", r.asg.Group), "correct target.asg.group")
		return nil
	}
	i.stable, i.found.Split = present.group, present.split()
	if !i.found.Split.IsPure() {
		i.refuse(fmt.Sprintf("group %s stands at %s, which no release of Goldfinch is doing", r.asg.Group, i.found.Split),
			"finish or roll back what somebody has begun, so that all instances are of the group's version")
	}
	if !slices.Contains(present.group.TargetGroups, r.asg.TargetGroup) {
		i.refuse(fmt.Sprintf("group %s is not attached to target group %s", r.asg.Group, r.asg.TargetGroup), "attach it, or correct target.asg.targetGroup")
	}
	if mixed := present.group.Mixed(); mixed != nil && mixed.LaunchTemplate != nil {
		for _, override := range mixed.LaunchTemplate.Overrides {
			if override.InstanceRequirements != nil {
				i.refuse(fmt.Sprintf("group %s chooses instance types by requirements, and a refresh of such a group fails with a desired configuration or skip matching, and can't be rolled back", r.asg.Group),
					"name instance types, or use target.asg.mode groups")
				break
			}
		}
	}
	if len(r.document.Verify) > 0 && !r.isReturn() {
		i.refuse("verify has checks, and an instance refresh runs nothing of the new version before it has traffic", "leave them out, or use target.asg.mode groups")
	}
	if longest := time.Duration(checkpointDelay) * time.Second; r.document.Timeouts.Release.Std() >= longest {
		i.refuse(fmt.Sprintf("timeouts.release is %s, and AWS goes on by itself when a refresh has stayed at a checkpoint for %s", r.document.Timeouts.Release, longest), "make it shorter")
	}
	i.note("each instance is replaced, so that going back takes as long as going there: about %d times the start of an instance and its warmup for the whole group of %d; target.asg.mode groups goes back without starting anything",
		max(int(math.Ceil(float64(present.group.Desired)/max(float64(present.group.Desired*(maximumHealthy-100)/100), 1))), 1), present.group.Desired)
	return r.inspectAlarms(ctx, i)
}

// inspectAlarms refuses alarms that fire already: a refresh with one of them would fail at once.
func (r *refresh) inspectAlarms(ctx context.Context, i *inspection) error {
	if r.isReturn() {
		return nil
	}
	alarms, err := r.Alarms(ctx, r.document.Analysis.Alarms)
	if err != nil {
		return err
	}
	var firing []string
	for _, alarm := range alarms {
		if alarm.State == "ALARM" {
			firing = append(firing, alarm.Name)
		}
	}
	if len(firing) > 0 {
		i.refuse("these alarms fire already, and would make the instance refresh fail at once: "+strings.Join(firing, ", "), "mend what they show, or use target.asg.mode groups")
	}
	return nil
}

// dimension is the launch template version: both versions are in one group.
func (r *refresh) dimension(_ context.Context, versions ...string) (map[string]measure.Dimension, error) {
	dimensions := map[string]measure.Dimension{}
	for _, version := range versions {
		dimensions[version] = measure.By(dimensionVersion, version)
	}
	return dimensions, nil
}

// home is the one group.
func (r *refresh) home(ctx context.Context, _ string) (fleet.Group, error) {
	return r.fleet.Named(ctx, r.asg.Group)
}
