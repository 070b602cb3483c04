package world

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
)

// A World draws period after period from a model. It is not safe for concurrent use.
type World struct {
	model  Model
	random *rand.Rand
	period int
}

// New makes the world of a model that passes [Model.Check]. All of its chance comes from random.
func New(model Model, random *rand.Rand) *World { return &World{model: model, random: random} }

// Next draws the next period, in which the canary has that share of traffic, 0–1.
// Its bad counts are in the order of the model's metrics.
func (w *World) Next(share float64) ladder.Period {
	p := ladder.Period{Bad: make([]ladder.Bad, len(w.model.Metrics))}
	w.draw(&p, w.period, share)
	w.period++
	return p
}

// Requests is how many requests a period has on average.
func (w *World) Requests(period int) float64 { return w.model.Requests(period) }

// History draws the periods before the first shift, oldest first: stable alone has
// all traffic, and nothing drifts. Each call draws another past.
func (w *World) History(periods int) []ladder.Period {
	history := make([]ladder.Period, periods)
	width := len(w.model.Metrics)
	bad := make([]ladder.Bad, periods*width)
	for i := range history {
		history[i].Bad = bad[i*width : (i+1)*width : (i+1)*width]
		w.draw(&history[i], i-periods, 0)
	}
	return history
}

// draw fills a period in.
func (w *World) draw(p *ladder.Period, period int, share float64) {
	requests := w.model.Requests(period)
	p.Canary = poisson(w.random, requests*share)
	p.Stable = poisson(w.random, requests*(1-share))
	for i := range w.model.Metrics {
		metric := &w.model.Metrics[i]
		p.Bad[i] = ladder.Bad{
			Canary: w.bad(metric, p.Canary, metric.CanaryRate(period, share)),
			Stable: w.bad(metric, p.Stable, metric.StableRate(period)),
		}
	}
}

// bad draws how many of so many requests of one version are bad.
func (w *World) bad(m *Metric, requests, rate float64) float64 {
	if requests == 0 || rate == 0 {
		return 0
	}
	if m.Noise > 0 {
		shape := 1 / (m.Noise * m.Noise)
		rate = min(rate*distuv.Gamma{Alpha: shape, Beta: shape, Src: w.random}.Rand(), 1)
	}
	switch {
	case m.Bursts == nil:
		return binomial(w.random, requests, rate)
	case m.Bursts.Geometric:
		return w.geometricBursts(requests, rate, m.Bursts.Size)
	default:
		groups := math.Floor(requests / m.Bursts.Size)
		return m.Bursts.Size*binomial(w.random, groups, rate) + binomial(w.random, requests-groups*m.Bursts.Size, rate)
	}
}

// geometricBursts draws bursts of 1, 2, 3, … failures, on average of that size. More than all requests can't fail.
func (w *World) geometricBursts(requests, rate, size float64) float64 {
	bursts := binomial(w.random, requests, rate/size)
	if size == 1 {
		return bursts
	}
	bad := 0.0
	for range int(bursts) {
		// A burst goes on with probability 1 − 1/size.
		bad += 1 + math.Floor(math.Log(1-w.random.Float64())/math.Log1p(-1/size))
	}
	return min(bad, requests)
}
