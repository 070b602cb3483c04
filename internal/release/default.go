package release

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// What Default fills in.
const (
	defaultWeight         = 10
	defaultWait           = Duration(5 * time.Minute)
	defaultSettle         = Duration(5 * time.Minute)
	defaultApproval       = Duration(time.Hour)
	defaultPeriod         = Duration(time.Minute)
	defaultDelay          = 1
	defaultTolerance      = 0.0002
	defaultRatio          = 1.1
	defaultFalseRollbacks = 0.01
	defaultSlowerThan     = Duration(time.Second)
	defaultMinimumSamples = 30
	// fastMinimumSamples is for the adaptive profile that is in a hurry.
	fastMinimumSamples = 10
	// adaptiveSettle is how many periods an adaptive release settles.
	adaptiveSettle     = 10
	defaultNoDataLimit = Duration(30 * time.Minute)
	defaultBake        = Duration(time.Hour)
	defaultDeploy      = Duration(30 * time.Minute)
	defaultRelease     = Duration(24 * time.Hour)
	// What is done about drift at once, with how many instances healthy, and how often a day.
	defaultAtOnce         = 1
	defaultHealthyPercent = 90
	defaultRepeats        = 3
	// releasePeriods is for how many periods the default timeout of a release has room at least, and
	// releaseDelays how often metrics may keep it waiting for as long as they are late.
	releasePeriods, releaseDelays = 72, 4
)

// mostSteps bounds a strategy: each step is a few transitions of the workflow.
const mostSteps = 100

// Default returns document with everything filled in that it leaves out, and
// with the audience and the shorthands for steps written out as steps. A shorthand that makes no sense
// stays as it is, for [Validate] to report, and so do adaptive and exposure
// strategies, whose steps depend on traffic. Default does not change its
// argument, and changes nothing when it is applied again.
func Default(document Document) Document {
	document.Artifact.SHA256 = strings.ToLower(document.Artifact.SHA256)
	document.Target = defaultTarget(document.Target)
	document.Verify = defaultVerify(document.Verify)
	document.Analysis = defaultAnalysis(document.Analysis, document.Strategy)
	document.Strategy = defaultStrategy(document.Strategy, document.Analysis)
	fill(&document.Timeouts.Bake, defaultBake)
	fill(&document.Timeouts.Deploy, defaultDeploy)
	fill(&document.Timeouts.Release, releaseTimeout(document.Analysis))
	document.Drift = defaultDrift(document.Drift)
	return document
}

// releaseTimeout is how long a release may take by default: a day, or with long periods as many as the
// longest ladder, its settling and late metrics need.
func releaseTimeout(analysis Analysis) Duration {
	return max(defaultRelease, inPeriods(releasePeriods+releaseDelays*delayOf(analysis), analysis.Period))
}

// heardAfter is how many periods it may take until the first whole one is counted: it begins within a
// period, lasts one, and is believed after its delay.
func heardAfter(analysis Analysis) int { return delayOf(analysis) + 2 }

// inPeriods is the length of count periods; 0 of a period that is a mistake.
func inPeriods(count int, period Duration) Duration {
	if period <= 0 || period > longestDuration {
		return 0
	}
	return min(repeat(int64(count), period), longestDuration)
}

// fill gives value the default when it is zero.
func fill[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}

// fillPointer gives a pointer to the default to a value that is left out; zero
// is a value of its own there.
func fillPointer[T any](value **T, otherwise T) {
	if *value == nil {
		*value = &otherwise
	}
}

func defaultStrategy(strategy Strategy, analysis Analysis) Strategy {
	period := analysis.Period
	if strategy.Adaptive != nil {
		adaptive := *strategy.Adaptive
		fill(&adaptive.Profile, ProfileDefault)
		strategy.Adaptive = &adaptive
	}
	fillPointer(&strategy.Settle, settleOf(strategy, analysis))
	if strategy.Adaptive == nil {
		fillPointer(&strategy.Holdback, 0) // what is said after the last step: all traffic
	}
	fill(&strategy.OnNewRelease, RejectNewRelease)
	strategy.Audience = defaultAudience(strategy.Audience)
	switch forms := strategyForms(strategy); {
	case len(forms) > 1:
		// In a file, a mistake: which one was meant is not ours to guess. In the ledger, the
		// steps that an adaptive or an exposure strategy was given when its canary began.
	case strategy.Canary != nil:
		strategy.Steps = []Step{{Weight: strategy.Canary.Weight, Wait: strategy.Canary.Wait}}
		strategy.Canary = nil
	case strategy.Linear != nil:
		if steps, ok := linearSteps(*strategy.Linear); ok {
			strategy.Steps, strategy.Linear = steps, nil
		}
	case len(forms) == 0 && len(strategy.Audience) == 0:
		strategy.Steps = []Step{{Weight: defaultWeight, Wait: wholePeriods(defaultWait, period)}}
	}
	strategy.Steps = afterAudience(strategy)
	for i, step := range strategy.Steps {
		if step.Approve != nil {
			approval := *step.Approve
			fill(&approval.Timeout, defaultApproval)
			fill(&approval.Otherwise, OtherwiseAbort)
			strategy.Steps[i].Approve = &approval
		}
	}
	return strategy
}

// settleOf is how long a strategy settles by default: long enough to count at least one period of it.
func settleOf(strategy Strategy, analysis Analysis) Duration {
	settle := wholePeriods(defaultSettle, analysis.Period)
	if climbing := inPeriods(adaptiveSettle, analysis.Period); strategy.Adaptive != nil && climbing > 0 {
		settle = climbing
	}
	return max(settle, inPeriods(heardAfter(analysis), analysis.Period))
}

// wholePeriods rounds wait up to a whole number of periods.
func wholePeriods(wait, period Duration) Duration {
	if period <= 0 || period > longestDuration {
		return wait
	}
	return Duration(periods(wait.Std(), period.Std())) * period
}

// strategyForms lists which of the exclusive forms of a strategy are given.
func strategyForms(strategy Strategy) []string {
	var forms []string
	if len(strategy.Steps) > 0 {
		forms = append(forms, "steps")
	}
	if strategy.Canary != nil {
		forms = append(forms, "canary")
	}
	if strategy.Linear != nil {
		forms = append(forms, "linear")
	}
	if strategy.Adaptive != nil {
		forms = append(forms, "adaptive")
	}
	if strategy.Exposure != nil {
		forms = append(forms, "exposure")
	}
	return forms
}

// linearSteps writes a linear strategy out; ok is false for a weight that is
// out of range or would make more than mostSteps steps. It counts in
// hundredths of a percent, because adding floats drifts.
func linearSteps(linear LinearStrategy) (steps []Step, ok bool) {
	if !isWeight(linear.Weight) {
		return nil, false
	}
	const all = 100 * 100
	each := int(math.Round(linear.Weight * 100))
	if (all-1)/each > mostSteps {
		return nil, false
	}
	for reached := each; reached < all; reached += each {
		steps = append(steps, Step{Weight: float64(reached) / 100, Wait: linear.Every})
	}
	return steps, true
}

// isWeight reports whether a canary can have this weight: above 0, below 100, at most two decimals.
func isWeight(weight float64) bool {
	hundredths := math.Round(weight * 100)
	return hundredths >= 1 && hundredths < 100*100 && math.Abs(weight*100-hundredths) < 1e-6
}

func defaultDrift(drift Drift) Drift {
	fill(&drift.Routing, DriftReport)
	fill(&drift.Instances, DriftReport)
	fill(&drift.AtOnce, defaultAtOnce)
	fillPointer(&drift.HealthyPercent, defaultHealthyPercent)
	fill(&drift.Repeats, defaultRepeats)
	return drift
}

func defaultVerify(checks []Check) []Check {
	checks = slices.Clone(checks)
	for i := range checks {
		fill(&checks[i].Name, fmt.Sprintf("check %d", i+1))
	}
	return checks
}

func defaultThreshold(threshold *Threshold) {
	fillPointer(&threshold.Tolerance, defaultTolerance)
	fillPointer(&threshold.Ratio, defaultRatio)
}

func defaultAnalysis(analysis Analysis, strategy Strategy) Analysis {
	fill(&analysis.Period, defaultPeriod)
	fillPointer(&analysis.Delay, defaultDelay)
	fillPointer(&analysis.FalseRollbackRate, defaultFalseRollbacks)
	samples := defaultMinimumSamples
	if strategy.Adaptive != nil && strategy.Adaptive.Profile == ProfileFast {
		samples = fastMinimumSamples
	}
	fillPointer(&analysis.MinimumSamples, samples)
	fill(&analysis.NoData.Policy, NoDataHold)
	fill(&analysis.NoData.Limit, max(defaultNoDataLimit, inPeriods(heardAfter(analysis)+1, analysis.Period)))
	fill(&analysis.NoData.Then, NoDataRollback)
	metrics := Metrics{Errors: &ErrorMetric{}, Latency: &LatencyMetric{}}
	if analysis.Metrics != nil {
		metrics = *analysis.Metrics
	}
	if metrics.Errors != nil {
		errors := *metrics.Errors
		defaultThreshold(&errors.Threshold)
		metrics.Errors = &errors
	}
	if metrics.Latency != nil {
		latency := *metrics.Latency
		fill(&latency.SlowerThan, defaultSlowerThan)
		defaultThreshold(&latency.Threshold)
		metrics.Latency = &latency
	}
	if metrics.ServerErrors != nil {
		service := *metrics.ServerErrors
		defaultThreshold(&service.Threshold)
		metrics.ServerErrors = &service
	}
	analysis.Metrics = &metrics
	return analysis
}
