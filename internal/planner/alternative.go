package planner

import (
	"math"
	"reflect"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// An Alternative is a strategy on the service's traffic.
type Alternative struct {
	// Strategy says which.
	Strategy string `json:"strategy"`
	// Weights are the canary's percents, in order.
	Weights []float64 `json:"weights"`
	// FullMedian and FullMost are how long a good release takes from the first shift until the new version
	// has all traffic: the median, and what 95 % do not exceed. Absent: none gets there.
	FullMedian *release.Duration `json:"fullMedian,omitempty"`
	FullMost   *release.Duration `json:"fullMost,omitempty"`
	// BadSmall and BadTotal are how many bad requests the canary serves on average until it is taken back or
	// promoted, when two of a hundred requests more fail, and when all do.
	BadSmall float64 `json:"badSmall"`
	BadTotal float64 `json:"badTotal"`
	// Notices is the smallest regression that is noticed before the promotion. Of other strategies than
	// this release's own it is an estimate, by fewer releases.
	Notices Notice `json:"notices"`
}

// A named strategy is one that others are compared with.
type named struct {
	name     string
	strategy release.Strategy
}

// otherStrategies are what a release might use instead.
func otherStrategies(period release.Duration) []named {
	minute := max((release.Duration(time.Minute)+period-1)/period, 1) * period
	return []named{
		{"default: 10% for 5m", release.Strategy{}},
		{"linear: 10% more every " + minute.String(), release.Strategy{Linear: &release.LinearStrategy{Weight: 10, Every: minute}}},
		{"adaptive, careful", release.Strategy{Adaptive: &release.AdaptiveStrategy{Profile: release.ProfileCareful}}},
		{"adaptive", release.Strategy{Adaptive: &release.AdaptiveStrategy{}}},
		{"adaptive, fast", release.Strategy{Adaptive: &release.AdaptiveStrategy{Profile: release.ProfileFast}}},
	}
}

// compareWith returns what fills in the alternatives of a forecast.
func (o outlook) compareWith(f *Forecast, history judge.History) []func() {
	outlooks, names := []outlook{o}, []string{"this release"}
	for _, other := range otherStrategies(o.document.Analysis.Period) {
		instead := o
		instead.document = withStrategy(o.document, other.strategy)
		instead.document, _ = WithSteps(instead.document, history, o.shifts) // fails for budgets only
		instead.document.Strategy.Steps = o.shifts.Met(instead.document.Strategy.Steps)
		if reflect.DeepEqual(instead.plan(), o.plan()) {
			names[0] += " (" + other.name + ")"
			continue
		}
		outlooks, names = append(outlooks, instead), append(names, other.name)
	}
	f.Alternatives = make([]Alternative, len(outlooks))
	var jobs []func()
	for i, other := range outlooks {
		jobs = append(jobs, func() { f.Alternatives[i] = other.alternative(names[i]) })
	}
	return jobs
}

// withStrategy is a document with another strategy. What is the default of its own becomes the default of the other one.
func withStrategy(document release.Document, strategy release.Strategy) release.Document {
	unsaid := document
	unsaid.Strategy.Steps = nil
	unsaid.Analysis.MinimumSamples, unsaid.Strategy.Settle, unsaid.Strategy.Holdback = nil, nil, nil
	unsaid = release.Default(unsaid)
	if !reflect.DeepEqual(unsaid.Strategy.Settle, document.Strategy.Settle) {
		strategy.Settle = document.Strategy.Settle
	}
	if document.Strategy.Adaptive == nil && !reflect.DeepEqual(unsaid.Strategy.Holdback, document.Strategy.Holdback) {
		strategy.Holdback = document.Strategy.Holdback
	}
	if reflect.DeepEqual(unsaid.Analysis.MinimumSamples, document.Analysis.MinimumSamples) {
		document.Analysis.MinimumSamples = nil
	}
	document.Strategy = strategy
	return release.Default(document)
}

func (o outlook) alternative(name string) Alternative {
	releases := min(releasesFor(o), alternativeReleases)
	a := Alternative{Strategy: name}
	for _, step := range o.movingSteps() {
		a.Weights = append(a.Weights, step.Weight)
	}
	promoted, settling := o.promotionTimes(releases, seedAlternative), 0.0
	if plan := o.plan(); plan.Holdback > 0 {
		settling = float64(plan.Settle)
	}
	a.FullMedian, a.FullMost = o.after(promoted.Quantile(0.5)+settling), o.after(promoted.Quantile(0.95)+settling)
	a.BadSmall = o.exposure(o.worseBy(0.02), releases, seedAlternative).BadMean
	a.BadTotal = o.exposure(o.total(), releases, seedAlternative).BadMean
	search, smallest := o.searchRates(o.tested, roughly(releases)), math.NaN()
	if index, ok := search.smallest(len(a.Weights)-1, 0); ok {
		smallest = search.rates[index]
	}
	a.Notices = Notice{Metric: o.metrics[o.tested], From: o.rate(o.tested), To: known(smallest)}
	return a
}
