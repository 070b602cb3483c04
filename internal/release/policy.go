package release

import (
	"reflect"
	"slices"
)

// A Policy is a change of how releases are judged, to be tried on releases of the past.
type Policy struct {
	// APIVersion is "goldfinch/v1", where it is given.
	APIVersion string `json:"apiVersion,omitempty" jsonschema:"enum=goldfinch/v1"`
	// Analysis has the keys that change, as a release file writes them; what it leaves out stays as it was recorded. As in
	// a release file, metrics that are given are all that is compared, and so are alarms. Period and delay can't
	// change: what was counted, was counted so.
	Analysis Analysis `json:"analysis"`
}

// ReadPolicy reads a policy's file. Its error is a *[Problems] that says every mistake
// at once, as [Read]'s; warnings may come with or without it.
func ReadPolicy(data []byte) (policy Policy, warnings []Problem, err error) {
	source, malformed := decodeInto(data, &policy, "a policy needs analysis, with the keys that change")
	v := validation{source: source, given: Document{Analysis: policy.Analysis}}
	v.policy(policy)
	return policy, v.warnings.list, Join(malformed, v.problems.err())
}

func (v *validation) policy(policy Policy) {
	if policy.APIVersion != "" || v.source.Has("apiVersion") {
		v.version(policy.APIVersion)
	}
	const path = "analysis"
	analysis := policy.Analysis
	switch {
	case !v.source.Has(path):
		v.missing(path, nil, "give the keys of a release file's analysis that change")
	case reflect.ValueOf(analysis).IsZero():
		v.reject(path, nil, "give the keys of a release file's analysis that change", "changes nothing")
	}
	for _, key := range []string{"period", "delay"} {
		if where := child(path, key); v.source.Has(where) {
			v.reject(where, nil, "leave it out", "can't be changed for what was counted already")
		}
	}
	v.falseRollbackRate(analysis.FalseRollbackRate)
	v.alarms(analysis.Alarms)
	v.whole("analysis.minimumSamples", analysis.MinimumSamples, 1, mostSamples)
	v.noData(analysis.NoData)
	metrics := Metrics{}
	if analysis.Metrics != nil {
		metrics = *analysis.Metrics
	}
	if metrics.Errors != nil {
		v.threshold("analysis.metrics.errors", metrics.Errors.Threshold)
	}
	if metrics.Latency != nil {
		v.latency("analysis.metrics.latency", *metrics.Latency)
	}
	if service := metrics.ServerErrors; service != nil {
		const path = "analysis.metrics.serverErrors"
		for key, value := range map[string]string{"namespace": service.Namespace, "name": service.Name} {
			if where := child(path, key); value == "" && v.source.Has(where) {
				v.missing(where, value, "leave it out to keep what was recorded")
			}
		}
		v.threshold(path, service.Threshold)
	}
}

// Apply returns the analysis with what the policy changes.
func (p Policy) Apply(analysis Analysis) Analysis {
	change := p.Analysis
	if change.FalseRollbackRate != nil {
		analysis.FalseRollbackRate = change.FalseRollbackRate
	}
	if change.Alarms != nil {
		analysis.Alarms = slices.Clone(change.Alarms)
	}
	if change.MinimumSamples != nil {
		analysis.MinimumSamples = change.MinimumSamples
	}
	replace(&analysis.NoData.Policy, change.NoData.Policy)
	replace(&analysis.NoData.Limit, change.NoData.Limit)
	replace(&analysis.NoData.Then, change.NoData.Then)
	if change.Metrics != nil {
		recorded := Metrics{}
		if analysis.Metrics != nil {
			recorded = *analysis.Metrics
		}
		analysis.Metrics = new(change.Metrics.over(recorded))
	}
	return analysis
}

// replace gives value another one where that is given.
func replace[T comparable](value *T, given T) {
	var zero T
	if given != zero {
		*value = given
	}
}

// over returns the metrics that m names, with what it leaves out of each as it is in recorded, or else by default.
func (m Metrics) over(recorded Metrics) Metrics {
	if m.Errors != nil {
		var before ErrorMetric
		if recorded.Errors != nil {
			before = *recorded.Errors
		}
		m.Errors = &ErrorMetric{m.Errors.Threshold.over(before.Threshold)}
	}
	if m.Latency != nil {
		var before LatencyMetric
		if recorded.Latency != nil {
			before = *recorded.Latency
		}
		latency := LatencyMetric{before.SlowerThan, m.Latency.Threshold.over(before.Threshold)}
		replace(&latency.SlowerThan, m.Latency.SlowerThan)
		fill(&latency.SlowerThan, defaultSlowerThan)
		m.Latency = &latency
	}
	if m.ServerErrors != nil {
		var before ServiceMetric
		if recorded.ServerErrors != nil {
			before = *recorded.ServerErrors
		}
		service := ServiceMetric{before.Namespace, before.Name, m.ServerErrors.Threshold.over(before.Threshold)}
		replace(&service.Namespace, m.ServerErrors.Namespace)
		replace(&service.Name, m.ServerErrors.Name)
		m.ServerErrors = &service
	}
	return m
}

// over returns the threshold, with what it leaves out as it is in recorded, or else by default.
func (t Threshold) over(recorded Threshold) Threshold {
	replace(&recorded.Tolerance, t.Tolerance)
	replace(&recorded.Ratio, t.Ratio)
	replace(&recorded.Burst, t.Burst)
	defaultThreshold(&recorded)
	return recorded
}
