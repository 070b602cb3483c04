package elasticloadbalancingv2

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// Attributes are what rules look at in a request.
type Attributes struct {
	Method string
	// Host is the Host header; a port in it doesn't count.
	Host string
	// Path begins with "/".
	Path  string
	Query url.Values
	// Header has canonical keys, as [http.Header.Set] makes them. Cookies are in its "Cookie".
	Header http.Header
	// Source is the address of the peer: not what X-Forwarded-For says.
	Source netip.Addr
}

// attributesOf reads a request.
func attributesOf(r *http.Request) Attributes {
	read := Attributes{Method: r.Method, Host: r.Host, Path: r.URL.EscapedPath(), Query: r.URL.Query(), Header: r.Header}
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		read.Source = peer.Addr().Unmap()
	}
	return read
}

// matches reports whether a request fulfils every condition of a rule.
func (a Attributes) matches(conditions []types.RuleCondition) bool {
	return !slices.ContainsFunc(conditions, func(condition types.RuleCondition) bool { return !a.fulfils(condition) })
}

// fulfils reports whether a request fulfils one of a condition's values. Only
// paths and methods are compared by case.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
func (a Attributes) fulfils(condition types.RuleCondition) bool {
	switch *condition.Field {
	case hostField:
		return anyMatch(condition.HostHeaderConfig.Values, hostname(a.Host))
	case pathField:
		return slices.ContainsFunc(condition.PathPatternConfig.Values, func(pattern string) bool { return wild(pattern, a.Path) })
	case methodField:
		return slices.Contains(condition.HttpRequestMethodConfig.Values, a.Method)
	case sourceField:
		return slices.ContainsFunc(condition.SourceIpConfig.Values, func(network string) bool {
			prefix, err := netip.ParsePrefix(network)
			return err == nil && prefix.Contains(a.Source)
		})
	case headerField:
		values := a.Header.Values(*condition.HttpHeaderConfig.HttpHeaderName)
		if byExpression(condition) {
			return slices.ContainsFunc(values, func(value string) bool { return anyExpression(condition.HttpHeaderConfig.RegexValues, value) })
		}
		return slices.ContainsFunc(values, func(value string) bool { return anyMatch(condition.HttpHeaderConfig.Values, value) })
	default: // queryField
		return slices.ContainsFunc(condition.QueryStringConfig.Values, a.asks)
	}
}

// asks reports whether the query has the pair; without a key, the value of any.
func (a Attributes) asks(pair types.QueryStringKeyValuePair) bool {
	for key, values := range a.Query {
		if (pair.Key == nil || like(*pair.Key, key)) && slices.ContainsFunc(values, func(value string) bool { return like(*pair.Value, value) }) {
			return true
		}
	}
	return false
}

func anyMatch(patterns []string, value string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return like(pattern, value) })
}

// anyExpression reports whether one of the regular expressions matches a part of a
// value. Whether AWS wants a whole value to match is not documented: expressions
// that say both ends mean the same either way.
func anyExpression(expressions []string, value string) bool {
	return slices.ContainsFunc(expressions, func(expression string) bool {
		matched, err := regexp.MatchString(expression, value)
		return err == nil && matched
	})
}

// like is wild without regard to case.
func like(pattern, value string) bool {
	return wild(strings.ToLower(pattern), strings.ToLower(value))
}

// wild reports whether a value has the form of a pattern, in which '*' is any
// number of characters, '?' is one, and '\' takes the meaning from the next.
// It remembers the last '*' only, so it takes len(pattern)·len(value) steps at most.
func wild(pattern, value string) bool {
	at, star, resume := 0, -1, 0
	for i := 0; i < len(value); {
		switch {
		case at < len(pattern) && pattern[at] == '*':
			star, resume = at, i
			at++
			continue
		case at < len(pattern) && pattern[at] == '?':
			at++
			i++
			continue
		case at < len(pattern):
			width := 1
			if pattern[at] == '\\' && at+1 < len(pattern) {
				width = 2
			}
			if pattern[at+width-1] == value[i] {
				at += width
				i++
				continue
			}
		}
		if star < 0 {
			return false
		}
		resume++
		at, i = star+1, resume
	}
	return strings.Trim(pattern[at:], "*") == ""
}

// countWildcards counts the wildcards of a pattern.
func countWildcards(pattern string) int {
	count := 0
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '*', '?':
			count++
		}
	}
	return count
}

// hostname is a host without its port.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// ruleFor is the first rule of a listener that a request fulfils; nil when there is no such listener.
func (b *books) ruleFor(listenerARN string, request Attributes) *rule {
	for _, r := range b.ordered[listenerARN] {
		if r.Default || request.matches(r.Conditions) {
			return r
		}
	}
	return nil
}

// pick is the target group that a random number in [0, 1) draws: each has its
// weight's share. A group that a sticky client holds stays its own, whatever its
// weight is, as long as the action names it. A group's health plays no part:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html
func pick(forward *types.ForwardActionConfig, held string, random float64) string {
	if aws.ToBool(forward.TargetGroupStickinessConfig.Enabled) && held != "" {
		for _, group := range forward.TargetGroups {
			if *group.TargetGroupArn == held {
				return held
			}
		}
	}
	sum := int32(0)
	for _, group := range forward.TargetGroups {
		sum += *group.Weight
	}
	at := random * float64(sum)
	chosen := ""
	for _, group := range forward.TargetGroups {
		if *group.Weight == 0 {
			continue
		}
		chosen = *group.TargetGroupArn
		if at -= float64(*group.Weight); at < 0 {
			break
		}
	}
	return chosen
}

// Route says to which target group a listener would forward a request, where
// random in [0, 1) draws among weighted groups; empty when the listener does not
// exist or answers by itself. A client that holds the cookie AWSALBTG is sticky.
func (s *Service) Route(listenerARN string, request Attributes, random float64) (targetGroupARN string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.books.ruleFor(listenerARN, request)
	if r == nil {
		return ""
	}
	action := r.Actions[len(r.Actions)-1]
	if action.Type != types.ActionTypeEnumForward {
		return ""
	}
	return pick(action.ForwardConfig, s.heldGroup(request.Header), random)
}
