package elasticloadbalancingv2

import (
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// Limits of rules: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
const (
	maxPriority = 50_000
	// maxRules are those of a load balancer without the default ones.
	maxRules = 100
)

// CreateRule creates a rule. Unlike the other creations it isn't idempotent: the
// priority of its first success is in use for its second try.
func (s *Service) CreateRule(ctx context.Context, input *sdk.CreateRuleInput, _ ...func(*sdk.Options)) (*sdk.CreateRuleOutput, error) {
	return change(ctx, s, "CreateRule", func() (*sdk.CreateRuleOutput, error) {
		on, err := s.books.listener(input.ListenerArn)
		if err != nil {
			return nil, err
		}
		tags, err := tagMap(input.Tags)
		if err != nil {
			return nil, err
		}
		priority, err := validPriority(input.Priority)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(s.books.ordered[*on.ListenerArn], func(r *rule) bool { return r.Priority == priority }) {
			return nil, priorityInUse(priority)
		}
		if s.books.ruleCount(*on.LoadBalancerArn) >= maxRules {
			return nil, refuse(&types.TooManyRulesException{Message: sprintf("The load balancer '%s' has %d rules, and no more are allowed", []any{*on.LoadBalancerArn, maxRules})})
		}
		if len(input.Transforms) > 0 {
			return nil, unsupported("transforms of rules")
		}
		conditions, err := readConditions(input.Conditions)
		if err != nil {
			return nil, err
		}
		actions, err := s.books.actions(input.Actions, *on.LoadBalancerArn, on.Protocol, "")
		if err != nil {
			return nil, err
		}
		made := &rule{ARN: s.under(*on.ListenerArn, "listener-rule"), Listener: *on.ListenerArn, Priority: priority, Conditions: conditions, Actions: actions, Tags: tags}
		if err := s.commit(made.entry()); err != nil {
			return nil, err
		}
		return &sdk.CreateRuleOutput{Rules: []types.Rule{made.describe()}}, nil
	})
}

func validPriority(priority *int32) (int32, error) {
	if priority == nil {
		return 0, invalid("A rule priority must be specified")
	}
	if *priority < 1 || *priority > maxPriority {
		return 0, invalid("Rule priority '%d' must be between 1 and %d", *priority, maxPriority)
	}
	return *priority, nil
}

// ruleCount counts the rules of a load balancer without its default ones.
func (b *books) ruleCount(balancerARN string) int {
	count := 0
	for _, r := range b.rules {
		if l := b.listeners[r.Listener]; !r.Default && l != nil && *l.LoadBalancerArn == balancerARN {
			count++
		}
	}
	return count
}

// ModifyRule replaces the conditions, the actions, or both, each whole.
func (s *Service) ModifyRule(ctx context.Context, input *sdk.ModifyRuleInput, _ ...func(*sdk.Options)) (*sdk.ModifyRuleOutput, error) {
	return change(ctx, s, "ModifyRule", func() (*sdk.ModifyRuleOutput, error) {
		found, err := s.books.rule(input.RuleArn)
		if err != nil {
			return nil, err
		}
		if found.Default {
			return nil, notPermitted("Default rule '%s' cannot be modified", found.ARN)
		}
		if len(input.Transforms) > 0 || aws.ToBool(input.ResetTransforms) {
			return nil, unsupported("transforms of rules")
		}
		if input.Conditions == nil && input.Actions == nil {
			return nil, invalid("Either conditions or actions must be specified")
		}
		next := *found
		if input.Conditions != nil {
			if next.Conditions, err = readConditions(input.Conditions); err != nil {
				return nil, err
			}
		}
		if input.Actions != nil {
			on := s.books.listeners[next.Listener]
			if next.Actions, err = s.books.actions(input.Actions, *on.LoadBalancerArn, on.Protocol, next.ARN); err != nil {
				return nil, err
			}
		}
		if err := s.commit(next.entry()); err != nil {
			return nil, err
		}
		return &sdk.ModifyRuleOutput{Rules: []types.Rule{next.describe()}}, nil
	})
}

// SetRulePriorities moves rules, all at once: two may change places.
func (s *Service) SetRulePriorities(ctx context.Context, input *sdk.SetRulePrioritiesInput, _ ...func(*sdk.Options)) (*sdk.SetRulePrioritiesOutput, error) {
	return change(ctx, s, "SetRulePriorities", func() (*sdk.SetRulePrioritiesOutput, error) {
		moved := map[string]*rule{}
		asked := map[string]map[int32]bool{}
		var order []string
		for _, pair := range input.RulePriorities {
			found, err := s.books.rule(pair.RuleArn)
			if err != nil {
				return nil, err
			}
			if found.Default {
				return nil, notPermitted("Default rule '%s' cannot be reprioritized", found.ARN)
			}
			priority, err := validPriority(pair.Priority)
			if err != nil {
				return nil, err
			}
			if asked[found.Listener][priority] || moved[found.ARN] != nil {
				return nil, invalid("Priority '%d' or rule '%s' was provided multiple times", priority, found.ARN)
			}
			if asked[found.Listener] == nil {
				asked[found.Listener] = map[int32]bool{}
			}
			asked[found.Listener][priority] = true
			next := *found
			next.Priority = priority
			moved[found.ARN] = &next
			order = append(order, found.ARN)
		}
		for listenerARN, priorities := range asked {
			for _, r := range s.books.ordered[listenerARN] {
				if moved[r.ARN] == nil && priorities[r.Priority] {
					return nil, priorityInUse(r.Priority)
				}
			}
		}
		out := &sdk.SetRulePrioritiesOutput{}
		var entries []entry
		for _, arn := range order {
			entries = append(entries, moved[arn].entry())
			out.Rules = append(out.Rules, moved[arn].describe())
		}
		return out, s.commit(entries...)
	})
}

// DescribeRules describes the rules of a listener by priority, the default rule
// last, or those of ARNs.
func (s *Service) DescribeRules(ctx context.Context, input *sdk.DescribeRulesInput, _ ...func(*sdk.Options)) (*sdk.DescribeRulesOutput, error) {
	return serve(ctx, s, "DescribeRules", func() (*sdk.DescribeRulesOutput, error) {
		if (input.ListenerArn == nil) == (len(input.RuleArns) == 0) {
			return nil, invalid("You must specify either listener rule ARNs or a listener ARN")
		}
		var found []*rule
		if input.ListenerArn != nil {
			if _, err := s.books.listener(input.ListenerArn); err != nil {
				return nil, err
			}
			found = s.books.ordered[*input.ListenerArn]
		}
		for _, arn := range input.RuleArns {
			one, err := s.books.rule(&arn)
			if err != nil {
				return nil, err
			}
			found = append(found, one)
		}
		found, next, err := page(found, func(r *rule) string { return r.ARN }, input.Marker, input.PageSize)
		if err != nil {
			return nil, err
		}
		out := &sdk.DescribeRulesOutput{NextMarker: next}
		for _, r := range found {
			out.Rules = append(out.Rules, r.describe())
		}
		return out, nil
	})
}

// DeleteRule deletes a rule; the default rule goes with its listener only.
func (s *Service) DeleteRule(ctx context.Context, input *sdk.DeleteRuleInput, _ ...func(*sdk.Options)) (*sdk.DeleteRuleOutput, error) {
	return change(ctx, s, "DeleteRule", func() (*sdk.DeleteRuleOutput, error) {
		found, err := s.books.rule(input.RuleArn)
		if err != nil {
			return nil, err
		}
		if found.Default {
			return nil, notPermitted("Default rule '%s' cannot be deleted", found.ARN)
		}
		return &sdk.DeleteRuleOutput{}, s.commit(entry{kind: ruleKind, arn: found.ARN})
	})
}

// rule finds a rule.
func (b *books) rule(arn *string) (*rule, error) {
	if found := b.rules[aws.ToString(arn)]; found != nil {
		return found, nil
	}
	return nil, ruleNotFound(aws.ToString(arn))
}

func (r *rule) describe() types.Rule {
	described := types.Rule{RuleArn: aws.String(r.ARN), IsDefault: aws.Bool(r.Default), Priority: aws.String("default"), Conditions: r.Conditions, Actions: r.Actions}
	if !r.Default {
		described.Priority = aws.String(strconv.Itoa(int(r.Priority)))
	}
	return described
}
