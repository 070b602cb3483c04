package policy

import (
	"fmt"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// Fits tells why a policy can't fly in the world of a model: others' policies look at the
// errors, which are then its first metric, and with a limit on latency at slow requests, its second.
func (p Policy) Fits(model world.Model) error {
	for i, name := range []string{world.Errors, world.Slow} {
		if p.looksAt(i) && (i >= len(model.Metrics) || model.Metrics[i].Name != name) {
			return fmt.Errorf("policy %q: looks at %q, which must be metric %d of the model", p.Name, name, i+1)
		}
	}
	if g := p.Goldfinch; g != nil && g.Plan != nil && len(g.Plan.Metrics) != len(model.Metrics) {
		return fmt.Errorf("policy %q: compares %d metrics, and the model has %d; give the same, in the same order", p.Name, len(g.Plan.Metrics), len(model.Metrics))
	}
	return nil
}

// looksAt reports whether the policy decides by the metric of that index.
func (p Policy) looksAt(metric int) bool {
	switch {
	case p.Deployment != nil:
		return slices.ContainsFunc(p.Deployment.Alarms, func(a Alarm) bool { return a.Metric == metric })
	case p.Progression != nil:
		return slices.ContainsFunc(p.Progression.Limits, func(l Limit) bool { return l.Metric == metric })
	case p.Analysis != nil:
		return slices.Contains(p.Analysis.Metrics, metric)
	case p.HealthCheck != nil:
		return metric == errorMetric
	default:
		return false
	}
}
