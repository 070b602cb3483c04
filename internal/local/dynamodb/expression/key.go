package expression

import (
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// A KeyRange is what a key condition selects: one partition, and a range of its sort keys.
type KeyRange struct {
	// Partition is the partition key's value.
	Partition attribute.Value
	// Operator compares the sort key: "=", "<", "<=", ">", ">=", "BETWEEN",
	// "begins_with", or "" for every sort key.
	Operator string
	// Operands are what it is compared with: two for BETWEEN, else one.
	Operands []attribute.Value
}

// KeyRange reads the condition as a KeyConditionExpression of a table with those
// key attributes; sort is empty when it has no sort key.
func (c *Condition) KeyRange(scope Scope, partition, sort string) (KeyRange, error) {
	parts, err := c.keyParts(c.root, scope)
	if err != nil {
		return KeyRange{}, err
	}
	var out KeyRange
	var hasSort bool
	for _, part := range parts {
		switch {
		case part.attribute == partition && out.Partition == nil:
			if part.operator != "=" {
				return KeyRange{}, attribute.Invalid("Query key condition not supported")
			}
			out.Partition = part.operands[0]
		case part.attribute == sort && sort != "" && !hasSort:
			hasSort = true
			out.Operator, out.Operands = part.operator, part.operands
		case part.attribute == partition || part.attribute == sort:
			return KeyRange{}, c.invalid("KeyConditionExpressions must only contain one condition per key")
		default:
			missed := partition
			if out.Partition != nil && sort != "" {
				missed = sort
			}
			return KeyRange{}, attribute.Invalid("Query condition missed key schema element: %s", missed)
		}
	}
	if out.Partition == nil {
		return KeyRange{}, attribute.Invalid("Query condition missed key schema element: %s", partition)
	}
	return out, nil
}

// A keyPart is one comparison of a key attribute.
type keyPart struct {
	attribute string
	operator  string
	operands  []attribute.Value
}

func (c *Condition) keyParts(p predicate, scope Scope) ([]keyPart, error) {
	switch p := p.(type) {
	case both:
		left, err := c.keyParts(p.left, scope)
		if err != nil {
			return nil, err
		}
		right, err := c.keyParts(p.right, scope)
		return append(left, right...), err
	case comparison:
		if p.operator == "<>" {
			return nil, c.invalidOperator("<>")
		}
		return c.keyPart(scope, p.operator, p.left, p.right)
	case between:
		return c.keyPart(scope, "BETWEEN", p.value, p.low, p.high)
	case call:
		if p.name != "begins_with" {
			return nil, c.invalidOperator(p.name)
		}
		return c.keyPart(scope, p.name, p.arguments...)
	case either:
		return nil, c.invalidOperator("OR")
	case negation:
		return nil, c.invalidOperator("NOT")
	default:
		return nil, c.invalidOperator("IN")
	}
}

func (c *Condition) invalidOperator(operator string) error {
	return attribute.Invalid("Invalid operator used in %s: %s", c.kind, operator)
}

func (c *Condition) keyPart(scope Scope, operator string, operands ...operand) ([]keyPart, error) {
	key, ok := operands[0].(path)
	if !ok {
		return nil, c.invalid("The key condition must compare a key attribute with values")
	}
	key = key.resolve(scope)
	if len(key) != 1 {
		return nil, c.invalid("KeyConditionExpressions cannot have conditions on nested attributes")
	}
	part := keyPart{attribute: key[0].name, operator: operator}
	for _, o := range operands[1:] {
		if _, ok := o.(placeholder); !ok {
			return nil, c.invalid("The key condition must compare a key attribute with values")
		}
		part.operands = append(part.operands, o.in(nil, scope))
	}
	return []keyPart{part}, nil
}
