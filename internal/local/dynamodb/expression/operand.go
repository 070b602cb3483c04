package expression

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// An operand is something that has a value in an item and a scope.
type operand interface {
	// in returns the value; nil when the item has none.
	in(item attribute.Item, scope Scope) attribute.Value
	// static returns the type name that the value has in any item; "" when it depends on the item.
	static(scope Scope) string
}

func (p path) in(item attribute.Item, scope Scope) attribute.Value {
	v := item[p[0].nameIn(scope)]
	for _, e := range p[1:] {
		v = element{name: e.nameIn(scope), index: e.index, isIndex: e.isIndex}.of(v)
	}
	return v
}

func (path) static(Scope) string { return "" }

// A placeholder stands for a value of the scope.
type placeholder string

func (v placeholder) in(_ attribute.Item, scope Scope) attribute.Value {
	return scope.Values[string(v)]
}

func (v placeholder) static(scope Scope) string {
	return attribute.TypeOf(scope.Values[string(v)])
}

// A size is the function of that name: the length of a string, a binary, or the
// number of members of a list, a map or a set.
type size struct{ of operand }

func (s size) in(item attribute.Item, scope Scope) attribute.Value {
	var n int
	switch v := s.of.in(item, scope).(type) {
	case *types.AttributeValueMemberS:
		n = len(v.Value)
	case *types.AttributeValueMemberB:
		n = len(v.Value)
	case *types.AttributeValueMemberM:
		n = len(v.Value)
	case *types.AttributeValueMemberL:
		n = len(v.Value)
	default:
		elements, ok := attribute.Elements(v)
		if !ok {
			return nil
		}
		n = len(elements)
	}
	return &types.AttributeValueMemberN{Value: strconv.Itoa(n)}
}

func (size) static(Scope) string { return "N" }
