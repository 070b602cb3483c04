package cloudwatch

import (
	"slices"
	"sync"
	"time"
)

// A series is one metric with one set of dimensions: a distribution for each
// slot of time that has values. A slot is as long as the service's resolution.
type series struct {
	namespace, name string
	dimensions      []dimension
	resolution      int64 // seconds
	retention       int64 // seconds

	mu    sync.Mutex
	slots []slot // by start, oldest first
}

type dimension struct{ name, value string }

// A slot is what came in [start, start+resolution), in seconds since 1970.
type slot struct {
	start int64
	distribution
}

// record lets add count something at a time, unless that is too long ago.
func (s *series) record(at time.Time, add func(*distribution)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.at(floor(at.Unix(), s.resolution)); d != nil {
		add(d)
	}
}

// add counts a value, unless its time is too long ago.
func (s *series) add(at time.Time, value, count float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.at(floor(at.Unix(), s.resolution)); d != nil {
		d.add(value, count)
	}
}

// at finds or makes the slot that starts at start; nil when that is older than the retention.
func (s *series) at(start int64) *distribution {
	last := len(s.slots) - 1
	switch {
	case last >= 0 && s.slots[last].start == start:
		return &s.slots[last].distribution
	case last < 0 || s.slots[last].start < start:
		s.forget(start - s.retention)
		s.slots = append(s.slots, slot{start: start})
		return &s.slots[len(s.slots)-1].distribution
	case start < s.slots[last].start-s.retention:
		return nil
	}
	position, found := s.search(start)
	if !found {
		s.slots = slices.Insert(s.slots, position, slot{start: start})
	}
	return &s.slots[position].distribution
}

// forget drops the slots that start before oldest.
func (s *series) forget(oldest int64) {
	position, _ := s.search(oldest)
	if position > 0 {
		s.slots = slices.Delete(s.slots, 0, position)
	}
}

func (s *series) search(start int64) (position int, found bool) {
	return slices.BinarySearchFunc(s.slots, start, func(one slot, start int64) int {
		return int(one.start - start)
	})
}

// newest is the start of the newest slot; ok is false when there is none.
func (s *series) newest() (start int64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.slots) == 0 {
		return 0, false
	}
	return s.slots[len(s.slots)-1].start, true
}

// each calls f with each period that begins within [from, to) and has values,
// oldest first. All are seconds; from is a multiple of period. f may order the
// distribution's values, and must not keep it: the series is locked meanwhile.
func (s *series) each(from, to, period int64, f func(start int64, d *distribution)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var several distribution // of the slots of one period
	position, _ := s.search(from)
	for position < len(s.slots) {
		start := floor(s.slots[position].start, period)
		if start >= to {
			return
		}
		first := position
		for position++; position < len(s.slots) && s.slots[position].start < start+period; position++ {
		}
		if position == first+1 {
			f(start, &s.slots[first].distribution)
			continue
		}
		several = distribution{values: several.values[:0]}
		for i := first; i < position; i++ {
			several.merge(&s.slots[i].distribution)
		}
		f(start, &several)
	}
}

// within is how many slots start within [from, to).
func (s *series) within(from, to int64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	first, _ := s.search(from)
	end, _ := s.search(to)
	return max(end-first, 0)
}

// floor is the greatest multiple of step that is not above value.
func floor(value, step int64) int64 {
	remainder := value % step
	if remainder < 0 {
		remainder += step
	}
	return value - remainder
}
