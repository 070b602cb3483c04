package alb

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The band of priorities that begins with the document's AudiencePriority: first the rule by which checks reach the new version
// over a header, then one rule for each rung of the ladder, in its order. Of somebody who is in two rungs, the first decides.
const (
	// mostRungs is how many rungs a ladder may have.
	mostRungs = 10
	// bandLength is how many priorities are in the band.
	bandLength = 1 + mostRungs
)

// testPriority is the priority of the rule by which checks reach the new version over a header.
func (t *Target) testPriority() int { return t.alb.AudiencePriority }

// rungPriority is the priority of the rule for a rung.
func (t *Target) rungPriority(rung int) int { return t.alb.AudiencePriority + 1 + rung }

// shareStickiness keeps those to whom chance gave the canary, as part of an audience, at the canary. Its time is the longest that AWS takes.
func shareStickiness() *types.TargetGroupStickinessConfig {
	const sevenDays = 7 * 24 * 60 * 60
	return &types.TargetGroupStickinessConfig{Enabled: aws.Bool(true), DurationSeconds: aws.Int32(sevenDays)}
}

// rungsOf are the rules for a split's audience: one for each rung up to the present one, which all lead to the canary, but for the
// share of the last one that does not. Each has the main rule's own conditions beside its own, and what the main
// rule does before it forwards. A rung that a feature flag tells apart has none.
func (t *Target) rungsOf(main rule, split release.Split, stable, canary string) []rule {
	rungs := t.document.Strategy.Audience
	last := slices.IndexFunc(rungs, func(rung release.Audience) bool { return rung.Name == split.Audience })
	var rules []rule
	for i, rung := range rungs[:last+1] {
		condition, err := conditionOf(rung.Match)
		if err != nil {
			continue
		}
		var stickiness *types.TargetGroupStickinessConfig
		share := 100.0
		if i == last && split.Share > 0 && split.Share < 100 {
			share, stickiness = split.Share, shareStickiness()
		}
		rules = append(rules, rule{
			priority:   t.rungPriority(i),
			conditions: append(slices.Clone(main.conditions), condition),
			actions:    between(stable, canary, share, stickiness).in(main.actions),
			transforms: main.transforms,
			tags:       map[string]string{TagAudience: rung.Name},
		})
	}
	return rules
}

// matchable is the last rung up to one of that name that a rule can match; empty when there is none.
func (t *Target) matchable(name string) string {
	last := ""
	for _, rung := range t.document.Strategy.Audience {
		if _, err := conditionOf(rung.Match); err == nil {
			last = rung.Name
		}
		if rung.Name == name {
			return last
		}
	}
	return name
}
