package asl

// A template is a compiled payload template (Parameters, ResultSelector,
// ItemSelector), or one expression: a path or an intrinsic function.
// Evaluating it never changes it, so executions share it.
type template interface {
	eval(data scope) (any, *Error)
}

// A scope is what an expression may look at.
type scope struct {
	input   any        // $
	context contextual // $$
}

// contextual makes the context object when an expression asks for it, as most don't; and it is what
// intrinsic functions draw chance from.
type contextual interface {
	contextObject() any
	random() float64
	unique() string
}

// root is the document that a path looks into.
func (s scope) root(p *path) any {
	if p.context {
		return s.context.contextObject()
	}
	return s.input
}

// A constant is a part of a template without expressions; every evaluation shares its value.
type constant struct{ value any }

func (c constant) eval(scope) (any, *Error) { return c.value, nil }

type objectTemplate []memberTemplate

type memberTemplate struct {
	key   string
	value template
}

func (o objectTemplate) eval(data scope) (any, *Error) {
	object := make(map[string]any, len(o))
	for _, member := range o {
		value, err := member.value.eval(data)
		if err != nil {
			return nil, err
		}
		object[member.key] = value
	}
	return object, nil
}

type listTemplate []template

func (l listTemplate) eval(data scope) (any, *Error) {
	list := make([]any, len(l))
	for i, item := range l {
		value, err := item.eval(data)
		if err != nil {
			return nil, err
		}
		list[i] = value
	}
	return list, nil
}

// A pathTemplate is the value of a field whose name ends in ".$", or an argument of an intrinsic function.
type pathTemplate struct {
	path  *path
	field string
}

func (t pathTemplate) eval(data scope) (any, *Error) {
	root := data.root(t.path)
	value, found := t.path.find(root)
	if !found {
		return nil, &Error{ErrorParameterPath, "The JSONPath '" + t.path.text + "' specified for the field '" + t.field +
			"' could not be found in the input '" + string(appendJSON(nil, root)) + "'"}
	}
	return value, nil
}

// parseExpression compiles what a field whose name ends in ".$" may hold: a path or an intrinsic function.
func parseExpression(text, field string) (template, error) {
	if isIntrinsic(text) {
		return parseIntrinsic(text, field)
	}
	p, err := parsePath(text)
	if err != nil {
		return nil, err
	}
	return pathTemplate{p, field}, nil
}
