package alb

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// lastPriority is the largest that a rule may have; the default rule comes after it.
const lastPriority = 50_000

// routes are what decides which target group a request to the listener reaches.
type routes struct {
	// main is the rule of the users, or the listener's default rule, whose weights are moved.
	main rule
	// audiences are the rules for audiences that Goldfinch made for this service, in the order in which they are tried; own are all others that it made for it.
	audiences, own []rule
	// foreign are all other rules of the listener.
	foreign []rule
	// listed are all of them, in the order in which they are tried.
	listed []rule
}

// A rule is one rule of a listener.
type rule struct {
	arn string
	// priority says when the rule is tried; the default rule's is [lastPriority] + 1.
	priority   int
	conditions []types.RuleCondition
	actions    []types.Action
	// transforms rewrite requests before they are passed on.
	transforms []types.RuleTransform
	// tags are read of rules that lead to one of the pair, and are not the main one.
	tags map[string]string
}

// forward is what the rule does with requests; of one that does not forward, nothing.
func (r rule) forward() forward {
	f, _ := forwardOf(r.actions)
	return f
}

// leadsTo reports whether requests may reach one of the target groups by this rule, now or when weights move.
func (r rule) leadsTo(targetGroups []string) bool {
	return slices.ContainsFunc(r.forward().listed, func(arn string) bool { return slices.Contains(targetGroups, arn) })
}

// readRoutes reads the rules of the users' listener. A listener or rule that does not exist is a KindConflict failure.
func (t *Target) readRoutes(ctx context.Context) (routes, error) {
	all, err := t.readRules(ctx, t.alb.Listener)
	if err != nil {
		return routes{}, err
	}
	at := slices.IndexFunc(all, func(r rule) bool { return t.alb.Rule == r.arn || t.alb.Rule == "" && r.priority > lastPriority })
	if at < 0 {
		return routes{}, release.Fail(release.KindConflict, "%s does not exist", t.placeName()).
			WithHint("CloudTrail's event DeleteRule says who deleted it; make a rule again that leads to the version that users should have, and name it in target.alb.rule")
	}
	found := routes{main: all[at], listed: all}
	for i, r := range all {
		switch {
		case i == at:
		case !t.isOurs(r.tags) || r.tags[fleet.TagRelease] == "":
			found.foreign = append(found.foreign, r)
		case r.tags[TagAudience] != "":
			found.audiences = append(found.audiences, r)
		default:
			found.own = append(found.own, r)
		}
	}
	return found, nil
}

// readRules reads the rules of a listener in the order in which they are tried, with the tags of those that lead to one of the pair.
func (t *Target) readRules(ctx context.Context, listener string) ([]rule, error) {
	rules, err := t.listRules(ctx, listener)
	if err != nil {
		return nil, err
	}
	return rules, t.readTags(ctx, rules)
}

// listRules is readRules without the tags, in as few calls as can be.
func (t *Target) listRules(ctx context.Context, listener string) ([]rule, error) {
	var rules []rule
	input := &elbv2.DescribeRulesInput{ListenerArn: aws.String(listener)}
	for {
		page, err := call.Do(ctx, "elbv2: read the rules of "+listenerName(listener), t.elb.DescribeRules, input)
		if call.Is[*types.ListenerNotFoundException](err) {
			return nil, release.Fail(release.KindConflict, "%s does not exist", listenerName(listener)).Because(err).
				WithHint("CloudTrail's event DeleteListener says who deleted it; make one again, and name it in the document")
		}
		if err != nil {
			return nil, err
		}
		for _, r := range page.Rules {
			read, err := ruleOf(r)
			if err != nil {
				return nil, fmt.Errorf("elbv2: read the rules of %s: %w", listenerName(listener), err)
			}
			rules = append(rules, read)
		}
		if aws.ToString(page.NextMarker) == "" {
			break
		}
		input.Marker = page.NextMarker
	}
	slices.SortStableFunc(rules, func(a, b rule) int { return cmp.Compare(a.priority, b.priority) })
	return rules, nil
}

func ruleOf(r types.Rule) (rule, error) {
	read := rule{arn: aws.ToString(r.RuleArn), priority: lastPriority + 1, conditions: plain(r.Conditions), actions: r.Actions, transforms: r.Transforms}
	if aws.ToBool(r.IsDefault) {
		return read, nil
	}
	var err error
	read.priority, err = strconv.Atoi(aws.ToString(r.Priority))
	return read, err
}

// tagsPerCall is of how many resources DescribeTags tells the tags at once, see
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html .
const tagsPerCall = 20

// readTags fills in the tags of the rules that Goldfinch may have made: those that lead to one of the pair.
func (t *Target) readTags(ctx context.Context, rules []rule) error {
	var candidates []string
	for _, r := range rules {
		if r.priority <= lastPriority && r.arn != t.alb.Rule && r.leadsTo(t.alb.TargetGroups) {
			candidates = append(candidates, r.arn)
		}
	}
	tags, err := t.tagsOf(ctx, candidates)
	for i := range rules {
		rules[i].tags = tags[rules[i].arn]
	}
	return err
}

// tagsOf reads the tags of load balancers' resources.
func (t *Target) tagsOf(ctx context.Context, arns []string) (map[string]map[string]string, error) {
	tags := map[string]map[string]string{}
	for chunk := range slices.Chunk(arns, tagsPerCall) {
		output, err := call.Do(ctx, fmt.Sprintf("elbv2: read the tags of %d rules and target groups", len(chunk)), t.elb.DescribeTags, &elbv2.DescribeTagsInput{ResourceArns: chunk})
		if call.Is[*types.RuleNotFoundException](err) {
			return nil, release.Fail(release.KindTransient, "a rule of %s was deleted while it was read", listenerName(t.alb.Listener)).Because(err)
		}
		if err != nil {
			return nil, err
		}
		for _, description := range output.TagDescriptions {
			tags[aws.ToString(description.ResourceArn)] = tagsOf(description.Tags)
		}
	}
	return tags, nil
}

// same reports whether requests are decided by rules as they were by others, to the last setting.
func same(some, others []rule) bool { return written(some) == written(others) }

// written is everything that decides, as text to compare.
func written(rules []rule) string {
	type decisive struct {
		ARN        string
		Priority   int
		Conditions []types.RuleCondition
		Actions    []types.Action
	}
	var all []decisive
	for _, decides := range rules {
		all = append(all, decisive{decides.arn, decides.priority, decides.conditions, decides.actions})
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(fmt.Sprintf("rules can't be written as JSON: %v", err)) // they are texts and numbers
	}
	return string(text)
}

// placeName says in an error which rule is meant.
func (t *Target) placeName() string {
	if t.alb.Rule != "" {
		return "rule " + t.alb.Rule
	}
	return "the default action of " + listenerName(t.alb.Listener)
}

func listenerName(arn string) string { return "listener " + arn }
