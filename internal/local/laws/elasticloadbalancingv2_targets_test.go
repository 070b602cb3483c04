package laws_test

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// instance names an instance that targets may have.
const instance = "i-0123456789abcdef0"

// The laws of target groups.
var groupLaws = []law[loadBalancingWorld]{
	{
		name:   "a target group that is created again is the same",
		source: balancingPage + "API_CreateTargetGroup.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			w.group(ctx, "a")
			name := *must(w.CreateTargetGroup(ctx, w.groupInput(ctx, "a"))).TargetGroups[0].TargetGroupName
			equal("target groups", len(must(w.DescribeTargetGroups(ctx, &sdk.DescribeTargetGroupsInput{Names: []string{name}})).TargetGroups), 1)
		},
	},
	{
		name:   "a target group's name has one group",
		source: "model 2015-12-01: CreateTargetGroup → DuplicateTargetGroupName, HTTP 400",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			w.group(ctx, "a")
			other := w.groupInput(ctx, "a")
			other.Port = aws.Int32(81)
			_, err := w.CreateTargetGroup(ctx, other)
			typed[*types.DuplicateTargetGroupNameException](err)
		},
	},
	{
		name:   "an unknown target group is not found",
		source: "model 2015-12-01: RegisterTargets, DescribeTargetHealth → TargetGroupNotFound, HTTP 400",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			arn := "arn:aws:elasticloadbalancing:" + region + ":" + accountID + ":targetgroup/nobody/0123456789abcdef"
			_, err := w.RegisterTargets(ctx, &sdk.RegisterTargetsInput{TargetGroupArn: &arn, Targets: []types.TargetDescription{{Id: aws.String(instance)}}})
			typed[*types.TargetGroupNotFoundException](err)
			_, err = w.DescribeTargetHealth(ctx, &sdk.DescribeTargetHealthInput{TargetGroupArn: &arn})
			typed[*types.TargetGroupNotFoundException](err)
			answered(err, 400)
		},
	},
	{
		name:   "a target group in use cannot be deleted",
		source: "model 2015-12-01: DeleteTargetGroup → ResourceInUse, HTTP 400",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			group := w.group(ctx, "a")
			w.listener(ctx, weighted(group, 1))
			_, err := w.DeleteTargetGroup(ctx, &sdk.DeleteTargetGroupInput{TargetGroupArn: &group})
			typed[*types.ResourceInUseException](err)
		},
	},
	{
		name:   "a target group with weight 0 is in use",
		source: "model 2015-12-01: DeleteTargetGroup → ResourceInUse, HTTP 400",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			a, b := w.group(ctx, "a"), w.group(ctx, "b")
			w.listener(ctx, weighted(a, 1, b, 0))
			_, err := w.DeleteTargetGroup(ctx, &sdk.DeleteTargetGroupInput{TargetGroupArn: &b})
			typed[*types.ResourceInUseException](err)
		},
	},
	{
		name:   "a target group belongs to one load balancer",
		source: "model 2015-12-01: CreateListener → TargetGroupAssociationLimit, HTTP 400",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			group := w.group(ctx, "a")
			w.listener(ctx, weighted(group, 1))
			_, err := w.listen(ctx, w.balancer(ctx, "-2"), weighted(group, 1))
			typed[*types.TargetGroupAssociationLimitException](err)
		},
	},
	{
		name:   "a target group names its load balancer",
		source: balancingPage + "API_TargetGroup.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			group, balancer := w.group(ctx, "a"), w.balancer(ctx, "")
			read := func() []string {
				return must(w.DescribeTargetGroups(ctx, &sdk.DescribeTargetGroupsInput{TargetGroupArns: []string{group}})).TargetGroups[0].LoadBalancerArns
			}
			equal("load balancers", len(read()), 0)
			must(w.listen(ctx, balancer, weighted(group, 1)))
			equal("load balancers", read(), []string{balancer})
		},
	},
	{
		name:   "attributes that are not given stay",
		source: balancingPage + "API_ModifyTargetGroupAttributes.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			group := w.group(ctx, "a")
			read := func() []string {
				values := map[string]string{}
				for _, a := range must(w.DescribeTargetGroupAttributes(ctx, &sdk.DescribeTargetGroupAttributesInput{TargetGroupArn: &group})).Attributes {
					values[*a.Key] = *a.Value
				}
				return []string{values["deregistration_delay.timeout_seconds"], values["stickiness.enabled"], values["slow_start.duration_seconds"]}
			}
			equal("defaults", read(), []string{"300", "false", "0"})
			must(w.ModifyTargetGroupAttributes(ctx, &sdk.ModifyTargetGroupAttributesInput{TargetGroupArn: &group, Attributes: []types.TargetGroupAttribute{
				{Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("30")},
			}}))
			equal("attributes", read(), []string{"30", "false", "0"})
		},
	},
	{
		name:   "tags are added, changed and removed",
		source: balancingPage + "API_AddTags.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			group := w.group(ctx, "a")
			add := func(key, value string) {
				must(w.AddTags(ctx, &sdk.AddTagsInput{ResourceArns: []string{group}, Tags: []types.Tag{{Key: &key, Value: &value}}}))
			}
			read := func() map[string]string {
				tags := map[string]string{}
				for _, tag := range must(w.DescribeTags(ctx, &sdk.DescribeTagsInput{ResourceArns: []string{group}})).TagDescriptions[0].Tags {
					tags[*tag.Key] = *tag.Value
				}
				return tags
			}
			add("one", "1")
			add("two", "2")
			add("one", "3")
			equal("tags", read(), map[string]string{"one": "3", "two": "2"})
			must(w.RemoveTags(ctx, &sdk.RemoveTagsInput{ResourceArns: []string{group}, TagKeys: []string{"one"}}))
			equal("tags", read(), map[string]string{"two": "2"})
		},
	},
}

func (w loadBalancingWorld) register(ctx context.Context, group string) {
	must(w.RegisterTargets(ctx, &sdk.RegisterTargetsInput{TargetGroupArn: &group, Targets: []types.TargetDescription{{Id: aws.String(instance)}}}))
}

func (w loadBalancingWorld) deregister(ctx context.Context, group string) error {
	_, err := w.DeregisterTargets(ctx, &sdk.DeregisterTargetsInput{TargetGroupArn: &group, Targets: []types.TargetDescription{{Id: aws.String(instance)}}})
	return err
}

// The laws of targets.
var targetLaws = []law[loadBalancingWorld]{
	{
		name:   "a target in use becomes healthy",
		source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			a, b := w.group(ctx, "a"), w.group(ctx, "b")
			w.listener(ctx, weighted(a, 1, b, 0))
			w.register(ctx, b)
			w.wait(time.Millisecond)
			equal("targets", w.states(ctx, b), map[string]types.TargetHealthStateEnum{instance: types.TargetHealthStateEnumHealthy})
		},
	},
	{
		name:   "a target of a group that no rule names is unused",
		source: balancingPage + "API_TargetHealth.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			group := w.group(ctx, "a")
			w.register(ctx, group)
			equal("targets", w.states(ctx, group), map[string]types.TargetHealthStateEnum{instance: types.TargetHealthStateEnumUnused})
		},
	},
	{
		name:   "a deregistered target drains",
		source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#deregistration-delay",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			group := w.group(ctx, "a")
			w.listener(ctx, weighted(group, 1))
			w.register(ctx, group)
			must(0, w.deregister(ctx, group))
			equal("targets", w.states(ctx, group), map[string]types.TargetHealthStateEnum{instance: types.TargetHealthStateEnumDraining})
		},
	},
	{
		name:   "a target that nobody registered is unused",
		source: balancingPage + "API_TargetHealth.html",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			group := w.group(ctx, "a")
			w.listener(ctx, weighted(group, 1))
			asked := []types.TargetDescription{{Id: aws.String(instance), Port: aws.Int32(80)}}
			health := must(w.DescribeTargetHealth(ctx, &sdk.DescribeTargetHealthInput{TargetGroupArn: &group, Targets: asked})).TargetHealthDescriptions[0].TargetHealth
			equal("state", health.State, types.TargetHealthStateEnumUnused)
			equal("reason", health.Reason, types.TargetHealthReasonEnumNotRegistered)
		},
	},
	{
		name:   "a target that nobody registered cannot be deregistered",
		source: "model 2015-12-01: DeregisterTargets → InvalidTarget, HTTP 400",
		hold: func(ctx context.Context, w loadBalancingWorld) {
			typed[*types.InvalidTargetException](w.deregister(ctx, w.group(ctx, "a")))
		},
	},
}
