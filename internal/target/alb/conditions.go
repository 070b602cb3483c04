package alb

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The fields of conditions, see
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html .
const (
	fieldHeader = "http-header"
	fieldQuery  = "query-string"
	fieldPath   = "path-pattern"
	fieldSource = "source-ip"
	fieldHost   = "host-header"
	fieldMethod = "http-request-method"
)

// countryHeader is where CloudFront says from which country a request comes, see
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html .
const countryHeader = "CloudFront-Viewer-Country"

// What a rule may compare, see
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html .
const (
	mostValues      = 5
	mostValuesOfOne = 3
	mostWildcards   = 5
	longestValue    = 128
	oncePerRule     = 1
	wildcards       = "*?"
	fewerValues     = "name fewer values, or make two rungs of it"
)

// conditionOf is the condition that an audience's requests meet; an error says why a load balancer can't have it.
func conditionOf(match release.Match) (types.RuleCondition, error) {
	switch {
	case match.Header != nil:
		return headerCondition(match.Header.Name, match.Header.Values), nil
	case match.Cookie != nil:
		return cookieCondition(*match.Cookie)
	case match.Query != nil:
		condition := types.RuleCondition{Field: aws.String(fieldQuery), QueryStringConfig: &types.QueryStringConditionConfig{}}
		for _, value := range match.Query.Values {
			condition.QueryStringConfig.Values = append(condition.QueryStringConfig.Values, types.QueryStringKeyValuePair{Key: aws.String(match.Query.Name), Value: aws.String(value)})
		}
		return condition, nil
	case len(match.Path) > 0:
		return pathCondition(match.Path...), nil
	case len(match.Source) > 0:
		return sourceCondition(match.Source...), nil
	case len(match.Country) > 0:
		return headerCondition(countryHeader, match.Country), nil
	case match.Flag != nil:
		return types.RuleCondition{}, errors.New("a load balancer knows nothing of feature flags")
	default:
		return types.RuleCondition{}, errors.New("it matches nobody")
	}
}

func headerCondition(name string, values []string) types.RuleCondition {
	return types.RuleCondition{Field: aws.String(fieldHeader), HttpHeaderConfig: &types.HttpHeaderConditionConfig{HttpHeaderName: aws.String(name), Values: values}}
}

func pathCondition(patterns ...string) types.RuleCondition {
	return types.RuleCondition{Field: aws.String(fieldPath), PathPatternConfig: &types.PathPatternConditionConfig{Values: patterns}}
}

func sourceCondition(networks ...string) types.RuleCondition {
	return types.RuleCondition{Field: aws.String(fieldSource), SourceIpConfig: &types.SourceIpConditionConfig{Values: networks}}
}

// cookieCondition matches a cookie by a regular expression of the header that holds all cookies: there is no condition for one, and a
// wildcard pattern such as *name=value* is met by cookies whose names or values only end or begin like that. The expression means
// the same whether it has to match the header as a whole or a part of it, which AWS does not say; it was not tried on a live account.
func cookieCondition(cookie release.NamedValues) (types.RuleCondition, error) {
	quoted := make([]string, len(cookie.Values))
	for i, value := range cookie.Values {
		quoted[i] = regexp.QuoteMeta(value)
	}
	expressions := []string{cookieExpression(cookie.Name, strings.Join(quoted, "|"))}
	if len(expressions[0]) > longestValue {
		expressions = nil
		for _, value := range quoted {
			expressions = append(expressions, cookieExpression(cookie.Name, value))
		}
	}
	for _, expression := range expressions {
		if len(expression) > longestValue {
			return types.RuleCondition{}, fmt.Errorf("the regular expression for cookie %s has %d characters, and AWS takes %d", cookie.Name, len(expression), longestValue)
		}
	}
	return types.RuleCondition{Field: aws.String(fieldHeader), HttpHeaderConfig: &types.HttpHeaderConditionConfig{HttpHeaderName: aws.String("Cookie"), RegexValues: expressions}}, nil
}

func cookieExpression(name, values string) string {
	return "^(.*; *)?" + regexp.QuoteMeta(name) + "=(" + values + ")(;.*)?$"
}

// plain are conditions as they may be written: AWS tells some of them twice, and takes them once.
func plain(conditions []types.RuleCondition) []types.RuleCondition {
	conditions = slices.Clone(conditions)
	for i, condition := range conditions {
		if condition.HostHeaderConfig != nil || condition.PathPatternConfig != nil || condition.HttpHeaderConfig != nil ||
			condition.HttpRequestMethodConfig != nil || condition.QueryStringConfig != nil || condition.SourceIpConfig != nil {
			conditions[i].Values, conditions[i].RegexValues = nil, nil
		}
	}
	return conditions
}

// valuesOf are all that a condition compares with.
func valuesOf(condition types.RuleCondition) []string {
	values := slices.Concat(condition.Values, condition.RegexValues)
	if config := condition.HttpHeaderConfig; config != nil {
		values = slices.Concat(values, config.Values, config.RegexValues)
	}
	if config := condition.PathPatternConfig; config != nil {
		values = slices.Concat(values, config.Values, config.RegexValues)
	}
	if config := condition.HostHeaderConfig; config != nil {
		values = slices.Concat(values, config.Values, config.RegexValues)
	}
	if config := condition.SourceIpConfig; config != nil {
		values = slices.Concat(values, config.Values)
	}
	if config := condition.HttpRequestMethodConfig; config != nil {
		values = slices.Concat(values, config.Values)
	}
	if config := condition.QueryStringConfig; config != nil {
		for _, pair := range config.Values {
			value := aws.ToString(pair.Value)
			if key := aws.ToString(pair.Key); key != "" {
				value = key + "=" + value
			}
			values = append(values, value)
		}
	}
	return values
}

// meaning is what conditions match, as text: AWS may tell values in another order, and all but paths and methods in any case, see
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html .
func meaning(conditions []types.RuleCondition) string {
	var lines []string
	for _, condition := range conditions {
		line := []string{aws.ToString(condition.Field)}
		if config := condition.HttpHeaderConfig; config != nil {
			line = append(line, aws.ToString(config.HttpHeaderName))
		}
		text := fmt.Sprintf("%q %q", line, slices.Sorted(slices.Values(valuesOf(condition))))
		if line[0] != fieldPath && line[0] != fieldMethod {
			text = strings.ToLower(text)
		}
		lines = append(lines, text)
	}
	return strings.Join(slices.Sorted(slices.Values(lines)), "\n")
}

// wildcardsOf counts a condition's wildcards; a regular expression has none.
func wildcardsOf(condition types.RuleCondition) int {
	if config := condition.HttpHeaderConfig; config != nil && len(config.RegexValues) > 0 {
		return 0
	}
	count := 0
	for _, value := range valuesOf(condition) {
		for _, character := range value {
			if strings.ContainsRune(wildcards, character) {
				count++
			}
		}
	}
	return count
}

// unfit says why AWS would not take a rule with these conditions; each reason comes with what mends it.
func unfit(conditions []types.RuleCondition) []reason {
	var reasons []reason
	fields, values, stars := map[string]int{}, 0, 0
	for _, condition := range conditions {
		field, compared := aws.ToString(condition.Field), len(valuesOf(condition))
		fields[field]++
		values += compared
		stars += wildcardsOf(condition)
		if compared > mostValuesOfOne && field != fieldSource {
			reasons = append(reasons, reason{fmt.Sprintf("%d values are compared by one condition (%s), and AWS takes %d", compared, field, mostValuesOfOne), fewerValues})
		}
		for _, value := range valuesOf(condition) {
			if len(value) > longestValue {
				reasons = append(reasons, reason{fmt.Sprintf("the value %q has %d characters, and AWS takes %d", value, len(value), longestValue), "write a shorter one"})
			}
		}
	}
	if values > mostValues {
		reasons = append(reasons, reason{fmt.Sprintf("%d values are compared by one rule, those of the users' rule among them, and AWS takes %d", values, mostValues), fewerValues})
	}
	if stars > mostWildcards {
		reasons = append(reasons, reason{fmt.Sprintf("%d wildcards are in one rule, and AWS takes %d", stars, mostWildcards), "write values out"})
	}
	for _, field := range []string{fieldHost, fieldMethod, fieldPath, fieldSource} {
		if fields[field] > oncePerRule {
			reasons = append(reasons, reason{fmt.Sprintf("the users' rule has a condition of the same kind (%s), and AWS takes one in a rule", field), "match the audience by something else"})
		}
	}
	return reasons
}
