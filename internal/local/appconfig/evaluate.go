package appconfig

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"regexp"
	"slices"
	"strings"
)

// Evaluate tells which variant of a flag a user gets, and its attributes, as the AWS AppConfig Agent does that a service asks
// with the user's context: by what is deployed, as of [Options].Poll ago. The first variant whose rule is true is the one, or the default, which
// has no rule. A basic flag has no variant. Of a flag that is not enabled for the user there are no attributes, but "enabled" is false; the
// attributes always have "enabled".
//
// Application, environment and profile are ids or names.
func (s *Service) Evaluate(application, environment, profile, flag string, context map[string]any) (variant string, attributes map[string]any, err error) {
	content, err := s.deployed(application, environment, profile)
	if err != nil {
		return "", nil, err
	}
	var set flagSet
	if err := json.Unmarshal(content, &set); err != nil {
		return "", nil, fmt.Errorf("read the flags of profile %s: %w", profile, err)
	}
	raw, ok := set.Values[flag]
	if !ok {
		return "", nil, notFound("Could not find flag %s", flag)
	}
	var multi flagValue
	if err := json.Unmarshal(raw, &multi); err != nil {
		return "", nil, fmt.Errorf("read flag %s: %w", flag, err)
	}
	if multi.Variants == nil {
		if err := json.Unmarshal(raw, &attributes); err != nil {
			return "", nil, fmt.Errorf("read flag %s: %w", flag, err)
		}
		return "", enabled(attributes, attributes["enabled"] == true), nil
	}
	for _, one := range multi.Variants {
		rule, err := one.rule()
		if err != nil {
			return "", nil, fmt.Errorf("read variant %s of flag %s: %w", one.Name, flag, err)
		}
		if rule == nil || rule.truth(context) {
			return one.Name, enabled(one.AttributeValues, one.Enabled), nil
		}
	}
	return "", nil, fmt.Errorf("flag %s has no default variant", flag)
}

// enabled are the attributes of a flag for a user for whom it is enabled, or not.
func enabled(attributes map[string]any, on bool) map[string]any {
	all := map[string]any{"enabled": on}
	for name, value := range attributes {
		if on && !strings.HasPrefix(name, "_") {
			all[name] = value
		}
	}
	return all
}

// deployed is the configuration that agents have.
func (s *Service) deployed(app, env, of string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.now().Add(-s.options.Poll)
	var found []byte
	for _, one := range below(s.books.deployments, "") {
		named := s.books.applications[one.Application].Name == app || one.Application == app
		named = named && (s.books.environments[one.Application+"/"+one.Environment].Name == env || one.Environment == env)
		if named && (one.Profile == of || one.ProfileName == of) && one.inForce(at) {
			found = one.Content
		}
	}
	if found == nil {
		return nil, notFound("Could not find a deployed configuration of profile %s in environment %s of application %s", of, env, app)
	}
	return found, nil
}

// truth reports whether an expression is true of a context.
func (e expression) truth(context map[string]any) bool {
	first := func() any { return e.operands[0].resolve(context) }
	second := func() any { return e.operands[1].resolve(context) }
	switch e.operator {
	case "and":
		return e.operands[0].truth(context) && e.operands[1].truth(context)
	case "or":
		return e.operands[0].truth(context) || e.operands[1].truth(context)
	case "not":
		return !e.operands[0].truth(context)
	case "eq":
		return same(first(), second())
	case "gt", "gte", "lt", "lte":
		a, isNumber := number(first())
		b, areNumbers := number(second())
		return isNumber && areNumbers && map[string]bool{"gt": a > b, "gte": a >= b, "lt": a < b, "lte": a <= b}[e.operator]
	case "begins_with", "ends_with", "contains":
		text, isText := first().(string)
		part, areTexts := second().(string)
		if list, isList := first().([]any); isList && e.operator == "contains" {
			return slices.ContainsFunc(list, func(one any) bool { return same(one, second()) })
		}
		holds := map[string]func(string, string) bool{"begins_with": strings.HasPrefix, "ends_with": strings.HasSuffix, "contains": strings.Contains}[e.operator]
		return isText && areTexts && holds(text, part)
	case "in":
		list, _ := second().([]any)
		return slices.ContainsFunc(list, func(one any) bool { return same(one, first()) })
	case "matches":
		text, isText := e.named["in"].resolve(context).(string)
		return isText && regexp.MustCompile(e.named["pattern"].value.(string)).MatchString(text)
	case "exists":
		key, _ := e.named["key"].value.(string)
		_, ok := context[key]
		return ok
	case "split":
		return e.split(context)
	default:
		return e.value == true
	}
}

// split is true of a share of all values, by a consistent hash: a greater share is true of all that a smaller one is true of,
// and another seed draws anew. AWS does not say which hash it takes; this is 32-bit FNV-1a of the value and the seed, in thousandths of a percent.
func (e expression) split(context map[string]any) bool {
	value := e.named["by"].resolve(context)
	if value == nil {
		return false
	}
	seed, _ := e.named["seed"].value.(string)
	hash := fnv.New32a()
	fmt.Fprint(hash, value, seed)
	const parts = 100_000
	return float64(hash.Sum32()%parts) < math.Round(e.named["pct"].value.(float64)*parts/100)
}

// resolve is what a value stands for; nil when the context lacks it.
func (e expression) resolve(context map[string]any) any {
	switch {
	case e.operator != "":
		return e.truth(context)
	case e.key != "":
		return context[e.key]
	default:
		return e.value
	}
}

// same compares two values; numbers by what they are worth.
func same(a, b any) bool {
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	switch a.(type) {
	case string, bool:
		return a == b
	default:
		return false
	}
}

func number(value any) (float64, bool) {
	switch n := value.(type) {
	case float64:
		return n, true
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	default:
		return 0, false
	}
}
