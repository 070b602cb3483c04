package expression

import (
	"bytes"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// A definition is one of the functions that are conditions.
type definition struct {
	arity int
	// needsPath: the first argument must be a document path.
	needsPath bool
	// types are what the second argument may be; nil: anything.
	types []string
	// holds is given the arguments; second is nil where there is one.
	holds func(first, second attribute.Value) bool
}

// functions are the conditions among DynamoDB's functions, by their names, which are case-sensitive.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html#Expressions.OperatorsAndFunctions.Functions
var functions = map[string]definition{
	"attribute_exists":     {arity: 1, needsPath: true, holds: func(v, _ attribute.Value) bool { return v != nil }},
	"attribute_not_exists": {arity: 1, needsPath: true, holds: func(v, _ attribute.Value) bool { return v == nil }},
	"attribute_type":       {arity: 2, types: []string{"S"}, holds: hasType},
	"begins_with":          {arity: 2, types: []string{"S", "B"}, holds: beginsWith},
	"contains":             {arity: 2, holds: contains},
}

func hasType(v, typeName attribute.Value) bool {
	name, ok := typeName.(*types.AttributeValueMemberS)
	return ok && v != nil && attribute.TypeOf(v) == name.Value
}

func beginsWith(whole, beginning attribute.Value) bool {
	switch whole := whole.(type) {
	case *types.AttributeValueMemberS:
		prefix, ok := beginning.(*types.AttributeValueMemberS)
		return ok && strings.HasPrefix(whole.Value, prefix.Value)
	case *types.AttributeValueMemberB:
		prefix, ok := beginning.(*types.AttributeValueMemberB)
		return ok && bytes.HasPrefix(whole.Value, prefix.Value)
	default:
		return false
	}
}

// contains is true of a string or a binary that has the other as a part, and of a set or a list that has it as an element.
func contains(whole, part attribute.Value) bool {
	switch whole := whole.(type) {
	case *types.AttributeValueMemberS:
		part, ok := part.(*types.AttributeValueMemberS)
		return ok && strings.Contains(whole.Value, part.Value)
	case *types.AttributeValueMemberB:
		part, ok := part.(*types.AttributeValueMemberB)
		return ok && bytes.Contains(whole.Value, part.Value)
	case *types.AttributeValueMemberL:
		return slices.ContainsFunc(whole.Value, func(v attribute.Value) bool { return attribute.Equal(v, part) })
	default:
		elements, ok := attribute.Elements(whole)
		element, setType, isElement := attribute.ElementOf(part)
		return ok && isElement && attribute.TypeOf(whole) == setType && slices.Contains(elements, element)
	}
}

// A call is a function that is a condition.
type call struct {
	name      string
	arguments []operand
	definition
}

func (c call) holds(item attribute.Item, scope Scope) bool {
	first := c.arguments[0].in(item, scope)
	if c.arity == 1 {
		return c.definition.holds(first, nil)
	}
	return c.definition.holds(first, c.arguments[1].in(item, scope))
}

func (c call) check(s *source, scope Scope) error {
	if c.arity == 1 {
		return nil
	}
	second := c.arguments[1]
	if c.types != nil {
		if err := checkType(s, c.name, second.static(scope), c.types); err != nil {
			return err
		}
	}
	if name, ok := second.in(nil, scope).(*types.AttributeValueMemberS); ok && c.name == "attribute_type" && !isTypeName(name.Value) {
		return s.invalid("Invalid attribute type name found; type: %s, valid types: {B,BOOL,BS,L,M,N,NS,NULL,S,SS}", name.Value)
	}
	return checkDistinct(s, scope, c.name, c.arguments[0], second)
}

func (c call) operands(each func(operand)) {
	for _, argument := range c.arguments {
		each(argument)
	}
}

// function parses a call of one of the functions.
func (p *parser) function() (predicate, error) {
	name := p.next().text
	f, ok := functions[name]
	if !ok {
		return nil, p.unknownFunction(name)
	}
	arguments, err := p.arguments()
	if err != nil {
		return nil, err
	}
	if err := p.checkArity(name, f.arity, arguments); err != nil {
		return nil, err
	}
	if _, isPath := arguments[0].(path); f.needsPath && !isPath {
		return nil, p.invalid("Operator or function requires a document path; operator or function: %s", name)
	}
	return call{name: name, arguments: arguments, definition: f}, nil
}
