package policy

import (
	"math"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
)

// An Analysis is Kayenta's automated canary analysis with the Netflix judge: a fixed share
// for a fixed time, and then one comparison of the per-minute rates of both versions by the
// Mann–Whitney test. A metric that it classifies as High sends everything back.
type Analysis struct {
	// Share is the canary's, Minutes how many are compared.
	Share   float64 `json:"share"`
	Minutes int     `json:"minutes"`
	// Confidence is that of the interval of the difference, 0–1.
	Confidence float64 `json:"confidence"`
	// Tolerance is the part of the estimated difference that its lower limit must be above.
	Tolerance float64 `json:"tolerance"`
	// Metrics are what is compared; each may send everything back.
	Metrics []int `json:"metrics"`
}

type analysisPilot struct {
	course
	rules   Analysis
	delay   int
	periods []ladder.Period
}

func (a Analysis) launch(briefing *flight.Briefing) flight.Pilot {
	return &analysisPilot{course: begin(a.Share), rules: a, delay: briefing.Model.Delay}
}

func (p *analysisPilot) Tick(period ladder.Period) flight.Outcome {
	p.periods = append(p.periods, period)
	if len(p.periods) < p.rules.Minutes+p.delay {
		return p.outcome
	}
	if slices.ContainsFunc(p.rules.Metrics, p.high) {
		p.rollBack()
	} else {
		p.complete()
	}
	return p.outcome
}

// high classifies a metric. Minutes without requests are left out, and a version that had
// none at all passes for want of data.
func (p *analysisPilot) high(metric int) bool {
	var canary, stable []float64
	for _, period := range p.periods[:p.rules.Minutes] {
		if period.Canary > 0 {
			canary = append(canary, period.Bad[metric].Canary/period.Canary)
		}
		if period.Stable > 0 {
			stable = append(stable, period.Bad[metric].Stable/period.Stable)
		}
	}
	if len(canary) == 0 || len(stable) == 0 {
		return false
	}
	difference := compare(canary, stable, p.rules.Confidence)
	return difference.lower > p.rules.Tolerance*math.Abs(difference.estimate)
}
