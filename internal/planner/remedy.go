package planner

import (
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Unnoticed says that a canary whose every request is bad from the first shift on would be promoted unnoticed, or given
// up as inconclusive, in more than 5 % of releases, and what it would take to notice it.
type Unnoticed struct {
	// Step is the step in which most of these releases end, counted from 1 among those that move traffic. Weight and Wait
	// are what it has, and Requests is how many a period the canary then has on average.
	Step     int              `json:"step"`
	Weight   float64          `json:"weight"`
	Wait     release.Duration `json:"wait"`
	Requests float64          `json:"requests"`
	// EnoughWait is how long the step would have to last, EnoughWeight the percent that it would need; absent: no wait up to
	// 1,440 periods would do, no weight up to 50 or the next step's.
	EnoughWait   *release.Duration `json:"enoughWait,omitempty"`
	EnoughWeight *float64          `json:"enoughWeight,omitempty"`
}

// longestRemedy is how many periods a wait may be advised to last.
const longestRemedy = 1440

// remedyWeights are the weights that may be advised, rising.
var remedyWeights = [...]float64{0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 25, 33, 50}

// unnoticed looks for what would make a release of those steps notice a disaster.
func (o outlook) unnoticed(steps []release.Step) *Unnoticed {
	at := o.endsIn(len(steps))
	step := steps[at]
	u := &Unnoticed{Step: at + 1, Weight: step.Weight, Wait: step.Wait, Requests: o.requests * step.Weight / 100}
	period := o.document.Analysis.Period
	with := func(weight float64, periods int) bool {
		instead := slices.Clone(steps)
		instead[at] = release.Step{Weight: weight, Wait: release.Duration(periods) * period}
		return o.withSteps(instead).noticesDisaster()
	}
	short, long := int(step.Wait/period), longestRemedy
	if short < long && with(step.Weight, long) {
		for long-short > max(short/20, 1) {
			if middle := (short + long) / 2; with(step.Weight, middle) {
				long = middle
			} else {
				short = middle
			}
		}
		wait := release.Duration(long) * period
		u.EnoughWait = &wait
	}
	for _, weight := range remedyWeights {
		fits := weight > step.Weight && (at == len(steps)-1 || weight < steps[at+1].Weight)
		if fits && with(weight, int(step.Wait/period)) {
			u.EnoughWeight = &weight
			break
		}
	}
	return u
}

// endsIn is the index of the step in which most disasters end that nothing has noticed.
func (o outlook) endsIn(steps int) int {
	ended := make([]int, steps)
	for _, c := range o.field(o.total(), seedRemedy).courses(fewestReleases) {
		if c.noticed == steps {
			ended[c.step]++
		}
	}
	return slices.Index(ended, slices.Max(ended))
}

// withSteps is the outlook of a release with these fixed steps instead.
func (o outlook) withSteps(steps []release.Step) outlook {
	o.document = withStrategy(o.document, release.Strategy{Steps: o.shifts.Met(steps)})
	return o
}

// noticesDisaster reports whether a total failure is surely noticed.
func (o outlook) noticesDisaster() bool {
	f := o.field(o.total(), seedRemedy)
	return promiseOver(fewestReleases).holds(f, func(c course) bool { return c.noticed < len(f.plan.Shares) })
}
