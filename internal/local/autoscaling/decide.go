package autoscaling

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
)

// A work is what a group is to do now.
type work struct {
	// effects are calls of other services; what they achieve is noted by themselves.
	effects []func(context.Context) error
	events  []eventbridge.Event
	// changed: the group isn't what it was, so that there may be more to do.
	changed bool
	// next is when there is something to do again; zero is never.
	next time.Time
}

// A decision is one look at a group, which it changes.
type decision struct {
	*work
	s    *Service
	g    *group
	seen observation
	now  time.Time
}

// decide changes the group as far as that needs nobody else, and says what else is to be done.
func (s *Service) decide(name string, seen observation) (*work, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := &decision{work: &work{}, s: s, seen: seen, now: s.now()}
	present := s.groups[name]
	if present == nil {
		return d.work, nil
	}
	d.g = present.clone()
	for i := range d.g.Members {
		d.live(&d.g.Members[i])
	}
	d.g.Members = slices.DeleteFunc(d.g.Members, func(m member) bool { return m.State == types.LifecycleStateTerminated })
	leaving := len(d.g.Leaving)
	d.g.Leaving = slices.DeleteFunc(d.g.Leaving, func(arn string) bool { return !d.occupied(arn) })
	d.changed = d.changed || len(d.g.Leaving) != leaving
	if d.g.Deleting {
		if len(d.g.Members) == 0 {
			return d.work, s.remove(name)
		}
	} else {
		surge := d.refresh()
		d.scale(surge)
	}
	if d.polls() {
		d.wait(d.now.Add(s.options.Interval))
	}
	if !d.changed {
		return d.work, nil
	}
	return d.work, s.commit(d.g)
}

// wait has the group looked at again at a time.
func (d *decision) wait(until time.Time) {
	if d.next.IsZero() || until.Before(d.next) {
		d.next = until
	}
}

// do has another service called.
func (d *decision) do(effect func(context.Context) error) { d.effects = append(d.effects, effect) }

// occupied reports whether an instance of the group is in a target group.
func (d *decision) occupied(arn string) bool {
	return slices.ContainsFunc(d.g.Members, func(m member) bool {
		return slices.Contains(m.Registered, arn) || slices.Contains(m.Draining, arn)
	})
}

// polls reports whether something may change without anybody telling the group.
func (d *decision) polls() bool {
	if r := d.g.active(); r != nil && r.Preferences.AlarmSpecification != nil {
		return true
	}
	return len(d.g.watched()) > 0
}
