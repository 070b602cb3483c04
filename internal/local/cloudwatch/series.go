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

	mu sync.Mutex
	// past and slots are by start, oldest first, and all of past is before slots.
	// Other series may have the same past: it is read only.
	past, slots []slot
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

// addSlots counts what is in each of some slots, which are by start, oldest first,
// unless that is too long ago. The slots may become the series' past.
func (s *series) addSlots(added []slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.past)+len(s.slots) == 0 {
		s.past = added
		s.forget(added[len(added)-1].start - s.retention)
		return
	}
	values := 0
	for i := range added {
		values += len(added[i].values)
	}
	room := make([]weighted, 0, values)
	s.slots = slices.Grow(s.slots, len(added))
	for i := range added {
		if d := s.at(added[i].start); d != nil {
			room = append(room, added[i].values...)
			d.addAll(slices.Clip(room[len(room)-len(added[i].values):]))
		}
	}
}

// at finds or makes the slot that starts at start, to be changed; nil when that is
// older than the retention.
func (s *series) at(start int64) *distribution {
	if last := len(s.past) - 1; last >= 0 && start <= s.past[last].start {
		s.own()
	}
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
	position, found := search(s.slots, start)
	if !found {
		s.slots = slices.Insert(s.slots, position, slot{start: start})
	}
	return &s.slots[position].distribution
}

// own makes a copy of the past, which may be changed.
func (s *series) own() {
	owned := make([]slot, 0, len(s.past)+len(s.slots)+1)
	for _, one := range s.past {
		one.values = slices.Clone(one.values)
		owned = append(owned, one)
	}
	s.past, s.slots = nil, append(owned, s.slots...)
}

// forget drops the slots that start before oldest.
func (s *series) forget(oldest int64) {
	if len(s.past) > 0 && s.past[0].start < oldest {
		position, _ := search(s.past, oldest)
		s.past = s.past[position:]
	}
	if len(s.slots) > 0 && s.slots[0].start < oldest {
		position, _ := search(s.slots, oldest)
		s.slots = slices.Delete(s.slots, 0, position)
	}
}

func search(slots []slot, start int64) (position int, found bool) {
	return slices.BinarySearchFunc(slots, start, func(one slot, start int64) int {
		return int(one.start - start)
	})
}

// newest is the start of the newest slot; ok is false when there is none.
func (s *series) newest() (start int64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, slots := range [][]slot{s.slots, s.past} {
		if len(slots) > 0 {
			return slots[len(slots)-1].start, true
		}
	}
	return 0, false
}

// each calls f with each period that begins within [from, to) and has values,
// oldest first. All are seconds; from is a multiple of period. f must neither change
// nor keep the distribution: the series is locked meanwhile.
func (s *series) each(from, to, period int64, f func(start int64, d *distribution)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var merged distribution // of a period of several slots
	current, seen := from-period, (*distribution)(nil)
	for _, slots := range [][]slot{s.past, s.slots} {
		position, _ := search(slots, from)
		for ; position < len(slots); position++ {
			one := &slots[position]
			switch {
			case one.start >= current+period:
				if seen != nil && seen.count > 0 {
					f(current, seen)
				}
				if current = floor(one.start, period); current >= to {
					return
				}
				seen = &one.distribution
			case seen == &merged:
				merged.merge(&one.distribution)
			default:
				merged = distribution{values: merged.values[:0]}
				merged.merge(seen)
				merged.merge(&one.distribution)
				seen = &merged
			}
		}
	}
	if seen != nil && seen.count > 0 {
		f(current, seen)
	}
}

// within is how many slots start within [from, to).
func (s *series) within(from, to int64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := 0
	for _, slots := range [][]slot{s.past, s.slots} {
		first, _ := search(slots, from)
		end, _ := search(slots, to)
		count += max(end-first, 0)
	}
	return count
}

// floor is the greatest multiple of step that is not above value.
func floor(value, step int64) int64 {
	remainder := value % step
	if remainder < 0 {
		remainder += step
	}
	return value - remainder
}
