package elasticloadbalancingv2_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

func TestActionsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	group, other := w.group("a"), w.group("b")
	listener := w.listener(forward(0, group, 1))
	elsewhere := w.balancer("elsewhere")
	six := []any{}
	for i := range 6 {
		six = append(six, w.group(fmt.Sprintf("g%d", i)), 1)
	}
	ordered := func(order int32, action types.Action) types.Action {
		action.Order = &order
		return action
	}
	fixed := func(status, kind string) []types.Action {
		return []types.Action{{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{
			StatusCode: &status, ContentType: &kind, MessageBody: aws.String(""),
		}}}
	}
	long := fixed("200", "text/plain")
	long[0].FixedResponseConfig.MessageBody = aws.String(strings.Repeat("x", 1025))
	single := forward(0, group, 1)
	single[0].TargetGroupArn = &other
	for name, test := range map[string]struct {
		actions []types.Action
		code    string
	}{
		"none":                       {[]types.Action{}, "ValidationError"},
		"an unknown type":            {[]types.Action{{Type: "drop"}}, "ValidationError"},
		"no group":                   {forward(0), "ValidationError"},
		"six groups":                 {forward(0, six...), "ValidationError"},
		"a group twice":              {forward(0, group, 1, group, 2), "ValidationError"},
		"an unknown group":           {forward(0, "nobody", 1), "TargetGroupNotFound"},
		"a weight of 1000":           {forward(0, group, 1000), "ValidationError"},
		"a weight below 0":           {forward(0, group, -1), "ValidationError"},
		"weights of 0":               {forward(0, group, 0, other, 0), "ValidationError"},
		"stickiness for too long":    {forward(8*24*time.Hour, group, 1), "ValidationError"},
		"a group beside another":     {single, "ValidationError"},
		"two without an order":       {append(fixed("200", ""), forward(0, group, 1)...), "ValidationError"},
		"two ends":                   {[]types.Action{ordered(1, fixed("200", "")[0]), ordered(2, forward(0, group, 1)[0])}, "InvalidLoadBalancerAction"},
		"a status of 300":            {fixed("300", ""), "ValidationError"},
		"a content type":             {fixed("200", "image/png"), "ValidationError"},
		"a long body":                {long, "ValidationError"},
		"no redirect":                {[]types.Action{{Type: types.ActionTypeEnumRedirect}}, "ValidationError"},
		"a redirect of status 303":   {[]types.Action{{Type: types.ActionTypeEnumRedirect, RedirectConfig: &types.RedirectActionConfig{StatusCode: "HTTP_303"}}}, "ValidationError"},
		"a redirect that loops":      {[]types.Action{{Type: types.ActionTypeEnumRedirect, RedirectConfig: &types.RedirectActionConfig{StatusCode: "HTTP_302"}}}, "InvalidLoadBalancerAction"},
		"authentication over HTTP":   {[]types.Action{{Type: types.ActionTypeEnumJwtValidation, JwtValidationConfig: &types.JwtValidationActionConfig{}}}, "InvalidLoadBalancerAction"},
		"authentication by nobody":   {[]types.Action{{Type: types.ActionTypeEnumAuthenticateOidc}}, "ValidationError"},
		"authentication and no pool": {[]types.Action{{Type: types.ActionTypeEnumAuthenticateCognito}}, "ValidationError"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.ModifyListener(t.Context(), &sdk.ModifyListenerInput{ListenerArn: &listener, DefaultActions: test.actions})
			refused(t, err, test.code)
		})
	}
	_, err := w.CreateListener(t.Context(), &sdk.CreateListenerInput{LoadBalancerArn: &elsewhere, Port: aws.Int32(80), Protocol: types.ProtocolEnumHttp, DefaultActions: forward(0, group, 1)})
	refused(t, err, "TargetGroupAssociationLimit")
}

func TestQuotasOfALoadBalancer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	listener := w.listener(forward(0, w.group("first"), 1))
	for i := range 100 {
		group := w.group(fmt.Sprintf("g%d", i))
		_, err := w.CreateRule(t.Context(), &sdk.CreateRuleInput{ListenerArn: &listener, Priority: aws.Int32(int32(i + 1)), Conditions: []types.RuleCondition{path("/x")}, Actions: forward(0, group, 1)})
		if i < 99 {
			w.must(err)
			continue
		}
		refused(t, err, "TooManyUniqueTargetGroupsPerLoadBalancer")
		w.rule(listener, 100, []types.RuleCondition{path("/x")}, forward(0, w.group("first"), 1))
		_, err = w.CreateRule(t.Context(), &sdk.CreateRuleInput{ListenerArn: &listener, Priority: aws.Int32(101), Conditions: []types.RuleCondition{path("/x")}, Actions: forward(0, group, 1)})
		refused(t, err, "TooManyRules")
	}
}

// TestCallsThatAreRefused has every error that no other test has.
func TestCallsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	group := w.group("stable", "i-1")
	listener := w.listener(forward(0, group, 1))
	rule := w.rule(listener, 5, []types.RuleCondition{path("/x")}, forward(0, group, 1))
	balancers, err := w.DescribeLoadBalancers(ctx, &sdk.DescribeLoadBalancersInput{})
	w.must(err)
	balancer := *balancers.LoadBalancers[0].LoadBalancerArn
	rules, err := w.DescribeRules(ctx, &sdk.DescribeRulesInput{ListenerArn: &listener})
	w.must(err)
	standard := *rules.Rules[1].RuleArn
	nobody, one := aws.String("nobody"), aws.Int32(1)
	newBalancer := func(change func(*sdk.CreateLoadBalancerInput)) error {
		input := &sdk.CreateLoadBalancerInput{Name: aws.String("next"), Subnets: []string{"a", "b"}}
		change(input)
		_, err := w.CreateLoadBalancer(ctx, input)
		return err
	}
	newGroup := func(change func(*sdk.CreateTargetGroupInput)) error {
		input := groupInput("next")
		change(input)
		_, err := w.CreateTargetGroup(ctx, input)
		return err
	}
	newListener := func(change func(*sdk.CreateListenerInput)) error {
		input := &sdk.CreateListenerInput{LoadBalancerArn: &balancer, Port: aws.Int32(9), Protocol: types.ProtocolEnumHttp, DefaultActions: forward(0, group, 1)}
		change(input)
		_, err := w.CreateListener(ctx, input)
		return err
	}
	newRule := func(change func(*sdk.CreateRuleInput)) error {
		input := &sdk.CreateRuleInput{ListenerArn: &listener, Priority: aws.Int32(7), Conditions: []types.RuleCondition{path("/x")}, Actions: forward(0, group, 1)}
		change(input)
		_, err := w.CreateRule(ctx, input)
		return err
	}
	modifyRule := func(change func(*sdk.ModifyRuleInput)) error {
		input := &sdk.ModifyRuleInput{RuleArn: &rule}
		change(input)
		_, err := w.ModifyRule(ctx, input)
		return err
	}
	priorities := func(pairs ...types.RulePriorityPair) error {
		_, err := w.SetRulePriorities(ctx, &sdk.SetRulePrioritiesInput{RulePriorities: pairs})
		return err
	}
	register := func(arn string, targets ...types.TargetDescription) error {
		_, err := w.RegisterTargets(ctx, &sdk.RegisterTargetsInput{TargetGroupArn: &arn, Targets: targets})
		return err
	}
	deregister := func(arn string, targets ...types.TargetDescription) error {
		_, err := w.DeregisterTargets(ctx, &sdk.DeregisterTargetsInput{TargetGroupArn: &arn, Targets: targets})
		return err
	}
	setting := func(key, value string) error {
		_, err := w.ModifyTargetGroupAttributes(ctx, &sdk.ModifyTargetGroupAttributesInput{TargetGroupArn: &group, Attributes: []types.TargetGroupAttribute{{Key: &key, Value: &value}}})
		return err
	}
	addTags := func(arn string, tags ...types.Tag) error {
		_, err := w.AddTags(ctx, &sdk.AddTagsInput{ResourceArns: []string{arn}, Tags: tags})
		return err
	}
	many := make([]types.Tag, 51)
	for i := range many {
		many[i] = types.Tag{Key: aws.String(fmt.Sprint(i))}
	}
	w.must(newGroup(func(in *sdk.CreateTargetGroupInput) {
		in.Name, in.TargetType = aws.String("addresses"), types.TargetTypeEnumIp
	}))
	ip, err := w.DescribeTargetGroups(ctx, &sdk.DescribeTargetGroupsInput{Names: []string{"addresses"}})
	w.must(err)
	ipGroup := *ip.TargetGroups[0].TargetGroupArn

	for _, test := range []struct {
		name, code string
		err        error
	}{
		{"a balancer's name", "ValidationError", newBalancer(func(in *sdk.CreateLoadBalancerInput) { in.Name = aws.String("internal-x") })},
		{"a network balancer", "ValidationError", newBalancer(func(in *sdk.CreateLoadBalancerInput) { in.Type = types.LoadBalancerTypeEnumNetwork })},
		{"dual stack", "ValidationError", newBalancer(func(in *sdk.CreateLoadBalancerInput) { in.IpAddressType = types.IpAddressTypeDualstack })},
		{"a pool", "ValidationError", newBalancer(func(in *sdk.CreateLoadBalancerInput) { in.CustomerOwnedIpv4Pool = nobody })},
		{"one subnet", "ValidationError", newBalancer(func(in *sdk.CreateLoadBalancerInput) { in.Subnets = []string{"a", "a"} })},
		{"a fixed address", "ValidationError", newBalancer(func(in *sdk.CreateLoadBalancerInput) {
			in.SubnetMappings = []types.SubnetMapping{{AllocationId: nobody}}
		})},
		{"subnets twice", "ValidationError", newBalancer(func(in *sdk.CreateLoadBalancerInput) {
			in.SubnetMappings = []types.SubnetMapping{{SubnetId: nobody}}
		})},
		{"tags twice", "DuplicateTagKeys", newBalancer(func(in *sdk.CreateLoadBalancerInput) { in.Tags = []types.Tag{{Key: nobody}, {Key: nobody}} })},
		{"another balancer of the name", "DuplicateLoadBalancerName", newBalancer(func(in *sdk.CreateLoadBalancerInput) { in.Name, in.Scheme = aws.String("edge"), "internal" })},
		{"names and ARNs", "ValidationError", second(w.DescribeLoadBalancers(ctx, &sdk.DescribeLoadBalancersInput{Names: []string{"x"}, LoadBalancerArns: []string{"x"}}))},
		{"an unknown name", "LoadBalancerNotFound", second(w.DescribeLoadBalancers(ctx, &sdk.DescribeLoadBalancersInput{Names: []string{"x"}}))},
		{"an unknown ARN", "LoadBalancerNotFound", second(w.DescribeLoadBalancers(ctx, &sdk.DescribeLoadBalancersInput{LoadBalancerArns: []string{"x"}}))},
		{"a page of 401", "ValidationError", second(w.DescribeLoadBalancers(ctx, &sdk.DescribeLoadBalancersInput{PageSize: aws.Int32(401)}))},
		{"an unknown marker", "ValidationError", second(w.DescribeTargetGroups(ctx, &sdk.DescribeTargetGroupsInput{Marker: nobody}))},

		{"a group's name", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.Name = aws.String("a_b") })},
		{"functions as targets", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.TargetType = types.TargetTypeEnumLambda })},
		{"no protocol", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.Protocol = "" })},
		{"TCP", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.Protocol = types.ProtocolEnumTcp })},
		{"gRPC", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.ProtocolVersion = aws.String("GRPC") })},
		{"IPv6", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.IpAddressType = types.TargetGroupIpAddressTypeEnumIpv6 })},
		{"a control port", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.TargetControlPort = one })},
		{"no port", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.Port = nil })},
		{"port 0", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.Port = aws.Int32(0) })},
		{"no network", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.VpcId = nil })},
		{"an interval of 1", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.HealthCheckIntervalSeconds = one })},
		{"a timeout of the interval", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.HealthCheckTimeoutSeconds = aws.Int32(10) })},
		{"no health checks", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.HealthCheckEnabled = aws.Bool(false) })},
		{"checks over HTTPS", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.HealthCheckProtocol = types.ProtocolEnumHttps })},
		{"a path of checks", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.HealthCheckPath = aws.String("x") })},
		{"a port of checks", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.HealthCheckPort = aws.String("x") })},
		{"a matcher", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.Matcher = &types.Matcher{HttpCode: aws.String("200-500")} })},
		{"a matcher of gRPC", "ValidationError", newGroup(func(in *sdk.CreateTargetGroupInput) { in.Matcher = &types.Matcher{GrpcCode: aws.String("0")} })},
		{"too many tags", "TooManyTags", newGroup(func(in *sdk.CreateTargetGroupInput) { in.Tags = many })},
		{"another group of the name", "DuplicateTargetGroupName", newGroup(func(in *sdk.CreateTargetGroupInput) { in.Name, in.Port = aws.String("stable"), one })},
		{"an unknown group to modify", "TargetGroupNotFound", second(w.ModifyTargetGroup(ctx, &sdk.ModifyTargetGroupInput{TargetGroupArn: nobody}))},
		{"a wrong modification", "ValidationError", second(w.ModifyTargetGroup(ctx, &sdk.ModifyTargetGroupInput{TargetGroupArn: &group, HealthyThresholdCount: one}))},
		{"names and ARNs of groups", "ValidationError", second(w.DescribeTargetGroups(ctx, &sdk.DescribeTargetGroupsInput{Names: []string{"x"}, LoadBalancerArn: nobody}))},
		{"groups of nobody", "LoadBalancerNotFound", second(w.DescribeTargetGroups(ctx, &sdk.DescribeTargetGroupsInput{LoadBalancerArn: nobody}))},
		{"an unknown group", "TargetGroupNotFound", second(w.DescribeTargetGroups(ctx, &sdk.DescribeTargetGroupsInput{Names: []string{"x"}}))},
		{"a group in use", "ResourceInUse", second(w.DeleteTargetGroup(ctx, &sdk.DeleteTargetGroupInput{TargetGroupArn: &group}))},
		{"an unknown attribute", "ValidationError", setting("x", "1")},
		{"slow start", "ValidationError", setting("slow_start.duration_seconds", "30")},
		{"a delay", "ValidationError", setting("deregistration_delay.timeout_seconds", "3601")},
		{"attributes of nobody", "TargetGroupNotFound", second(w.ModifyTargetGroupAttributes(ctx, &sdk.ModifyTargetGroupAttributesInput{TargetGroupArn: nobody}))},
		{"nobody's attributes", "TargetGroupNotFound", second(w.DescribeTargetGroupAttributes(ctx, &sdk.DescribeTargetGroupAttributesInput{TargetGroupArn: nobody}))},

		{"a listener of nobody", "LoadBalancerNotFound", newListener(func(in *sdk.CreateListenerInput) { in.LoadBalancerArn = nobody })},
		{"a listener without port", "ValidationError", newListener(func(in *sdk.CreateListenerInput) { in.Port = nil })},
		{"a listener on port 0", "ValidationError", newListener(func(in *sdk.CreateListenerInput) { in.Port = aws.Int32(0) })},
		{"a listener without protocol", "ValidationError", newListener(func(in *sdk.CreateListenerInput) { in.Protocol = "" })},
		{"a listener of TCP", "ValidationError", newListener(func(in *sdk.CreateListenerInput) { in.Protocol = types.ProtocolEnumTcp })},
		{"HTTPS without a certificate", "ValidationError", newListener(func(in *sdk.CreateListenerInput) { in.Protocol = types.ProtocolEnumHttps })},
		{"HTTP with a policy", "ValidationError", newListener(func(in *sdk.CreateListenerInput) { in.SslPolicy = nobody })},
		{"ALPN", "ValidationError", newListener(func(in *sdk.CreateListenerInput) { in.AlpnPolicy = []string{"HTTP2Only"} })},
		{"mutual authentication", "ValidationError", newListener(func(in *sdk.CreateListenerInput) {
			in.MutualAuthentication = &types.MutualAuthenticationAttributes{Mode: aws.String("verify")}
		})},
		{"a listener with tags twice", "DuplicateTagKeys", newListener(func(in *sdk.CreateListenerInput) { in.Tags = []types.Tag{{Key: nobody}, {Key: nobody}} })},
		{"a taken port", "DuplicateListener", newListener(func(in *sdk.CreateListenerInput) {
			in.Port, in.DefaultActions = aws.Int32(8080), forward(time.Hour, group, 1)
		})},
		{"an unknown listener to modify", "ListenerNotFound", second(w.ModifyListener(ctx, &sdk.ModifyListenerInput{ListenerArn: nobody}))},
		{"a wrong port", "ValidationError", second(w.ModifyListener(ctx, &sdk.ModifyListenerInput{ListenerArn: &listener, Port: aws.Int32(70000)}))},
		{"listeners of nothing", "ValidationError", second(w.DescribeListeners(ctx, &sdk.DescribeListenersInput{}))},
		{"listeners of nobody", "LoadBalancerNotFound", second(w.DescribeListeners(ctx, &sdk.DescribeListenersInput{LoadBalancerArn: nobody}))},
		{"an unknown listener", "ListenerNotFound", second(w.DescribeListeners(ctx, &sdk.DescribeListenersInput{ListenerArns: []string{"x"}}))},
		{"a listener to delete", "ListenerNotFound", second(w.DeleteListener(ctx, &sdk.DeleteListenerInput{ListenerArn: nobody}))},

		{"a rule of nobody", "ListenerNotFound", newRule(func(in *sdk.CreateRuleInput) { in.ListenerArn = nobody })},
		{"a rule without priority", "ValidationError", newRule(func(in *sdk.CreateRuleInput) { in.Priority = nil })},
		{"priority 50001", "ValidationError", newRule(func(in *sdk.CreateRuleInput) { in.Priority = aws.Int32(50001) })},
		{"a taken priority", "PriorityInUse", newRule(func(in *sdk.CreateRuleInput) { in.Priority = aws.Int32(5) })},
		{"a transform", "ValidationError", newRule(func(in *sdk.CreateRuleInput) { in.Transforms = make([]types.RuleTransform, 1) })},
		{"a rule without actions", "ValidationError", newRule(func(in *sdk.CreateRuleInput) { in.Actions = nil })},
		{"a rule with tags twice", "DuplicateTagKeys", newRule(func(in *sdk.CreateRuleInput) { in.Tags = []types.Tag{{Key: nobody}, {Key: nobody}} })},
		{"an unknown rule to modify", "RuleNotFound", modifyRule(func(in *sdk.ModifyRuleInput) { in.RuleArn = nobody })},
		{"the default rule", "OperationNotPermitted", modifyRule(func(in *sdk.ModifyRuleInput) { in.RuleArn = &standard })},
		{"a modification of nothing", "ValidationError", modifyRule(func(*sdk.ModifyRuleInput) {})},
		{"a modified transform", "ValidationError", modifyRule(func(in *sdk.ModifyRuleInput) { in.ResetTransforms = aws.Bool(true) })},
		{"no conditions", "ValidationError", modifyRule(func(in *sdk.ModifyRuleInput) { in.Conditions = []types.RuleCondition{} })},
		{"no actions", "ValidationError", modifyRule(func(in *sdk.ModifyRuleInput) { in.Actions = []types.Action{} })},
		{"moving the default rule", "OperationNotPermitted", priorities(types.RulePriorityPair{RuleArn: &standard, Priority: one})},
		{"moving nobody", "RuleNotFound", priorities(types.RulePriorityPair{RuleArn: nobody, Priority: one})},
		{"moving to 0", "ValidationError", priorities(types.RulePriorityPair{RuleArn: &rule, Priority: aws.Int32(0)})},
		{"moving twice", "ValidationError", priorities(types.RulePriorityPair{RuleArn: &rule, Priority: one}, types.RulePriorityPair{RuleArn: &rule, Priority: aws.Int32(2)})},
		{"rules of nothing", "ValidationError", second(w.DescribeRules(ctx, &sdk.DescribeRulesInput{}))},
		{"rules of nobody", "ListenerNotFound", second(w.DescribeRules(ctx, &sdk.DescribeRulesInput{ListenerArn: nobody}))},
		{"an unknown rule", "RuleNotFound", second(w.DescribeRules(ctx, &sdk.DescribeRulesInput{RuleArns: []string{"x"}}))},
		{"a rule to delete", "RuleNotFound", second(w.DeleteRule(ctx, &sdk.DeleteRuleInput{RuleArn: nobody}))},
		{"deleting the default rule", "OperationNotPermitted", second(w.DeleteRule(ctx, &sdk.DeleteRuleInput{RuleArn: &standard}))},

		{"no targets", "ValidationError", register(group)},
		{"targets of nobody", "TargetGroupNotFound", register("nobody", types.TargetDescription{Id: nobody})},
		{"no instance", "InvalidTarget", register(group, types.TargetDescription{Id: nobody})},
		{"no address", "InvalidTarget", register(ipGroup, types.TargetDescription{Id: aws.String("::1")})},
		{"a port of a target", "ValidationError", register(group, types.TargetDescription{Id: aws.String("i-2"), Port: aws.Int32(0)})},
		{"QUIC", "ValidationError", register(group, types.TargetDescription{Id: aws.String("i-2"), QuicServerId: nobody})},
		{"deregistering nothing", "ValidationError", deregister(group)},
		{"deregistering from nobody", "TargetGroupNotFound", deregister("nobody", types.TargetDescription{Id: nobody})},
		{"deregistering nobody", "InvalidTarget", deregister(group, types.TargetDescription{Id: nobody})},
		{"health of nobody", "TargetGroupNotFound", second(w.DescribeTargetHealth(ctx, &sdk.DescribeTargetHealthInput{TargetGroupArn: nobody}))},

		{"tags of no balancer", "LoadBalancerNotFound", addTags("arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/x/1")},
		{"tags of no group", "TargetGroupNotFound", addTags("arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/x/1")},
		{"tags of no listener", "ListenerNotFound", addTags("arn:aws:elasticloadbalancing:us-east-1:1:listener/app/x/1/2")},
		{"tags of no rule", "RuleNotFound", addTags("arn:aws:elasticloadbalancing:us-east-1:1:listener-rule/app/x/1/2/3")},
		{"a tag without key", "ValidationError", addTags(group, types.Tag{})},
		{"a tag too many", "TooManyTags", addTags(group, many...)},
		{"tags of many", "ValidationError", second(w.DescribeTags(ctx, &sdk.DescribeTagsInput{ResourceArns: make([]string, 21)}))},
		{"tags of nobody", "LoadBalancerNotFound", second(w.DescribeTags(ctx, &sdk.DescribeTagsInput{ResourceArns: []string{"x"}}))},
	} {
		t.Run(test.name, func(t *testing.T) { refused(t, test.err, test.code) })
	}
	after, err := w.DescribeRules(ctx, &sdk.DescribeRulesInput{ListenerArn: &listener})
	w.must(err)
	if diff := cmp.Diff(rules.Rules, after.Rules, cmp.AllowUnexported(types.Rule{}), ignoreSerde); diff != "" {
		t.Errorf("a refused call changed rules (-before +after):\n%s", diff)
	}
}

// ignoreSerde leaves out the SDK's marks of types.
var ignoreSerde = cmp.FilterPath(func(p cmp.Path) bool { return strings.Contains(p.String(), "noSmithyDocumentSerde") }, cmp.Ignore())

// second is the error of a call.
func second[Out any](_ Out, err error) error { return err }

func TestEverythingSurvivesARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.instance("i-1", nil)
	w.instance("i-2", nil)
	group := w.group("stable", "i-1", "i-2")
	w.attribute(group, "deregistration_delay.timeout_seconds", "60")
	listener := w.listener(forward(0, group, 1))
	rule := w.rule(listener, 5, []types.RuleCondition{header("X-Team", "red")}, forward(0, group, 3))
	_, err := w.AddTags(ctx, &sdk.AddTagsInput{ResourceArns: []string{rule, group, listener}, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b")}}})
	w.must(err)
	_, err = w.RemoveTags(ctx, &sdk.RemoveTagsInput{ResourceArns: []string{rule}, TagKeys: []string{"b", "c"}})
	w.must(err)
	w.deregister(group, "i-2")
	w.pass(10 * time.Second)
	w.Close()
	w.start()
	if diff := cmp.Diff(map[string]string{"i-1": "initial Elb.RegistrationInProgress", "i-2": "draining Target.DeregistrationInProgress"}, w.health(group)); diff != "" {
		t.Error(diff)
	}
	w.pass(49 * time.Second)
	if got := w.health(group); got["i-1"] != "healthy" || got["i-2"] == "" {
		t.Errorf("health %v", got)
	}
	w.pass(2 * time.Second)
	if diff := cmp.Diff(map[string]string{"i-1": "healthy"}, w.health(group)); diff != "" {
		t.Error(diff)
	}
	tags, err := w.DescribeTags(ctx, &sdk.DescribeTagsInput{ResourceArns: []string{rule, listener}})
	w.must(err)
	if one, two := tags.TagDescriptions[0].Tags, tags.TagDescriptions[1].Tags; len(one) != 1 || *one[0].Value != "1" || len(two) != 2 {
		t.Errorf("tags %v and %v", one, two)
	}
	balancers, err := w.DescribeLoadBalancers(ctx, &sdk.DescribeLoadBalancersInput{Names: []string{"edge"}})
	w.must(err)
	_, err = w.DeleteLoadBalancer(ctx, &sdk.DeleteLoadBalancerInput{LoadBalancerArn: balancers.LoadBalancers[0].LoadBalancerArn})
	w.must(err)
	for range 2 { // what is deleted already is deleted again
		_, err = w.DeleteLoadBalancer(ctx, &sdk.DeleteLoadBalancerInput{LoadBalancerArn: balancers.LoadBalancers[0].LoadBalancerArn})
		w.must(err)
		_, err = w.DeleteTargetGroup(ctx, &sdk.DeleteTargetGroupInput{TargetGroupArn: &group})
		w.must(err)
	}
	w.start()
	groups, err := w.DescribeTargetGroups(ctx, &sdk.DescribeTargetGroupsInput{})
	w.must(err)
	if len(groups.TargetGroups) != 0 {
		t.Errorf("%d groups are left", len(groups.TargetGroups))
	}
	_, err = w.DescribeRules(ctx, &sdk.DescribeRulesInput{RuleArns: []string{rule}})
	refused(t, err, "RuleNotFound")
}

func TestCreatingAgainIsTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *elasticloadbalancingv2.Options) { o.ProvisionDuration = time.Minute })
	ctx := t.Context()
	if one, two := w.group("stable"), w.group("stable"); one != two {
		t.Errorf("groups %s and %s", one, two)
	}
	if one, two := w.balancer("edge"), w.balancer("edge"); one != two {
		t.Errorf("load balancers %s and %s", one, two)
	}
	if one, two := w.listener(forward(0, w.group("stable"), 1)), w.listener(forward(0, w.group("stable"), 1)); one != two {
		t.Errorf("listeners %s and %s", one, two)
	}
	state := func() types.LoadBalancerStateEnum {
		out, err := w.DescribeLoadBalancers(ctx, &sdk.DescribeLoadBalancersInput{LoadBalancerArns: []string{w.balancer("edge")}})
		w.must(err)
		return out.LoadBalancers[0].State.Code
	}
	if got := state(); got != types.LoadBalancerStateEnumProvisioning {
		t.Errorf("a new load balancer is %s", got)
	}
	w.pass(time.Minute)
	if got := state(); got != types.LoadBalancerStateEnumActive {
		t.Errorf("a minute later it is %s", got)
	}
}

func TestPagesGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 5 {
		w.group(fmt.Sprintf("g%d", i))
	}
	pages := sdk.NewDescribeTargetGroupsPaginator(w, &sdk.DescribeTargetGroupsInput{PageSize: aws.Int32(2)})
	var sizes []int
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		w.must(err)
		sizes = append(sizes, len(page.TargetGroups))
	}
	if diff := cmp.Diff([]int{2, 2, 1}, sizes); diff != "" {
		t.Error(diff)
	}
}

func TestListenersCanMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	group := w.group("stable")
	listener := w.listener(forward(0, group, 1))
	balancer := w.balancer("edge")
	out, err := w.CreateListener(ctx, &sdk.CreateListenerInput{LoadBalancerArn: &balancer, Port: aws.Int32(81), Protocol: types.ProtocolEnumHttp, DefaultActions: []types.Action{{Type: types.ActionTypeEnumForward, TargetGroupArn: &group}}})
	w.must(err)
	if action := out.Listeners[0].DefaultActions[0]; *action.ForwardConfig.TargetGroups[0].Weight != 1 || *action.ForwardConfig.TargetGroupStickinessConfig.Enabled {
		t.Errorf("action %+v", action.ForwardConfig)
	}
	_, err = w.ModifyListener(ctx, &sdk.ModifyListenerInput{ListenerArn: &listener, Port: aws.Int32(81)})
	refused(t, err, "DuplicateListener")
	moved, err := w.ModifyListener(ctx, &sdk.ModifyListenerInput{ListenerArn: &listener, Port: aws.Int32(82)})
	w.must(err)
	if l := moved.Listeners[0]; *l.Port != 82 || *l.DefaultActions[0].TargetGroupArn != group {
		t.Errorf("listener %+v", l)
	}
	found, err := w.DescribeListeners(ctx, &sdk.DescribeListenersInput{LoadBalancerArn: &balancer})
	w.must(err)
	groups, err := w.DescribeTargetGroups(ctx, &sdk.DescribeTargetGroupsInput{LoadBalancerArn: &balancer})
	w.must(err)
	if len(found.Listeners) != 2 || len(groups.TargetGroups) != 1 || groups.TargetGroups[0].LoadBalancerArns[0] != balancer {
		t.Errorf("%d listeners, groups %v", len(found.Listeners), groups.TargetGroups)
	}
}

func TestTargetsByAddressAndPort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := w.instance("address", nil)
	input := groupInput("addresses")
	input.TargetType = types.TargetTypeEnumIp
	out, err := w.CreateTargetGroup(t.Context(), input)
	w.must(err)
	group := *out.TargetGroups[0].TargetGroupArn
	listener := w.listener(forward(0, group, 1))
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	var number int32
	if _, err := fmt.Sscan(port, &number); err != nil {
		t.Fatal(err)
	}
	target := []types.TargetDescription{{Id: aws.String("127.0.0.1"), Port: &number}}
	_, err = w.RegisterTargets(t.Context(), &sdk.RegisterTargetsInput{TargetGroupArn: &group, Targets: target})
	w.must(err)
	w.pass(0)
	if got := get(t, http.DefaultClient, w.serve(listener)); got != "200 address" {
		t.Error(got)
	}
	w.deregister(group, "127.0.0.1") // on all ports
	if got := w.health(group)["127.0.0.1"]; got != "draining Target.DeregistrationInProgress" {
		t.Error(got)
	}
	_, err = w.RegisterTargets(t.Context(), &sdk.RegisterTargetsInput{TargetGroupArn: &group, Targets: target})
	w.must(err)
	if got := w.health(group)["127.0.0.1"]; got != "initial Elb.RegistrationInProgress" {
		t.Errorf("a target that is registered again is %s", got)
	}
}

func TestCallsCanBeIntercepted(t *testing.T) {
	t.Parallel()
	var seen []string
	w := newWorld(t, func(o *elasticloadbalancingv2.Options) {
		o.Intercept = func(ctx context.Context, operation string, call func(context.Context) error) error {
			seen = append(seen, operation)
			if operation == "elasticloadbalancing:DescribeTags" {
				return io.ErrUnexpectedEOF
			}
			return call(ctx)
		}
	})
	w.balancer("edge")
	if _, err := w.DescribeTags(t.Context(), &sdk.DescribeTagsInput{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:DescribeTags"}, seen); diff != "" {
		t.Error(diff)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.DescribeLoadBalancers(ended, &sdk.DescribeLoadBalancersInput{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A broken store is one that keeps nothing, or has something unknown.
type broken struct{ store.Store }

func (broken) Save(...store.Change) error { return io.ErrShortWrite }

func TestAStoreThatFailsFailsTheCall(t *testing.T) {
	t.Parallel()
	if _, err := elasticloadbalancingv2.New(elasticloadbalancingv2.Options{}); err == nil {
		t.Error("a service needs a store")
	}
	service, err := elasticloadbalancingv2.New(elasticloadbalancingv2.Options{Store: broken{store.Memory()}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = service.CreateTargetGroup(t.Context(), groupInput("x"))
	refused(t, err, "InternalFailure")
	for _, change := range []store.Change{
		{Bucket: "elasticloadbalancingv2", Key: "weather/x", Value: []byte("{}")},
		{Bucket: "elasticloadbalancingv2", Key: "rule/x", Value: []byte("{")},
	} {
		kept := store.Memory()
		if err := kept.Save(change); err != nil {
			t.Fatal(err)
		}
		if _, err := elasticloadbalancingv2.New(elasticloadbalancingv2.Options{Store: kept}); err == nil {
			t.Errorf("record %s was read", change.Key)
		}
	}
}
