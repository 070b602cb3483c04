package alb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// shiftAttempts bounds how often Shift looks again: after each of its writes, which are at most one of the main rule and one for
// each rung, and after those of somebody else.
const shiftAttempts = 2*mostRungs + 8

// handlerLife is longer than any handler of the workflow lives: for so long after a rollback, one that had read
// before it may still write.
const handlerLife = 90 * time.Second

// UnlockedFor says how long a write that was under way when traffic was moved may still come.
func (t *Target) UnlockedFor() time.Duration { return t.shiftLimit }

// Split reads the rules of the listener, and which versions are behind the target groups that they lead to.
func (t *Target) Split(ctx context.Context) (release.Split, error) {
	now, err := t.read(ctx)
	return now.split, err
}

// Shift makes the rules lead where want says, each by one call, and reads them back. The main rule is written first, because it is about
// most requests: a promotion and a rollback are true for everybody but an audience after one call, and its rules are deleted then. Every write is made only when what
// is there is still what was read before the guard's check. With Guard.Touch, the guard's check is asked even when nothing is to be
// written; nothing is written then, because without a lock a write of what stands there already keeps nobody else from writing.
func (t *Target) Shift(ctx context.Context, want release.Split, guard target.Guard) (release.Split, error) {
	ctx, cancel := context.WithTimeout(ctx, t.shiftLimit)
	defer cancel()
	want = t.nearest(want)
	for range shiftAttempts {
		now, err := t.read(ctx)
		if err != nil {
			return now.split, err
		}
		there := now.split.Same(want)
		if !there && !t.isMine(now.split, guard) {
			return now.split, t.moved(now, want)
		}
		write, err := t.nextWrite(now, want)
		if err != nil {
			return now.split, err
		}
		if write == nil && !there {
			return now.split, t.moved(now, want)
		}
		if guard.Check != nil && (write != nil || guard.Touch) {
			if err := guard.Check(ctx); err != nil {
				return now.split, err
			}
		}
		if write == nil {
			return now.split, nil
		}
		again, err := t.listRules(ctx, t.alb.Listener) // the last look before the write is one call: what comes after it is lost
		if err != nil {
			return now.split, err
		}
		if !same(again, now.routes.listed) {
			continue
		}
		if err := write(ctx); err != nil {
			return now.split, err
		}
	}
	return release.Split{}, release.Fail(release.KindTransient, "%s changed %d times while it was moved to %s", t.placeName(), shiftAttempts, want)
}

// nearest is the split that can be had: weights are whole numbers, a version that gets nothing is none, and an audience is
// that of the last rung that a rule can match; whom a feature flag tells apart, the load balancer does not.
func (t *Target) nearest(want release.Split) release.Split {
	if rung := t.matchable(want.Audience); rung != want.Audience {
		want.Audience, want.Share = rung, 0
	}
	switch {
	case want.IsPure():
		return release.Pure(want.Stable)
	case want.Weight >= 100:
		return release.Pure(want.Canary)
	case want.Weight > 0:
		want.Weight = t.Nearest(want.Weight)
	}
	if want.Share > 0 && want.Share < 100 {
		want.Share = t.Nearest(want.Share)
	}
	return want
}

// isMine reports whether this release intended a split. The rules for audiences are not asked about: those that are read here have the
// service's tags and nobody else makes them, and a shift that was interrupted between two calls has moved the weights, and not yet all of them.
func (t *Target) isMine(split release.Split, guard target.Guard) bool {
	if guard.Mine == nil {
		return false
	}
	if guard.Mine(split) {
		return true
	}
	plain := release.Split{Stable: split.Stable, Canary: split.Canary, Weight: split.Weight}
	candidates := []release.Split{plain}
	if split.Weight == 100 {
		candidates = append(candidates, release.Pure(split.Canary))
	}
	for _, rung := range t.document.Strategy.Audience {
		whole, part := plain, plain
		whole.Audience = rung.Name
		part.Audience, part.Share = rung.Name, rung.Share
		candidates = append(candidates, whole, t.nearest(part))
	}
	return slices.ContainsFunc(candidates, guard.Mine)
}

// nextWrite is the next call that brings requests nearer to where want says; nil when they are there.
func (t *Target) nextWrite(now present, want release.Split) (func(context.Context) error, error) {
	stable, canary, err := t.targetGroupsOf(now, want)
	if err != nil {
		return nil, err
	}
	main := now.routes.main
	has := main.forward()
	if wanted := between(stable, canary, want.Weight, has.stickiness); !has.leads(wanted) {
		return func(ctx context.Context) error { return t.writeMain(ctx, wanted.in(main.actions), want) }, nil
	}
	if want.Audience != "" && main.priority < t.rungPriority(mostRungs) {
		return nil, release.Fail(release.KindConflict, "%s has priority %d, and the rules for audiences, which must be tried before it, have priorities up to %d", t.placeName(), main.priority, t.rungPriority(mostRungs-1)).
			WithHint("somebody moved it since the release began; give it a priority behind them")
	}
	return t.nextAudienceWrite(now.routes, t.rungsOf(main, want, stable, canary), want), nil
}

// nextAudienceWrite makes, changes or deletes one rule for an audience. Rungs are made from the first on and deleted from the last on, so that
// what is there is always a ladder.
func (t *Target) nextAudienceWrite(now routes, wanted []rule, want release.Split) func(context.Context) error {
	for _, rung := range slices.Backward(now.audiences) {
		if !slices.ContainsFunc(wanted, func(r rule) bool { return r.priority == rung.priority }) {
			return func(ctx context.Context) error { return t.deleteRule(ctx, rung.arn) }
		}
	}
	for _, rung := range wanted {
		at := slices.IndexFunc(now.audiences, func(r rule) bool { return r.priority == rung.priority })
		switch {
		case at < 0:
			return func(ctx context.Context) error { return t.createAudience(ctx, rung, want) }
		case now.audiences[at].tags[TagAudience] != rung.tags[TagAudience]:
			return func(ctx context.Context) error { return t.deleteRule(ctx, now.audiences[at].arn) }
		case !rung.decidesLike(now.audiences[at]):
			return func(ctx context.Context) error { return t.modifyAudience(ctx, now.audiences[at].arn, rung, want) }
		}
	}
	return nil
}

// decidesLike reports whether two rules match the same requests and send them to the same places.
func (r rule) decidesLike(other rule) bool {
	one, another := r.forward(), other.forward()
	return meaning(r.conditions) == meaning(other.conditions) && one.leads(another) && one.isSticky() == another.isSticky()
}

// targetGroupsOf finds the target groups of both versions of a split; that of a version that nobody wants is empty.
func (t *Target) targetGroupsOf(now present, want release.Split) (stable, canary string, err error) {
	find := func(version string) string {
		if version == "" {
			return ""
		}
		arn, ok := now.backings.leading(t.alb.TargetGroups, version)
		if !ok && err == nil {
			err = release.Fail(release.KindConflict, "no Auto Scaling group of version %s is attached to a target group of the pair (%s), so requests can't go there: %s stands at %s",
				version, t.pairName(), t.placeName(), now.split).
				WithHint("somebody deleted or detached it; release again, or let %s forward to the target group that users should reach", t.placeName())
		}
		return arn
	}
	stable, canary = find(want.Stable), find(want.Canary)
	if err == nil && stable == "" {
		err = release.Fail(release.KindDirty, "there is no version to send requests to").WithHint("name one")
	}
	return stable, canary, err
}

// writeMain replaces the main rule's actions.
func (t *Target) writeMain(ctx context.Context, actions []types.Action, want release.Split) error {
	what := fmt.Sprintf("elbv2: move %s to %s", t.placeName(), want)
	var err error
	if t.alb.Rule == "" {
		_, err = call.Do(ctx, what, t.elb.ModifyListener, &elbv2.ModifyListenerInput{ListenerArn: aws.String(t.alb.Listener), DefaultActions: actions})
	} else {
		_, err = call.Do(ctx, what, t.elb.ModifyRule, &elbv2.ModifyRuleInput{RuleArn: aws.String(t.alb.Rule), Actions: actions})
	}
	return t.writeFailure(what, err)
}

func (t *Target) createAudience(ctx context.Context, rung rule, want release.Split) error {
	return t.createRule(ctx, t.alb.Listener, rung, t.ownTags(TagAudience, rung.tags[TagAudience]), want.String())
}

func (t *Target) modifyAudience(ctx context.Context, arn string, rung rule, want release.Split) error {
	what := fmt.Sprintf("elbv2: change the rule for audience %s to %s", rung.tags[TagAudience], want)
	_, err := call.Do(ctx, what, t.elb.ModifyRule, &elbv2.ModifyRuleInput{RuleArn: aws.String(arn), Conditions: rung.conditions, Actions: rung.actions})
	return t.writeFailure(what, err)
}

// createRule makes a rule. One that exists has its priority, which is that of no other: then somebody was faster.
func (t *Target) createRule(ctx context.Context, listener string, r rule, tags []types.Tag, purpose string) error {
	what := fmt.Sprintf("elbv2: make a rule of priority %d for %s on %s", r.priority, purpose, listenerName(listener))
	_, err := call.Do(ctx, what, t.elb.CreateRule, &elbv2.CreateRuleInput{
		ListenerArn: aws.String(listener), Priority: aws.Int32(int32(r.priority)), Conditions: r.conditions, Actions: r.actions, Transforms: r.transforms, Tags: tags,
	})
	return t.writeFailure(what, err)
}

// deleteRule deletes a rule; one that is gone is deleted.
func (t *Target) deleteRule(ctx context.Context, arn string) error {
	_, err := call.Do(ctx, "elbv2: delete rule "+arn, t.elb.DeleteRule, &elbv2.DeleteRuleInput{RuleArn: aws.String(arn)})
	if call.Is[*types.RuleNotFoundException](err) {
		return nil
	}
	return err
}

// writeFailure says what a write that AWS refused means.
func (t *Target) writeFailure(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case call.Is[*types.PriorityInUseException](err):
		return release.Fail(release.KindTransient, "%s: a rule has that priority by now", what).Because(err)
	case call.Is[*types.TooManyRulesException](err):
		return release.Fail(release.KindRefused, "%s: the load balancer has as many rules as it may have", what).Because(err).
			WithHint("delete rules that nobody needs, or ask AWS for a higher quota: Rules per Application Load Balancer")
	case call.Is[*types.RuleNotFoundException](err), call.Is[*types.ListenerNotFoundException](err):
		return release.Fail(release.KindConflict, "%s: it was deleted by somebody else", what).Because(err).
			WithHint("CloudTrail's events DeleteRule and DeleteListener say who")
	default:
		return err
	}
}

// moved says that requests go where this release never sent them.
func (t *Target) moved(now present, want release.Split) error {
	return release.Fail(release.KindConflict, "%s was moved by somebody else: it stands at %s (%s), which this release never intended, and is left there instead of %s",
		t.placeName(), now.split, now.routes.main.forward().shares(), want).
		WithHint("CloudTrail's events ModifyRule and ModifyListener say who; let it forward to the target group that users should reach, then release again")
}

// pairName names the pair of target groups.
func (t *Target) pairName() string {
	return targetGroupName(t.alb.TargetGroups[0]) + " and " + targetGroupName(t.alb.TargetGroups[1])
}
