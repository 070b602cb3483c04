package elasticloadbalancingv2

import (
	"cmp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// Limits of forward actions:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html
const (
	maxGroups     = 5
	maxWeight     = 999
	maxStickiness = 604_800
	// maxGroupsOfBalancer is the quota of target groups for each load balancer.
	maxGroupsOfBalancer = 100
)

// actions reads the actions of a rule, in their order, as AWS describes them:
// with TargetGroupArn and ForwardConfig alike where there is one group, and with
// every weight. replaces is the ARN of the rule whose actions they replace.
func (b *books) actions(given []types.Action, balancerARN string, protocol types.ProtocolEnum, replaces string) ([]types.Action, error) {
	if len(given) == 0 {
		return nil, invalid("At least one action must be specified")
	}
	read := slices.Clone(given)
	orders := map[int32]bool{}
	for _, action := range read {
		if len(read) > 1 && (action.Order == nil || orders[*action.Order]) {
			return nil, invalid("Each of several actions must have an order of its own")
		}
		orders[aws.ToInt32(action.Order)] = true
	}
	slices.SortStableFunc(read, func(x, y types.Action) int { return cmp.Compare(aws.ToInt32(x.Order), aws.ToInt32(y.Order)) })
	for i := range read {
		if err := b.action(&read[i], protocol); err != nil {
			return nil, err
		}
		if final := i == len(read)-1; terminal(read[i].Type) != final {
			return nil, refuse(&types.InvalidLoadBalancerActionException{
				Message: aws.String("The last action, and no other, must be a forward, a redirect, or a fixed response"),
			})
		}
	}
	return read, b.association(groupsOf(read), balancerARN, replaces)
}

// terminal reports whether actions of the type end a rule.
func terminal(kind types.ActionTypeEnum) bool {
	return kind == types.ActionTypeEnumForward || kind == types.ActionTypeEnumRedirect || kind == types.ActionTypeEnumFixedResponse
}

func (b *books) action(action *types.Action, protocol types.ProtocolEnum) error {
	complete := true
	switch action.Type {
	case types.ActionTypeEnumForward:
		return b.forward(action)
	case types.ActionTypeEnumFixedResponse:
		return checkFixedResponse(action.FixedResponseConfig)
	case types.ActionTypeEnumRedirect:
		return checkRedirect(action.RedirectConfig)
	case types.ActionTypeEnumAuthenticateOidc:
		complete = action.AuthenticateOidcConfig != nil && action.AuthenticateOidcConfig.AuthorizationEndpoint != nil
	case types.ActionTypeEnumAuthenticateCognito:
		complete = action.AuthenticateCognitoConfig != nil && action.AuthenticateCognitoConfig.UserPoolDomain != nil
	case types.ActionTypeEnumJwtValidation:
		complete = action.JwtValidationConfig != nil
	default:
		return invalid("Action type '%s' is not valid", action.Type)
	}
	if !complete {
		return invalid("An action of type '%s' lacks its configuration", action.Type)
	}
	if protocol != types.ProtocolEnumHttps {
		return refuse(&types.InvalidLoadBalancerActionException{Message: sprintf("Actions of type '%s' are supported only on HTTPS listeners", []any{action.Type})})
	}
	return nil
}

// forward checks a forward action and completes it.
func (b *books) forward(action *types.Action) error {
	config := types.ForwardActionConfig{}
	if action.ForwardConfig != nil {
		config = *action.ForwardConfig
	}
	groups := slices.Clone(config.TargetGroups)
	if single := action.TargetGroupArn; single != nil {
		if len(groups) == 0 {
			groups = []types.TargetGroupTuple{{TargetGroupArn: single}}
		}
		if len(groups) > 1 || aws.ToString(groups[0].TargetGroupArn) != *single {
			return invalid("If you specify both ForwardConfig and TargetGroupArn, you can specify only one target group using ForwardConfig and it must be the same target group specified in TargetGroupArn")
		}
	}
	if len(groups) == 0 {
		return invalid("A target group ARN must be specified")
	}
	if len(groups) > maxGroups {
		return invalid("An action has at most %d target groups, not %d", maxGroups, len(groups))
	}
	stickiness, err := readStickiness(config.TargetGroupStickinessConfig)
	if err != nil {
		return err
	}
	sum, seen := int32(0), map[string]bool{}
	for i := range groups {
		group, err := b.targetGroup(groups[i].TargetGroupArn)
		if err != nil {
			return err
		}
		if seen[*group.TargetGroupArn] {
			return invalid("Target group '%s' was provided multiple times", *group.TargetGroupArn)
		}
		seen[*group.TargetGroupArn] = true
		if groups[i].Weight == nil {
			groups[i].Weight = aws.Int32(1)
		}
		if weight := *groups[i].Weight; weight < 0 || weight > maxWeight {
			return invalid("The weight for each target group must be between 0 and %d, inclusive, not '%d'", maxWeight, weight)
		}
		sum += *groups[i].Weight
		if len(groups) > 1 && group.sticky() && !*stickiness.Enabled {
			return stickyGroup(*group.TargetGroupArn)
		}
	}
	if sum == 0 {
		return unsupported("meaning of an action in which every weight is 0: AWS documents none")
	}
	action.ForwardConfig = &types.ForwardActionConfig{TargetGroups: groups, TargetGroupStickinessConfig: stickiness}
	if len(groups) == 1 {
		action.TargetGroupArn = groups[0].TargetGroupArn
	}
	return nil
}

func readStickiness(given *types.TargetGroupStickinessConfig) (*types.TargetGroupStickinessConfig, error) {
	if given == nil || !aws.ToBool(given.Enabled) {
		return &types.TargetGroupStickinessConfig{Enabled: aws.Bool(false)}, nil
	}
	if duration := aws.ToInt32(given.DurationSeconds); duration < 1 || duration > maxStickiness {
		return nil, invalid("Target group stickiness duration must be between 1 and %d seconds", maxStickiness)
	}
	return &types.TargetGroupStickinessConfig{Enabled: aws.Bool(true), DurationSeconds: given.DurationSeconds}, nil
}

// stickyGroup: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html,
// "If a target group has sticky sessions enabled and the action has several groups, group-level stickiness must be enabled".
func stickyGroup(arn string) error {
	return misconfigured("You must enable group stickiness on a rule if you enabled target stickiness on one of its target groups: '%s'", arn)
}

// stickyTogether checks the actions that share a group which becomes sticky itself.
func stickyTogether(actions []types.Action, groupARN string) error {
	for _, action := range actions {
		forward := action.ForwardConfig
		if forward == nil || len(forward.TargetGroups) < 2 || *forward.TargetGroupStickinessConfig.Enabled {
			continue
		}
		if slices.Contains(groupsOf([]types.Action{action}), groupARN) {
			return stickyGroup(groupARN)
		}
	}
	return nil
}

// groupsOf are the target groups that actions name.
func groupsOf(actions []types.Action) []string {
	var arns []string
	for _, action := range actions {
		if action.ForwardConfig == nil {
			continue
		}
		for _, group := range action.ForwardConfig.TargetGroups {
			arns = append(arns, *group.TargetGroupArn)
		}
	}
	return arns
}

// association checks that each group belongs to no other load balancer, and that
// this one has not too many of them.
func (b *books) association(groups []string, balancerARN, replaces string) error {
	all := map[string]bool{}
	for _, r := range b.rules {
		l := b.listeners[r.Listener]
		if l == nil || r.ARN == replaces {
			continue
		}
		for _, arn := range groupsOf(r.Actions) {
			if *l.LoadBalancerArn == balancerARN {
				all[arn] = true
				continue
			}
			if slices.Contains(groups, arn) {
				return refuse(&types.TargetGroupAssociationLimitException{
					Message: sprintf("The following target groups cannot be associated with more than one load balancer: %s", []any{arn}),
				})
			}
		}
	}
	for _, arn := range groups {
		all[arn] = true
	}
	if len(all) > maxGroupsOfBalancer {
		return refuse(&types.TooManyUniqueTargetGroupsPerLoadBalancerException{
			Message: sprintf("A load balancer has at most %d target groups, not %d", []any{maxGroupsOfBalancer, len(all)}),
		})
	}
	return nil
}
