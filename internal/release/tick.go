package release

import (
	"math"
	"time"
)

// MostTicks is how many ticks a release may have. At some 30 history events a
// tick it stays far below the 25,000 at which Step Functions fails an execution
// (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html).
const MostTicks = 300

// A Moment is how a release stands when a tick begins.
type Moment struct {
	// Elapsed is how long ago the canary first got traffic.
	Elapsed time.Duration
	// Ticks is how many there have been.
	Ticks int
	// Step is the index of the step in force; unused when Settling.
	Step     int
	Settling bool
	// InStep is how long that step, or settling, has lasted.
	InStep time.Duration
	// Waiting: the release is paused, or held for want of data.
	Waiting bool
}

// A tickSchedule says how long ticks are, in periods. A release has one tick a period while
// its plan goes on; when its plan has too many periods for that, it begins so, and later ticks
// are longer. Beyond the plan, and while the release waits for a person or for data, they are
// as long as it takes until the release times out, when the rest of the plan shall have its fine ticks too.
type tickSchedule struct {
	period time.Duration
	// fine is how many periods have a tick each; plan is how many the plan has, limit how many the release.
	fine, plan, limit int64
	// middle is how many periods a tick has after the fine ones, long how many after the plan.
	middle, long int64
	// spare is how many ticks a plan that has not enough of them leaves to waiting.
	spare int64
}

// newTickSchedule makes ticks for a plan that takes at most planned, within
// limit, and is interrupted at the end of each of phases phases.
//
// The sum stays within MostTicks: the ticks that begin within one part of the
// schedule and are not cut short number at most its length divided by theirs,
// and each end of a phase or of a hold within it cuts one tick short.
func newTickSchedule(period, planned, limit time.Duration, phases int) tickSchedule {
	period = max(period, time.Second)
	free := int64(MostTicks - 2*min(phases, mostSteps+1))
	spare := free / 6
	s := tickSchedule{period: period, plan: max(periods(planned, period), 1), limit: periods(limit, period), middle: 1}
	s.fine = s.plan
	used := s.plan
	if s.plan > free-spare {
		s.fine, s.spare = (free-spare)/2, spare
		rest := free - spare - s.fine
		s.middle = ceiling(s.plan-s.fine, rest)
		used = s.fine + ceiling(s.plan-s.fine, s.middle)
	}
	s.long = max(s.middle, ceiling(s.limit-s.plan, free-used), 1)
	return s
}

// next is the length of the tick that begins at a moment of which the plan has so much left, in so many phases.
//
// The sum stays within MostTicks however often the release waits in between: no tick is
// shorter than what leaves enough of them for the time until the release times out.
func (s tickSchedule) next(at Moment, left time.Duration, phases int) time.Duration {
	passed := int64(at.Elapsed / s.period)
	until, planned := max(s.limit-passed, 1), periods(left, s.period)
	free := int64(MostTicks - at.Ticks - 2*min(phases, mostSteps+1))
	waits := free - planned // how many ticks are left to wait, when the rest of the plan has one a period
	switch {
	case !at.Waiting && waits >= max(ceiling(until-planned, 2*s.long), s.spare):
		return s.period
	case at.Waiting && passed < s.plan && (waits > s.plan-passed || s.ticksFrom(passed) <= free):
		// A hold within the plan is looked at as the plan would be: a bad canary still has its traffic.
		return s.scheduled(passed)
	case at.Waiting && waits > 0:
		return max(s.scheduled(passed), s.periods(ceiling(until, waits)))
	case s.ticksFrom(passed) <= free:
		return s.scheduled(passed)
	default:
		return max(s.scheduled(passed), s.periods(ceiling(until, max(free, 1))))
	}
}

// scheduled is the length of a tick of a release that does what was planned when it began.
func (s tickSchedule) scheduled(passed int64) time.Duration {
	switch {
	case passed < s.fine:
		return s.period
	case passed < s.plan:
		return s.periods(s.middle)
	default:
		return s.periods(s.long)
	}
}

// ticksFrom is how many ticks there are from then on until the release times out, if none is cut short.
func (s tickSchedule) ticksFrom(passed int64) int64 {
	fine := max(s.fine-passed, 0)
	middle := max(ceiling(s.plan-max(passed, s.fine), s.middle), 0)
	return fine + middle + max(ceiling(s.limit-max(passed, s.plan), s.long), 0)
}

// periods is the length of count periods, or the most of them that a duration can hold.
func (s tickSchedule) periods(count int64) time.Duration {
	return repeat(count, Duration(s.period)).Std()
}

// repeat is the length of count times length, or of the most of them that a duration can hold; length is above 0.
func repeat(count int64, length Duration) Duration {
	return Duration(min(count, int64(math.MaxInt64/length))) * length
}

// periods is how many periods it takes to cover length.
func periods(length, period time.Duration) int64 { return ceiling(int64(length), int64(period)) }

// ceiling divides and rounds up; both are positive, or the result is 0 or less.
func ceiling(dividend, divisor int64) int64 {
	quotient := dividend / divisor
	if dividend%divisor > 0 {
		quotient++
	}
	return quotient
}

// sum adds durations that are not negative, and stops at the longest there is.
func sum(durations ...Duration) Duration {
	var total Duration
	for _, d := range durations {
		if d > math.MaxInt64-total {
			return math.MaxInt64
		}
		total += max(d, 0)
	}
	return total
}
