package evidence

import "math"

// Counts are what both versions did in one period. They may be fractional, because CloudWatch's trimmed counts are.
type Counts struct {
	// CanaryRequests and StableRequests are at least 0.
	CanaryRequests, StableRequests float64
	// CanaryBad and StableBad are how many of them were bad.
	CanaryBad, StableBad float64
}

// A Metric is the evidence that one metric has given so far. It is a function of
// the parameters and of the periods that it was told, in their order.
type Metric struct {
	rollback  rollback
	promotion promotion
	settle    *settle
	stable    Past
}

// New starts the games of one metric, whose parameters pass [Parameters.Check].
// margins are the margins (a₁) of promotion evidence that will be asked for.
func New(p Parameters, margins ...float64) *Metric {
	return &Metric{rollback: newRollback(p), promotion: newPromotion(p, margins)}
}

// Watch takes one finalised period in which both versions may have had requests.
// Where one had none, what needs both stays as it was.
func (m *Metric) Watch(c Counts) {
	m.stable.Requests += c.StableRequests
	m.stable.Bad += c.StableBad
	m.rollback.watch(c)
	m.promotion.watch(c)
}

// BeginSettling ends the comparison: from now on there is no stable version to
// compare with, and past, before the release, says what rate is to be expected. The
// periods before it that are finalised later still go to Watch.
func (m *Metric) BeginSettling(past Past) {
	m.settle = newSettle(m.rollback.parameters, past, m.stable)
}

// Settle takes one finalised period in which the canary had all requests. [Metric.BeginSettling] comes before it.
func (m *Metric) Settle(requests, bad float64) { m.settle.watch(requests, bad) }

// LogRollback is the natural logarithm of the evidence against the canary: 0 at
// first, and below 0 once the canary looks better than it needs to.
func (m *Metric) LogRollback() float64 {
	if m.settle == nil {
		return m.rollback.log()
	}
	return m.rollback.log() + m.settle.log()
}

// LogControlled is LogRollback without what was seen while settling.
func (m *Metric) LogControlled() float64 { return m.rollback.log() }

// LogPromotion is the natural logarithm of the evidence that the canary is better
// than what margin, an index into New's margins, forbids.
func (m *Metric) LogPromotion(margin int) float64 { return m.promotion.log(margin) }

// Total is the logarithm of the average of evidence: Σ vₘ·exp(logₘ), where
// the shares v add up to 1. The average of e-processes is one, so it needs no correction for
// their number. A metric with the share 0 has no say.
func Total(shares, logs []float64) float64 {
	highest := math.Inf(-1)
	for i, share := range shares {
		if share > 0 {
			highest = max(highest, math.Log(share)+logs[i])
		}
	}
	if math.IsInf(highest, 0) {
		return highest
	}
	sum := 0.0
	for i, share := range shares {
		if share > 0 {
			sum += share * math.Exp(logs[i]-highest)
		}
	}
	return highest + math.Log(sum)
}
