package release

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// What a rule of an Application Load Balancer allows
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html,
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html).
const (
	mostRuleValues    = 5
	mostRuleWildcards = 5
	// mostComparisons is how many pieces of text one condition compares with.
	mostComparisons   = 3
	longestHeaderName = 40
	longestRuleText   = 128
	mostPriority      = 49900
)

// headerPattern is a header's name, as HTTP has it
// (https://www.rfc-editor.org/rfc/rfc9110#name-tokens) but for the asterisk, which would be a wildcard.
var headerPattern = regexp.MustCompile("^[A-Za-z0-9!#$%&'+.^_`|~-]+$")

func (v *validation) alb(target ALBTarget) {
	const path = "target.alb"
	listener, found := v.balancerARN(path+".listener", target.Listener, "listener")
	if target.Rule != "" || v.source.Has(path+".rule") {
		rule, ok := v.balancerARN(path+".rule", target.Rule, "listener-rule")
		if ok && found && (rule.region != listener.region || rule.account != listener.account || !strings.HasPrefix(rule.of, listener.of+"/")) {
			v.reject(path+".rule", target.Rule, "name a rule of target.alb.listener, or leave it out for the default action", "is a rule of another listener")
		}
	}
	v.targetGroups(path+".targetGroups", target.TargetGroups, listener, found)
	if target.Test != nil {
		v.albTest(path+".test", *target.Test, target.Listener, listener, found)
	}
	if len(v.given.Verify) > 0 && target.Test == nil {
		v.reject("verify", nil, "give target.alb.test a listener, or a header and its value", "no way leads to a version that has no traffic, so the checks are made on none")
	}
	v.number(path+".audiencePriority", target.AudiencePriority, 1, mostPriority)
}

// targetGroups checks the pair that versions take turns in.
func (v *validation) targetGroups(list string, groups []string, listener arn, known bool) {
	if len(groups) != 2 {
		const hint = "name two: one has the stable version, the other is idle"
		if len(groups) == 0 {
			v.missing(list, nil, hint)
		} else {
			v.reject(list, amount(len(groups), "target groups"), hint, "must be a pair")
		}
	}
	var parsed []arn
	for i, group := range groups {
		path := fmt.Sprintf("%s[%d]", list, i)
		found, ok := v.balancerARN(path, group, "targetgroup")
		switch {
		case !ok:
		case i > 0 && groups[i-1] == group:
			v.reject(path, group, "name the other one", "is the same target group twice")
		case known:
			v.together(path, group, found, "target.alb.listener", listener)
		case len(parsed) > 0:
			v.together(path, group, found, list+"[0]", parsed[0])
		}
		if ok {
			parsed = append(parsed, found)
		}
	}
}

// albTest checks the way to a version without traffic: a listener, or a header with its value.
func (v *validation) albTest(path string, test ALBTest, users string, listener arn, known bool) {
	byListener := test.Listener != "" || v.source.Has(path+".listener")
	byHeader := test.Header != "" || test.Value != "" || v.source.Has(path+".header") || v.source.Has(path+".value")
	switch {
	case byListener && byHeader:
		v.reject(path, nil, "give one of them", "listener and header exclude each other")
	case byListener:
		found, ok := v.balancerARN(path+".listener", test.Listener, "listener")
		switch {
		case !ok:
		case test.Listener == users:
			v.reject(path+".listener", test.Listener, "name another listener, or give a header and its value", "is the listener that users come to")
		case known && (found.balancer() != listener.balancer() || found.region != listener.region || found.account != listener.account):
			v.reject(path+".listener", test.Listener, "name a listener of the load balancer of target.alb.listener",
				"is a listener of another load balancer, and a target group can be behind one only")
		}
	case byHeader:
		v.headerName(path+".header", test.Header)
		v.ruleText(path+".value", test.Value)
		if strings.ContainsAny(test.Value, "*?") {
			v.reject(path+".value", test.Value, "write a text that nobody guesses", "has a wildcard, by which users may reach the new version before it is tested")
		}
	default:
		v.reject(path, nil, "give a listener, or a header and its value", "leads to no version")
	}
	v.checkURL(path+".url", test.URL)
}

// headerName checks the name of a header that a rule looks at.
func (v *validation) headerName(path, name string) {
	switch {
	case name == "":
		v.missing(path, name, "give the name of a header, such as X-Canary")
	case strings.EqualFold(name, "host"):
		v.reject(path, name, "use another header", "is a header that a rule can't look at by its name")
	case strings.ContainsAny(name, "*?"):
		v.reject(path, name, "write the whole name", "must have no wildcards")
	case len(name) > longestHeaderName || !headerPattern.MatchString(name):
		v.reject(path, name, fmt.Sprintf("use 1 to %d letters, digits and hyphens", longestHeaderName), "is not the name of a header that a rule can look at")
	}
}

// ruleText checks a piece of text that a rule compares with.
func (v *validation) ruleText(path, text string) {
	switch {
	case text == "":
		v.missing(path, text, "give the text that the request has")
	case len(text) > longestRuleText:
		v.reject(path, text, "", "has more than the %d characters that a rule has room for", longestRuleText)
	case !isPrintable(text):
		v.reject(path, text, "use letters, digits and signs of ASCII", "has characters that a rule can't compare")
	}
}

// isPrintable reports whether text is ASCII without control characters.
func isPrintable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}

// checkURL checks where checks go; empty stands for the default.
func (v *validation) checkURL(path, text string) {
	if text == "" && !v.source.Has(path) {
		return
	}
	parsed, err := url.Parse(text)
	switch hint := "write https://HOST or http://HOST:PORT"; {
	case err != nil, parsed.Scheme != "http" && parsed.Scheme != "https", parsed.Hostname() == "":
		v.reject(path, text, hint, "is not an address that checks can go to")
	case parsed.User != nil, parsed.RawQuery != "", parsed.Fragment != "":
		v.reject(path, text, hint, "must have no user, query or fragment")
	}
}
