package ladder_test

import (
	"math"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestEveryRule asks each rule on both sides of its bounds. A rung lasts 4 periods, and
// for suspicion 6 more; evidence of 2 is suspicion, 20 strong, 100 a rollback.
func TestEveryRule(t *testing.T) {
	t.Parallel()
	log := math.Log
	watching := ladder.Standing{LogPromotion: 0, Finalised: true, Got: 50, Expected: 50, InStage: 3, Length: 4, Enough: true}
	over := watching
	over.InStage = 4
	longOver := watching
	longOver.InStage = 10
	settling := ladder.Standing{LogPromotion: math.NaN(), Finalised: true, Got: 50, Expected: 50, Settling: true}
	fixed := ladder.Default()
	fixed.EvidenceEnds = false
	for _, row := range []struct {
		name   string
		rules  ladder.Rules
		from   ladder.Standing
		change func(s *ladder.Standing)
		want   release.Decision
		why    ladder.Why
	}{
		{"evidence", ladder.Default(), watching, func(s *ladder.Standing) { s.LogEvidence = log(100) + 1e-12 }, release.Rollback, ladder.WhyEvidence},
		{"not quite evidence", ladder.Default(), watching, func(s *ladder.Standing) { s.LogEvidence = log(99.9) }, release.Continue, ladder.WhyWatching},
		{"evidence outranks proof", ladder.Default(), watching, func(s *ladder.Standing) { s.LogEvidence, s.LogPromotion = 5, 50 }, release.Rollback, ladder.WhyEvidence},
		{"evidence while settling", ladder.Default(), settling, func(s *ladder.Standing) { s.LogEvidence, s.Settled = 5, true }, release.Rollback, ladder.WhyEvidence},
		{"settling", ladder.Default(), settling, func(s *ladder.Standing) { s.LogEvidence = log(99) }, release.Continue, ladder.WhySettling},
		{"settled", ladder.Default(), settling, func(s *ladder.Standing) { s.LogEvidence, s.Settled = log(99), true }, release.Complete, ladder.WhySettled},
		{"nothing finalised", ladder.Default(), over, func(s *ladder.Standing) { s.Finalised, s.LogPromotion = false, 50 }, release.Continue, ladder.WhyNothingYet},
		{"nothing finalised on a fixed rung", fixed, watching, func(s *ladder.Standing) { s.Finalised = false }, release.Continue, ladder.WhyNothingYet},
		{"a fixed rung is over before anything is finalised", fixed, over, func(s *ladder.Standing) { s.Finalised, s.Enough, s.Got, s.Expected = false, false, 0, 0 }, release.Hold, ladder.WhyTooFew},
		{"blind", ladder.Default(), watching, func(s *ladder.Standing) { s.Got, s.Expected, s.LogPromotion = 0, 20, 50 }, release.Hold, ladder.WhyBlind},
		{"not blind yet", ladder.Default(), watching, func(s *ladder.Standing) { s.Got, s.Expected = 0, 19.9 }, release.Continue, ladder.WhyWatching},
		{"one request is sight", ladder.Default(), watching, func(s *ladder.Standing) { s.Got, s.Expected = 1, 500 }, release.Continue, ladder.WhyWatching},
		{"a fixed rung is blind only when it is over", fixed, watching, func(s *ladder.Standing) { s.Got, s.Expected = 0, 20 }, release.Continue, ladder.WhyWatching},
		{"a fixed rung is blind", fixed, over, func(s *ladder.Standing) { s.Got, s.Expected = 0, 20 }, release.Hold, ladder.WhyBlind},
		{"proven", ladder.Default(), watching, func(s *ladder.Standing) { s.LogPromotion, s.Enough = log(20)+1e-12, false }, release.Advance, ladder.WhyProven},
		{"proven in spite of suspicion", ladder.Default(), watching, func(s *ladder.Standing) { s.LogPromotion, s.LogEvidence = 3, log(19.9) }, release.Advance, ladder.WhyProven},
		{"not proven against strong evidence", ladder.Default(), watching, func(s *ladder.Standing) { s.LogPromotion, s.LogEvidence = 3, log(20) }, release.Continue, ladder.WhyWatching},
		{"proof does not end a fixed rung", fixed, watching, func(s *ladder.Standing) { s.LogPromotion = 50 }, release.Continue, ladder.WhyWatching},
		{"watching", ladder.Default(), watching, func(s *ladder.Standing) { s.LogPromotion = log(19.9) }, release.Continue, ladder.WhyWatching},
		{"time", ladder.Default(), over, func(s *ladder.Standing) { s.LogEvidence = log(1.99) }, release.Advance, ladder.WhyTime},
		{"time on a fixed rung", fixed, over, func(*ladder.Standing) {}, release.Advance, ladder.WhyTime},
		{"suspicion", ladder.Default(), over, func(s *ladder.Standing) { s.LogEvidence = log(2) }, release.Hold, ladder.WhySuspicion},
		{"suspicion to the last period", ladder.Default(), longOver, func(s *ladder.Standing) { s.LogEvidence, s.InStage = log(19.9), 9 }, release.Hold, ladder.WhySuspicion},
		{"suspicion has lasted", ladder.Default(), longOver, func(s *ladder.Standing) { s.LogEvidence = log(19.9) }, release.Advance, ladder.WhyTime},
		{"strong suspicion lasts", ladder.Default(), longOver, func(s *ladder.Standing) { s.LogEvidence, s.InStage = log(20), 1000 }, release.Hold, ladder.WhySuspicion},
		{"too few", ladder.Default(), over, func(s *ladder.Standing) { s.Enough = false }, release.Hold, ladder.WhyTooFew},
		{"too few after suspicion", ladder.Default(), longOver, func(s *ladder.Standing) { s.Enough, s.LogEvidence = false, log(3) }, release.Hold, ladder.WhyTooFew},
		{"suspicion is told before too few", ladder.Default(), over, func(s *ladder.Standing) { s.Enough, s.LogEvidence = false, log(3) }, release.Hold, ladder.WhySuspicion},
	} {
		standing := row.from
		row.change(&standing)
		if got, why := row.rules.Decide(standing); got != row.want || why != row.why {
			t.Errorf("%s: %s (why %d), want %s (%d)", row.name, got, why, row.want, row.why)
		}
	}
}

func TestThresholds(t *testing.T) {
	t.Parallel()
	rules := ladder.Default()
	if got := math.Exp(rules.Threshold()); math.Abs(got-100) > 1e-9 {
		t.Errorf("evidence of %v rolls back, want 100", got)
	}
	if got := math.Exp(rules.PromotionThreshold()); math.Abs(got-20) > 1e-9 {
		t.Errorf("evidence of %v proves, want 20", got)
	}
}
