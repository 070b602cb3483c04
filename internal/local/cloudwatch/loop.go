package cloudwatch

import (
	"sync"
	"time"
)

// A loop wakes the service whenever an alarm is due.
type loop struct {
	mu      sync.Mutex
	running bool
	stop    func() bool // of the timer that was set last; nil when none is

	ticking sync.Mutex // held during a tick
}

// Start evaluates each metric alarm at the end of each of its periods, and at
// least once a minute, until Close. Without alarms it sets no timers.
func (s *Service) Start() {
	s.loop.mu.Lock()
	s.loop.running = true
	s.loop.mu.Unlock()
	s.schedule()
}

// Close ends what Start began, and waits for an evaluation that runs. It must
// not be called from Options.OnChange.
func (s *Service) Close() {
	s.loop.mu.Lock()
	s.loop.running = false
	s.cancelTimer()
	s.loop.mu.Unlock()
	s.loop.ticking.Lock()
	defer s.loop.ticking.Unlock()
}

// Evaluate evaluates every alarm now.
func (s *Service) Evaluate() { s.evaluate(true) }

// schedule sets the timer for the next alarm that is due.
func (s *Service) schedule() {
	due, found := s.nextDue()
	s.loop.mu.Lock()
	defer s.loop.mu.Unlock()
	s.cancelTimer()
	if s.loop.running && found {
		s.loop.stop = s.options.Clock.AfterFunc(max(due.Sub(s.options.Clock.Now()), 0), s.tick)
	}
}

// cancelTimer drops the pending timer. The caller holds loop.mu.
func (s *Service) cancelTimer() {
	if s.loop.stop != nil {
		s.loop.stop()
		s.loop.stop = nil
	}
}

func (s *Service) tick() {
	s.loop.ticking.Lock()
	defer s.loop.ticking.Unlock()
	s.loop.mu.Lock()
	running := s.loop.running
	s.loop.mu.Unlock()
	if running {
		s.evaluate(false)
		s.schedule()
	}
}

// nextDue is when the next alarm must be evaluated; found is false when there is none.
func (s *Service) nextDue() (due time.Time, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.alarms {
		if a.Composite != nil && a.due.IsZero() {
			continue
		}
		if !found || a.due.Before(due) {
			due, found = a.due, true
		}
	}
	return due, found
}

// after is the next time, after now, at which a period of this length has
// ended and may be evaluated.
func (s *Service) after(now time.Time, period time.Duration) time.Time {
	seconds := int64(period / time.Second)
	ended := floor(now.Add(-s.options.Delay).Unix(), seconds)
	return time.Unix(ended+seconds, 0).UTC().Add(s.options.Delay)
}
