package release

import (
	"math"
	"time"
)

// MostTicks is how many ticks a release may have. At some 30 history events a
// tick it stays far below the 25,000 at which Step Functions fails an execution
// (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html).
const MostTicks = 300

// A tickSchedule says how long ticks are, in periods. A release begins with
// one tick a period; when its plan has too many periods for that, later ticks
// are longer; beyond the plan, when a person has paused the release, they are
// as long as it takes until the release times out.
type tickSchedule struct {
	period time.Duration
	// fine is how many periods have a tick each; plan is how many the plan has.
	fine, plan int64
	// middle is how many periods a tick has after the fine ones, long how many after the plan.
	middle, long int64
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
	s := tickSchedule{period: period, plan: max(periods(planned, period), 1), middle: 1}
	s.fine = s.plan
	used := s.plan
	if s.plan > free-spare {
		s.fine = (free - spare) / 2
		rest := free - spare - s.fine
		s.middle = ceiling(s.plan-s.fine, rest)
		used = s.fine + ceiling(s.plan-s.fine, s.middle)
	}
	s.long = max(s.middle, ceiling(periods(limit, period)-s.plan, free-used))
	return s
}

// next is the length of the tick that begins when elapsed has passed since the canary began.
func (s tickSchedule) next(elapsed time.Duration) time.Duration {
	switch passed := int64(elapsed / s.period); {
	case passed < s.fine:
		return s.period
	case passed < s.plan:
		return s.periods(s.middle)
	default:
		return s.periods(s.long)
	}
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
