package ladder

import (
	"math"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Plan is what a [Release] is played by. Lengths are in periods.
type Plan struct {
	Rules Rules
	// Shares are the canary's share on each rung, 0–1, rising; Lengths how long each lasts by time.
	Shares  []float64
	Lengths []int
	// Margins are the margins of promotion evidence on each rung; used when Rules.EvidenceEnds.
	Margins []float64
	// Metrics are what is compared.
	Metrics []MetricPlan
	// Delay is how many periods pass before one is believed.
	Delay int
	// MinimumRequests is how many the canary needs to go on by time: on a rung when
	// Rules.EvidenceEnds, in the whole release, and stable too, otherwise.
	MinimumRequests float64
	// Patience is after how many periods on a rung they are no longer needed; 0 means never.
	Patience int
	// NoDataLength is in which period of being held for want of requests, on one rung and without a break,
	// the release is given up as inconclusive: 1 means at once, 0 never.
	NoDataLength int
	// NoDataPasses: it goes on then, instead.
	NoDataPasses bool
	// BlindLength is the same as NoDataLength for a canary that has no requests although it
	// should have; nothing goes on then.
	BlindLength int
	// Settle is how long settling lasts; 0 means that the release ends with its promotion.
	Settle int
	// Holdback is the share that stable keeps while settling, 0–1.
	Holdback float64
}

// A MetricPlan is one metric of a plan.
type MetricPlan struct {
	Parameters evidence.Parameters
	// Share is the metric's part in the average of evidence; they add up to 1.
	Share float64
	// Past is what stable did before the release.
	Past evidence.Past
}

// A Period is what both versions did in one period.
type Period struct {
	// Canary and Stable are requests.
	Canary, Stable float64
	// Bad has a count for each metric of the plan.
	Bad []Bad
}

// Bad counts bad requests of one metric.
type Bad struct{ Canary, Stable float64 }

// A Tick is what was decided at the end of a period.
type Tick struct {
	Decision release.Decision
	Why      Why
	// LogEvidence is the evidence of all metrics.
	LogEvidence float64
	// LogPromotion is the least of the metrics' promotion evidence at the margin of the
	// rung in force; NaN while settling.
	LogPromotion float64
	// Share is the canary's from now on.
	Share float64
	// Inconclusive: it is a Rollback for want of requests.
	Inconclusive bool
}

// A Release is a release as far as it has been played.
type Release struct {
	plan    Plan
	metrics []*evidence.Metric
	shares  []float64 // of the metrics
	logs    []float64

	// seen are the periods that are not finalised yet, oldest first, with what their weight promised.
	seen     []Period
	promised []float64
	period   int // that ends next
	counted  int

	rung, inStage  int
	stageBegan     int
	stageRequests  float64
	canary, stable float64
	expected       float64
	lacking        int

	settling   bool
	promotedAt int
	share      float64
}

// Play begins a release; its first period has the first rung's share.
func Play(plan Plan) *Release {
	r := &Release{plan: plan, share: plan.Shares[0]}
	for _, metric := range plan.Metrics {
		r.metrics = append(r.metrics, evidence.New(metric.Parameters, plan.Margins...))
		r.shares = append(r.shares, metric.Share)
	}
	r.logs = make([]float64, len(r.metrics))
	return r
}

// Share is the canary's share of the period that comes next.
func (r *Release) Share() float64 { return r.share }

// Settling reports whether the release has been promoted.
func (r *Release) Settling() bool { return r.settling }

// Tick takes the period that has just ended, and decides. After a Rollback, a
// Complete, or a Promote without settling, the release is over.
func (r *Release) Tick(period Period) Tick {
	r.seen = append(r.seen, period)
	r.promised = append(r.promised, r.share*(period.Canary+period.Stable))
	r.inStage++
	r.finalise()
	r.period++
	standing := r.standing()
	tick := Tick{LogEvidence: standing.LogEvidence, LogPromotion: standing.LogPromotion}
	tick.Decision, tick.Why = r.plan.Rules.Decide(standing)
	r.lack(&tick)
	switch tick.Decision {
	case release.Advance:
		r.advance(&tick)
	case release.Rollback:
		r.share = 0
	}
	tick.Share = r.share
	return tick
}

// lack ends being held for want of requests when it has lasted as long as it may.
func (r *Release) lack(tick *Tick) {
	limit := 0
	switch tick.Why {
	case WhyTooFew:
		limit = r.plan.NoDataLength
	case WhyBlind:
		limit = r.plan.BlindLength
	default:
		r.lacking = 0
		return
	}
	if r.lacking++; limit == 0 || r.lacking < limit {
		return
	}
	if tick.Why == WhyTooFew && r.plan.NoDataPasses {
		tick.Decision = release.Advance
		return
	}
	tick.Decision, tick.Inconclusive = release.Rollback, true
}

// finalise counts the periods that are old enough.
func (r *Release) finalise() {
	for len(r.seen) > r.plan.Delay {
		r.count(r.seen[0], r.promised[0])
		r.seen, r.promised = r.seen[1:], r.promised[1:]
		r.counted++
	}
}

// count takes the oldest period that is not counted yet.
func (r *Release) count(p Period, promised float64) {
	controlled := !r.settling || r.counted < r.promotedAt || r.plan.Holdback > 0
	for i, metric := range r.metrics {
		if controlled {
			metric.Watch(evidence.Counts{CanaryRequests: p.Canary, CanaryBad: p.Bad[i].Canary, StableRequests: p.Stable, StableBad: p.Bad[i].Stable})
		} else {
			metric.Settle(p.Canary+p.Stable, p.Bad[i].Canary+p.Bad[i].Stable)
		}
	}
	if r.counted >= r.stageBegan {
		r.stageRequests += p.Canary
	}
	r.canary += p.Canary
	r.stable += p.Stable
	r.expected += promised
}

func (r *Release) standing() Standing {
	for i, metric := range r.metrics {
		r.logs[i] = metric.LogRollback()
	}
	s := Standing{
		LogEvidence: evidence.Total(r.shares, r.logs), LogPromotion: math.NaN(), Finalised: r.counted > 0,
		Got: r.canary, Expected: r.expected, InStage: r.inStage, Settling: r.settling,
	}
	if r.settling {
		s.Settled = r.period >= r.promotedAt+r.plan.Settle
		return s
	}
	s.Length = r.plan.Lengths[r.rung]
	if len(r.plan.Margins) > 0 {
		s.LogPromotion = math.Inf(1)
		for _, metric := range r.metrics {
			s.LogPromotion = min(s.LogPromotion, metric.LogPromotion(r.rung))
		}
	}
	least := r.plan.MinimumRequests
	if r.plan.Rules.EvidenceEnds {
		s.Enough = r.stageRequests >= least
	} else {
		s.Enough = r.canary >= least && r.stable >= least
	}
	s.Enough = s.Enough || r.plan.Patience > 0 && r.inStage >= r.plan.Patience
	return s
}

// advance goes to the next rung, or promotes after the last.
func (r *Release) advance(tick *Tick) {
	r.inStage, r.stageRequests, r.stageBegan, r.lacking = 0, 0, r.period, 0
	if r.rung++; r.rung < len(r.plan.Shares) {
		r.share = r.plan.Shares[r.rung]
		return
	}
	tick.Decision = release.Promote
	r.settling, r.promotedAt, r.share = true, r.period, 1
	if r.plan.Settle == 0 {
		return
	}
	r.share = 1 - r.plan.Holdback
	if r.plan.Holdback > 0 {
		return
	}
	for i, metric := range r.metrics {
		metric.BeginSettling(r.plan.Metrics[i].Past)
	}
}
