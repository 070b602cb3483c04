package elasticloadbalancingv2

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// Limits of conditions:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
// and https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html
const (
	maxConditionValues = 5
	maxWildcards       = 5
	maxComparisons     = 3
	maxValueLength     = 128
	maxHeaderName      = 40
)

// Fields of conditions.
const (
	hostField   = "host-header"
	pathField   = "path-pattern"
	methodField = "http-request-method"
	sourceField = "source-ip"
	headerField = "http-header"
	queryField  = "query-string"
)

var (
	methodValue = regexp.MustCompile(`^[A-Z_-]{1,40}$`)
	headerName  = regexp.MustCompile("^[A-Za-z0-9!#$%&'+.^_`|~-]{1,40}$")
)

// readConditions checks the conditions of a rule, and writes them as AWS
// describes them: host and path conditions have their values both in Values and
// in their configuration.
func readConditions(given []types.RuleCondition) ([]types.RuleCondition, error) {
	if len(given) == 0 {
		return nil, invalid("A condition must be specified")
	}
	read := slices.Clone(given)
	values, wildcards, once := 0, 0, map[string]bool{}
	for i := range read {
		condition := &read[i]
		field := aws.ToString(condition.Field)
		compared, err := readCondition(condition, field)
		if err != nil {
			return nil, err
		}
		if len(compared) == 0 {
			return nil, invalid("A condition value must be specified")
		}
		if field != headerField && field != queryField {
			if once[field] {
				return nil, invalid("A rule can have only one '%s' condition", field)
			}
			once[field] = true
		}
		if len(compared) > maxComparisons && field != sourceField {
			return nil, invalid("A condition can have at most %d comparison strings, not %d", maxComparisons, len(compared))
		}
		values += len(compared)
		for _, value := range compared {
			if len(value) > maxValueLength {
				return nil, invalid("The '%s' value is too long; the limit is '%d'", field, maxValueLength)
			}
			if field != sourceField && field != methodField && !byExpression(*condition) {
				wildcards += countWildcards(value)
			}
		}
	}
	if values > maxConditionValues {
		return nil, invalid("A rule can have at most '%d' condition values", maxConditionValues)
	}
	if wildcards > maxWildcards {
		return nil, invalid("A rule can have at most '%d' condition wildcards", maxWildcards)
	}
	return read, nil
}

// readCondition checks one condition, and returns what it compares with.
func readCondition(condition *types.RuleCondition, field string) ([]string, error) {
	if len(condition.RegexValues) > 0 {
		return nil, unsupported("conditions with regular expressions")
	}
	if len(condition.Values) > 0 && field != hostField && field != pathField {
		return nil, invalid("The 'Values' field is not compatible with '%s'", field)
	}
	switch field {
	case hostField:
		config := condition.HostHeaderConfig
		if config != nil && len(config.RegexValues) > 0 {
			return nil, unsupported("conditions with regular expressions")
		}
		values, err := either(field, condition.Values, config != nil, func() []string { return config.Values })
		condition.Values, condition.HostHeaderConfig = values, &types.HostHeaderConditionConfig{Values: values}
		return values, err
	case pathField:
		config := condition.PathPatternConfig
		if config != nil && len(config.RegexValues) > 0 {
			return nil, unsupported("conditions with regular expressions")
		}
		values, err := either(field, condition.Values, config != nil, func() []string { return config.Values })
		condition.Values, condition.PathPatternConfig = values, &types.PathPatternConditionConfig{Values: values}
		return values, err
	case methodField:
		return readMethods(condition.HttpRequestMethodConfig)
	case sourceField:
		return readSources(condition.SourceIpConfig)
	case headerField:
		return readHeader(condition.HttpHeaderConfig)
	case queryField:
		return readQuery(condition.QueryStringConfig)
	default:
		return nil, invalid("Condition field '%s' must be one of '[path-pattern,host-header,http-header,http-request-method,query-string,source-ip]'", field)
	}
}

// either are the values of a condition that may have them in one of two places.
func either(field string, values []string, configured bool, config func() []string) ([]string, error) {
	switch {
	case configured && len(values) > 0 && !slices.Equal(values, config()):
		return nil, invalid("You cannot provide both Values and a configuration for a condition of type '%s'", field)
	case configured:
		return config(), nil
	case len(values) > 1:
		return nil, invalid("The '%s' field contains too many values; the limit is '1'", field)
	default:
		return values, nil
	}
}

func readMethods(config *types.HttpRequestMethodConditionConfig) ([]string, error) {
	if config == nil {
		return nil, invalid("A 'HttpRequestMethodConfig' must be specified with 'http-request-method'")
	}
	for _, value := range config.Values {
		if !methodValue.MatchString(value) {
			return nil, invalid("The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore")
		}
	}
	return config.Values, nil
}

func readSources(config *types.SourceIpConditionConfig) ([]string, error) {
	if config == nil {
		return nil, invalid("A 'SourceIpConfig' must be specified with 'source-ip'")
	}
	if config.IpAddressType != "" {
		return nil, unsupported("IP address types in source-ip conditions")
	}
	for _, value := range config.Values {
		if _, err := netip.ParsePrefix(value); err != nil {
			return nil, invalid("The 'source-ip' value '%s' must be in CIDR format", value)
		}
	}
	return config.Values, nil
}

func readHeader(config *types.HttpHeaderConditionConfig) ([]string, error) {
	if config == nil {
		return nil, invalid("A 'HttpHeaderConfig' must be specified with 'http-header'")
	}
	name := aws.ToString(config.HttpHeaderName)
	switch {
	case len(name) > maxHeaderName:
		return nil, invalid("The 'HttpHeaderName' value is too long; the limit is '%d'", maxHeaderName)
	case !headerName.MatchString(name):
		return nil, invalid("The 'HttpHeaderName' value '%s' is invalid; wildcards are not allowed", name)
	case strings.EqualFold(name, "Host"):
		return nil, invalid("The 'HttpHeaderName' value cannot be 'Host'; use a 'host-header' condition")
	case len(config.RegexValues) == 0:
		return config.Values, nil
	case len(config.Values) > 0:
		return nil, invalid("You cannot provide both Values and RegexValues for a condition of type '%s'", headerField)
	}
	for _, expression := range config.RegexValues {
		if _, err := regexp.Compile(expression); err != nil {
			return nil, invalid("The 'http-header' value '%s' is not a regular expression", expression)
		}
	}
	return config.RegexValues, nil
}

// byExpression reports whether a condition compares with regular expressions, in
// which nothing is a wildcard. Only headers are here.
func byExpression(condition types.RuleCondition) bool {
	return condition.HttpHeaderConfig != nil && len(condition.HttpHeaderConfig.RegexValues) > 0
}

func readQuery(config *types.QueryStringConditionConfig) ([]string, error) {
	if config == nil {
		return nil, invalid("A 'QueryStringConfig' must be specified with 'query-string'")
	}
	var compared []string
	for _, pair := range config.Values {
		if pair.Value == nil {
			return nil, invalid("A 'Value' must be specified in 'QueryStringKeyValuePair'")
		}
		if len(aws.ToString(pair.Key)) > maxValueLength {
			return nil, invalid("The 'Key' value is too long; the limit is '%d'", maxValueLength)
		}
		compared = append(compared, *pair.Value)
	}
	return compared, nil
}
