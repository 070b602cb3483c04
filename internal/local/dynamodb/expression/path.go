package expression

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// A path leads to an attribute, or into one. Its first element is a name.
type path []element

// An element is a member of a map, by its name or the name's placeholder, or an element of a list.
type element struct {
	name          string
	isPlaceholder bool
	index         int
	isIndex       bool
}

// resolve puts the scope's names in the place of placeholders.
func (p path) resolve(scope Scope) path {
	for i := range p {
		if !p[i].isPlaceholder {
			continue
		}
		out := append(path(nil), p...)
		for j := i; j < len(out); j++ {
			if out[j].isPlaceholder {
				out[j] = element{name: out[j].nameIn(scope)}
			}
		}
		return out
	}
	return p
}

// nameIn is the name that the element has, or that its placeholder stands for.
func (e element) nameIn(scope Scope) string {
	if e.isPlaceholder {
		return scope.Names[e.name]
	}
	return e.name
}

// find returns what a resolved path leads to; nil when there is nothing.
func (p path) find(item attribute.Item) attribute.Value {
	v := item[p[0].name]
	for _, e := range p[1:] {
		v = e.of(v)
	}
	return v
}

// of is the part of v that e names; nil when there is none.
func (e element) of(v attribute.Value) attribute.Value {
	switch v := v.(type) {
	case *types.AttributeValueMemberM:
		if !e.isIndex {
			return v.Value[e.name]
		}
	case *types.AttributeValueMemberL:
		if e.isIndex && e.index < len(v.Value) {
			return v.Value[e.index]
		}
	}
	return nil
}

// String is how DynamoDB writes a path in its errors: [a, b, [3]].
func (p path) String() string {
	parts := make([]string, len(p))
	for i, e := range p {
		parts[i] = e.name
		if e.isIndex {
			parts[i] = "[" + strconv.Itoa(e.index) + "]"
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// compare says how two resolved paths stand to each other.
func (p path) compare(other path) relation {
	for i := range min(len(p), len(other)) {
		if p[i] == other[i] {
			continue
		}
		if p[i].isIndex != other[i].isIndex {
			return conflicting
		}
		return apart
	}
	return overlapping
}

type relation int

const (
	apart       relation = iota
	overlapping          // one leads into the other
	conflicting          // one takes for a list what the other takes for a map
)

// areNames reports whether all paths lead to whole attributes of an item.
func areNames(paths []path) bool {
	return !slices.ContainsFunc(paths, func(p path) bool { return len(p) > 1 })
}

// areDifferentNames reports whether all paths lead to whole attributes of an item, each to another.
func areDifferentNames(paths []path, scope Scope) bool {
	for i, one := range paths {
		for _, two := range paths[:i] {
			if one[0].nameIn(scope) == two[0].nameIn(scope) {
				return false
			}
		}
	}
	return areNames(paths)
}

// checkApart finds two paths that cannot stand in one expression.
func checkApart(s *source, unresolved []path, scope Scope) error {
	if areDifferentNames(unresolved, scope) {
		return nil
	}
	paths := resolveAll(unresolved, scope)
	for i, one := range paths {
		for _, two := range paths[i+1:] {
			switch one.compare(two) {
			case overlapping:
				return s.invalid("Two document paths overlap with each other; must remove or rewrite one of these paths; path one: %s, path two: %s", one, two)
			case conflicting:
				return s.invalid("Two document paths conflict with each other; must remove or rewrite one of these paths; path one: %s, path two: %s", one, two)
			}
		}
	}
	return nil
}
