package flight

import (
	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
)

// A Profile is how cautious the strategy adaptive is.
type Profile struct {
	// Length is how many periods a rung lasts unless evidence ends it.
	Length int
	// MinimumRequests is how many the canary needs on a rung to leave it by time, up to twice its length.
	MinimumRequests float64
	// Margin is the margin of promotion evidence on the last rung.
	Margin float64
}

// Balanced is the profile that is the default.
func Balanced() Profile { return Profile{Length: 4, MinimumRequests: 30, Margin: 0.005} }

// Fast halves the time of a good release.
func Fast() Profile { return Profile{Length: 2, MinimumRequests: 10, Margin: 0.005} }

// Careful takes longer, and proves more before it goes on early.
func Careful() Profile { return Profile{Length: 7, MinimumRequests: 30, Margin: 0.002} }

const (
	// delay is how many periods Lambda's metrics need to be complete.
	delay = 1
	// adaptiveSettle and documentSettle are how long settling lasts.
	adaptiveSettle, documentSettle = 10, 5
	// tenPercent is the only rung of the fixed plans.
	tenPercent = 0.10
)

// Metrics are errors and slow requests, with the judge's default parameters.
func Metrics() []ladder.MetricPlan {
	return []ladder.MetricPlan{
		{Parameters: evidence.Default(), Share: 0.6},
		{Parameters: evidence.Default(), Share: 0.4},
	}
}

// Adaptive is the strategy adaptive for a service with that many requests a period:
// rungs that begin at about ten canary requests a period and may end on evidence. It settles for ten
// periods without a control group. Without metrics it has those of [Metrics].
func Adaptive(profile Profile, requests float64, metrics ...ladder.MetricPlan) ladder.Plan {
	if len(metrics) == 0 {
		metrics = Metrics()
	}
	shares := ladder.Rungs(requests)
	lengths := make([]int, len(shares))
	for i := range lengths {
		lengths[i] = profile.Length
	}
	return ladder.Plan{
		Rules: ladder.Default(), Shares: shares, Lengths: lengths, Margins: ladder.Margins(shares, profile.Margin), Metrics: metrics,
		Delay: delay, MinimumRequests: profile.MinimumRequests, Patience: 2 * profile.Length, Settle: adaptiveSettle,
	}
}

// WithoutSettling is the plan that ends with its promotion.
func WithoutSettling(plan ladder.Plan) ladder.Plan {
	plan.Settle, plan.Holdback = 0, 0
	return plan
}

// WithHoldback is the plan that leaves stable that share while it settles.
func WithHoldback(plan ladder.Plan, share float64) ladder.Plan {
	plan.Holdback = share
	return plan
}

// OneRung is a single rung of 10 % that lasts ten periods, may end on evidence, and is not followed by settling.
func OneRung(metrics ...ladder.MetricPlan) ladder.Plan {
	plan := fixed(10, metrics)
	plan.Rules = ladder.Default()
	plan.Margins = ladder.Margins(plan.Shares, Balanced().Margin)
	return plan
}

// InsideCanary is the judge inside CodeDeploy's Canary10Percent5Minutes: 10 % for five
// periods, whatever happens short of a rollback, and then everything, unwatched.
func InsideCanary(metrics ...ladder.MetricPlan) ladder.Plan {
	plan := fixed(5, metrics)
	threshold := 1 / plan.Rules.Alpha
	plan.Rules.Hold, plan.Rules.Strong = threshold, threshold
	return plan
}

// Document is what a release document that says nothing of its strategy gets: 10 % for five
// periods, longer in doubt or for want of requests, then everything, settling for five.
func Document(metrics ...ladder.MetricPlan) ladder.Plan {
	plan := fixed(5, metrics)
	plan.MinimumRequests, plan.Settle = 30, documentSettle
	plan.NoDataLength, plan.BlindLength = 31, 31 // held at first, and then for half an hour
	return plan
}

// fixed is one rung of 10 % that lasts its time.
func fixed(length int, metrics []ladder.MetricPlan) ladder.Plan {
	if len(metrics) == 0 {
		metrics = Metrics()
	}
	rules := ladder.Default()
	rules.EvidenceEnds = false
	return ladder.Plan{Rules: rules, Shares: []float64{tenPercent}, Lengths: []int{length}, Metrics: metrics, Delay: delay}
}
