package alb_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/alb"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// oneVersion is a cloud that is fit for a release: version 1 behind blue, nothing behind green.
func oneVersion(t testing.TB) *cloud {
	t.Helper()
	c := newCloud(t)
	c.attach("1", c.blue)
	return c
}

// attributes sets attributes of a target group: keys and values in turn. The local load balancer knows but some.
func (c *cloud) attributes(targetGroup string, pairs ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := 0; i < len(pairs); i += 2 {
		c.edited[targetGroup] = append(c.edited[targetGroup], types.TargetGroupAttribute{Key: aws.String(pairs[i]), Value: aws.String(pairs[i+1])})
	}
}

// editedAttributes is a load balancing whose target groups have other attributes.
type editedAttributes struct {
	alb.LoadBalancingAPI
	*cloud
}

func (e editedAttributes) DescribeTargetGroupAttributes(ctx context.Context, input *elbv2.DescribeTargetGroupAttributesInput, options ...func(*elbv2.Options)) (*elbv2.DescribeTargetGroupAttributesOutput, error) {
	output, err := e.LoadBalancingAPI.DescribeTargetGroupAttributes(ctx, input, options...)
	if err != nil {
		return nil, err
	}
	edited := e.edited[*input.TargetGroupArn]
	kept := slices.DeleteFunc(slices.Clone(output.Attributes), func(attribute types.TargetGroupAttribute) bool {
		return slices.ContainsFunc(edited, func(other types.TargetGroupAttribute) bool { return *other.Key == *attribute.Key })
	})
	return &elbv2.DescribeTargetGroupAttributesOutput{Attributes: append(kept, edited...)}, nil
}

// pair puts a new target group into the place of green, made as edit says and named after the type of its targets.
func (c *cloud) pair(edit func(*elbv2.CreateTargetGroupInput)) {
	c.t.Helper()
	input := &elbv2.CreateTargetGroupInput{Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String("vpc-1"), TargetType: types.TargetTypeEnumInstance}
	edit(input)
	input.Name = aws.String(string(input.TargetType))
	output, err := c.elb.CreateTargetGroup(foreign(c.t), input)
	must(c.t, err)
	c.green = *output.TargetGroups[0].TargetGroupArn
	c.tag("echo", c.green)
}

// register registers a target by hand.
func (c *cloud) register(targetGroup, id string) {
	c.t.Helper()
	_, err := c.elb.RegisterTargets(foreign(c.t), &elbv2.RegisterTargetsInput{TargetGroupArn: aws.String(targetGroup), Targets: []types.TargetDescription{{Id: aws.String(id)}}})
	must(c.t, err)
}

// tagGroup gives the group of a version a tag; without a value, it takes it away.
func (c *cloud) tagGroup(version, key, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, group := range c.groups {
		if aws.ToString(group.LaunchTemplate.Version) != version {
			continue
		}
		tags := slices.DeleteFunc(slices.Clone(group.Tags), func(tag autoscalingtypes.TagDescription) bool { return *tag.Key == key })
		if value != "" {
			tags = append(tags, autoscalingtypes.TagDescription{Key: aws.String(key), Value: aws.String(value)})
		}
		c.groups[i].Tags = tags
	}
}

func anyPath(paths ...string) []types.RuleCondition {
	return []types.RuleCondition{{Field: aws.String("path-pattern"), PathPatternConfig: &types.PathPatternConditionConfig{Values: paths}}}
}

// A rule may stand on a listener that is another service's.
func TestPreflightPassesOnASharedListener(t *testing.T) {
	t.Parallel()
	c := oneVersion(t)
	rule := c.newRule(2000, anyPath("/api/*"), forwardTo(c.blue))
	c.tag("echo", rule)
	c.tag("shop", c.listener)
	c.move(forwardTo(c.other))
	if _, err := c.target(byRule(rule)).Preflight(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPreflightPasses(t *testing.T) {
	t.Parallel()
	c := oneVersion(t)
	found, err := c.target().Preflight(t.Context())
	if err != nil || found.First || !found.Split.Same(stable) {
		t.Fatalf("%+v, %v", found, err)
	}
	notes := strings.Join(found.Notes, "\n")
	for _, text := range []string{"health checks alone", "HTTPCode_ELB_5XX_Count", "300 seconds"} {
		if !strings.Contains(notes, text) {
			t.Errorf("no note says %q:\n%s", text, notes)
		}
	}
	if writes := c.writes(); len(writes) != 0 {
		t.Errorf("wrote %v", writes)
	}
}

// TestPreflightRefuses is of everything that would stop a release half way, or break users' requests.
func TestPreflightRefuses(t *testing.T) {
	t.Parallel()
	header := func(document *release.Document) {
		document.Target.ALB.Test = &release.ALBTest{Header: "X-Test", Value: "secret"}
	}
	tests := map[string]struct {
		spoil   func(c *cloud)
		changes func(c *cloud) []func(*release.Document)
		texts   []string
	}{
		"a Network Load Balancer": {
			changes: func(c *cloud) []func(*release.Document) {
				return []func(*release.Document){func(d *release.Document) { d.Target.ALB.Listener = strings.Replace(c.listener, "/app/", "/net/", 1) }}
			},
			texts: []string{"not one of an Application Load Balancer", "closes the connections", "asg"},
		},
		"a rule of another listener": {
			changes: func(c *cloud) []func(*release.Document) {
				return []func(*release.Document){byRule(strings.Replace(c.tests, ":listener/", ":listener-rule/", 1) + "/0123456789abcdef")}
			},
			texts: []string{"is not one of listener"},
		},
		"a rule that is gone": {
			changes: func(c *cloud) []func(*release.Document) {
				return []func(*release.Document){byRule(strings.Replace(c.listener, ":listener/", ":listener-rule/", 1) + "/0123456789abcdef")}
			},
			texts: []string{"does not exist", "DeleteRule"},
		},
		"a rule that answers by itself": {
			spoil: func(c *cloud) {
				c.move(types.Action{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: aws.String("503")}})
			},
			texts: []string{"forwards to no target group"},
		},
		"a split": {
			spoil: func(c *cloud) { c.attach("2", c.green); c.move(weighted(c.blue, 9, c.green, 1)) },
			texts: []string{"splits requests", "blue with weight 9"},
		},
		"targets that are addresses": {
			spoil: func(c *cloud) {
				c.pair(func(in *elbv2.CreateTargetGroupInput) { in.TargetType = types.TargetTypeEnumIp })
			},
			texts: []string{"target group ip has targets of type ip, and an Auto Scaling group registers instances"},
		},
		"a target group of another VPC": {
			spoil: func(c *cloud) { c.pair(func(in *elbv2.CreateTargetGroupInput) { in.VpcId = aws.String("vpc-2") }) },
			texts: []string{"differ in their VPC: vpc-1 and vpc-2"},
		},
		"a target group of another load balancer": {
			spoil: func(c *cloud) {
				balancer, err := c.elb.CreateLoadBalancer(foreign(c.t), &elbv2.CreateLoadBalancerInput{Name: aws.String("shop"), Subnets: []string{"subnet-1", "subnet-2"}})
				must(c.t, err)
				_, err = c.elb.CreateListener(foreign(c.t), &elbv2.CreateListenerInput{
					LoadBalancerArn: balancer.LoadBalancers[0].LoadBalancerArn, Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), DefaultActions: []types.Action{forwardTo(c.green)},
				})
				must(c.t, err)
			},
			texts: []string{"target group green is behind another load balancer", "loadbalancer/app/shop/"},
		},
		"a target group that is none of the pair": {
			spoil: func(c *cloud) { c.move(weighted(c.blue, 9, c.other, 0)) },
			texts: []string{"forwards to target group other, too"},
		},
		"nothing that allows it": {
			spoil: func(c *cloud) {
				_, err := c.elb.RemoveTags(foreign(c.t), &elbv2.RemoveTagsInput{ResourceArns: []string{c.green}, TagKeys: []string{fleet.TagService}})
				must(c.t, err)
				c.tag("shop", c.listener)
			},
			texts: []string{"2 things stand in the way", "has no tag goldfinch:service", "aws elbv2 add-tags", "tagged goldfinch:service=shop"},
		},
		"a listener that allows nothing, of a rule that does": {
			changes: func(c *cloud) []func(*release.Document) {
				rule := c.newRule(2000, anyPath("/api/*"), forwardTo(c.blue))
				c.tag("echo", rule)
				c.move(forwardTo(c.other))
				_, err := c.elb.RemoveTags(foreign(c.t), &elbv2.RemoveTagsInput{ResourceArns: []string{c.listener}, TagKeys: []string{fleet.TagService}})
				must(c.t, err)
				return []func(*release.Document){byRule(rule)}
			},
			texts: []string{"listener/app/web/", "has no tag goldfinch:service"},
		},
		"another rule of the listener leads to the pair": {
			spoil: func(c *cloud) { c.newRule(7, anyPath("/x"), forwardTo(c.blue)) },
			texts: []string{"leads to a target group of the pair", "has no instances"},
		},
		"another listener leads to the pair": {
			spoil: func(c *cloud) { c.newListener(8443, forwardTo(c.blue)) },
			texts: []string{"leads to a target group of the pair", "redirect"},
		},
		"a rule for an audience is left": {
			spoil: func(c *cloud) {
				c.attach("2", c.green)
				_, err := c.target(ladder(staff)).Shift(foreign(c.t), forAudience(0, "staff", 0), mine(stable))
				must(c.t, err)
			},
			texts: []string{"audience staff"},
		},
		"sticky clients of an idle target group": {
			spoil: func(c *cloud) { c.move(sticky(weighted(c.blue, 1, c.green, 0))) },
			texts: []string{"is sticky and has target group green at weight 0", "AWSALBTG", "take that target group out"},
		},
		"targets that are kept by the application's cookie": {
			spoil: func(c *cloud) {
				c.attributes(c.green, "stickiness.enabled", "true", "stickiness.type", "app_cookie", "stickiness.app_cookie.cookie_name", "x")
			},
			texts: []string{"by the application's cookie", "lb_cookie"},
		},
		"sticky targets behind an action that is not": {
			spoil: func(c *cloud) {
				c.attributes(c.blue, "stickiness.enabled", "true", "stickiness.type", "lb_cookie")
			},
			texts: []string{"keeps clients at an instance", "TargetGroupStickinessConfig"},
		},
		"no version": {
			spoil: func(c *cloud) { c.detach(c.blue) },
			texts: []string{"no Auto Scaling group of service echo is attached to target group blue", "create-or-update-tags"},
		},
		"a version that follows the latest": {
			spoil: func(c *cloud) { c.groups[0].LaunchTemplate.Version = aws.String("$Latest") },
			texts: []string{"$Latest"},
		},
		"a version that is being replaced": {
			spoil: func(c *cloud) {
				c.refreshes = []autoscalingtypes.InstanceRefresh{{InstanceRefreshId: aws.String("r-7"), Status: autoscalingtypes.InstanceRefreshStatusBaking}}
			},
			texts: []string{"group echo-production-1 is being changed by instance refresh r-7, which is Baking", "cancel-instance-refresh"},
		},
		"two groups behind one target group": {
			spoil: func(c *cloud) {
				c.attach("2", c.green)
				c.groups[1].TargetGroupARNs = []string{c.blue}
			},
			texts: []string{"both attached to target group blue"},
		},
		"a group of the user's in the idle target group": {
			spoil: func(c *cloud) { c.attach("2", c.green) },
			texts: []string{"must be idle, and Goldfinch did not make it"},
		},
		"foreign targets in the idle target group": {
			spoil: func(c *cloud) { c.register(c.green, "i-stranger") },
			texts: []string{"i-stranger", "deregister them"},
		},
		"an image that does not exist": {
			changes: func(*cloud) []func(*release.Document) {
				return []func(*release.Document){func(d *release.Document) { d.Artifact.AMI = noImage }}
			},
			texts: []string{noImage, "does not exist"},
		},
		"checks that nothing leads to": {
			changes: func(*cloud) []func(*release.Document) {
				return []func(*release.Document){func(d *release.Document) { d.Verify = []release.Check{{}} }}
			},
			texts: []string{"no way leads to a version", "target.alb.test"},
		},
		"alarms that do not exist": {
			changes: func(*cloud) []func(*release.Document) {
				return []func(*release.Document){func(d *release.Document) { d.Analysis.Alarms = []string{"nobody-made-this"} }}
			},
			texts: []string{"nobody-made-this"},
		},
		"periods that CloudWatch does not have": {
			changes: func(*cloud) []func(*release.Document) {
				return []func(*release.Document){func(d *release.Document) {
					d.Analysis.Period = release.Duration(10 * time.Second)
					d.Analysis.Metrics = &release.Metrics{Errors: &release.ErrorMetric{}}
				}}
			},
			texts: []string{"analysis.period is 10s", "1m"},
		},
		"an audience that takes another rule's requests": {
			spoil: func(c *cloud) { c.newRule(1500, anyPath("/shop/*"), forwardTo(c.other)) },
			changes: func(*cloud) []func(*release.Document) {
				return []func(*release.Document){ladder(staff)}
			},
			texts: []string{"priorities 1000 to 1010, and another rule has 1500", "target.alb.audiencePriority: 1501"},
		},
		"an audience behind the rule": {
			spoil: func(c *cloud) {
				c.move(forwardTo(c.other))
				c.tag("echo", c.newRule(500, anyPath("/*"), forwardTo(c.blue)))
			},
			changes: func(c *cloud) []func(*release.Document) {
				return []func(*release.Document){ladder(staff), byRule(*c.rules()[0].RuleArn)}
			},
			texts: []string{"has 500, so that they are not asked before it", "audiencePriority: 1"},
		},
		"an audience for which there is no room": {
			spoil: func(c *cloud) {
				c.move(forwardTo(c.other))
				c.newRule(495, anyPath("/x"), forwardTo(c.other))
				c.tag("echo", c.newRule(500, anyPath("/*"), forwardTo(c.blue)))
			},
			changes: func(c *cloud) []func(*release.Document) {
				return []func(*release.Document){ladder(staff), byRule(*c.rules()[1].RuleArn)}
			},
			texts: []string{"move rules, so that 11 priorities are free"},
		},
		"more values than a rule has room for": {
			spoil: func(c *cloud) {
				c.move(forwardTo(c.other))
				c.tag("echo", c.newRule(20_000, anyPath("/a", "/b", "/c"), forwardTo(c.blue)))
			},
			changes: func(c *cloud) []func(*release.Document) {
				many := staff
				many.Match = release.Match{Header: &release.NamedValues{Name: "X-Team", Values: []string{"a*", "b*", "c*"}}}
				return []func(*release.Document){ladder(many), byRule(*c.rules()[0].RuleArn)}
			},
			texts: []string{"audience staff: 6 values are compared by one rule", "make two rungs"},
		},
		"two conditions of one kind": {
			spoil: func(c *cloud) {
				c.move(forwardTo(c.other))
				c.tag("echo", c.newRule(20_000, anyPath("/api/*"), forwardTo(c.blue)))
			},
			changes: func(c *cloud) []func(*release.Document) {
				return []func(*release.Document){byRule(*c.rules()[0].RuleArn), ladder(
					release.Audience{Name: "path", Match: release.Match{Path: []string{"/api/*?*?*", "/api/*?"}}},
					release.Audience{Name: "long", Match: release.Match{Cookie: &release.NamedValues{Name: "c", Values: []string{strings.Repeat("x", 120)}}}},
					release.Audience{Name: "longer", Match: release.Match{Header: &release.NamedValues{Name: "X", Values: []string{strings.Repeat("y", 129), "1", "2", "3"}}}},
				)}
			},
			texts: []string{"audience path: the users' rule has a condition of the same kind", "8 wildcards", "regular expression for cookie c", "129 characters", "4 values are compared by one condition"},
		},
		"signing in with a secret that AWS tells nobody": {
			spoil: func(c *cloud) {
				action := forwardTo(c.blue)
				action.Order = aws.Int32(2)
				c.newSecureListener(types.Action{Type: types.ActionTypeEnumAuthenticateOidc, Order: aws.Int32(1), AuthenticateOidcConfig: &types.AuthenticateOidcActionConfig{
					Issuer: aws.String("https://id.example.com"), ClientId: aws.String("c"), ClientSecret: aws.String("s"), AuthorizationEndpoint: aws.String("https://id.example.com/a"),
					TokenEndpoint: aws.String("https://id.example.com/t"), UserInfoEndpoint: aws.String("https://id.example.com/u"),
				}}, action)
			},
			changes: func(*cloud) []func(*release.Document) { return []func(*release.Document){header} },
			texts:   []string{"authenticate-oidc", "client secret", "no certificate is for the load balancer's own name"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := oneVersion(t)
			if test.spoil != nil {
				test.spoil(c)
			}
			var changes []func(*release.Document)
			if test.changes != nil {
				changes = test.changes(c)
			}
			_, err := c.target(changes...).Preflight(t.Context())
			expectKind(t, err, release.KindRefused, test.texts...)
			if writes := c.writes(); len(writes) != 0 {
				t.Errorf("wrote %v", writes)
			}
		})
	}
}

// newSecureListener puts a listener with HTTPS in the place of the users' one.
func (c *cloud) newSecureListener(actions ...types.Action) {
	c.t.Helper()
	_, err := c.elb.DeleteListener(foreign(c.t), &elbv2.DeleteListenerInput{ListenerArn: aws.String(c.listener)})
	must(c.t, err)
	output, err := c.elb.CreateListener(foreign(c.t), &elbv2.CreateListenerInput{
		LoadBalancerArn: aws.String(c.balancer), Protocol: types.ProtocolEnumHttps, Port: aws.Int32(443), DefaultActions: actions,
		Certificates: []types.Certificate{{CertificateArn: aws.String("arn:aws:acm:us-east-1:123456789012:certificate/0")}},
	})
	must(c.t, err)
	c.listener = *output.Listeners[0].ListenerArn
	c.tag("echo", c.listener)
}

// weightless is a load balancer whose default action gives nothing any weight, which AWS takes, and says nothing about.
type weightless struct {
	alb.LoadBalancingAPI
	*cloud
}

func (w weightless) DescribeRules(ctx context.Context, input *elbv2.DescribeRulesInput, options ...func(*elbv2.Options)) (*elbv2.DescribeRulesOutput, error) {
	output, err := w.LoadBalancingAPI.DescribeRules(ctx, input, options...)
	if err == nil {
		output.Rules[len(output.Rules)-1].Actions = []types.Action{weighted(w.blue, 0, w.green, 0)}
	}
	return output, err
}

func TestPreflightRefusesWeightsThatAreAll0(t *testing.T) {
	t.Parallel()
	c := oneVersion(t)
	_, err := c.targetOf(weightless{c.elb, c}).Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "gives no target group any weight: target group blue with weight 0, target group green with weight 0")
}

func TestPreflightNotes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil   func(c *cloud)
		changes []func(*release.Document)
		texts   []string
	}{
		"an unhealthy new version can take a zone out": {
			spoil: func(c *cloud) {
				c.attributes(c.blue, "target_group_health.dns_failover.minimum_healthy_targets.count", "2")
				c.attributes(c.green, "target_group_health.dns_failover.minimum_healthy_targets.percentage", "50")
			},
			texts: []string{"fewer than 2 of target group blue", "fewer than 50% of target group green", "leaves that zone out for every target group"},
		},
		"a slow start": {
			spoil: func(c *cloud) { c.attributes(c.green, "slow_start.duration_seconds", "60") },
			texts: []string{"green starts slowly: for 60 seconds"},
		},
		"instances of another version": {
			spoil: func(c *cloud) { c.groups[0].Instances[0].LaunchTemplate.Version = aws.String("7") },
			texts: []string{"1 of 1 instances of group echo-production-1 are not of its version 1 (i-00000001 of 7)", "compared with all of them"},
		},
		"a sticky action": {
			spoil: func(c *cloud) { c.move(sticky(forwardTo(c.blue))) },
			texts: []string{"keeps clients at their target group by a cookie for 3600 seconds", "everybody moves at once"},
		},
		"a pair that differs": {
			spoil: func(c *cloud) {
				_, err := c.elb.ModifyTargetGroup(foreign(c.t), &elbv2.ModifyTargetGroupInput{TargetGroupArn: aws.String(c.green), HealthCheckPath: aws.String("/health")})
				must(c.t, err)
			},
			texts: []string{"differ in their health check's path: / and /health"},
		},
		"what an earlier release left": {
			spoil: func(c *cloud) { c.attach("2", c.green); c.tagGroup("2", fleet.TagRelease, "r-0") },
			texts: []string{"group echo-production-2 of an earlier release is still attached to target group green"},
		},
		"who can be wrong about an audience": {
			changes: []func(*release.Document){ladder(
				release.Audience{Name: "home", Match: release.Match{Country: []string{"DE"}}}, release.Audience{Name: "office", Match: release.Match{Source: []string{"203.0.113.0/24"}}},
			)},
			texts: []string{"CloudFront-Viewer-Country", "writes it himself", "X-Forwarded-For"},
		},
		"a return does without alarms and checks": {
			changes: []func(*release.Document){func(d *release.Document) {
				d.Request.Version, d.Analysis.Alarms, d.Verify = "7", []string{"nobody-made-this"}, []release.Check{{}}
				d.Artifact = release.Artifact{}
			}},
			texts: []string{"nobody-made-this", "does without them"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := oneVersion(t)
			if test.spoil != nil {
				test.spoil(c)
			}
			found, err := c.target(test.changes...).Preflight(t.Context())
			must(t, err)
			notes := strings.Join(found.Notes, "\n")
			for _, text := range test.texts {
				if !strings.Contains(notes, text) {
					t.Errorf("no note says %q:\n%s", text, notes)
				}
			}
		})
	}
}

// TestPreflightMayNotRead says which permission is missing.
func TestPreflightMayNotRead(t *testing.T) {
	t.Parallel()
	c := oneVersion(t)
	c.next("elasticloadbalancing:DescribeTargetGroups", func() error {
		return &smithy.GenericAPIError{Code: "AccessDenied", Message: "not authorized to perform elasticloadbalancing:DescribeTargetGroups"}
	})
	_, err := c.target().Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "elasticloadbalancing:DescribeTargetGroups", "allow that action")
}
