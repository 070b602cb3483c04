package cloudwatch

import (
	"slices"
	"time"
)

// A Past is counts in the form in which a service keeps them. It is made once and never
// changed, so that many services can begin with the same one at little cost.
type Past struct {
	counts     []Counts
	resolution int64 // seconds
	batches    []batch
}

// NewPast prepares counts for services of that resolution.
func NewPast(resolution time.Duration, counts ...Counts) *Past {
	p := &Past{counts: counts, resolution: int64(resolution / time.Second)}
	p.batches = batches(counts, p.resolution)
	return p
}

// RecordPast counts what RecordCounts would of the past's counts.
func (s *Service) RecordPast(past *Past) {
	if past.resolution != s.metrics.resolution {
		s.RecordCounts(past.counts...)
		return
	}
	s.recordAll(past.batches)
}

// A batch is what one version did at times that don't fall: the slots of each metric, oldest first.
type batch struct {
	of                                       functionKey
	invocations, errors, throttles, duration []slot
}

// batches puts counts into as few batches as their order allows.
func batches(counts []Counts, resolution int64) []batch {
	var made []batch
	for len(counts) > 0 {
		same := 1
		for same < len(counts) && counts[same].key() == counts[0].key() && !counts[same].At.Before(counts[same-1].At) {
			same++
		}
		made = append(made, batch{
			of:          counts[0].key(),
			invocations: slotsOf(counts[:same], resolution, invocationValues),
			errors:      slotsOf(counts[:same], resolution, errorValues),
			throttles:   slotsOf(counts[:same], resolution, throttleValues),
			duration:    slotsOf(counts[:same], resolution, durationValues),
		})
		counts = counts[same:]
	}
	return made
}

// slotsOf puts the values of counts, whose times don't fall, into slots by start, oldest first.
func slotsOf(counts []Counts, resolution int64, valuesOf func([]weighted, *Counts) []weighted) []slot {
	slots := make([]slot, 0, len(counts))
	var room []weighted // for values, of which its length is taken
	for i := range counts {
		before := len(room)
		room = valuesOf(room, &counts[i])
		values := slices.Clip(room[before:])
		if i == 0 { // the others probably have as many
			room = make([]weighted, 0, len(values)*(len(counts)-1))
		}
		if len(values) == 0 {
			continue
		}
		start, last := floor(counts[i].At.Unix(), resolution), len(slots)-1
		if last < 0 || slots[last].start < start {
			slots, last = append(slots, slot{start: start}), last+1
		}
		slots[last].addAll(values)
	}
	return slots
}

// recordAll counts what is in batches. Their slots stay as they are.
func (s *Service) recordAll(batches []batch) {
	for i := range batches {
		one := &batches[i]
		function := s.metrics.function(one.of)
		function.invocations.addSlots(one.invocations)
		function.errors.addSlots(one.errors)
		function.throttles.addSlots(one.throttles)
		function.duration.addSlots(one.duration)
	}
}
