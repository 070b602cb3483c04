package elasticloadbalancingv2_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
)

func header(name string, values ...string) types.RuleCondition {
	return types.RuleCondition{Field: aws.String("http-header"), HttpHeaderConfig: &types.HttpHeaderConditionConfig{HttpHeaderName: &name, Values: values}}
}

// expression is a condition of regular expressions.
func expression(name string, expressions ...string) types.RuleCondition {
	condition := header(name)
	condition.HttpHeaderConfig.RegexValues = expressions
	return condition
}

func path(values ...string) types.RuleCondition {
	return types.RuleCondition{Field: aws.String("path-pattern"), PathPatternConfig: &types.PathPatternConditionConfig{Values: values}}
}

func host(values ...string) types.RuleCondition {
	return types.RuleCondition{Field: aws.String("host-header"), HostHeaderConfig: &types.HostHeaderConditionConfig{Values: values}}
}

func method(values ...string) types.RuleCondition {
	return types.RuleCondition{Field: aws.String("http-request-method"), HttpRequestMethodConfig: &types.HttpRequestMethodConditionConfig{Values: values}}
}

func source(values ...string) types.RuleCondition {
	return types.RuleCondition{Field: aws.String("source-ip"), SourceIpConfig: &types.SourceIpConditionConfig{Values: values}}
}

// query is a condition of keys and values in turn; an empty key is none.
func query(pairs ...string) types.RuleCondition {
	config := &types.QueryStringConditionConfig{}
	for i := 0; i < len(pairs); i += 2 {
		pair := types.QueryStringKeyValuePair{Value: &pairs[i+1]}
		if pairs[i] != "" {
			pair.Key = &pairs[i]
		}
		config.Values = append(config.Values, pair)
	}
	return types.RuleCondition{Field: aws.String("query-string"), QueryStringConfig: config}
}

func TestConditionsMatch(t *testing.T) {
	t.Parallel()
	request := func(change func(*elasticloadbalancingv2.Attributes)) elasticloadbalancingv2.Attributes {
		a := elasticloadbalancingv2.Attributes{
			Method: "GET", Host: "Shop.example:8080", Path: "/Cart/1", Query: url.Values{"Plan": {"free", "Gold"}},
			Header: http.Header{"Cookie": {"a=1; canary=1; b=2"}, "X-Team": {"red", "Blue"}}, Source: netip.MustParseAddr("10.1.2.3"),
		}
		if change != nil {
			change(&a)
		}
		return a
	}
	for name, test := range map[string]struct {
		conditions []types.RuleCondition
		request    elasticloadbalancingv2.Attributes
		want       bool
	}{
		"host without case and port":       {[]types.RuleCondition{host("shop.EXAMPLE")}, request(nil), true},
		"host with wildcards":              {[]types.RuleCondition{host("*.example")}, request(nil), true},
		"another host":                     {[]types.RuleCondition{host("*.example.com")}, request(nil), false},
		"a host without a port":            {[]types.RuleCondition{host("x")}, request(func(a *elasticloadbalancingv2.Attributes) { a.Host = "X" }), true},
		"path":                             {[]types.RuleCondition{path("/Cart/?")}, request(nil), true},
		"paths know case":                  {[]types.RuleCondition{path("/cart/?")}, request(nil), false},
		"a question mark is one":           {[]types.RuleCondition{path("/Cart/??")}, request(nil), false},
		"stars go back":                    {[]types.RuleCondition{path("/*/*1")}, request(func(a *elasticloadbalancingv2.Attributes) { a.Path = "/a/b/1/01" }), true},
		"any of the values":                {[]types.RuleCondition{path("/x", "/Cart/*")}, request(nil), true},
		"a star that is meant":             {[]types.RuleCondition{path(`/\*`)}, request(func(a *elasticloadbalancingv2.Attributes) { a.Path = "/x" }), false},
		"method":                           {[]types.RuleCondition{method("POST", "GET")}, request(nil), true},
		"methods know case":                {[]types.RuleCondition{method("GET")}, request(func(a *elasticloadbalancingv2.Attributes) { a.Method = "get" }), false},
		"source":                           {[]types.RuleCondition{source("192.0.2.0/24", "10.1.0.0/16")}, request(nil), true},
		"a source is the peer":             {[]types.RuleCondition{source("10.2.0.0/16")}, request(func(a *elasticloadbalancingv2.Attributes) { a.Header.Set("X-Forwarded-For", "10.2.0.1") }), false},
		"header without case":              {[]types.RuleCondition{header("x-team", "BLUE")}, request(nil), true},
		"cookie by wildcards":              {[]types.RuleCondition{header("Cookie", "*canary=1*")}, request(nil), true},
		"cookie by an expression":          {[]types.RuleCondition{expression("Cookie", "^(.*; *)?canary=(0|1)(;.*)?$")}, request(nil), true},
		"a part of another cookie's value": {[]types.RuleCondition{expression("Cookie", "nothing", "^(.*; *)?anary=1(;.*)?$")}, request(nil), false},
		"a header that is missing":         {[]types.RuleCondition{header("X-Plan", "*")}, request(nil), false},
		"query by key and value":           {[]types.RuleCondition{query("plan", "gold")}, request(nil), true},
		"query by value":                   {[]types.RuleCondition{query("", "g*")}, request(nil), true},
		"another value of the key":         {[]types.RuleCondition{query("plan", "silver")}, request(nil), false},
		"every condition":                  {[]types.RuleCondition{host("shop.example"), method("GET"), header("X-Team", "red"), header("Cookie", "a=1*")}, request(nil), true},
		"every condition but one":          {[]types.RuleCondition{host("shop.example"), method("PUT")}, request(nil), false},
		"a pattern that is longer":         {[]types.RuleCondition{path("/Cart/1/x")}, request(nil), false},
		"a backslash at the end is plain":  {[]types.RuleCondition{path(`/Cart/1\`)}, request(func(a *elasticloadbalancingv2.Attributes) { a.Path = `/Cart/1\` }), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			stable, canary := w.group("stable"), w.group("canary")
			listener := w.listener(forward(0, stable, 1))
			w.rule(listener, 10, test.conditions, forward(0, canary, 1))
			want := stable
			if test.want {
				want = canary
			}
			if got := w.Route(listener, test.request, 0); got != want {
				t.Errorf("routed to %s", got)
			}
		})
	}
}

func TestRouteDrawsByWeightAndKeepsStickyClients(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b, c := w.group("a", "i-1"), w.group("b"), w.group("c")
	listener := w.listener(forward(0, a, 1, b, 0, c, 999))
	for random, want := range map[float64]string{0: a, 0.00099: a, 0.001: c, 0.5: c, 0.999999999999: c} {
		if got := w.Route(listener, elasticloadbalancingv2.Attributes{}, random); got != want {
			t.Errorf("%v was routed to %s, want %s", random, got, want)
		}
	}
	w.rule(listener, 1, []types.RuleCondition{path("/fixed")}, []types.Action{{
		Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: aws.String("200")},
	}})
	if got := w.Route(listener, elasticloadbalancingv2.Attributes{Path: "/fixed"}, 0); got != "" {
		t.Errorf("a fixed response was routed to %s", got)
	}
	if got := w.Route("unknown", elasticloadbalancingv2.Attributes{}, 0); got != "" {
		t.Errorf("an unknown listener was routed to %s", got)
	}
	if id, port, ok := w.Next(a); id != "i-1" || port != 80 || !ok {
		t.Errorf("next is %s:%d, %v", id, port, ok)
	}
	for _, none := range []string{b, "unknown"} {
		if id, _, ok := w.Next(none); ok {
			t.Errorf("next of %s is %s", none, id)
		}
	}
}

func TestRulesAreTriedByPriority(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	groups := []string{w.group("a"), w.group("b"), w.group("c")}
	listener := w.listener(forward(0, groups[0], 1))
	first := w.rule(listener, 10, []types.RuleCondition{path("/*")}, forward(0, groups[1], 1))
	second := w.rule(listener, 20, []types.RuleCondition{path("/*")}, forward(0, groups[2], 1))
	routed := func(want string) {
		t.Helper()
		if got := w.Route(listener, elasticloadbalancingv2.Attributes{Path: "/x"}, 0); got != want {
			t.Errorf("routed to %s, want %s", got, want)
		}
	}
	routed(groups[1])
	_, err := w.SetRulePriorities(t.Context(), &sdk.SetRulePrioritiesInput{RulePriorities: []types.RulePriorityPair{
		{RuleArn: &first, Priority: aws.Int32(20)}, {RuleArn: &second, Priority: aws.Int32(10)},
	}})
	w.must(err)
	routed(groups[2])
	out, err := w.DescribeRules(t.Context(), &sdk.DescribeRulesInput{ListenerArn: &listener})
	w.must(err)
	var order []string
	for _, r := range out.Rules {
		order = append(order, *r.Priority)
	}
	if diff := cmp.Diff([]string{"10", "20", "default"}, order); diff != "" {
		t.Error(diff)
	}
	_, err = w.DeleteRule(t.Context(), &sdk.DeleteRuleInput{RuleArn: &second})
	w.must(err)
	routed(groups[1])
}

func TestAListenerAnswersByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fixed := []types.Action{{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{
		StatusCode: aws.String("503"), ContentType: aws.String("application/json"), MessageBody: aws.String(`{"closed":true}`),
	}}}
	listener := w.listener(fixed)
	redirect := func(priority int32, at string, config types.RedirectActionConfig) {
		w.rule(listener, priority, []types.RuleCondition{path(at)}, []types.Action{{Type: types.ActionTypeEnumRedirect, RedirectConfig: &config}})
	}
	redirect(1, "/old/*", types.RedirectActionConfig{StatusCode: types.RedirectActionStatusCodeEnumHttp301, Path: aws.String("/new/#{path}"), Query: aws.String("#{query}&x=1")})
	redirect(2, "/secure", types.RedirectActionConfig{StatusCode: types.RedirectActionStatusCodeEnumHttp302, Protocol: aws.String("HTTPS"), Port: aws.String("443"), Host: aws.String("www.#{host}")})
	for _, test := range []struct {
		url, location, body string
		status              int
	}{
		{"http://shop.example/", "", `{"closed":true}`, 503},
		{"http://shop.example:8080/old/a?b=c", "http://shop.example:8080/new/old/a?b=c&x=1", "", 301},
		{"http://shop.example/secure", "https://www.shop.example/secure", "", 302},
	} {
		answer := httptest.NewRecorder()
		w.Handler(listener).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, test.url, nil))
		if answer.Code != test.status || answer.Header().Get("Location") != test.location || answer.Body.String() != test.body {
			t.Errorf("%s: %d %q %s", test.url, answer.Code, answer.Header().Get("Location"), answer.Body)
		}
	}
	counted := w.recorded()
	if names := counted[0].Metrics(); counted[0].BalancerStatus != 503 || len(names) != 2 || counted[0].TargetGroup != "" {
		t.Errorf("a fixed response counts as %+v, %+v", counted[0], names)
	}
}

func TestNobodyIsSignedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.instance("i-1", nil)
	group := w.group("stable", "i-1")
	balancer := w.balancer("edge")
	oidc := func(behaviour types.AuthenticateOidcActionConditionalBehaviorEnum) types.Action {
		return types.Action{Order: aws.Int32(1), Type: types.ActionTypeEnumAuthenticateOidc, AuthenticateOidcConfig: &types.AuthenticateOidcActionConfig{
			AuthorizationEndpoint: aws.String("https://id.example/authorize"), OnUnauthenticatedRequest: behaviour,
		}}
	}
	final := forward(0, group, 1)[0]
	final.Order = aws.Int32(2)
	out, err := w.CreateListener(t.Context(), &sdk.CreateListenerInput{
		LoadBalancerArn: &balancer, Port: aws.Int32(443), Protocol: types.ProtocolEnumHttps, DefaultActions: []types.Action{final, oidc("")},
		Certificates: []types.Certificate{{CertificateArn: aws.String("arn:aws:acm:us-east-1:123456789012:certificate/1")}}, SslPolicy: aws.String("ELBSecurityPolicy-2016-08"),
	})
	w.must(err)
	listener := *out.Listeners[0].ListenerArn
	if kinds := out.Listeners[0].DefaultActions; kinds[0].Type != types.ActionTypeEnumAuthenticateOidc || kinds[1].Type != types.ActionTypeEnumForward {
		t.Errorf("actions are not in their order: %v", kinds)
	}
	cognito := types.Action{Order: aws.Int32(1), Type: types.ActionTypeEnumAuthenticateCognito, AuthenticateCognitoConfig: &types.AuthenticateCognitoActionConfig{UserPoolDomain: aws.String("pool.example")}}
	token := types.Action{Order: aws.Int32(1), Type: types.ActionTypeEnumJwtValidation, JwtValidationConfig: &types.JwtValidationActionConfig{}}
	for _, test := range []struct {
		action   types.Action
		status   int
		location string
	}{
		{oidc("authenticate"), 302, "https://id.example/authorize"},
		{oidc("deny"), 401, ""},
		{oidc("allow"), 200, ""},
		{cognito, 302, "https://pool.example/oauth2/authorize"},
		{token, 401, ""},
	} {
		w.shift(listener, []types.Action{test.action, final})
		answer := httptest.NewRecorder()
		w.Handler(listener).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
		if answer.Code != test.status || answer.Header().Get("Location") != test.location {
			t.Errorf("%s: %d to %q", test.action.Type, answer.Code, answer.Header().Get("Location"))
		}
	}
}

func TestConditionsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	group := w.group("stable")
	listener := w.listener(forward(0, group, 1))
	regex := path("/x")
	regex.RegexValues = []string{"x"}
	hostRegex, headerRegex, pathRegex := host("x"), header("X-A", "x"), path("/x")
	hostRegex.HostHeaderConfig.RegexValues, headerRegex.HttpHeaderConfig.RegexValues, pathRegex.PathPatternConfig.RegexValues = []string{"x"}, []string{"x"}, []string{"x"}
	headerBroken := expression("X-A", "(")
	both := path("/x")
	both.Values = []string{"/y"}
	noValue := query("a", "b")
	noValue.QueryStringConfig.Values[0].Value = nil
	typed := source("10.0.0.0/8")
	typed.SourceIpConfig.IpAddressType = types.SourceIpAddressTypeEnumIpv4
	field := func(name string, values ...string) types.RuleCondition {
		return types.RuleCondition{Field: &name, Values: values}
	}
	for name, conditions := range map[string][]types.RuleCondition{
		"none":                        {},
		"an unknown field":            {field("cookie", "x")},
		"values of another field":     {field("http-header", "x")},
		"two values in Values":        {field("path-pattern", "/x", "/y")},
		"values in both places":       {both},
		"a path without value":        {path()},
		"a host without value":        {field("host-header")},
		"a header without config":     {field("http-header")},
		"a query without config":      {field("query-string")},
		"a method without config":     {field("http-request-method")},
		"a source without config":     {field("source-ip")},
		"a wrong method":              {method("get")},
		"a source that is no network": {source("10.0.0.1")},
		"the header Host":             {header("host", "x")},
		"a wildcard in a header name": {header("X-*", "x")},
		"a long header name":          {header(strings.Repeat("x", 41), "x")},
		"a long value":                {path("/" + strings.Repeat("x", 128))},
		"a long key":                  {query(strings.Repeat("x", 129), "x")},
		"a query without value":       {noValue},
		"two paths":                   {path("/x"), path("/y")},
		"two sources":                 {source("10.0.0.0/8"), source("11.0.0.0/8")},
		"four strings":                {path("/1", "/2", "/3", "/4")},
		"six values":                  {path("/1", "/2", "/3"), host("1", "2", "3")},
		"six wildcards":               {path("/*?*", "/*?*")},
		"regular expressions":         {regex},
		"expressions in a host":       {hostRegex},
		"values and expressions":      {headerRegex},
		"a broken expression":         {headerBroken},
		"expressions in a path":       {pathRegex},
		"an address type":             {typed},
	} {
		_, err := w.CreateRule(t.Context(), &sdk.CreateRuleInput{ListenerArn: &listener, Priority: aws.Int32(1), Conditions: conditions, Actions: forward(0, group, 1)})
		if err == nil {
			t.Errorf("%s was accepted", name)
			continue
		}
		refused(t, err, "ValidationError")
	}
	five := []types.RuleCondition{source("10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8"), field("path-pattern", `/*?*?*\*`)}
	w.rule(listener, 1, five, forward(time.Hour, group, 1))
}
