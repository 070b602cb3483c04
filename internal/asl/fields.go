package asl

import (
	"cmp"
	"strings"
)

// unimplemented says why a field that Step Functions knows is refused here; "" for any other.
func unimplemented(field string) string {
	switch field {
	case "Assign":
		return "variables are not implemented"
	case "Arguments", "Output", "Items", "Condition":
		return "JSONata is not implemented"
	case "ItemReader", "ItemBatcher", "ResultWriter", "Label", "ToleratedFailureCount", "ToleratedFailureCountPath",
		"ToleratedFailurePercentage", "ToleratedFailurePercentagePath":
		return "distributed Map is not implemented"
	case "Credentials":
		return "roles of other accounts are not implemented"
	}
	return ""
}

// fields reads the members of an object one by one, reporting wrong types, and at the end what nobody asked for.
type fields struct {
	loader *loader
	node   *node
	taken  map[string]bool
}

func (l *loader) fields(n *node) *fields {
	if n.kind != objectNode {
		l.refuse(n, "must be an object")
	}
	return &fields{l, n, map[string]bool{}}
}

// take is the member of that name, or nil.
func (f *fields) take(name string) *node {
	f.taken[name] = true
	for _, m := range f.node.members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

func (f *fields) required(name string) *node {
	n := f.take(name)
	if n == nil && f.node.kind == objectNode {
		f.loader.refuse(f.node, "%s is missing", name)
	}
	return n
}

// finish reports the members that were not taken.
func (f *fields) finish() {
	for _, m := range f.node.members {
		if f.taken[m.name] {
			continue
		}
		f.loader.refuse(m.value, "%s", cmp.Or(unimplemented(m.name), "unknown field"))
	}
}

func (f *fields) text(name string) string {
	n := f.take(name)
	if n == nil {
		return ""
	}
	text, ok := n.scalar.(string)
	if !ok {
		f.loader.refuse(n, "must be a string")
	}
	return text
}

// whole is an integer between bounds, or 0 when it is absent.
func (f *fields) whole(name string, least, most int64) int64 {
	n := f.take(name)
	if n == nil {
		return 0
	}
	number, ok := n.scalar.(int64)
	if !ok || number < least || number > most {
		f.loader.refuse(n, "must be an integer from %d to %d", least, most)
		return 0
	}
	return number
}

func (f *fields) flag(name string) bool {
	n := f.take(name)
	if n == nil {
		return false
	}
	value, ok := n.scalar.(bool)
	if !ok {
		f.loader.refuse(n, "must be true or false")
	}
	return value
}

// path is a compiled path, nil if it is absent.
func (f *fields) path(name string) *path { return f.pathNode(f.take(name), parsePath) }

func (f *fields) pathNode(n *node, parse func(string) (*path, error)) *path {
	if n == nil {
		return nil
	}
	text, ok := n.scalar.(string)
	if !ok {
		f.loader.refuse(n, "must be a JSONPath")
		return nil
	}
	if isIntrinsic(text) {
		f.loader.refuse(n, "an intrinsic function is not allowed here, only a JSONPath")
		return nil
	}
	parsed, err := parse(text)
	if err != nil {
		f.loader.refuse(n, "%v", err)
		return nil
	}
	return parsed
}

// dataPath is InputPath, OutputPath or ResultPath: $ when absent, nil when null.
func (f *fields) dataPath(name string, parse func(string) (*path, error)) *path {
	n := f.take(name)
	if n == nil {
		return &path{text: "$"}
	}
	if n.kind == scalarNode && n.scalar == nil {
		return nil
	}
	return f.pathNode(n, parse)
}

// expression is a compiled path or intrinsic function, nil if it is absent.
func (f *fields) expression(name string) template {
	n := f.take(name)
	if n == nil {
		return nil
	}
	return f.loader.expression(n, name)
}

func (l *loader) expression(n *node, field string) template {
	text, ok := n.scalar.(string)
	if !ok {
		l.refuse(n, "must be a JSONPath or an intrinsic function")
		return nil
	}
	compiled, err := parseExpression(text, field)
	if err != nil {
		l.refuse(n, "%v", err)
		return nil
	}
	return compiled
}

// template is a compiled payload template, nil if it is absent. A template
// without expressions is a constant.
func (f *fields) template(name string) template {
	n := f.take(name)
	if n == nil {
		return nil
	}
	if n.kind != objectNode {
		f.loader.refuse(n, "must be an object")
		return nil
	}
	return f.loader.template(n)
}

func (l *loader) template(n *node) template {
	dynamic := false
	switch n.kind {
	case objectNode:
		object := make(objectTemplate, 0, len(n.members))
		keys := map[string]bool{}
		for _, m := range n.members {
			key, isExpression := strings.CutSuffix(m.name, ".$")
			if keys[key] {
				l.refuse(m.value, "%q is set twice", key)
			}
			keys[key] = true
			part := memberTemplate{key: key}
			if isExpression {
				part.value = l.expression(m.value, m.name)
				dynamic = true
			} else {
				part.value = l.template(m.value)
				dynamic = dynamic || !isConstant(part.value)
			}
			object = append(object, part)
		}
		if dynamic {
			return object
		}
	case listNode:
		list := make(listTemplate, len(n.items))
		for i, item := range n.items {
			list[i] = l.template(item)
			dynamic = dynamic || !isConstant(list[i])
		}
		if dynamic {
			return list
		}
	}
	return constant{n.value()}
}

func isConstant(t template) bool {
	_, is := t.(constant)
	return is
}

func (f *fields) queryLanguage() {
	if language := f.take("QueryLanguage"); language != nil && language.scalar != "JSONPath" {
		f.loader.refuse(language, "only the query language JSONPath is implemented")
	}
}

// list are the items of a member, nil if it is absent.
func (f *fields) list(name string) []*node {
	n := f.take(name)
	if n == nil {
		return nil
	}
	if n.kind != listNode {
		f.loader.refuse(n, "must be a list")
	}
	return n.items
}

// only reports all but one of the fields that exclude each other, and their absence where one is needed.
func (f *fields) only(needed bool, names ...string) {
	found := ""
	for _, name := range names {
		n := f.take(name)
		if n == nil {
			continue
		}
		if found != "" {
			f.loader.refuse(n, "can't be together with %s", found)
		}
		found = name
	}
	if found == "" && needed && f.node.kind == objectNode {
		f.loader.refuse(f.node, "one of %s is missing", strings.Join(names, ", "))
	}
}

// names are the strings of a list that must not be empty.
func (f *fields) names(name string) []string {
	n := f.required(name)
	if n == nil {
		return nil
	}
	var names []string
	for _, item := range n.items {
		if text, ok := item.scalar.(string); ok {
			names = append(names, text)
		} else {
			f.loader.refuse(item, "must be a string")
		}
	}
	if len(n.items) == 0 {
		f.loader.refuse(n, "must be a list with at least one string")
	}
	return names
}
