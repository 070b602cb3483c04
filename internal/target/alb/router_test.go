package alb_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/alb"
)

var (
	stable   = release.Pure("1")
	tenToTwo = release.Split{Stable: "1", Canary: "2", Weight: 10}
	allToTwo = release.Pure("2")
)

// twoVersions is a cloud with version 1 behind blue, which has all traffic, and 2 behind green.
func twoVersions(t testing.TB) *cloud {
	t.Helper()
	c := newCloud(t)
	c.attach("1", c.blue)
	c.attach("2", c.green)
	return c
}

// expectSplit reads where requests go.
func expectSplit(t *testing.T, c *cloud, want release.Split, changes ...func(*release.Document)) {
	t.Helper()
	got, err := c.target(changes...).Split(t.Context())
	if err != nil || !got.Same(want) {
		t.Errorf("traffic goes to %v (%v), want %v", got, err, want)
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		move func(c *cloud) []types.Action
		want release.Split
	}{
		{"one target group", func(c *cloud) []types.Action { return []types.Action{forwardTo(c.green)} }, allToTwo},
		{"a target group without a forward configuration", func(c *cloud) []types.Action {
			return []types.Action{{Type: types.ActionTypeEnumForward, TargetGroupArn: aws.String(c.blue)}}
		}, stable},
		{"the other one with weight 0", func(c *cloud) []types.Action { return []types.Action{weighted(c.blue, 7, c.green, 0)} }, stable},
		{"weights of any sum", func(c *cloud) []types.Action { return []types.Action{weighted(c.blue, 2, c.green, 1)} }, release.Split{Stable: "1", Canary: "2", Weight: 33.33}},
		{"the younger one is the canary, wherever it stands", func(c *cloud) []types.Action { return []types.Action{weighted(c.green, 1, c.blue, 9)} }, tenToTwo},
		{"a target group of somebody else's is a canary", func(c *cloud) []types.Action { return []types.Action{weighted(c.other, 1, c.blue, 9)} }, release.Split{Stable: "1", Canary: "of target group other", Weight: 10}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := twoVersions(t)
			c.move(test.move(c)...)
			expectSplit(t, c, test.want)
		})
	}
	t.Run("a listener that is gone", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		_, err := c.elb.DeleteListener(foreign(t), &elbv2.DeleteListenerInput{ListenerArn: aws.String(c.listener)})
		must(t, err)
		_, err = c.target().Split(t.Context())
		expectKind(t, err, release.KindConflict, c.listener, "does not exist", "DeleteListener")
	})
	t.Run("a rule that is gone", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		_, err := c.target(byRule(c.listener + "/nothing")).Split(t.Context())
		expectKind(t, err, release.KindConflict, "nothing", "does not exist", "DeleteRule")
	})
	t.Run("a rule that does not forward", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		c.move(types.Action{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: aws.String("503")}})
		_, err := c.target().Shift(t.Context(), tenToTwo, mine(stable))
		expectKind(t, err, release.KindConflict, "forwards to no target group")
	})
	t.Run("three target groups", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		c.move(forwardTo(c.blue, c.green, c.other))
		_, err := c.target().Shift(t.Context(), stable, mine(stable))
		expectKind(t, err, release.KindConflict, "version 2 and of target group other at 66.67%", "target group other with weight 1")
		if writes := c.writes(); len(writes) != 0 {
			t.Errorf("wrote %v", writes)
		}
	})
}

// TestShiftKeepsWhatIsThere is of what a write replaces as a whole.
func TestShiftKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	cognito := types.Action{Type: types.ActionTypeEnumAuthenticateCognito, Order: aws.Int32(1), AuthenticateCognitoConfig: &types.AuthenticateCognitoActionConfig{
		UserPoolArn: aws.String("arn:aws:cognito-idp:us-east-1:123456789012:userpool/p"), UserPoolClientId: aws.String("c"), UserPoolDomain: aws.String("d"),
	}}
	t.Run("of a rule", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		users := []types.RuleCondition{{Field: aws.String("host-header"), HostHeaderConfig: &types.HostHeaderConditionConfig{Values: []string{"app.example.com"}}}}
		forward := sticky(forwardTo(c.blue))
		forward.Order = aws.Int32(2)
		rule := c.newRule(2000, users, forward)
		others := c.newRule(1, []types.RuleCondition{{Field: aws.String("path-pattern"), Values: []string{"/other"}}}, forwardTo(c.other))
		defaults, before := c.actions(""), c.actions(rule)
		for _, want := range []release.Split{tenToTwo, allToTwo, stable} {
			got, err := c.target(byRule(rule)).Shift(t.Context(), want, mine(stable, tenToTwo, allToTwo))
			if err != nil || !got.Same(want) {
				t.Fatal(got, err)
			}
		}
		if after := c.actions(rule); weightsOf(after) != weightsOf(before) || !aws.ToBool(after[0].ForwardConfig.TargetGroupStickinessConfig.Enabled) || *after[0].ForwardConfig.TargetGroupStickinessConfig.DurationSeconds != 3600 {
			t.Errorf("the rule was %+v and is %+v", before, after)
		}
		if weightsOf(c.actions("")) != weightsOf(defaults) || weightsOf(c.actions(others)) != "other 1" {
			t.Error("another rule was changed")
		}
		if writes := c.writes(); !slices.Equal(writes, slices.Repeat([]string{"elasticloadbalancing:ModifyRule"}, 3)) {
			t.Errorf("wrote %v, want one call for each shift", writes)
		}
	})
	t.Run("who signs users in", func(t *testing.T) {
		t.Parallel()
		oidc := types.Action{Type: types.ActionTypeEnumAuthenticateOidc, Order: aws.Int32(1), AuthenticateOidcConfig: &types.AuthenticateOidcActionConfig{
			Issuer: aws.String("https://id.example.com"), ClientId: aws.String("c"), AuthorizationEndpoint: aws.String("https://id.example.com/a"),
			TokenEndpoint: aws.String("https://id.example.com/t"), UserInfoEndpoint: aws.String("https://id.example.com/u"),
		}}
		for name, before := range map[string]types.Action{"cognito": cognito, "oidc": oidc} {
			recorder := &writeRecorder{}
			c := twoVersions(t)
			recorder.LoadBalancingAPI, recorder.before = c.elb, before
			_, err := c.targetOf(recorder).Shift(t.Context(), tenToTwo, mine(stable, tenToTwo))
			expectKind(t, err, release.KindTransient) // the recorder keeps what was written from taking effect
			written := recorder.written
			if len(written) != 2 || written[0].Type != before.Type || aws.ToInt32(written[0].Order) != 1 || weightsOf(written) != "blue 90, green 10" {
				t.Errorf("%s: wrote %+v", name, written)
				continue
			}
			if config := written[0].AuthenticateOidcConfig; config != nil && (!aws.ToBool(config.UseExistingClientSecret) || aws.ToString(config.Issuer) != "https://id.example.com") {
				t.Errorf("%s: the client secret, which AWS does not tell, is lost: %+v", name, config)
			}
		}
	})
}

// writeRecorder is a load balancer whose listener signs users in before it forwards, and forgets what is written.
type writeRecorder struct {
	alb.LoadBalancingAPI
	before  types.Action
	written []types.Action
}

func (w *writeRecorder) DescribeRules(ctx context.Context, input *elbv2.DescribeRulesInput, options ...func(*elbv2.Options)) (*elbv2.DescribeRulesOutput, error) {
	output, err := w.LoadBalancingAPI.DescribeRules(ctx, input, options...)
	if err != nil {
		return nil, err
	}
	rules := slices.Clone(output.Rules)
	for i := range rules {
		if aws.ToBool(rules[i].IsDefault) {
			rules[i].Actions = append([]types.Action{w.before}, rules[i].Actions...)
		}
	}
	return &elbv2.DescribeRulesOutput{Rules: rules}, nil
}

func (w *writeRecorder) ModifyListener(_ context.Context, input *elbv2.ModifyListenerInput, _ ...func(*elbv2.Options)) (*elbv2.ModifyListenerOutput, error) {
	w.written = input.DefaultActions
	return &elbv2.ModifyListenerOutput{}, nil
}

func TestShiftWithoutALock(t *testing.T) {
	t.Parallel()
	t.Run("what somebody wrote since the read is looked at", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		guard := mine(stable, tenToTwo)
		guard.Check = func(context.Context) error { c.move(forwardTo(c.other)); return nil }
		_, err := c.target().Shift(t.Context(), tenToTwo, guard)
		expectKind(t, err, release.KindConflict, "of target group other", "ModifyListener", "left there")
		if got := weightsOf(c.actions("")); got != "other 1" {
			t.Errorf("the foreign weights are gone: %s", got)
		}
	})
	t.Run("what somebody wrote right after the write is reported", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		reads := 0
		for range 3 {
			c.next("elasticloadbalancing:DescribeRules", func() error {
				if reads++; reads == 3 {
					c.move(weighted(c.blue, 1, c.green, 1))
				}
				return nil
			})
		}
		_, err := c.target().Shift(t.Context(), tenToTwo, mine(stable, tenToTwo))
		expectKind(t, err, release.KindConflict, "50%")
	})
	t.Run("a rule that is deleted before the write", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		rule := c.newRule(10, []types.RuleCondition{{Field: aws.String("path-pattern"), Values: []string{"/*"}}}, forwardTo(c.blue))
		c.next("elasticloadbalancing:ModifyRule", func() error {
			_, err := c.elb.DeleteRule(foreign(t), &elbv2.DeleteRuleInput{RuleArn: aws.String(rule)})
			return err
		})
		_, err := c.target(byRule(rule)).Shift(t.Context(), tenToTwo, mine(stable, tenToTwo))
		expectKind(t, err, release.KindConflict, "deleted by somebody else")
	})
	t.Run("a priority that somebody has taken", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		c.next("elasticloadbalancing:CreateRule", func() error { c.newRule(1001, anyPath("/x"), forwardTo(c.other)); return nil })
		_, err := c.target(ladder(staff)).Shift(t.Context(), forAudience(0, "staff", 0), mine(stable, forAudience(0, "staff", 0)))
		expectKind(t, err, release.KindTransient, "a rule has that priority by now")
		if got := c.bands(); !slices.Equal(got, []string{"1001 : other 1"}) {
			t.Errorf("the rules are %v", got)
		}
	})
	t.Run("a load balancer that has no room for a rule", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		c.next("elasticloadbalancing:CreateRule", func() error { return &types.TooManyRulesException{Message: aws.String("100 rules")} })
		_, err := c.target(ladder(staff)).Shift(t.Context(), forAudience(0, "staff", 0), mine(stable, forAudience(0, "staff", 0)))
		expectKind(t, err, release.KindRefused, "as many rules as it may have", "quota")
	})
	t.Run("a rule for an audience that somebody changed, be it in the case of its path", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		want := forAudience(0, "shop", 0)
		target := c.target(ladder(release.Audience{Name: "shop", Match: release.Match{Path: []string{"/Shop/*"}}}))
		shift(t, target, want, stable)
		_, err := c.elb.ModifyRule(foreign(t), &elbv2.ModifyRuleInput{RuleArn: c.rules()[0].RuleArn, Conditions: anyPath("/shop/*")})
		must(t, err)
		shift(t, target, want, stable)
		if got := c.rules()[0].Conditions[0].PathPatternConfig.Values; !slices.Equal(got, []string{"/Shop/*"}) {
			t.Errorf("the audience has the paths %v", got)
		}
	})
	t.Run("a rule that keeps changing is left for later", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		guard := mine(stable, tenToTwo)
		seconds := int32(0)
		guard.Check = func(context.Context) error {
			seconds++
			action := forwardTo(c.blue)
			action.ForwardConfig.TargetGroupStickinessConfig = &types.TargetGroupStickinessConfig{Enabled: aws.Bool(true), DurationSeconds: aws.Int32(seconds)}
			c.move(action)
			return nil
		}
		_, err := c.target().Shift(t.Context(), tenToTwo, guard)
		expectKind(t, err, release.KindTransient, "changed")
		if len(c.writes()) != 0 {
			t.Errorf("wrote %v", c.writes())
		}
	})
	t.Run("a write that took effect and failed is not repeated", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		broken := errors.New("the connection broke")
		lost := &lostWrites{LoadBalancingAPI: c.elb, err: broken}
		if _, err := c.targetOf(lost).Shift(t.Context(), tenToTwo, mine(stable, tenToTwo)); !errors.Is(err, broken) {
			t.Fatal(err)
		}
		got, err := c.target().Shift(t.Context(), tenToTwo, mine(stable, tenToTwo))
		if err != nil || !got.Same(tenToTwo) || len(c.writes()) != 1 {
			t.Errorf("got %v, %v after %v", got, err, c.writes())
		}
	})
	t.Run("a version that is behind no target group", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		_, err := c.target().Shift(t.Context(), release.Split{Stable: "1", Canary: "9", Weight: 10}, mine(stable))
		expectKind(t, err, release.KindConflict, "no Auto Scaling group of version 9", "blue and green", "version 1 at 100%")
	})
	t.Run("a weight of 0 is not enough where clients are sticky", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		c.move(sticky(weighted(c.blue, 1, c.green, 0))) // as somebody in a hurry would go back
		got, err := c.target().Shift(t.Context(), stable, mine(stable, tenToTwo))
		if err != nil || !got.Same(stable) || weightsOf(c.actions("")) != "blue 1" {
			t.Errorf("got %v, %v; the action is %s", got, err, weightsOf(c.actions("")))
		}
	})
	t.Run("a handler lives no longer than the workflow looks again", func(t *testing.T) {
		t.Parallel()
		if got := newCloud(t).target().UnlockedFor(); got < time.Minute {
			t.Errorf("a write may come for %v", got)
		}
	})
}

// lostWrites loses the answers of writes that took effect.
type lostWrites struct {
	alb.LoadBalancingAPI
	err error
}

func (l *lostWrites) ModifyListener(ctx context.Context, input *elbv2.ModifyListenerInput, options ...func(*elbv2.Options)) (*elbv2.ModifyListenerOutput, error) {
	if _, err := l.LoadBalancingAPI.ModifyListener(ctx, input, options...); err != nil {
		return nil, err
	}
	return nil, l.err
}
