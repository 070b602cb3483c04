package judge

import (
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// deadline is when the step, the approval or the settling is over.
func (q Question) deadline() time.Time { return q.Began.Add(q.Lasts.Std()) }

// over reports whether the step has lasted as long as it should.
func (q Question) over() bool { return !q.Now.Before(q.deadline()) }

// climbs reports whether evidence may end the step in force.
func (q Question) climbs() bool { return q.Stage == StageCanary && q.Strategy.Adaptive != nil }

// alone reports whether stable has no traffic any more, so that nothing can be compared.
func (q Question) alone() bool { return q.Stage == StageSettle && value(q.Strategy.Holdback) == 0 }

// unwatched reports whether no evidence can be asked for: the canary has had
// no traffic yet, or settling was switched off.
func (q Question) unwatched() bool {
	return q.CanaryBegan.IsZero() || q.Stage == StageSettle && q.Lasts == 0
}

// margin is the margin of promotion evidence on the step in force; none where evidence doesn't end it.
func (q Question) margin() []float64 {
	all := margins(q.Strategy)
	if !q.climbs() || q.Step >= len(all) {
		return nil
	}
	return all[q.Step : q.Step+1]
}

// minimum is how many requests each version must have had for a release to go on by time.
func (q Question) minimum() float64 { return max(float64(value(q.Analysis.MinimumSamples)), 1) }

// progress is for how many periods the step has lasted, and how many it should.
//
// Evidence is looked at after each period's boundary, so a step that it may end counts boundaries,
// from that before it began. Other steps last exactly as long as they should, by the clock; what they are held longer counts from there.
func (q Question) progress() (inStage, length int) {
	period := q.Analysis.Period.Std()
	length = lengthIn(q.Lasts.Std(), period)
	switch {
	case q.climbs():
		inStage = int(q.Analysis.Period.Floor(q.Now).Sub(q.Analysis.Period.Floor(q.Began)) / period)
	case q.over():
		inStage = length + int(q.Now.Sub(q.deadline())/period)
	default:
		inStage = min(int(q.Now.Sub(q.Began)/period), length-1)
	}
	return inStage, length
}

// after is when the step will have lasted that many periods, as [Question.progress] counts them from its length on.
func (q Question) after(periods int) time.Time {
	period := q.Analysis.Period.Std()
	if q.climbs() {
		return q.Analysis.Period.Floor(q.Began).Add(time.Duration(periods) * period)
	}
	return q.deadline().Add(time.Duration(periods-lengthIn(q.Lasts.Std(), period)) * period)
}

// ends is when the step in force is over by time, when nothing holds it: not before anything is believed
// where evidence may end it.
func (q Question) ends() time.Time {
	length := lengthIn(q.Lasts.Std(), q.Analysis.Period.Std())
	if q.climbs() && len(q.Periods) == 0 {
		length = max(length, value(q.Analysis.Delay)+1)
	}
	return q.after(length)
}

// standing is what the ladder's rules ask for.
func (c course) standing(q Question) ladder.Standing {
	uncounted := q.unwatched() || len(c.tallies) == 0
	s := ladder.Standing{
		LogEvidence: c.total((*evidence.Metric).LogRollback), LogPromotion: c.promotion(q),
		Finalised: len(q.Periods) > 0 || uncounted,
		Got:       c.canary, Expected: c.expected,
	}
	if q.Stage == StageSettle {
		s.Settling, s.Settled = true, q.over()
		return s
	}
	s.InStage, s.Length = q.progress()
	switch {
	case uncounted:
		s.Enough = true
	case q.climbs():
		s.Enough = c.stage >= q.minimum() || q.patient() && s.InStage >= patience(s.Length, value(q.Analysis.Delay))
	default:
		s.Enough = c.canary >= q.minimum() && c.stable >= q.minimum()
	}
	return s
}

// patient reports whether a step that evidence may end goes on without requests after a while.
func (q Question) patient() bool {
	return q.climbs() && q.Analysis.NoData.Policy == release.NoDataPass
}
