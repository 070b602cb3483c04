package alb

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// A forward is the part of a list of actions that sends requests to target groups.
type forward struct {
	// weights are those above 0, by target group; listed are all target groups of the action, in its order.
	weights map[string]int32
	listed  []string
	// stickiness is what keeps a client at a target group; nil is none.
	stickiness *types.TargetGroupStickinessConfig
}

// forwardOf reads the action that forwards; ok is false when none does. A target group without a weight has the weight 1, as
// it has when it is named without a ForwardConfig.
func forwardOf(actions []types.Action) (f forward, ok bool) {
	at := slices.IndexFunc(actions, isForward)
	if at < 0 {
		return forward{}, false
	}
	action := actions[at]
	f.weights = map[string]int32{}
	if action.ForwardConfig == nil {
		f.add(types.TargetGroupTuple{TargetGroupArn: action.TargetGroupArn})
		return f, true
	}
	f.stickiness = action.ForwardConfig.TargetGroupStickinessConfig
	for _, tuple := range action.ForwardConfig.TargetGroups {
		f.add(tuple)
	}
	return f, true
}

func isForward(action types.Action) bool { return action.Type == types.ActionTypeEnumForward }

func (f *forward) add(tuple types.TargetGroupTuple) {
	arn, weight := aws.ToString(tuple.TargetGroupArn), int32(whole)
	if tuple.Weight != nil {
		weight = *tuple.Weight
	}
	f.listed = append(f.listed, arn)
	if weight > 0 {
		f.weights[arn] += weight
	}
}

// isSticky reports whether clients are kept at their target group, whatever the weights become.
func (f forward) isSticky() bool { return f.stickiness != nil && aws.ToBool(f.stickiness.Enabled) }

// shares says where requests are sent to, for people.
func (f forward) shares() string {
	text := ""
	for _, arn := range f.listed {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("target group %s with weight %d", targetGroupName(arn), f.weights[arn])
	}
	return text
}

// leads reports whether requests go where they go with another forward: the same percents of the same target groups.
// A target group of weight 0 gets no request, unless clients are sticky: then it gets those whose cookie is for it.
func (f forward) leads(other forward) bool {
	if f.isSticky() && len(f.listed) != len(other.listed) || len(f.weights) != len(other.weights) {
		return false
	}
	for arn := range f.weights {
		if _, too := other.weights[arn]; !too || f.percentBut(arn) != other.percentBut(arn) {
			return false
		}
	}
	return true
}

// percentBut is the share of all target groups but one.
func (f forward) percentBut(arn string) float64 {
	others := int32(0)
	for other, weight := range f.weights {
		if other != arn {
			others += weight
		}
	}
	return percentOf(f.weights[arn], others)
}

// between makes a forward of a percent of requests to canary, and the others to stable. A target group without any is left out.
func between(stable, canary string, percent float64, stickiness *types.TargetGroupStickinessConfig) forward {
	f := forward{weights: map[string]int32{}, stickiness: stickiness}
	switch {
	case percent <= 0:
		f.add(types.TargetGroupTuple{TargetGroupArn: aws.String(stable)})
	case percent >= 100:
		f.add(types.TargetGroupTuple{TargetGroupArn: aws.String(canary)})
	default:
		forStable, forCanary := weightsOf(percent)
		f.add(types.TargetGroupTuple{TargetGroupArn: aws.String(stable), Weight: aws.Int32(forStable)})
		f.add(types.TargetGroupTuple{TargetGroupArn: aws.String(canary), Weight: aws.Int32(forCanary)})
	}
	return f
}

// in puts the forward in the place of the one in a list of actions, which has one, and keeps all others: the API replaces the list as
// a whole. A client secret is not in what was read, and AWS keeps the one it has.
func (f forward) in(actions []types.Action) []types.Action {
	changed := slices.Clone(actions)
	for i, action := range changed {
		if oidc := action.AuthenticateOidcConfig; oidc != nil && oidc.ClientSecret == nil {
			kept := *oidc
			kept.UseExistingClientSecret = aws.Bool(true)
			changed[i].AuthenticateOidcConfig = &kept
		}
		if isForward(action) {
			changed[i].TargetGroupArn = nil
			changed[i].ForwardConfig = f.config()
		}
	}
	return changed
}

// config is the forward as the API wants it.
func (f forward) config() *types.ForwardActionConfig {
	config := &types.ForwardActionConfig{TargetGroupStickinessConfig: f.stickiness}
	for _, arn := range f.listed {
		config.TargetGroups = append(config.TargetGroups, types.TargetGroupTuple{TargetGroupArn: aws.String(arn), Weight: aws.Int32(f.weights[arn])})
	}
	return config
}
