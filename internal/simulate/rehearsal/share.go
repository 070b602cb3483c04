package rehearsal

import "time"

// A share is how much of the traffic the canary has, and had within the present period.
type share struct {
	// now is its part since then, 0–1.
	now   float64
	since time.Time
	// opened is when the present period began, moved whether the share has changed since,
	// and sum the share so far, times seconds.
	opened time.Time
	moved  bool
	sum    float64
}

// move notes that the canary has another share from a time on. What is before the period counts from its beginning.
func (s *share) move(at time.Time, to float64) {
	if at.After(s.opened) {
		s.sum += s.now * s.seconds(at)
		s.moved = true
	}
	s.now, s.since = to, at
}

// close ends the period and returns the canary's share in it: requests come evenly.
func (s *share) close(end time.Time) float64 {
	mean := s.now
	if s.moved {
		mean = (s.sum + s.now*s.seconds(end)) / end.Sub(s.opened).Seconds()
	}
	s.opened, s.moved, s.sum = end, false, 0
	return mean
}

// seconds is how long the present share has lasted within the period.
func (s *share) seconds(until time.Time) float64 {
	from := s.since
	if from.Before(s.opened) {
		from = s.opened
	}
	return until.Sub(from).Seconds()
}
