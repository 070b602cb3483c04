package autoscaling

import (
	"context"
	"time"

	localec2 "github.com/goldfinch-dev/goldfinch/internal/local/ec2"
)

// An attention is when a group is looked at. It is guarded by Service.mu.
type attention struct {
	// looking: somebody does; again: something has happened since he began.
	looking, again bool
	// woken: a look is due already.
	woken bool
	// stop stops the timer of the next look, or is nil.
	stop func() bool
}

// noticed hears of an instance's change of state.
func (s *Service) noticed(change localec2.StateChange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, g := range s.groups {
		if g.member(change.InstanceID) != nil {
			s.wake(name)
			return
		}
	}
}

// wake has a group looked at, as soon as the clock lets it. The caller holds s.mu.
func (s *Service) wake(name string) {
	a := s.attentionTo(name)
	if a.looking {
		a.again = true
		return
	}
	if a.woken {
		return
	}
	a.woken = true
	s.options.Clock.AfterFunc(0, func() { s.attend(name) })
}

func (s *Service) attentionTo(name string) *attention {
	a := s.attention[name]
	if a == nil {
		a = &attention{}
		s.attention[name] = a
	}
	return a
}

// attend looks at a group until there is nothing to do, and then waits for the next moment.
func (s *Service) attend(name string) {
	if !s.background.enter() {
		return
	}
	defer s.background.running.Done()
	if !s.begin(name) {
		return
	}
	ctx := s.background.lifetime
	for ctx.Err() == nil {
		more, next := s.step(ctx, name)
		if !more && s.finish(name, next) {
			return
		}
	}
	s.finish(name, time.Time{})
}

// begin reports whether the caller is the one who looks.
func (s *Service) begin(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.attentionTo(name)
	a.woken = false
	if a.looking {
		a.again = true
		return false
	}
	a.looking, a.again = true, false
	if a.stop != nil {
		a.stop()
		a.stop = nil
	}
	return true
}

// finish ends a look, unless something has happened since it began. The next one is at a time, or never when that is zero.
func (s *Service) finish(name string, next time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.attention[name]
	if a.again {
		a.again = false
		return false
	}
	a.looking = false
	if s.groups[name] == nil {
		delete(s.attention, name)
		return true
	}
	if !next.IsZero() {
		a.stop = s.options.Clock.AfterFunc(next.Sub(s.now()), func() { s.attend(name) })
	}
	return true
}

// step looks at a group once: it sees what is, decides what is to be done, and does it. More says that there may be more to do
// at once; next is when there will be.
func (s *Service) step(ctx context.Context, name string) (more bool, next time.Time) {
	s.mu.Lock()
	present := s.groups[name]
	s.mu.Unlock()
	if present == nil {
		return false, time.Time{}
	}
	seen, err := s.observe(ctx, present)
	if err != nil {
		if ctx.Err() == nil {
			s.options.Log.Warn("a group could not be looked at", "group", name, "error", err)
		}
		return false, s.now().Add(s.options.Interval)
	}
	work, err := s.decide(name, seen)
	if err != nil {
		s.options.Log.Error("what a group is to do could not be stored", "group", name, "error", err)
		return false, s.now().Add(s.options.Interval)
	}
	for _, event := range work.events {
		s.options.Events(event)
	}
	if len(work.effects) == 0 {
		return work.changed, work.next
	}
	failed := false
	for _, effect := range work.effects {
		if err := effect(ctx); err != nil {
			if ctx.Err() == nil {
				s.options.Log.Warn("a group could not do what it wanted", "group", name, "error", err)
			}
			failed = true
		}
	}
	if failed {
		return false, s.now().Add(s.options.Interval)
	}
	return true, time.Time{}
}
