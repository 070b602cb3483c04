package asg

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// refresh is the mode in which AWS updates the instances of one group, by instance refreshes
// (https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html).
//
// A shift to a weight starts an instance refresh whose first checkpoint is the weight, with the steps after it and 100 behind that. It pauses at the
// checkpoint, for as long as AWS allows, which is 48 hours; validation and preflight refuse what would stay longer. AWS has
// no call that says "go on": the next shift cancels the refresh, which keeps what has been replaced, and starts the next one, which skips the instances
// that match. So AWS never goes on by itself, unless Goldfinch is dead for two days.
//
// Going back is RollbackInstanceRefresh while a refresh is active, and otherwise a refresh to the old version. Each instance of the
// new version has to be replaced by one of the old then, so that going back takes as long as going there; the other mode has no such wait.
//
// What is wanted stands in the tag [TagSplit] of the group, which is also what Split reads, as long as the group's configuration, its instances and its
// last refresh are of the two versions. A refresh that fails, or that AWS rolls back because an alarm fires, is a KindUnhealthy failure.
// Cancelling and rolling back ask nobody whose refresh that is: one that somebody else starts between the last look and such a call is stopped, too.
// The group itself is never updated: a refresh that had been started from a group that has the new version already would roll back to that one.
type refresh struct{ *Target }

// checkpointDelay is the longest that AWS stays at a checkpoint, in seconds, see
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html
const checkpointDelay = 172800

// Sizes while a refresh replaces instances, in percent of the desired capacity: it launches before it terminates, see
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html
const (
	minimumHealthy = 100
	maximumHealthy = 110
)

// Split reads which split was wanted last, unless what is there contradicts it. Where AWS has given that up, it is a KindUnhealthy failure that says why, beside
// the split to which AWS goes back: nobody else has moved traffic.
func (r *refresh) Split(ctx context.Context) (release.Split, error) {
	present, err := r.read(ctx)
	if err != nil {
		return release.Split{}, err
	}
	if why := present.abandoned(); why != "" {
		return present.split(), release.Fail(release.KindUnhealthy, "%s", why)
	}
	return present.split(), nil
}

// Shift writes the tag that says what is wanted, in one call, and begins with it.
func (r *refresh) Shift(ctx context.Context, want release.Split, guard target.Guard) (release.Split, error) {
	for range shiftAttempts {
		present, err := r.read(ctx)
		if err != nil {
			return release.Split{}, err
		}
		found := present.split()
		if !found.Same(want) && !present.isOvertaken(want) && (guard.Mine == nil || !guard.Mine(found)) {
			return found, release.Fail(release.KindConflict, "group %s was changed by somebody else: it stands at %s, which this release never intended, and is left there instead of %s", r.asg.Group, found, want).
				WithHint("CloudTrail's events StartInstanceRefresh and UpdateAutoScalingGroup say who; cancel the refresh or give the group the version that users should have, then release again")
		}
		why := present.abandoned()
		if abandoned := present.wanted.canary; why != "" && (want.Stable == abandoned || want.Canary == abandoned) {
			return found, release.Fail(release.KindUnhealthy, "%s", why)
		}
		if found.Same(want) && why == "" && !guard.Touch && (present.wanted.stable == "" || !want.Same(present.wanted.split()) || present.arrived == present.wanted) {
			return found, nil
		}
		if guard.Check != nil {
			if err := guard.Check(ctx); err != nil {
				return found, err
			}
		}
		again, err := r.read(ctx)
		if err != nil {
			return found, err
		}
		if !again.split().Same(found) || again.wanted != present.wanted {
			continue
		}
		if !found.Same(want) || again.abandoned() != "" { // what AWS goes back to by itself has to be wanted, too, so that somebody sees to its end
			before := found
			if found.IsPure() && again.wanted.involves(want.Stable) && again.wanted.involves(found.Stable) {
				before = again.wanted.pair()
			}
			again.wanted = intend(want, before, r.now())
			if err := r.note(ctx, again, TagSplit); err != nil {
				return found, err
			}
		}
		if again.wanted.stable == "" || !again.wanted.split().Same(want) {
			return found, nil // nobody wanted anything else
		}
		return want, r.push(ctx, again)
	}
	return release.Split{}, release.Fail(release.KindTransient, "group %s changed %d times while it was moved to %s", r.asg.Group, shiftAttempts, want)
}

// note writes one of the tags of the group.
func (r *refresh) note(ctx context.Context, present course, tag string) error {
	_, err := call.Do(ctx, fmt.Sprintf("autoscaling: tag group %s with %s", present.group.Name, present.wanted.split()), r.autoScaling.CreateOrUpdateTags, &autoscaling.CreateOrUpdateTagsInput{
		Tags: []types.Tag{{
			Key: aws.String(tag), Value: aws.String(present.wanted.String()), PropagateAtLaunch: aws.Bool(false),
			ResourceId: aws.String(present.group.Name), ResourceType: aws.String("auto-scaling-group"),
		}},
	})
	return err
}

// Arrives goes on with the shift, and reports whether as many instances as are wanted are of the new version.
func (r *refresh) Arrives(ctx context.Context, shifted target.Shifted) (at time.Time, got release.Split, err error) {
	present, err := r.read(ctx)
	if err != nil {
		return time.Time{}, release.Split{}, err
	}
	if why := present.abandoned(); why != "" && !shifted.Split.Same(present.split()) {
		return time.Time{}, present.split(), release.Fail(release.KindUnhealthy, "%s", why)
	}
	if found := present.split(); !found.Same(shifted.Split) {
		return time.Time{}, found, nil
	}
	got = present.met(shifted.Split)
	if present.wanted.stable == "" || !present.wanted.split().Same(shifted.Split) {
		return r.now(), got, nil
	}
	if !present.reached() {
		return time.Time{}, got, r.push(ctx, present)
	}
	healthy, err := r.healthy(ctx, present)
	if err != nil || !healthy {
		return time.Time{}, got, err
	}
	if present.arrived != present.wanted {
		if err := r.note(ctx, present, TagArrived); err != nil {
			return time.Time{}, got, err
		}
	}
	return r.now(), got, nil
}

// met is the share of the canary's instances in service.
func (c course) met(split release.Split) release.Split {
	counts := c.counts()
	pair := c.wanted.pair()
	stables, canaries := counts[pair.Stable], counts[pair.Canary]
	switch {
	case c.wanted.stable == "" || stables+canaries == 0:
		return split
	case canaries == 0:
		return release.Pure(pair.Stable)
	case stables == 0:
		return release.Pure(pair.Canary)
	}
	return release.Split{Stable: pair.Stable, Canary: pair.Canary, Weight: percentOf(canaries, stables+canaries)}
}

// healthy reports whether enough instances of the goal's version are healthy in the target group. Where all traffic has gone home, one is: no instance of the canary
// is left that the others would have to take over from.
func (r *refresh) healthy(ctx context.Context, present course) (bool, error) {
	states, err := r.fleet.Health(ctx, r.asg.TargetGroup)
	if err != nil {
		return false, err
	}
	version, wanted := present.goal()
	healthy := 0
	for _, instance := range present.group.Instances {
		if instance.Version == version && states[instance.ID].Healthy() {
			healthy++
		}
	}
	if present.wanted.weight == 0 {
		return healthy > 0, nil
	}
	floor := 100.0
	if percent := r.document.Drift.HealthyPercent; percent != nil {
		floor = *percent
	}
	return healthy >= max(int(math.Ceil(float64(wanted)*floor/100)), 1), nil
}
