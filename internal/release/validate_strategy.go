package release

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

func (v *validation) strategy() {
	given := v.given.Strategy
	if forms := strategyForms(given); len(forms) > 1 {
		v.reject("strategy", nil, "give one of them", "%s exclude each other", strings.Join(forms, " and "))
	}
	if given.Adaptive != nil {
		v.adaptive(*given.Adaptive)
	}
	if given.Exposure != nil {
		v.exposure(*given.Exposure)
	}
	v.audience()
	v.steps(given.Steps)
	if given.Canary != nil {
		v.weight("strategy.canary.weight", given.Canary.Weight)
		v.wait("strategy.canary.wait", given.Canary.Wait)
	}
	if given.Linear != nil {
		v.linear(*given.Linear)
	}
	if given.Settle != nil {
		v.settle(*given.Settle)
	}
	v.holdback(given.Holdback)
	v.coarse(given)
	v.word("strategy.onNewRelease", given.OnNewRelease, RejectNewRelease, QueueNewRelease, SupersedeOldRelease)
	v.fits()
}

func (v *validation) steps(steps []Step) {
	const list = "strategy.steps"
	if len(steps) == 0 && v.source.Has(list) {
		v.reject(list, nil, "leave steps out for the default, one step of 10% for 5m", "the list is empty")
	}
	hint := ""
	if len(v.given.Strategy.Audience) > 0 {
		hint = "the rungs of strategy.audience are steps too"
	}
	if all := max(len(steps), len(v.complete.Strategy.Steps)); all > mostSteps {
		v.reject(list, amount(all, "steps"), hint, "must have at most %d steps", mostSteps)
	}
	v.writtenOut(list, steps)
	reached := 0.0
	for i, step := range steps {
		path := fmt.Sprintf("%s[%d]", list, i)
		moves := step.Weight != 0 || step.Wait != 0 || v.source.Has(path+".weight") || v.source.Has(path+".wait")
		switch {
		case step.isRung(): // checked as strategy.audience
		case step.Approve != nil && moves:
			v.reject(path, nil, "make two steps of it", "a step either moves traffic or waits for approval")
		case step.Approve != nil:
			v.duration(path+".approve.timeout", step.Approve.Timeout, Duration(time.Second))
			v.word(path+".approve.otherwise", step.Approve.Otherwise, OtherwiseAbort, OtherwisePromote)
		case !moves:
			v.reject(path, nil, "give weight and wait, or approve", "the step does nothing")
		default:
			if v.weight(path+".weight", step.Weight) && step.Weight <= reached {
				v.reject(path+".weight", step.Weight, "weights rise from step to step",
					"must be above the %s of the step before", Percent(reached))
			}
			v.wait(path+".wait", step.Wait)
			reached = max(reached, step.Weight)
		}
	}
}

// coarse warns of weights that are less than the target can give.
func (v *validation) coarse(strategy Strategy) {
	least, kind := v.given.Target.LeastWeight(), v.given.Target.Kind()
	weights := map[string]float64{}
	for i, step := range strategy.Steps {
		weights[fmt.Sprintf("strategy.steps[%d].weight", i)] = step.Weight
	}
	if strategy.Canary != nil {
		weights["strategy.canary.weight"] = strategy.Canary.Weight
	}
	if strategy.Linear != nil {
		weights["strategy.linear.weight"] = strategy.Linear.Weight
	}
	for _, path := range slices.Sorted(maps.Keys(weights)) {
		if weight := weights[path]; weight > 0 && weight < least {
			v.warn(path, "write "+Percent(least)+" or more", "%s can't give so little: of %s%%, requests meet %s%%", aTarget(kind), Percent(weight), Percent(least))
		}
	}
}

// writtenOut checks steps that name an audience: a document that has its defaults has them as [Default] made them, and no other may.
func (v *validation) writtenOut(list string, steps []Step) {
	if !slices.ContainsFunc(steps, Step.forAudience) {
		return
	}
	strategy := v.complete.Strategy
	strategy.Steps = beforeAudience(steps)
	want := afterAudience(strategy)
	for i, step := range steps {
		if i < len(want) && step.Audience == want[i].Audience && step.Share == want[i].Share && (!step.isRung() || step.Wait == want[i].Wait) {
			continue
		}
		v.reject(fmt.Sprintf("%s[%d]", list, i), nil, "leave audience and share out; the rungs of strategy.audience come before all steps by themselves",
			"is not what strategy.audience makes of it")
		return
	}
}

// weight checks a canary's percent and reports whether it is one.
func (v *validation) weight(path string, weight float64) bool {
	switch {
	case isWeight(weight):
		return true
	case weight == 0 && !v.source.Has(path):
		v.missing(path, nil, "give the canary's percent, such as 10")
	case weight > 0 && weight < 100:
		v.reject(path, weight, "", "must have at most two decimals")
	case weight == 100:
		v.reject(path, weight, "leave the step out", "must be below 100, which follows the last step by itself")
	default:
		v.reject(path, weight, "it is a percent: write 10 for a tenth of the traffic", "must be above 0 and below 100")
	}
	return false
}

// wait checks how long a weight is watched: the judge counts whole periods.
func (v *validation) wait(path string, wait Duration) {
	period := v.complete.Analysis.Period
	switch {
	case wait == 0 && !v.source.Has(path):
		v.missing(path, nil, "say how long the weight is watched, such as 5m")
	case wait <= 0:
		v.reject(path, wait, "", "must be above 0")
	case wait > longestDuration:
		v.duration(path, wait, 0)
	case period <= 0 || v.source.spoiled("analysis.period"):
		// The period's own problem is reported, and nothing follows from it.
	case wait < period:
		v.reject(path, wait, fmt.Sprintf("wait for at least one period, %s", period), "is shorter than analysis.period")
	case wait%period != 0:
		v.reject(path, wait, fmt.Sprintf("write a multiple of %s", period), "is not a whole number of analysis.period")
	}
}

func (v *validation) linear(linear LinearStrategy) {
	const path = "strategy.linear"
	if v.weight(path+".weight", linear.Weight) {
		if _, ok := linearSteps(linear); !ok {
			v.reject(path+".weight", linear.Weight, "write 1 or more", "makes more than %d steps", mostSteps)
		}
	}
	v.wait(path+".every", linear.Every)
}

func (v *validation) adaptive(adaptive AdaptiveStrategy) {
	const path = "strategy.adaptive"
	v.word(path+".profile", adaptive.Profile, ProfileCareful, ProfileDefault, ProfileFast)
	v.compares(path, "it climbs on what metrics say")
}

func (v *validation) exposure(exposure ExposureStrategy) {
	const path, key = "strategy.exposure", "strategy.exposure.maxFailedRequests"
	switch {
	case exposure.MaxFailedRequests == 0 && !v.source.Has(key):
		v.missing(key, nil, "say how many failed requests a bad release may cost, such as 50")
	case !(exposure.MaxFailedRequests >= 1):
		v.reject(key, exposure.MaxFailedRequests, "no regression is noticed before a request fails", "must be at least 1")
	}
	v.compares(path, "it bounds what metrics count")
}

// compares wants at least one metric for a strategy that can do nothing without.
func (v *validation) compares(path, why string) {
	if *v.complete.Analysis.Metrics == (Metrics{}) {
		v.reject(path, nil, "name metrics under analysis.metrics, or use steps", "%s, and none is compared", why)
	}
}

// settle checks how long the old version is kept.
func (v *validation) settle(settle Duration) {
	const path = "strategy.settle"
	v.duration(path, settle, 0)
	analysis := v.complete.Analysis
	if least := inPeriods(heardAfter(analysis), analysis.Period); settle > 0 && settle < least {
		v.warn(path, fmt.Sprintf("write %s or more", least),
			"may be over before a period of it is counted, %d periods of %s after the promotion", heardAfter(analysis), analysis.Period)
	}
}

// mostHoldback is how many percent the old version may keep while the new one is to prove itself with all others.
const mostHoldback = 50

// holdback checks the percent that stable keeps while settling.
func (v *validation) holdback(holdback *float64) {
	const path = "strategy.holdback"
	switch {
	case holdback == nil || *holdback == 0:
	case !(*holdback > 0 && *holdback <= mostHoldback):
		v.reject(path, *holdback, "it is a percent: write 5 for a twentieth of the traffic", "must be between 0 and %d", mostHoldback)
	case !isWeight(*holdback):
		v.reject(path, *holdback, "", "must have at most two decimals")
	case *v.complete.Strategy.Settle == 0:
		v.reject(path, *holdback, "raise strategy.settle, or leave holdback out", "is kept while settling, and strategy.settle is 0s")
	case lastWeight(v.complete.Strategy.Steps) > 100-*holdback:
		last := lastWeight(v.complete.Strategy.Steps)
		v.reject(path, *holdback, fmt.Sprintf("write %s or less, or end the steps with a lower weight", Percent(100-last)),
			"would take traffic away from the new version at its promotion: the last step gives it %s%% already", Percent(last))
	}
}

// lastWeight is the canary's percent when steps are over; 0 where they are not known.
func lastWeight(steps []Step) float64 {
	last := 0.0
	for _, step := range steps {
		last = max(last, step.Weight)
	}
	return last
}

func (v *validation) timeouts() {
	timeouts := v.given.Timeouts
	v.duration("timeouts.bake", timeouts.Bake, Duration(time.Second))
	v.duration("timeouts.deploy", timeouts.Deploy, Duration(time.Second))
	v.duration("timeouts.release", timeouts.Release, Duration(time.Second))
}

// fits checks, with what shifts take as far as the document says it, that everything the release may have to wait for ends before its timeout.
func (v *validation) fits() {
	var waits, approvals []Duration
	stages, _ := stagesOf(v.complete)
	for _, stage := range stages {
		if stage.approve != nil {
			approvals = append(approvals, stage.longest)
			continue
		}
		waits = append(waits, stage.longest, Duration(v.complete.Target.Lag()))
	}
	waits = append(waits, Duration(v.complete.Target.Lag())) // the promotion's
	timeouts, settle := v.complete.Timeouts, *v.complete.Strategy.Settle
	total := sum(sum(waits...), sum(approvals...), settle, timeouts.Bake, timeouts.Deploy)
	if total <= timeouts.Release || timeouts.Release <= 0 {
		return
	}
	path := "strategy"
	if v.source.Has("timeouts.release") {
		path = "timeouts.release"
	}
	v.reject(path, nil, "shorten the plan or raise timeouts.release",
		"the plan may take %s (bake %s, deploy %s, steps %s, approvals %s, settle %s), longer than timeouts.release, %s",
		total, timeouts.Bake, timeouts.Deploy, sum(waits...), sum(approvals...), settle, timeouts.Release)
}
