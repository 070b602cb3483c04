package policy

import (
	"fmt"
	"slices"
	"strings"
)

// A variant is what may be added to a policy's name, in the order of [variants].
type variant struct {
	suffix string
	// change makes the variant of a policy; false where it has none.
	change func(Policy) (Policy, bool)
	// without says why it may have none.
	without string
}

var variants = []variant{
	{"+bake", bake, "has no alarms to bake with"},
	{"+no-holdback", release, "holds nothing back"},
	{"+p99", limitLatency, "has no limits that one on latency could be added to"},
}

// Named finds a policy: a name of [All], and after it
//
//	+bake          the alarms of a deployment stay armed for 5 minutes more
//	+no-holdback   Goldfinch settles with all traffic, where it would leave stable some of it
//	+p99           not more than 1 % slow requests, where others decide by limits
func Named(name string) (Policy, error) {
	plain := name
	var asked []variant
	for _, one := range slices.Backward(variants) {
		if rest, ok := strings.CutSuffix(plain, one.suffix); ok {
			plain = rest
			asked = append(asked, one)
		}
	}
	all := All()
	i := slices.IndexFunc(all, func(p Policy) bool { return p.Name == plain })
	if i < 0 {
		return Policy{}, fmt.Errorf("policy %q: there is none of that name; known are %s", name, names(all))
	}
	found := all[i]
	for _, one := range slices.Backward(asked) {
		changed, ok := one.change(found)
		if !ok {
			return Policy{}, fmt.Errorf("policy %q: %s %s; leave out %s", name, plain, one.without, one.suffix)
		}
		found = changed
		found.Name += one.suffix
	}
	return found, nil
}

func names(all []Policy) string {
	var names []string
	for _, one := range all {
		names = append(names, one.Name)
	}
	return strings.Join(names, ", ")
}

// bakeMinutes is for how long alarms stay armed after a deployment.
const bakeMinutes = 5

// bake keeps the alarms armed after the deployment.
func bake(p Policy) (Policy, bool) {
	if p.Deployment == nil {
		return p, false
	}
	deployment := *p.Deployment
	deployment.Bake = bakeMinutes
	p.About += fmt.Sprintf(", armed for %d minutes more", bakeMinutes)
	p.Deployment = &deployment
	return p, true
}

// release gives the canary all traffic while it settles.
func release(p Policy) (Policy, bool) {
	if p.Goldfinch == nil || p.Goldfinch.Profile == nil || p.Goldfinch.Unsettled {
		return p, false
	}
	goldfinch := *p.Goldfinch
	goldfinch.NoHoldback = true
	p.About += ", without the holdback"
	p.Goldfinch = &goldfinch
	return p, true
}

// slowLimit is the share of slow requests that a limit on the 99th percentile allows.
const slowLimit = 0.01

// limitLatency adds the limit on slow requests.
func limitLatency(p Policy) (Policy, bool) {
	switch {
	case p.Deployment != nil:
		deployment := *p.Deployment
		deployment.Alarms = append(slices.Clone(deployment.Alarms), Alarm{Metric: slowMetric, Of: Version, AsRate: true, Threshold: slowLimit})
		p.Deployment = &deployment
	case p.Progression != nil:
		progression := *p.Progression
		progression.Limits = append(slices.Clone(progression.Limits), Limit{Metric: slowMetric, Rate: slowLimit})
		p.Progression = &progression
	case p.Analysis != nil:
		analysis := *p.Analysis
		analysis.Metrics = append(slices.Clone(analysis.Metrics), slowMetric)
		p.Analysis = &analysis
	default:
		return p, false
	}
	p.About += "; and at most 1 % slow requests"
	return p, true
}
