package evidence

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// A Past is what a version did over a while: Bad of Requests.
type Past struct {
	Requests float64 `json:"requests"`
	Bad      float64 `json:"bad"`
}

// A settle is the game against "the bad rate is at most c", played while the
// canary has all requests. It needs the assumption that stable's rate would
// still be below the cap, because nothing separates a bad version from an outage of both
// once there is no stable version left. With n requests and x bad ones, the ratio r pays
//
//	exp( ( x·ln(r) − n·c·(r−1) ) / φ )
type settle struct {
	parameters Parameters
	limit      float64
	ratios     []float64
}

// limitOf is the highest rate c that is taken for healthy while settling:
//
//	U   = (x_h + L + √(2·x_h·L)) / n_h,  L = ln 1000      an upper bound of the past's rate; 1 without a past
//	cap = max(κ·U, 2·x_r/n_r)                             x_r of n_r: stable, during the release
//	c   = ρ·min(cap, 1) + a
func limitOf(p Parameters, past, stable Past) float64 {
	upper := 1.0
	if past.Requests > 0 {
		l := math.Log(1000)
		upper = (past.Bad + l + math.Sqrt(2*past.Bad*l)) / past.Requests
	}
	highest := p.SettleSlack * upper
	if stable.Requests > 0 {
		highest = max(highest, 2*stable.Bad/stable.Requests)
	}
	return p.Ratio*min(highest, 1) + p.Tolerance
}

func newSettle(p Parameters, past, stable Past) *settle {
	s := &settle{parameters: p, limit: limitOf(p, past, stable), ratios: make([]float64, len(p.SettleRatios))}
	for i := range s.ratios {
		s.ratios[i] = -math.Log(float64(len(s.ratios)))
	}
	return s
}

func (s *settle) watch(requests, bad float64) {
	for i, ratio := range s.parameters.SettleRatios {
		s.ratios[i] += (bad*math.Log(ratio) - requests*s.limit*(ratio-1)) / s.parameters.Burst
	}
}

func (s *settle) log() float64 { return floats.LogSumExp(s.ratios) }

// SettleLimit is the bad rate that settling holds the canary to, 0–1 and a little more; before settling it is 0.
func (m *Metric) SettleLimit() float64 {
	if m.settle == nil {
		return 0
	}
	return m.settle.limit
}
