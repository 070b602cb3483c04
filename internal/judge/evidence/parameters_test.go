package evidence_test

import (
	"math"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
)

func TestParametersAreChecked(t *testing.T) {
	t.Parallel()
	if err := evidence.Default().Check(); err != nil {
		t.Errorf("the default: %v", err)
	}
	for want, change := range map[string]func(p *evidence.Parameters){
		"the ratio is 0.9":                  func(p *evidence.Parameters) { p.Ratio = 0.9 },
		"the ratio is NaN":                  func(p *evidence.Parameters) { p.Ratio = math.NaN() },
		"a bet on the ratio 1.5 can't win":  func(p *evidence.Parameters) { p.Ratio = 1.45 },
		"the tolerance is -0.1":             func(p *evidence.Parameters) { p.Tolerance = -0.1 },
		"there are no bets":                 func(p *evidence.Parameters) { p.Bets = nil },
		"the shares of the bets add up to":  func(p *evidence.Parameters) { p.Bets = p.Bets[1:] },
		"a bet has the share 0":             func(p *evidence.Parameters) { p.Bets = []evidence.Bet{{Ratio: 2, Share: 1}, {Ratio: 3}} },
		"the reserve is 1":                  func(p *evidence.Parameters) { p.Reserve = 1 },
		"the release of the reserve is 2":   func(p *evidence.Parameters) { p.Release = 2 },
		"the burst factor is 0.5":           func(p *evidence.Parameters) { p.Burst = 0.5 },
		"the promotion ratio is 0":          func(p *evidence.Parameters) { p.PromotionRatio = 0 },
		"there are no stakes for promotion": func(p *evidence.Parameters) { p.PromotionStakes = nil },
		"a stake for promotion is 1":        func(p *evidence.Parameters) { p.PromotionStakes = []float64{1} },
		"there are no ratios for settling":  func(p *evidence.Parameters) { p.SettleRatios = nil },
		"a ratio for settling is 1":         func(p *evidence.Parameters) { p.SettleRatios = []float64{1} },
		"the slack for settling is 0":       func(p *evidence.Parameters) { p.SettleSlack = 0 },
	} {
		p := evidence.Default()
		change(&p)
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	// All mistakes at once.
	var empty evidence.Parameters
	if err := empty.Check(); strings.Count(err.Error(), "\n") < 5 {
		t.Errorf("of parameters that are all wrong it says only: %v", err)
	}
	// The tolerated ratio may come as near to a bet as that.
	close := evidence.Default()
	close.Ratio = 1.449
	if err := close.Check(); err != nil {
		t.Error(err)
	}
}
