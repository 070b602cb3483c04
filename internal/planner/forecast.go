package planner

import (
	"context"
	"math"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Forecast says what a release would notice, risk, take and cost on the traffic of the service.
type Forecast struct {
	// Requests is how many requests a period the stable version has had lately, and Period how long a period is.
	Requests float64          `json:"requests"`
	Period   release.Duration `json:"period"`
	// Rates are what the stable version did in the 1,440 periods before.
	Rates []Rate `json:"rates"`
	// Releases is how many simulated releases each promise and each exposure rests on, at most.
	Releases int `json:"releases"`
	// Steps are the steps that move traffic, in order, with what each would notice.
	Steps []StepForecast `json:"steps"`
	// Exposures say what regressions of several sizes would cost, the smallest first.
	Exposures []Exposure `json:"exposures"`
	// Worst is the regression that costs most of those from one in a thousand requests to all.
	Worst Exposure `json:"worst"`
	// Time is how long a good release takes until it is promoted.
	Time Time `json:"time"`
	// Cost is what AWS charges for a release of that time, with its settling; see docs/cost.md.
	Cost Cost `json:"cost"`
	// Alternatives are other strategies on the same traffic; this release's own is the first.
	Alternatives []Alternative `json:"alternatives"`
	// Unnoticed says why a disaster would go unnoticed; absent when one would be noticed.
	Unnoticed *Unnoticed `json:"unnoticed,omitempty"`
}

// A Rate is what one metric was in the 1,440 periods before.
type Rate struct {
	Metric string `json:"metric"`
	// Bad is the share of bad requests, 0–1.
	Bad float64 `json:"bad"`
	// Burst is how many bad requests came together, at least 1.
	Burst float64 `json:"burst"`
}

// A StepForecast is one step that moves traffic.
type StepForecast struct {
	// Weight is the canary's percent, Wait how long the step lasts unless something holds it or, where the strategy is adaptive, evidence ends it.
	Weight float64          `json:"weight"`
	Wait   release.Duration `json:"wait"`
	// Notices has each metric's smallest regression that is noticed before the step ends.
	Notices []Notice `json:"notices"`
}

// A Notice is the smallest regression, from the first shift on, that is noticed with a probability of 95 %.
type Notice struct {
	Metric string `json:"metric"`
	// From is the share of bad requests of the stable version, To that of a canary that is noticed;
	// absent: not even a canary whose every request is bad.
	From float64  `json:"from"`
	To   *float64 `json:"to,omitempty"`
}

// Time is how long a good release takes from the first shift until it is promoted.
type Time struct {
	// Shortest is when nothing holds it and evidence comes at once, Likely the median of simulated good releases, whose
	// approvals come at once, and Longest when it is held for moderate suspicion and approvals come at the last moment,
	// or the longest of the simulated ones, when that is longer.
	Shortest release.Duration `json:"shortest"`
	Likely   release.Duration `json:"likely"`
	Longest  release.Duration `json:"longest"`
}

// What is played with, and how often.
const (
	// mostReleases is how many a figure rests on, unless the steps last for so long that this
	// would take too long: together they last for about mostPeriods, then.
	mostReleases, mostPeriods = 1000, 40_000
	// alternativeReleases is the same for other strategies, for times, and for where the worst regression is sought.
	alternativeReleases = 300
)

// The streams of chance.
const (
	seedNotice = iota + 1
	seedConfirm
	seedExposure
	seedTime
	seedAlternative
	seedRemedy
	seedBudget
)

// Plannable reports whether there is anything to forecast: something is compared,
// the stable version has had requests, and the canary gets a share of them, not only those of an audience.
func Plannable(document release.Document, history judge.History) bool {
	steps := document.Strategy.Steps
	return len(judge.Compared(document.Analysis)) > 0 && Requests(history) > 0 && (len(steps) == 0 || slices.ContainsFunc(steps, moves))
}

// moves reports whether a step moves a share of the traffic.
func moves(step release.Step) bool { return step.Approve == nil && step.Weight > 0 }

// WithSteps is a document, which has its defaults, with what its release would get now on a target with such shifts: the steps of an adaptive or an
// exposure strategy, and the former's holdback, depend on traffic. The error is that of [Planner.Derive].
func WithSteps(document release.Document, history judge.History, shifts release.Shifts) (release.Document, error) {
	if document.Strategy.Exposure != nil && len(document.Strategy.Steps) == 0 {
		steps, err := Planner{}.Derive(document, history, shifts)
		if err != nil {
			return document, err
		}
		document.Strategy.Steps = steps
	}
	climbs := document.Strategy.Adaptive != nil && len(document.Strategy.Steps) == 0
	document.Strategy = judge.Climb(document.Strategy, judge.RecentRequests(history), document.Analysis.Period)
	if climbs {
		document.Strategy.Steps = shifts.Rising(document.Strategy.Steps)
	}
	return document, nil
}

// Predict makes the forecast of a document that has its defaults, its steps, and is [Plannable], on a target with such shifts. Its error is the context's.
func Predict(ctx context.Context, document release.Document, history judge.History, shifts release.Shifts) (Forecast, error) {
	o := look(document, history, shifts)
	f := Forecast{Requests: o.requests, Period: document.Analysis.Period, Releases: releasesFor(o)}
	for i, metric := range o.metrics {
		f.Rates = append(f.Rates, Rate{Metric: metric, Bad: o.rate(i), Burst: max(o.past[metric].Burst, 1)})
	}
	var jobs []func()
	steps := o.movingSteps()
	smallest := make([][]float64, len(o.metrics))
	for metric := range o.metrics {
		jobs = append(jobs, func() {
			smallest[metric] = o.searchRates(metric, promiseOver(f.Releases)).smallestOfEach(len(steps))
		})
	}
	jobs = append(jobs, o.exposeTo(&f)...)
	jobs = append(jobs, func() { f.Time = o.time(min(f.Releases, alternativeReleases)) })
	jobs = append(jobs, o.compareWith(&f, history)...)
	if err := concurrently(ctx, jobs); err != nil {
		return Forecast{}, err
	}
	f.Worst = worst(f.Exposures, f.Worst)
	f.Cost = o.cost(f.Time)
	for i, step := range steps {
		forecast := StepForecast{Weight: step.Weight, Wait: step.Wait}
		for metric, name := range o.metrics {
			forecast.Notices = append(forecast.Notices, Notice{Metric: name, From: o.rate(metric), To: known(smallest[metric][i])})
		}
		f.Steps = append(f.Steps, forecast)
	}
	f.Alternatives[0].Notices = f.Steps[len(steps)-1].Notices[o.tested]
	if math.IsNaN(smallest[o.tested][len(steps)-1]) {
		f.Unnoticed = o.cautious().unnoticed(steps)
	}
	return f, nil
}

// releasesFor is how many releases a figure about o rests on.
func releasesFor(o outlook) int {
	return min(max(mostPeriods/max(usualLength(o.plan()), 1), fewestReleases), mostReleases)
}

// movingSteps are the steps that move a share of the traffic.
func (o outlook) movingSteps() []release.Step {
	var moving []release.Step
	for _, step := range o.document.Strategy.Steps {
		if moves(step) {
			moving = append(moving, step)
		}
	}
	return moving
}

// known is nil for what is not known.
func known(value float64) *float64 {
	if math.IsNaN(value) {
		return nil
	}
	return &value
}
