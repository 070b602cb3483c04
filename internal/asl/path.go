package asl

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ohler55/ojg/jp"
)

// A path is a compiled JSONPath, into the state's data ($) or the context object ($$).
type path struct {
	text    string
	context bool
	steps   []step  // of a definite path, which names at most one value
	all     jp.Expr // of an indefinite one: wildcard, slice, filter, union, descent
	sorted  bool    // all may walk over an object's members, whose order must be settled
}

// A step goes down one level: to a member, or, with key "", to an item.
type step struct {
	key    string
	index  int
	isItem bool
}

// parsePath compiles a JSONPath.
func parsePath(text string) (*path, error) {
	p := &path{text: text}
	rest := text
	if strings.HasPrefix(rest, "$$") {
		p.context, rest = true, rest[1:]
	}
	if !strings.HasPrefix(rest, "$") {
		return nil, fmt.Errorf("%q is not a JSONPath: it must begin with $", text)
	}
	expression, err := jp.ParseString(bracketNames(rest))
	if err != nil {
		return nil, fmt.Errorf("%q is not a JSONPath: %w", text, err)
	}
	definite := true
	for i, fragment := range expression {
		switch f := fragment.(type) {
		case jp.Root:
			if i > 0 {
				return nil, fmt.Errorf("%q is not a JSONPath", text)
			}
		case jp.Child:
			p.steps = append(p.steps, step{key: string(f)})
		case jp.Nth:
			p.steps = append(p.steps, step{index: int(f), isItem: true})
		case jp.Wildcard, jp.Descent, *jp.Filter:
			definite, p.sorted = false, true
		case jp.Slice, jp.Union:
			definite = false
		default:
			return nil, fmt.Errorf("%q uses a JSONPath feature that is not implemented", text)
		}
	}
	if _, ends := expression[len(expression)-1].(jp.Descent); ends {
		return nil, fmt.Errorf("%q is not a JSONPath: it ends with two dots", text)
	}
	if !definite {
		p.steps, p.all = nil, expression
	}
	return p, nil
}

// bracketNames writes ['a-b'] for .a-b, which AWS allows and jp does not.
func bracketNames(text string) string {
	var rewritten strings.Builder
	depth := 0
	for i := 0; i < len(text); {
		c := text[i]
		switch c {
		case '[', '(':
			depth++
		case ']', ')':
			depth--
		case '.':
			length := strings.IndexAny(text[i+1:]+".", ".[]()*?,'\"\\ \t\n$@")
			name := text[i+1 : i+1+length]
			if depth == 0 && strings.Contains(name, "-") {
				rewritten.WriteString("['" + name + "']")
				i += 1 + length
				continue
			}
		}
		rewritten.WriteByte(c)
		i++
	}
	return rewritten.String()
}

// parseReferencePath compiles a path that names one place in the state's data, so that it can be written to.
func parseReferencePath(text string) (*path, error) {
	p, err := parsePath(text)
	if err != nil {
		return nil, err
	}
	if p.context || p.all != nil {
		return nil, fmt.Errorf("%q is not a reference path: it must name exactly one place in the state's data", text)
	}
	for _, s := range p.steps {
		if s.isItem && s.index < 0 {
			return nil, fmt.Errorf("%q is not a reference path: its index is negative", text)
		}
	}
	return p, nil
}

// isRoot tells whether the path is $ or $$, the whole.
func (p *path) isRoot() bool { return p.all == nil && len(p.steps) == 0 }

// find is what the path names in the document. A definite path finds one value or
// nothing; an indefinite one always finds a list, if an empty one.
func (p *path) find(document any) (any, bool) {
	if p.all != nil {
		return p.findAll(document), true
	}
	for _, s := range p.steps {
		var found bool
		if document, found = s.down(document); !found {
			return nil, false
		}
	}
	return document, true
}

func (s step) down(document any) (any, bool) {
	if !s.isItem {
		object, _ := document.(map[string]any)
		value, found := object[s.key]
		return value, found
	}
	items, _ := document.([]any)
	index := s.index
	if index < 0 {
		index += len(items)
	}
	if index < 0 || index >= len(items) {
		return nil, false
	}
	return items[index], true
}

func (p *path) findAll(document any) []any {
	if !p.sorted {
		return append([]any{}, p.all.Get(document)...)
	}
	places := p.all.Locate(document, 0)
	slices.SortStableFunc(places, comparePlaces)
	found := make([]any, 0, len(places))
	for _, place := range places {
		if value, exists := place.FirstFound(document); exists {
			found = append(found, value)
		}
	}
	return found
}

// comparePlaces orders normalised paths as a walk over the document would, an object's members by name.
func comparePlaces(a, b jp.Expr) int {
	return slices.CompareFunc(a, b, func(x, y jp.Frag) int {
		if i, ok := x.(jp.Nth); ok {
			if j, ok := y.(jp.Nth); ok {
				return cmp.Compare(i, j)
			}
		}
		return cmp.Compare(fragmentText(x), fragmentText(y))
	})
}

func fragmentText(f jp.Frag) string { return string(f.Append(nil, true, false)) }

var errNoPlace = errors.New("the path leads through something that is neither an object nor the list it needs")

// put returns the document with the value at the path's place. Objects on the way
// are made where they are absent; the document itself is not changed.
func (p *path) put(document, value any) (any, error) { return putSteps(document, p.steps, value) }

func putSteps(document any, steps []step, value any) (any, error) {
	if len(steps) == 0 {
		return value, nil
	}
	first := steps[0]
	if first.isItem {
		items, ok := document.([]any)
		if !ok || first.index >= len(items) {
			return nil, errNoPlace
		}
		inner, err := putSteps(items[first.index], steps[1:], value)
		if err != nil {
			return nil, err
		}
		items = slices.Clone(items)
		items[first.index] = inner
		return items, nil
	}
	object, ok := document.(map[string]any)
	if !ok {
		return nil, errNoPlace
	}
	below, found := object[first.key]
	if !found {
		below = map[string]any{}
	}
	inner, err := putSteps(below, steps[1:], value)
	if err != nil {
		return nil, err
	}
	changed := make(map[string]any, len(object)+1)
	for key, member := range object {
		changed[key] = member
	}
	changed[first.key] = inner
	return changed, nil
}

// missing is the sentence AWS uses for a definite path that finds nothing.
func (p *path) missing() string {
	var place strings.Builder
	place.WriteString("$")
	for _, s := range p.steps {
		if s.isItem {
			place.WriteString("[" + strconv.Itoa(s.index) + "]")
		} else {
			place.WriteString("['" + s.key + "']")
		}
	}
	return fmt.Sprintf("Invalid path '%s' : No results for path: %s", p.text, place.String())
}
