package alb_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	localelb "github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/alb"
)

// The rungs of most tests.
var (
	staff  = release.Audience{Name: "staff", Match: release.Match{Header: &release.NamedValues{Name: "X-Team", Values: []string{"staff"}}}}
	beta   = release.Audience{Name: "beta", Match: release.Match{Cookie: &release.NamedValues{Name: "plan", Values: []string{"beta", "alpha"}}}, Share: 50}
	paying = release.Audience{Name: "paying", Match: release.Match{Query: &release.NamedValues{Name: "plan", Values: []string{"gold"}}}}
)

// ladder gives a document an audience.
func ladder(rungs ...release.Audience) func(*release.Document) {
	return func(document *release.Document) { document.Strategy.Audience = rungs }
}

// forAudience is a split for people up to a rung.
func forAudience(weight float64, name string, share float64) release.Split {
	return release.Split{Stable: "1", Canary: "2", Weight: weight, Audience: name, Share: share}
}

// shift moves traffic, and wants that to work.
func shift(t *testing.T, target *alb.Target, want release.Split, intended ...release.Split) {
	t.Helper()
	got, err := target.Shift(t.Context(), want, mine(append(intended, want)...))
	if err != nil || !got.Same(want) {
		t.Fatalf("shift to %v: got %v, %v", want, got, err)
	}
}

// bands are the rules of the listener before the default one: priority, audience or purpose, weights.
func (c *cloud) bands() []string {
	c.t.Helper()
	var lines []string
	for _, rule := range c.rules() {
		if aws.ToBool(rule.IsDefault) {
			continue
		}
		tags, err := c.elb.DescribeTags(foreign(c.t), &elbv2.DescribeTagsInput{ResourceArns: []string{*rule.RuleArn}})
		must(c.t, err)
		name := ""
		for _, tag := range tags.TagDescriptions[0].Tags {
			if *tag.Key == alb.TagAudience || *tag.Key == alb.TagPurpose {
				name = *tag.Value
			}
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s: %s", *rule.Priority, name, weightsOf(rule.Actions))))
	}
	return lines
}

func TestLadder(t *testing.T) {
	t.Parallel()
	c := twoVersions(t)
	target := c.target(ladder(staff, beta, paying))
	steps := []struct {
		want  release.Split
		rules []string
		main  string
		calls []string
	}{
		{forAudience(0, "staff", 0), []string{"1001 staff: green 1"}, "blue 1", []string{"CreateRule"}},
		{forAudience(0, "beta", 50), []string{"1001 staff: green 1", "1002 beta: blue 50, green 50"}, "blue 1", []string{"CreateRule"}},
		{forAudience(0, "paying", 0), []string{"1001 staff: green 1", "1002 beta: green 1", "1003 paying: green 1"}, "blue 1", []string{"ModifyRule", "CreateRule"}},
		{forAudience(10, "paying", 0), []string{"1001 staff: green 1", "1002 beta: green 1", "1003 paying: green 1"}, "blue 90, green 10", []string{"ModifyListener"}},
		{allToTwo, nil, "green 1", []string{"ModifyListener", "DeleteRule", "DeleteRule", "DeleteRule"}},
		{forAudience(20, "paying", 0), []string{"1001 staff: green 1", "1002 beta: green 1", "1003 paying: green 1"}, "blue 80, green 20", []string{"ModifyListener", "CreateRule", "CreateRule", "CreateRule"}},
		{stable, nil, "blue 1", []string{"ModifyListener", "DeleteRule", "DeleteRule", "DeleteRule"}},
	}
	intended := []release.Split{stable}
	for _, step := range steps {
		intended = append(intended, step.want)
		before := len(c.writes())
		shift(t, target, step.want, intended...)
		if got := c.bands(); !slices.Equal(got, step.rules) {
			t.Errorf("%v: the rules are %v, want %v", step.want, got, step.rules)
		}
		if got := weightsOf(c.actions("")); got != step.main {
			t.Errorf("%v: the default action is %s, want %s", step.want, got, step.main)
		}
		var calls []string
		for _, call := range c.writes()[before:] {
			calls = append(calls, strings.TrimPrefix(call, "elasticloadbalancing:"))
		}
		if !slices.Equal(calls, step.calls) {
			t.Errorf("%v took the calls %v, want %v", step.want, calls, step.calls)
		}
		again := len(c.writes())
		shift(t, target, step.want, intended...)
		if got := c.writes()[again:]; len(got) != 0 {
			t.Errorf("%v again wrote %v", step.want, got)
		}
	}
}

// TestLadderThatWasInterrupted ends a shift before each of its calls, and goes on, or back, as another process.
func TestLadderThatWasInterrupted(t *testing.T) {
	t.Parallel()
	died := errors.New("the process died")
	all := forAudience(20, "paying", 0)
	half := forAudience(0, "beta", 50)
	for name, way := range map[string]struct{ from, to release.Split }{
		"up":               {half, all},
		"promotion":        {all, allToTwo},
		"promotion at 50%": {half, allToTwo},
		"rollback":         {all, stable},
	} {
		for calls := range 6 {
			c := twoVersions(t)
			target := c.target(ladder(staff, beta, paying))
			shift(t, target, way.from, stable)
			made := 0
			guard := mine(stable, way.from, way.to)
			guard.Check = func(context.Context) error {
				if made++; made > calls {
					return died
				}
				return nil
			}
			_, err := target.Shift(t.Context(), way.to, guard)
			if err != nil && !errors.Is(err, died) {
				t.Fatalf("%s, %d calls: %v", name, calls, err)
			}
			for _, then := range []release.Split{way.to, stable} {
				shift(t, c.target(ladder(staff, beta, paying)), then, stable, way.from, way.to)
			}
			if got := c.bands(); len(got) != 0 {
				t.Errorf("%s, %d calls: rules are left: %v", name, calls, got)
			}
		}
	}
}

// route says which version a request reaches.
func (c *cloud) route(path string, header http.Header, source string) string {
	c.t.Helper()
	address, err := url.Parse(path)
	must(c.t, err)
	switch c.elb.Route(c.listener, localelb.Attributes{
		Method: http.MethodGet, Host: "app.example.com", Path: address.EscapedPath(), Query: address.Query(), Header: header, Source: netip.MustParseAddr(source),
	}, 0.999) {
	case c.blue:
		return "1"
	case c.green:
		return "2"
	default:
		return "other"
	}
}

func TestWhoIsInAnAudience(t *testing.T) {
	t.Parallel()
	type request struct{ path, header, value, source string }
	named := func(name string, values ...string) *release.NamedValues {
		return &release.NamedValues{Name: name, Values: values}
	}
	tests := map[string]struct {
		match   release.Match
		in, out []request
	}{
		"header": {
			release.Match{Header: named("X-Team", "staff", "qa-*")},
			[]request{{header: "X-Team", value: "staff"}, {header: "x-team", value: "QA-7"}},
			[]request{{}, {header: "X-Team", value: "staffing"}, {header: "X-Other", value: "staff"}},
		},
		"cookie": {
			release.Match{Cookie: named("plan", "beta", "a.b")},
			[]request{{header: "Cookie", value: "plan=beta"}, {header: "Cookie", value: "x=1; plan=beta"}, {header: "Cookie", value: "plan=a.b; y=2"}, {header: "Cookie", value: "x=1;plan=beta;y=2"}},
			[]request{
				{}, {header: "Cookie", value: "plan=betamax"}, {header: "Cookie", value: "myplan=beta"}, {header: "Cookie", value: "x=plan=beta"},
				{header: "Cookie", value: "plan=axb"}, {header: "Cookie", value: "plan="}, {header: "Cookie", value: "plan=gold; note=beta"},
			},
		},
		"query": {
			release.Match{Query: named("plan", "gold", "pl*")},
			[]request{{path: "/?plan=gold"}, {path: "/x?a=1&plan=platinum"}},
			[]request{{path: "/?plan=silver"}, {path: "/?other=gold"}, {path: "/gold"}},
		},
		"path": {
			release.Match{Path: []string{"/beta/*", "/new"}},
			[]request{{path: "/beta/x"}, {path: "/new"}},
			[]request{{path: "/"}, {path: "/newer"}, {path: "/alpha/beta/"}},
		},
		"source": {
			release.Match{Source: []string{"203.0.113.0/24", "2001:db8::/32"}},
			[]request{{source: "203.0.113.9"}, {source: "2001:db8::1"}},
			[]request{{source: "203.0.114.9"}, {header: "X-Forwarded-For", value: "203.0.113.9"}},
		},
		"country": {
			release.Match{Country: []string{"DE", "AT"}},
			[]request{{header: "CloudFront-Viewer-Country", value: "AT"}},
			[]request{{header: "CloudFront-Viewer-Country", value: "FR"}, {}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := twoVersions(t)
			shift(t, c.target(ladder(release.Audience{Name: "some", Match: test.match})), forAudience(0, "some", 0), stable)
			for version, requests := range map[string][]request{"2": test.in, "1": test.out} {
				for _, r := range requests {
					header := http.Header{}
					if r.header != "" {
						header.Set(r.header, r.value)
					}
					if r.path == "" {
						r.path = "/"
					}
					if r.source == "" {
						r.source = "198.51.100.1"
					}
					if got := c.route(r.path, header, r.source); got != version {
						t.Errorf("%+v reached version %s, want %s", r, got, version)
					}
				}
			}
		})
	}
}

// TestAudienceOfARule has an audience only of those requests that the rule is for.
func TestAudienceOfARule(t *testing.T) {
	t.Parallel()
	c := twoVersions(t)
	c.move(forwardTo(c.other))
	api := []types.RuleCondition{{Field: aws.String("path-pattern"), PathPatternConfig: &types.PathPatternConditionConfig{Values: []string{"/api/*"}}}}
	rule := c.newRule(2000, api, forwardTo(c.blue))
	admin := c.newRule(900, []types.RuleCondition{{Field: aws.String("path-pattern"), Values: []string{"/api/admin"}}}, forwardTo(c.other))
	target := c.target(ladder(staff), byRule(rule))
	shift(t, target, forAudience(10, "staff", 0), stable)
	team := http.Header{"X-Team": {"staff"}}
	for path, want := range map[string]string{"/api/x": "2", "/api/admin": "other", "/": "other"} {
		if got := c.route(path, team, "198.51.100.1"); got != want {
			t.Errorf("staff reached %s at %s, want %s", got, path, want)
		}
	}
	if got := c.bands(); !slices.Equal(got, []string{"900 : other 1", "1001 staff: green 1", "2000 : blue 90, green 10"}) {
		t.Errorf("the rules are %v", got)
	}
	// Somebody moves the rule before those of audiences, so that these are never asked.
	_, err := c.elb.SetRulePriorities(foreign(t), &elbv2.SetRulePrioritiesInput{RulePriorities: []types.RulePriorityPair{{RuleArn: &rule, Priority: aws.Int32(5)}}})
	must(t, err)
	_, err = target.Shift(t.Context(), forAudience(20, "staff", 0), mine(forAudience(10, "staff", 0), forAudience(20, "staff", 0)))
	expectKind(t, err, release.KindConflict, "priority 5", "moved it")
	shift(t, target, stable, forAudience(10, "staff", 0), forAudience(20, "staff", 0)) // going back works
	if weightsOf(c.actions(admin)) != "other 1" {
		t.Error("a foreign rule was changed")
	}
}

// TestAudienceBehindAFlag leaves those out whom a load balancer can't tell apart: the service asks AppConfig about them.
func TestAudienceBehindAFlag(t *testing.T) {
	t.Parallel()
	c := twoVersions(t)
	flagged := release.Audience{Name: "flagged", Match: release.Match{Flag: &release.FlagMatch{Flag: "new", Variant: "on", Rule: "(eq $plan \"x\")"}}}
	got, err := c.target(ladder(staff, flagged)).Shift(t.Context(), forAudience(0, "flagged", 50), mine(stable))
	if err != nil || !got.Same(forAudience(0, "staff", 0)) {
		t.Errorf("got %v, %v", got, err)
	}
	got, err = c.target(ladder(flagged)).Shift(t.Context(), forAudience(0, "flagged", 0), mine(stable, forAudience(0, "staff", 0)))
	if err != nil || !got.Same(stable) {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestAudienceOfAnEarlierRelease is taken away by the release that supersedes it.
func TestAudienceOfAnEarlierRelease(t *testing.T) {
	t.Parallel()
	c := twoVersions(t)
	shift(t, c.target(ladder(staff, paying)), forAudience(20, "paying", 0), stable)
	expectSplit(t, c, forAudience(20, "paying", 0))
	shift(t, c.target(), stable, forAudience(20, "paying", 0))
	if got := c.bands(); len(got) != 0 {
		t.Errorf("rules are left: %v", got)
	}
}
