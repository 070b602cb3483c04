package laws_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// loadBalancingAPI are the methods of Elastic Load Balancing that have laws.
type loadBalancingAPI interface {
	CreateLoadBalancer(context.Context, *sdk.CreateLoadBalancerInput, ...func(*sdk.Options)) (*sdk.CreateLoadBalancerOutput, error)
	DeleteLoadBalancer(context.Context, *sdk.DeleteLoadBalancerInput, ...func(*sdk.Options)) (*sdk.DeleteLoadBalancerOutput, error)
	CreateTargetGroup(context.Context, *sdk.CreateTargetGroupInput, ...func(*sdk.Options)) (*sdk.CreateTargetGroupOutput, error)
	DescribeTargetGroups(context.Context, *sdk.DescribeTargetGroupsInput, ...func(*sdk.Options)) (*sdk.DescribeTargetGroupsOutput, error)
	DescribeTargetGroupAttributes(context.Context, *sdk.DescribeTargetGroupAttributesInput, ...func(*sdk.Options)) (*sdk.DescribeTargetGroupAttributesOutput, error)
	ModifyTargetGroupAttributes(context.Context, *sdk.ModifyTargetGroupAttributesInput, ...func(*sdk.Options)) (*sdk.ModifyTargetGroupAttributesOutput, error)
	DeleteTargetGroup(context.Context, *sdk.DeleteTargetGroupInput, ...func(*sdk.Options)) (*sdk.DeleteTargetGroupOutput, error)
	CreateListener(context.Context, *sdk.CreateListenerInput, ...func(*sdk.Options)) (*sdk.CreateListenerOutput, error)
	DescribeListeners(context.Context, *sdk.DescribeListenersInput, ...func(*sdk.Options)) (*sdk.DescribeListenersOutput, error)
	ModifyListener(context.Context, *sdk.ModifyListenerInput, ...func(*sdk.Options)) (*sdk.ModifyListenerOutput, error)
	CreateRule(context.Context, *sdk.CreateRuleInput, ...func(*sdk.Options)) (*sdk.CreateRuleOutput, error)
	DescribeRules(context.Context, *sdk.DescribeRulesInput, ...func(*sdk.Options)) (*sdk.DescribeRulesOutput, error)
	ModifyRule(context.Context, *sdk.ModifyRuleInput, ...func(*sdk.Options)) (*sdk.ModifyRuleOutput, error)
	SetRulePriorities(context.Context, *sdk.SetRulePrioritiesInput, ...func(*sdk.Options)) (*sdk.SetRulePrioritiesOutput, error)
	DeleteRule(context.Context, *sdk.DeleteRuleInput, ...func(*sdk.Options)) (*sdk.DeleteRuleOutput, error)
	RegisterTargets(context.Context, *sdk.RegisterTargetsInput, ...func(*sdk.Options)) (*sdk.RegisterTargetsOutput, error)
	DeregisterTargets(context.Context, *sdk.DeregisterTargetsInput, ...func(*sdk.Options)) (*sdk.DeregisterTargetsOutput, error)
	DescribeTargetHealth(context.Context, *sdk.DescribeTargetHealthInput, ...func(*sdk.Options)) (*sdk.DescribeTargetHealthOutput, error)
	AddTags(context.Context, *sdk.AddTagsInput, ...func(*sdk.Options)) (*sdk.AddTagsOutput, error)
	RemoveTags(context.Context, *sdk.RemoveTagsInput, ...func(*sdk.Options)) (*sdk.RemoveTagsOutput, error)
	DescribeTags(context.Context, *sdk.DescribeTagsInput, ...func(*sdk.Options)) (*sdk.DescribeTagsOutput, error)
}

// A loadBalancingWorld is a load balancing in which nobody has used the name yet.
type loadBalancingWorld struct {
	loadBalancingAPI
	moment
	// name has at most 24 characters, which leaves eight to what a law makes.
	name string
	// subnets are two of one network.
	subnets func(ctx context.Context) (network string, subnets []string)
}

var loadBalancingSuite = suite[loadBalancingWorld]{
	service: "elasticloadbalancingv2",
	laws:    concat(groupLaws, listenerLaws, ruleLaws, targetLaws),
	local: func(t *testing.T, name string) loadBalancingWorld {
		virtual := clock.NewVirtual(time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC))
		service, err := elasticloadbalancingv2.New(elasticloadbalancingv2.Options{
			Clock: virtual, Store: store.Memory(), Region: region, AccountID: accountID,
			Probe: func(context.Context, string, elasticloadbalancingv2.Check) error { return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		return loadBalancingWorld{
			loadBalancingAPI: service, name: short(name),
			moment:  moment{now: virtual.Now(), wait: func(d time.Duration) { virtual.RunUntil(virtual.Now().Add(d)) }},
			subnets: func(context.Context) (string, []string) { return "vpc-1", []string{"subnet-1", "subnet-2"} },
		}
	},
	remote: func(_ *testing.T, to remote) loadBalancingWorld {
		client := sdk.New(sdk.Options{
			Region: region, BaseEndpoint: &to.url, Credentials: signedBy, Retryer: once(), HTTPClient: &http.Client{Transport: to.transport},
		})
		return loadBalancingWorld{
			loadBalancingAPI: client, name: short(to.name), moment: to.moment,
			subnets: func(ctx context.Context) (string, []string) {
				network := ec2.New(ec2.Options{
					Region: region, BaseEndpoint: &to.url, Credentials: signedBy, Retryer: once(), HTTPClient: &http.Client{Transport: to.transport},
				})
				found := must(network.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{})).Subnets
				return *found[0].VpcId, []string{*found[0].SubnetId, *found[1].SubnetId}
			},
		}
	},
}

// short names a law in 12 characters: load balancers have short names.
func short(name string) string {
	sum := fnv.New32a()
	sum.Write([]byte(name))
	return fmt.Sprintf("law-%08x", sum.Sum32())
}

// group makes a target group and returns its ARN.
func (w loadBalancingWorld) group(ctx context.Context, suffix string) string {
	return *must(w.CreateTargetGroup(ctx, w.groupInput(ctx, suffix))).TargetGroups[0].TargetGroupArn
}

func (w loadBalancingWorld) groupInput(ctx context.Context, suffix string) *sdk.CreateTargetGroupInput {
	network, _ := w.subnets(ctx)
	return &sdk.CreateTargetGroupInput{
		Name: aws.String(w.name + "-" + suffix), Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: &network,
		HealthCheckPath: aws.String("/"), HealthCheckTimeoutSeconds: aws.Int32(5),
	}
}

// balancer makes a load balancer and returns its ARN.
func (w loadBalancingWorld) balancer(ctx context.Context, suffix string) string {
	_, subnets := w.subnets(ctx)
	out := must(w.CreateLoadBalancer(ctx, &sdk.CreateLoadBalancerInput{Name: aws.String(w.name + suffix), Subnets: subnets}))
	return *out.LoadBalancers[0].LoadBalancerArn
}

func (w loadBalancingWorld) listen(ctx context.Context, balancer string, actions []types.Action) (*sdk.CreateListenerOutput, error) {
	return w.CreateListener(ctx, &sdk.CreateListenerInput{
		LoadBalancerArn: &balancer, Port: aws.Int32(80), Protocol: types.ProtocolEnumHttp, DefaultActions: actions,
	})
}

// listener makes a load balancer with a listener and returns its ARN.
func (w loadBalancingWorld) listener(ctx context.Context, actions []types.Action) string {
	return *must(w.listen(ctx, w.balancer(ctx, ""), actions)).Listeners[0].ListenerArn
}

// rule makes a rule for a path.
func (w loadBalancingWorld) rule(ctx context.Context, listener string, priority int32, actions []types.Action) (*sdk.CreateRuleOutput, error) {
	return w.CreateRule(ctx, &sdk.CreateRuleInput{
		ListenerArn: &listener, Priority: &priority, Actions: actions,
		Conditions: []types.RuleCondition{{Field: aws.String("path-pattern"), PathPatternConfig: &types.PathPatternConditionConfig{Values: []string{"/a/*"}}}},
	})
}

// weighted forwards to groups by weights: groups and weights in turn.
func weighted(groups ...any) []types.Action {
	config := &types.ForwardActionConfig{TargetGroupStickinessConfig: &types.TargetGroupStickinessConfig{Enabled: aws.Bool(false)}}
	for i := 0; i < len(groups); i += 2 {
		config.TargetGroups = append(config.TargetGroups, types.TargetGroupTuple{
			TargetGroupArn: aws.String(groups[i].(string)), Weight: aws.Int32(int32(groups[i+1].(int))),
		})
	}
	return []types.Action{{Type: types.ActionTypeEnumForward, Order: aws.Int32(1), ForwardConfig: config}}
}

// sharesOf are the weights of actions by group.
func sharesOf(actions []types.Action) map[string]int32 {
	shares := map[string]int32{}
	for _, action := range actions {
		for _, group := range action.ForwardConfig.TargetGroups {
			shares[*group.TargetGroupArn] = *group.Weight
		}
	}
	return shares
}

// shares are the weights of a rule.
func (w loadBalancingWorld) shares(ctx context.Context, rule string) map[string]int32 {
	return sharesOf(must(w.DescribeRules(ctx, &sdk.DescribeRulesInput{RuleArns: []string{rule}})).Rules[0].Actions)
}

// states are the states of a group's targets.
func (w loadBalancingWorld) states(ctx context.Context, group string) map[string]types.TargetHealthStateEnum {
	states := map[string]types.TargetHealthStateEnum{}
	for _, d := range must(w.DescribeTargetHealth(ctx, &sdk.DescribeTargetHealthInput{TargetGroupArn: &group})).TargetHealthDescriptions {
		states[*d.Target.Id] = d.TargetHealth.State
	}
	return states
}
