package expression

import (
	"slices"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// A Scope is what the placeholders of a request's expressions stand for.
type Scope struct {
	// Names are ExpressionAttributeNames: attribute names by "#placeholder".
	Names map[string]string
	// Values are ExpressionAttributeValues, normalised, by ":placeholder".
	Values map[string]attribute.Value
}

// An Expression is a parsed *Condition, *Update or *Projection.
type Expression interface {
	origin() *source
	// check finds what is wrong with the expression in a scope that has all its placeholders.
	check(scope Scope) error
}

// Check refuses what DynamoDB refuses before it reads an item: placeholders
// that are not defined, those that none of the request's expressions uses, operands of a type that
// their operator or function never takes, and paths that overlap.
func (s Scope) Check(expressions ...Expression) error {
	if err := s.checkSyntax(len(expressions) > 0); err != nil {
		return err
	}
	for _, e := range expressions {
		origin := e.origin()
		for _, name := range origin.names {
			if _, ok := s.Names[name]; !ok {
				return origin.invalid("An expression attribute name used in the document path is not defined; attribute name: %s", name)
			}
		}
		for _, value := range origin.values {
			if _, ok := s.Values[value]; !ok {
				return origin.invalid("An expression attribute value used in expression is not defined; attribute value: %s", value)
			}
		}
	}
	if err := s.checkUsed(expressions); err != nil {
		return err
	}
	for _, e := range expressions {
		if err := e.check(s); err != nil {
			return err
		}
	}
	return nil
}

func (s Scope) checkSyntax(used bool) error {
	if !used && s.Names != nil {
		return attribute.Invalid("ExpressionAttributeNames can only be specified when using expressions")
	}
	if !used && s.Values != nil {
		return attribute.Invalid("ExpressionAttributeValues can only be specified when using expressions")
	}
	if s.Names != nil && len(s.Names) == 0 {
		return attribute.Invalid("ExpressionAttributeNames must not be empty")
	}
	if s.Values != nil && len(s.Values) == 0 {
		return attribute.Invalid("ExpressionAttributeValues must not be empty")
	}
	for name := range s.Names {
		if !isPlaceholder(name, '#') {
			return attribute.Invalid("ExpressionAttributeNames contains invalid key: Syntax error; key: %q", name)
		}
	}
	for value := range s.Values {
		if !isPlaceholder(value, ':') {
			return attribute.Invalid("ExpressionAttributeValues contains invalid key: Syntax error; key: %q", value)
		}
	}
	return nil
}

func isPlaceholder(text string, mark byte) bool {
	return len(text) > 1 && text[0] == mark && wordLength(text[1:]) == len(text)-1
}

func (s Scope) checkUsed(expressions []Expression) error {
	var names, values []string
	for name := range s.Names {
		if !slices.ContainsFunc(expressions, func(e Expression) bool { return slices.Contains(e.origin().names, name) }) {
			names = append(names, name)
		}
	}
	for value := range s.Values {
		if !slices.ContainsFunc(expressions, func(e Expression) bool { return slices.Contains(e.origin().values, value) }) {
			values = append(values, value)
		}
	}
	slices.Sort(names)
	slices.Sort(values)
	if len(names) > 0 {
		return attribute.Invalid("Value provided in ExpressionAttributeNames unused in expressions: keys: {%s}", strings.Join(names, ", "))
	}
	if len(values) > 0 {
		return attribute.Invalid("Value provided in ExpressionAttributeValues unused in expressions: keys: {%s}", strings.Join(values, ", "))
	}
	return nil
}
