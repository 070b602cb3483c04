package autoscaling

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// longestBackOff is the most that a group waits after launches that failed.
const longestBackOff = 5 * time.Minute

// active reports whether an instance counts for the desired capacity.
func (m *member) active() bool {
	switch m.State {
	case types.LifecycleStatePending, types.LifecycleStatePendingWait, types.LifecycleStatePendingProceed, types.LifecycleStateInService:
		return true
	default:
		return false
	}
}

// pending reports whether an instance is on its way into service.
func (m *member) pending() bool { return m.active() && m.State != types.LifecycleStateInService }

// leaving reports whether an instance is being terminated.
func (m *member) leaving() bool {
	switch m.State {
	case types.LifecycleStateTerminating, types.LifecycleStateTerminatingWait, types.LifecycleStateTerminatingProceed:
		return true
	default:
		return false
	}
}

// activeMembers are the instances that count for the desired capacity.
func (g *group) activeMembers() []*member {
	var all []*member
	for i := range g.Members {
		if g.Members[i].active() {
			all = append(all, &g.Members[i])
		}
	}
	return all
}

// scale brings the number of instances to the desired one. An instance refresh may have more instances for a while: surge.
func (d *decision) scale(surge int) {
	active := d.g.activeMembers()
	switch wanted := d.g.desired() + surge; {
	case len(active) < wanted && !d.g.suspended(processLaunch):
		d.launch(wanted - len(active))
	case len(active) > wanted && !d.g.suspended(processTerminate):
		d.shrink(active, len(active)-wanted)
	}
}

// launch has new instances launched, unless the last ones failed a moment ago.
func (d *decision) launch(count int) {
	if d.now.Before(d.g.RetryAt) {
		d.wait(d.g.RetryAt)
		return
	}
	config, refresh := d.g.launches()
	zones := d.zones(count)
	for _, zone := range zones {
		d.do(d.s.launch(d.g.name(), order{
			config: config, refresh: refresh, zone: zone, protected: aws.ToBool(d.g.Config.NewInstancesProtectedFromScaleIn), tags: d.g.propagated(),
			cause: fmt.Sprintf("At %s an instance was started in response to a difference between desired and actual capacity, increasing the capacity from %d to %d.",
				d.now.Format(time.RFC3339), len(d.g.activeMembers()), d.g.desired()),
		}))
	}
}

// zones are where new instances go: each time where the fewest are.
func (d *decision) zones(count int) []placement {
	all := d.g.placements(d.s.options.Region)
	inhabitants := map[string]int{}
	for _, m := range d.g.activeMembers() {
		inhabitants[m.Zone]++
	}
	var chosen []placement
	for range count {
		place := slices.MinFunc(all, func(a, b placement) int { return cmp.Compare(inhabitants[a.zone], inhabitants[b.zone]) })
		inhabitants[place.zone]++
		chosen = append(chosen, place)
	}
	return chosen
}

// backOff has the group wait before the next launch, longer each time.
func (d *decision) backOff() {
	d.g.backOff(d.now, d.s.options.Interval)
	d.changed = true
}

func (g *group) backOff(now time.Time, interval time.Duration) {
	g.RetryAt = now.Add(min(interval<<min(g.Failures, 16), longestBackOff))
	g.Failures++
}

// shrink begins to terminate instances that are too many, never protected ones.
func (d *decision) shrink(active []*member, count int) {
	victims := slices.DeleteFunc(active, func(m *member) bool { return m.Protected })
	d.g.order(victims)
	for _, m := range victims[:min(count, len(victims))] {
		d.end(m, fmt.Sprintf("At %s an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity to %d.",
			d.now.Format(time.RFC3339), d.g.desired()))
		d.terminating(m)
	}
}

// order puts the instances that go first first, by the group's termination policies. Unhealthy ones and those that are not yet in service go before all.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html
func (g *group) order(victims []*member) {
	config, _ := g.launches()
	slices.SortStableFunc(victims, func(a, b *member) int {
		if c := cmp.Or(compareTrue(a.Unhealthy != "", b.Unhealthy != ""), compareTrue(a.pending(), b.pending())); c != 0 {
			return c
		}
		for _, policy := range g.Config.TerminationPolicies {
			var c int
			switch policy {
			case "Default":
				c = cmp.Or(compareTrue(!config.made(a), !config.made(b)), a.Launched.Compare(b.Launched))
			case "OldestLaunchTemplate":
				c = compareTrue(!config.made(a), !config.made(b))
			case "OldestInstance":
				c = a.Launched.Compare(b.Launched)
			case "NewestInstance":
				c = b.Launched.Compare(a.Launched)
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
}

// compareTrue puts what is true first.
func compareTrue(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	default:
		return 1
	}
}
