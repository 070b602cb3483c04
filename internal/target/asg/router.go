package asg

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// groups is the mode in which each version has a group of its own.
type groups struct{ *Target }

// shiftAttempts bounds how often Shift looks again after somebody else wrote between its reads.
const shiftAttempts = 8

// Split reads where traffic goes; the zero Split when the target group has no instances.
func (g *groups) Split(ctx context.Context) (release.Split, error) {
	present, err := g.read(ctx)
	if err != nil {
		return release.Split{}, err
	}
	return present.split(), nil
}

// Shift writes the tag that says what is wanted, in one call, and does as much of it as can be done at once. There is no lock: it reads again
// after guard.Check, and starts over when something has changed. With guard.Touch, guard.Check is asked even when there is nothing to do; without a lock, there is nothing to write then.
func (g *groups) Shift(ctx context.Context, want release.Split, guard target.Guard) (release.Split, error) {
	for range shiftAttempts {
		present, err := g.read(ctx)
		if err != nil {
			return release.Split{}, err
		}
		found := present.split()
		if !found.Same(want) && !present.isOvertaken(want) && (guard.Mine == nil || !guard.Mine(found)) {
			return found, g.moved(present, want)
		}
		if want.Stable == "" {
			return found, release.Fail(release.KindDirty, "target group %s stands at %s, and there is no version to go back to", g.asg.TargetGroup, found).
				WithHint("release a good version")
		}
		if found.Same(want) && !guard.Touch && g.finished(present) {
			return found, nil
		}
		if guard.Check != nil {
			if err := guard.Check(ctx); err != nil {
				return found, err
			}
		}
		if !found.Same(want) {
			if err := g.hold(ctx, present, want); err != nil {
				return found, err
			}
		}
		again, err := g.read(ctx)
		if err != nil {
			return found, err
		}
		if !again.split().Same(found) || again.wanted != present.wanted {
			continue
		}
		if !found.Same(want) {
			if again, err = g.intend(ctx, again, want); err != nil {
				return found, err
			}
		}
		if _, err := g.advance(ctx, again); err != nil {
			return want, err
		}
		return want, nil
	}
	return release.Split{}, release.Fail(release.KindTransient, "target group %s changed %d times while it was moved to %s", g.asg.TargetGroup, shiftAttempts, want)
}

// finished reports whether nothing is left to do of what is wanted.
func (g *groups) finished(present place) bool {
	return present.wanted.stable == "" || present.arrived == present.wanted || len(g.steps(present)) == 0
}

// hold makes both versions keep their size from now on, so that no scaling policy takes away what a rollback needs. One that has no group is a
// KindConflict failure. The user's own one, when traffic is to leave it, is claimed as long as it is attached, so that Retire knows it when it is not any more.
func (g *groups) hold(ctx context.Context, present place, want release.Split) error {
	wanted := intend(want, g.pairOf(present, want), g.now())
	for _, version := range []string{wanted.stable, wanted.canary} {
		if version == "" {
			continue // where nothing was in the target group, nothing is to be held
		}
		group, err := g.groupOf(present, version)
		if err != nil {
			return err
		}
		if version == wanted.stable && wanted.weight > 0 {
			if err := g.fleet.Claim(ctx, group); err != nil {
				return err
			}
		}
		if err := g.fleet.Hold(ctx, group); err != nil {
			return err
		}
	}
	return nil
}

// intend writes what is wanted, in one call: the next one after what was read. When nobody has written a tag before, what stands there has arrived.
func (g *groups) intend(ctx context.Context, present place, want release.Split) (place, error) {
	wanted := intend(want, g.pairOf(present, want), g.now())
	tags := map[string]string{TagSplit: wanted.String()}
	if present.wanted.stable == "" {
		present.arrived = intention{stable: present.split().Stable, at: wanted.at}
		tags[TagArrived] = present.arrived.String()
	}
	before, _, _ := present.arrived.major()
	if major, _, _ := wanted.major(); major != before {
		present.arrived = intention{}
		tags[TagArrived] = ""
	}
	present.wanted = wanted
	return present, g.mark(ctx, "move it to "+want.String(), tags)
}

// pairOf is the present split, with the version that the wanted one comes from when one has all traffic. Where nothing is in the target group,
// because somebody has emptied it, the wanted one comes from nowhere.
func (g *groups) pairOf(present place, want release.Split) release.Split {
	found := present.split()
	if found.Stable == "" {
		return release.Pure(want.Stable)
	}
	if found.IsPure() && found.Stable == want.Stable || found.IsPure() && found.Same(present.wanted.split()) && present.wanted.involves(want.Stable) {
		return present.wanted.pair()
	}
	return found
}

// mark writes tags of the target group, in one call.
func (t *Target) mark(ctx context.Context, what string, values map[string]string) error {
	input := &elbv2.AddTagsInput{ResourceArns: []string{t.asg.TargetGroup}}
	for _, key := range []string{TagSplit, TagArrived} {
		if value, ok := values[key]; ok {
			input.Tags = append(input.Tags, elbtypes.Tag{Key: aws.String(key), Value: aws.String(value)})
		}
	}
	_, err := call.Do(ctx, fmt.Sprintf("elasticloadbalancing: tag %s, to %s", t.asg.TargetGroup, what), t.elb.AddTags, input)
	return err
}

// moved says that traffic is where this release never put it.
func (g *groups) moved(present place, want release.Split) error {
	return release.Fail(release.KindConflict, "target group %s was changed by somebody else: it stands at %s (%s), which this release never intended, and is left there instead of %s",
		g.asg.TargetGroup, present.split(), present, want).
		WithHint("CloudTrail's events AttachTrafficSources, DetachTrafficSources, RegisterTargets and DeregisterTargets say who; put the instances that users should have into the target group, then release again")
}

// Arrives does what is left of a shift, and reports whether requests meet it.
func (g *groups) Arrives(ctx context.Context, shifted target.Shifted) (at time.Time, got release.Split, err error) {
	present, err := g.read(ctx)
	if err != nil {
		return time.Time{}, release.Split{}, err
	}
	if found := present.split(); !found.Same(shifted.Split) {
		return time.Time{}, found, nil
	}
	arrived, err := g.advance(ctx, present)
	if err != nil {
		return time.Time{}, release.Split{}, err
	}
	got = g.met(present, shifted.Split)
	if !arrived {
		return time.Time{}, got, nil
	}
	return g.now(), got, nil
}

// met is what requests meet: the shares of healthy instances of the versions of a split.
func (g *groups) met(present place, split release.Split) release.Split {
	pair := split
	if split.IsPure() {
		pair = present.wanted.pair()
	}
	var stables, canaries int
	for _, group := range present.groups {
		switch group.Version {
		case pair.Stable:
			stables += present.healthy(group)
		case pair.Canary:
			canaries += present.healthy(group)
		}
	}
	switch {
	case stables+canaries == 0:
		return split
	case canaries == 0:
		return release.Pure(pair.Stable)
	case stables == 0:
		return release.Pure(pair.Canary)
	}
	return release.Split{Stable: pair.Stable, Canary: pair.Canary, Weight: percentOf(canaries, stables+canaries)}
}

// groupOf is the group of a version; one that is gone is a KindConflict failure.
func (g *groups) groupOf(present place, version string) (fleet.Group, error) {
	group := present.group(version)
	if !group.Exists() {
		return fleet.Group{}, release.Fail(release.KindConflict, "version %s of service %s in %s has no Auto Scaling group", version, g.document.Service, g.document.Environment).
			WithHint("somebody deleted it; CloudTrail's event DeleteAutoScalingGroup says who")
	}
	return group, nil
}
