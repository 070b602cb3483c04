package alb

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// nobodysNetwork is an address that no request comes from: it is reserved for documentation, see
// https://www.rfc-editor.org/rfc/rfc5737 .
const nobodysNetwork = "192.0.2.1/32"

// watchHealth makes the rule that no request meets, unless it is there. It leads to both target groups of the pair, so that the health of the new
// version's instances is checked before users' requests may reach them, and that of the old one's after the promotion, when
// traffic may have to go back at once: the state of a target whose group is in no rule is unused (Target.NotInUse), see
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html .
func (t *Target) watchHealth(ctx context.Context, found routes) error {
	if _, ok := found.healthRule(t.alb.TargetGroups); ok {
		return nil
	}
	// As sticky as the main rule: where the targets of a group are sticky, AWS wants the groups to be so too.
	both := forward{weights: map[string]int32{}, stickiness: found.main.forward().stickiness}
	for _, arn := range t.alb.TargetGroups {
		both.add(types.TargetGroupTuple{TargetGroupArn: aws.String(arn)})
	}
	return t.createRule(ctx, t.alb.Listener, rule{
		priority:   highestFree(found.all()),
		conditions: []types.RuleCondition{sourceCondition(nobodysNetwork)},
		actions:    []types.Action{{Type: types.ActionTypeEnumForward, ForwardConfig: both.config()}},
	}, t.ownTags(TagPurpose, purposeHealth), "health checks")
}

// healthRule finds the rule that leads to both target groups of the pair.
func (r routes) healthRule(pair []string) (rule, bool) {
	at := slices.IndexFunc(r.own, func(own rule) bool {
		listed := own.forward().listed
		return own.tags[TagPurpose] == purposeHealth && slices.Contains(listed, pair[0]) && slices.Contains(listed, pair[1])
	})
	if at < 0 {
		return rule{}, false
	}
	return r.own[at], true
}

// all are all rules of the listener, in no order.
func (r routes) all() []rule {
	return slices.Concat([]rule{r.main}, r.audiences, r.own, r.foreign)
}

// highestFree is the last priority that no rule has.
func highestFree(rules []rule) int {
	priority := lastPriority
	for slices.ContainsFunc(rules, func(r rule) bool { return r.priority == priority }) {
		priority--
	}
	return priority
}

// letGo deletes the rules that Goldfinch made for this service and that lead nobody but a health or another check anywhere, on both listeners.
func (t *Target) letGo(ctx context.Context) error {
	for _, listener := range t.listeners() {
		rules, err := t.readRules(ctx, listener)
		if err != nil {
			return err
		}
		for _, r := range rules {
			if t.isOurs(r.tags) && r.tags[TagPurpose] != "" && r.tags[fleet.TagRelease] != "" {
				if err := t.deleteRule(ctx, r.arn); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// listeners are those on which Goldfinch makes rules.
func (t *Target) listeners() []string {
	if t.alb.Test != nil && t.alb.Test.Listener != "" {
		return []string{t.alb.Listener, t.alb.Test.Listener}
	}
	return []string{t.alb.Listener}
}

// openTest makes the rule by which checks reach a target group, unless it is there; made says that it was made now, so that it may not be true everywhere
// yet. On a listener for tests it is the last one before the default action, and on the users' own listener
// it has the header, what the main rule has, and whatever that does first, such as asking who somebody is.
func (t *Target) openTest(ctx context.Context, found routes, targetGroup string) (made bool, err error) {
	test := t.alb.Test
	if test == nil {
		return false, nil
	}
	listener, rules := t.alb.Listener, found.all()
	toIt := between(targetGroup, "", 0, nil)
	wanted := rule{
		priority: t.testPriority(), conditions: append(slices.Clone(found.main.conditions), headerCondition(test.Header, []string{test.Value})),
		actions: toIt.in(found.main.actions), transforms: found.main.transforms,
	}
	if test.Listener != "" {
		listener = test.Listener
		if rules, err = t.readRules(ctx, listener); err != nil {
			return false, err
		}
		wanted = rule{
			conditions: []types.RuleCondition{pathCondition("/*")},
			actions:    []types.Action{{Type: types.ActionTypeEnumForward, ForwardConfig: toIt.config()}},
		}
		wanted.priority = highestFree(rules)
	}
	for _, r := range rules {
		if !t.isOurs(r.tags) || r.tags[TagPurpose] != purposeTest || r.tags[fleet.TagRelease] == "" {
			continue
		}
		if r.tags[fleet.TagRelease] == t.release && r.decidesLike(wanted) {
			return false, nil
		}
		if err := t.deleteRule(ctx, r.arn); err != nil { // of another release, or of another version
			return false, err
		}
	}
	return true, t.createRule(ctx, listener, wanted, t.ownTags(TagPurpose, purposeTest), "checks of release "+t.release)
}

// asksWho reports whether the rule asks who somebody is before it forwards.
func (r rule) asksWho() bool {
	return slices.ContainsFunc(r.actions, func(action types.Action) bool {
		return action.Type != types.ActionTypeEnumForward && action.Type != types.ActionTypeEnumFixedResponse && action.Type != types.ActionTypeEnumRedirect
	})
}

// hasSecret reports whether the rule has a client secret, which AWS tells nobody, so that no other rule can be made like it.
func (r rule) hasSecret() bool {
	return slices.ContainsFunc(r.actions, func(action types.Action) bool { return action.AuthenticateOidcConfig != nil })
}

// address is where checks go.
func (t *Target) address(ctx context.Context) (string, error) {
	test := t.alb.Test
	if test.URL != "" {
		return test.URL, nil
	}
	listener := t.alb.Listener
	if test.Listener != "" {
		listener = test.Listener
	}
	found, err := t.readListener(ctx, listener)
	if err != nil {
		return "", err
	}
	name, err := t.dnsName(ctx)
	if err != nil {
		return "", err
	}
	return addressOf(name, found), nil
}

// conflictWithout is the failure of something that must exist and does not.
func conflictWithout(what string, err error) error {
	return release.Fail(release.KindConflict, "%s does not exist", what).Because(err).WithHint("name one that exists, in this account and Region")
}
