package expression

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// A Projection is a parsed ProjectionExpression.
type Projection struct {
	source
	paths []path
}

// ParseProjection parses the text of a ProjectionExpression.
func ParseProjection(text string) (*Projection, error) {
	p, err := newParser("ProjectionExpression", text)
	if err != nil {
		return nil, err
	}
	var paths []path
	for {
		next, err := p.path()
		if err != nil {
			return nil, err
		}
		paths = append(paths, next)
		if !p.accept(",") {
			break
		}
	}
	if err := p.end(); err != nil {
		return nil, err
	}
	return &Projection{source: p.source, paths: paths}, nil
}

func (p *Projection) check(scope Scope) error {
	return checkApart(&p.source, p.paths, scope)
}

// Of returns a copy of the projected parts of an item. Elements of a list keep
// their order and lose their places.
func (p *Projection) Of(item attribute.Item, scope Scope) attribute.Item {
	if !areNames(p.paths) {
		return project(item, resolveAll(p.paths, scope))
	}
	out := make(attribute.Item, len(p.paths))
	for _, whole := range p.paths {
		name := whole[0].nameIn(scope)
		if v := item[name]; v != nil {
			out[name] = attribute.Copy(v)
		}
	}
	return out
}

func resolveAll(paths []path, scope Scope) []path {
	out := make([]path, len(paths))
	for i, p := range paths {
		out[i] = p.resolve(scope)
	}
	return out
}

// project copies what resolved paths, none of which leads into another, lead to.
func project(item attribute.Item, paths []path) attribute.Item {
	out := attribute.Item{}
	for name, below := range byFirst(paths) {
		if v := projectValue(item[name.name], below); v != nil {
			out[name.name] = v
		}
	}
	return out
}

// projectValue copies the parts of v to which paths lead; an empty path leads to all of it.
func projectValue(v attribute.Value, paths []path) attribute.Value {
	if v == nil || slices.ContainsFunc(paths, func(p path) bool { return len(p) == 0 }) {
		return attribute.Copy(v)
	}
	below := byFirst(paths)
	if m, ok := v.(*types.AttributeValueMemberM); ok {
		members := project(m.Value, paths)
		if len(members) == 0 {
			return nil
		}
		return &types.AttributeValueMemberM{Value: members}
	}
	l, ok := v.(*types.AttributeValueMemberL)
	if !ok {
		return nil
	}
	var elements []attribute.Value
	for i, e := range l.Value {
		if paths, ok := below[element{index: i, isIndex: true}]; ok {
			if part := projectValue(e, paths); part != nil {
				elements = append(elements, part)
			}
		}
	}
	if elements == nil {
		return nil
	}
	return &types.AttributeValueMemberL{Value: elements}
}

// byFirst groups what follows the paths' first elements.
func byFirst(paths []path) map[element][]path {
	out := map[element][]path{}
	for _, p := range paths {
		out[p[0]] = append(out[p[0]], p[1:])
	}
	return out
}
