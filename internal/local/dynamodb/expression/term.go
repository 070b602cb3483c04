package expression

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// A checker is a term that can be wrong whatever the item.
type checker interface {
	check(s *source, scope Scope) error
}

// A term is one of SET's operands. It fails in an item that does not fit it.
type term interface {
	compute(item attribute.Item, scope Scope) (attribute.Value, error)
	// static returns the type name that the value has in any item; "" when it depends on the item.
	static(scope Scope) string
}

func (p path) compute(item attribute.Item, scope Scope) (attribute.Value, error) {
	v := p.in(item, scope)
	if v == nil {
		return nil, attribute.Invalid("The provided expression refers to an attribute that does not exist in the item")
	}
	return v, nil
}

func (v placeholder) compute(item attribute.Item, scope Scope) (attribute.Value, error) {
	return v.in(item, scope), nil
}

func checkAll(s *source, scope Scope, terms ...term) error {
	for _, o := range terms {
		if c, ok := o.(checker); ok {
			if err := c.check(s, scope); err != nil {
				return err
			}
		}
	}
	return nil
}

// arithmetic is a sum or a difference.
type arithmetic struct {
	operator    string
	left, right term
}

func (a arithmetic) compute(item attribute.Item, scope Scope) (attribute.Value, error) {
	left, err := a.left.compute(item, scope)
	if err != nil {
		return nil, err
	}
	right, err := a.right.compute(item, scope)
	if err != nil {
		return nil, err
	}
	first, ok := left.(*types.AttributeValueMemberN)
	second, okSecond := right.(*types.AttributeValueMemberN)
	if !ok || !okSecond {
		return nil, incorrectType()
	}
	return sumOf(a.operator, first, second)
}

func (arithmetic) static(Scope) string { return "N" }

func (a arithmetic) check(s *source, scope Scope) error {
	for _, o := range []term{a.left, a.right} {
		if err := checkType(s, a.operator, o.static(scope), []string{"N"}); err != nil {
			return err
		}
	}
	return checkAll(s, scope, a.left, a.right)
}

// ifNotExists is the path's value, or the other operand's when there is none.
type ifNotExists struct {
	path      path
	otherwise term
}

func (f ifNotExists) compute(item attribute.Item, scope Scope) (attribute.Value, error) {
	if v := f.path.in(item, scope); v != nil {
		return v, nil
	}
	return f.otherwise.compute(item, scope)
}

func (ifNotExists) static(Scope) string { return "" }

func (f ifNotExists) check(s *source, scope Scope) error { return checkAll(s, scope, f.otherwise) }

// listAppend is one list and then another.
type listAppend struct{ first, second term }

func (f listAppend) compute(item attribute.Item, scope Scope) (attribute.Value, error) {
	var elements []attribute.Value
	for _, o := range []term{f.first, f.second} {
		v, err := o.compute(item, scope)
		if err != nil {
			return nil, err
		}
		list, ok := v.(*types.AttributeValueMemberL)
		if !ok {
			return nil, incorrectType()
		}
		elements = append(elements, list.Value...)
	}
	return &types.AttributeValueMemberL{Value: elements}, nil
}

func (listAppend) static(Scope) string { return "L" }

func (f listAppend) check(s *source, scope Scope) error {
	for _, o := range []term{f.first, f.second} {
		if err := checkType(s, "list_append", o.static(scope), []string{"L"}); err != nil {
			return err
		}
	}
	return checkAll(s, scope, f.first, f.second)
}
