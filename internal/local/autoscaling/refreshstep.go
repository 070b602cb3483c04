package autoscaling

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

const (
	// patience is how long a refresh waits for what blocks it: instances that are protected, in standby or can't be launched.
	patience = time.Hour
	// longestRefresh is how long it may take in all.
	// https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html
	longestRefresh = 14 * 24 * time.Hour
)

// A census is a group's instances as a refresh sees them.
type census struct {
	// old are to be replaced, and blocked are those of them that must be waited for.
	old, blocked []*member
	// fresh are those that the refresh wants, and warm those of them that count.
	fresh, warm []*member
	// ignored is how many are left alone.
	ignored int
	// total is what percentages are of.
	total int
	// able is how many serve, and count for the minimum.
	able int
	// coming: a fresh instance does not count yet; busy: one is warming up, or waits for a hook, so that it is no wonder.
	coming, busy bool
}

// percentage is how much of the group is replaced.
func (c census) percentage() int {
	if c.total <= 0 {
		return 100
	}
	return min(100, len(c.warm)*100/c.total)
}

// refresh gets the active instance refresh on, as far as it comes now. Surge is how many instances there are to be beyond the desired capacity.
func (d *decision) refresh() (surge int) {
	r := d.g.active()
	if r == nil || d.g.suspended(processRefresh) {
		return 0
	}
	switch r.Status {
	case types.InstanceRefreshStatusPending:
		r.Status, d.changed = types.InstanceRefreshStatusInProgress, true
		d.refreshEvent(r, "Started", nil)
		if r.Goal != nil && r.Goal.requirements() || *r.Preferences.SkipMatching && r.Before.requirements() {
			d.fail(r, "Groups that choose instance types by attributes support neither a desired configuration nor skip matching.")
			return 0
		}
	case types.InstanceRefreshStatusCancelling:
		if r.Wait && slices.ContainsFunc(d.g.Members, func(m member) bool { return m.pending() || m.leaving() }) {
			return max(0, len(d.g.activeMembers())-d.g.desired())
		}
		r.finish(types.InstanceRefreshStatusCancelled, "", d.now)
		d.changed = true
		d.refreshEvent(r, "Cancelled", nil)
		return 0
	}
	if r.backwards() && !r.Told {
		r.Told, d.changed = true, true
		d.refreshEvent(r, "Rollback Started", nil)
	}
	if d.seen.alarm != "" && !r.backwards() {
		d.fail(r, fmt.Sprintf("The CloudWatch alarm %s is in ALARM state.", d.seen.alarm))
		return 0
	}
	if d.now.Sub(r.Started) >= longestRefresh {
		d.fail(r, "The instance refresh took more than 14 days.")
		return 0
	}
	d.wait(r.Started.Add(longestRefresh))
	return d.replace(r)
}

// fail ends a refresh that can't go on, or turns it back when it is to roll back by itself.
func (d *decision) fail(r *refresh, reason string) {
	d.changed = true
	switch {
	case r.backwards():
		r.finish(types.InstanceRefreshStatusRollbackFailed, reason, d.now)
		d.refreshEvent(r, "Rollback Failed", nil)
	case *r.Preferences.AutoRollback:
		r.goesBack(reason, d.now)
	default:
		r.finish(types.InstanceRefreshStatusFailed, reason, d.now)
		d.refreshEvent(r, "Failed", nil)
	}
}

// count takes the census.
func (d *decision) count(r *refresh) census {
	var c census
	warmup := seconds(r.Preferences.InstanceWarmup)
	for i := range d.g.Members {
		m := &d.g.Members[i]
		standby := m.State == types.LifecycleStateStandby
		switch {
		case !m.active() && !standby:
		case d.isFresh(r, m):
			c.fresh = append(c.fresh, m)
			good, _ := d.seen.health(m)
			switch warm := m.InServiceAt.Add(warmup); {
			case m.pending():
				c.coming = true
				c.busy = c.busy || m.State == types.LifecycleStatePendingWait
			case d.now.Before(warm):
				c.coming, c.busy = true, true
				d.wait(warm)
			case m.State == types.LifecycleStateInService && m.Unhealthy == "" && (good || !d.g.checksELB()) && d.isRegistered(m):
				c.warm = append(c.warm, m)
				c.able++
			}
		case standby && r.Preferences.StandbyInstances == types.StandbyInstancesIgnore,
			m.Protected && r.Preferences.ScaleInProtectedInstances == types.ScaleInProtectedInstancesIgnore:
			if m.active() {
				c.ignored++
				c.able += able(m)
			}
		case standby && r.Preferences.StandbyInstances == types.StandbyInstancesWait,
			m.Protected && r.Preferences.ScaleInProtectedInstances == types.ScaleInProtectedInstancesWait:
			c.old, c.blocked = append(c.old, m), append(c.blocked, m)
			c.able += able(m)
		default:
			c.old = append(c.old, m)
			c.able += able(m)
		}
	}
	c.total = d.g.desired() - c.ignored
	return c
}

// able is 1 for an instance that serves.
func able(m *member) int {
	if m.State == types.LifecycleStateInService && m.Unhealthy == "" {
		return 1
	}
	return 0
}

// isRegistered reports whether an instance is in all of the group's target groups.
func (d *decision) isRegistered(m *member) bool {
	return !slices.ContainsFunc(d.g.targetGroups(), func(arn string) bool { return !slices.Contains(m.Registered, arn) })
}

// isFresh reports whether an instance is one that the refresh wants: when it is undone, one of what the group had before.
func (d *decision) isFresh(r *refresh, m *member) bool {
	switch {
	case r.backwards():
		return r.Before.made(m)
	case m.Refresh == r.ID:
		return true
	case !*r.Preferences.SkipMatching:
		return false
	case r.Goal != nil:
		return r.Goal.made(m)
	default:
		return r.Before.made(m)
	}
}

// replace replaces as many instances as may be replaced now.
func (d *decision) replace(r *refresh) (surge int) {
	c := d.count(r)
	d.progress(r, c)
	aim := int32(100)
	if !r.backwards() {
		aim = d.checkpoint(r, c)
	}
	if d.finished(r, c) {
		return 0
	}
	begin := 0 // how many more replacements may begin
	if !d.now.Before(r.PausedUntil) {
		begin = int(math.Ceil(float64(aim)*float64(c.total)/100)) - len(c.fresh)
	} else {
		d.wait(r.PausedUntil)
	}
	surge = d.turn(r, c, begin)
	d.stall(r, c)
	return surge
}

// progress notes how far the refresh is.
func (d *decision) progress(r *refresh, c census) {
	percentage, left := c.percentage(), max(0, c.total-len(c.warm))
	if r.backwards() { // it goes down to 0
		percentage, left = 0, len(c.old)
		if c.total > 0 {
			percentage = min(int(*r.Rollback.PercentageCompleteOnRollback), len(c.old)*100/c.total)
		}
	}
	if r.Percentage != percentage || r.Left != left {
		r.Percentage, r.Left, d.changed = percentage, left, true
	}
}

// checkpoint notes the checkpoint that is reached, and returns the percentage up to which instances may be replaced. Where several are reached
// at once, only the highest counts; where the group has grown, one may be reached again.
func (d *decision) checkpoint(r *refresh, c census) (aim int32) {
	all := r.Preferences.CheckpointPercentages
	if len(all) == 0 {
		return 100
	}
	reached := int32(0)
	aim = all[len(all)-1]
	for _, percentage := range slices.Backward(all) {
		if int32(c.percentage()) >= percentage {
			reached = percentage
			break
		}
		aim = percentage
	}
	if reached == r.Reached {
		return aim
	}
	if reached > r.Reached && reached < 100 {
		r.PausedUntil = d.now.Add(seconds(r.Preferences.CheckpointDelay))
		d.refreshEvent(r, "Checkpoint Reached", map[string]any{
			"CheckpointPercentage": strconv.Itoa(int(reached)), "CheckpointDelay": strconv.Itoa(int(*r.Preferences.CheckpointDelay)),
		})
	}
	r.Reached, d.changed = reached, true
	return aim
}

// finished ends the refresh when all that it was to replace is replaced.
func (d *decision) finished(r *refresh, c census) bool {
	left := slices.ContainsFunc(d.g.Members, func(m member) bool { return m.leaving() })
	surplus := len(d.g.activeMembers()) != d.g.desired()
	if left || surplus || d.now.Before(r.PausedUntil) {
		return false
	}
	if r.backwards() {
		if len(c.old) > 0 || c.coming || len(c.warm) < len(c.fresh) {
			return false
		}
		r.finish(types.InstanceRefreshStatusRollbackSuccessful, "", d.now)
		d.changed = true
		d.refreshEvent(r, "Rollback Succeeded", nil)
		return true
	}
	last := int32(100)
	if all := r.Preferences.CheckpointPercentages; len(all) > 0 {
		last = all[len(all)-1]
	}
	if int32(c.percentage()) < last || last == 100 && len(c.old) > 0 {
		return false
	}
	if r.Status != types.InstanceRefreshStatusBaking {
		r.Status, r.BakedAt, d.changed = types.InstanceRefreshStatusBaking, d.now.Add(seconds(r.Preferences.BakeTime)), true
	}
	if d.now.Before(r.BakedAt) {
		d.wait(r.BakedAt)
		return true
	}
	r.finish(types.InstanceRefreshStatusSuccessful, "", d.now)
	if r.Goal != nil {
		d.g.configure(*r.Goal)
	}
	d.refreshEvent(r, "Succeeded", nil)
	d.changed = true
	return true
}

// turn has instances launched before others go, or after, whichever the refresh is to do. Begin is how many more replacements may begin.
func (d *decision) turn(r *refresh, c census, begin int) (surge int) {
	desired, active := d.g.desired(), len(d.g.activeMembers())
	floor := int(math.Ceil(float64(desired) * float64(*r.Preferences.MinHealthyPercentage) / 100))
	extra := desired**asInt(r.Preferences.MaxHealthyPercentage)/100 - desired
	if extra == 0 && floor >= desired {
		if r.Surge {
			extra = 1 // both bounds can't be kept, and a maximum that was given is the one that gives way
		} else {
			floor = desired - 1
		}
	}
	begin = min(begin, len(c.old)-len(c.blocked))
	if extra > 0 {
		surge = max(0, min(begin, desired+extra-active, extra))
		surge = max(surge, min(active-desired, extra)) // those that are on their way stay
		begin = active - desired
	} else {
		begin -= max(0, desired-active)
	}
	for _, m := range c.old {
		if m.State == types.LifecycleStateStandby && !slices.Contains(c.blocked, m) {
			d.end(m, "an instance refresh terminating this instance, which was in standby")
			continue
		}
		// What does not serve can go whatever the floor is.
		if begin <= 0 || slices.Contains(c.blocked, m) || able(m) > 0 && c.able-1 < floor {
			continue
		}
		c.able -= able(m)
		begin--
		d.end(m, "an instance refresh replacing this instance")
		surge = max(0, surge-1)
	}
	return surge
}

func asInt(value *int32) *int { return aws.Int(int(*value)) }

// stall ends a refresh that has waited too long for what it can't change.
func (d *decision) stall(r *refresh, c census) {
	waits := c.busy || d.now.Before(r.PausedUntil) || slices.ContainsFunc(d.g.Members, func(m member) bool { return m.leaving() && !m.Forced })
	if waits != r.Stuck.IsZero() {
		d.changed = true
		if r.Stuck = d.now; waits {
			r.Stuck = time.Time{}
		}
	}
	if waits {
		return
	}
	if d.now.Sub(r.Stuck) < patience {
		d.wait(r.Stuck.Add(patience))
		return
	}
	reason := "No instance could be replaced for an hour."
	if len(c.blocked) > 0 {
		reason = fmt.Sprintf("Instances that are protected from scale in or in standby block the instance refresh for an hour: %s.", c.blocked[0].ID)
	}
	d.fail(r, reason)
}

// refreshEvent tells EventBridge of a refresh.
func (d *decision) refreshEvent(r *refresh, what string, more map[string]any) {
	detail := map[string]any{"InstanceRefreshId": r.ID}
	for key, value := range more {
		detail[key] = value
	}
	d.event("EC2 Auto Scaling Instance Refresh "+what, nil, detail)
}
