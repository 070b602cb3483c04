package expression

import (
	"slices"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// An Update is a parsed UpdateExpression.
type Update struct {
	source
	sets    []assignment // SET path = term
	removes []path       // REMOVE path
	adds    []merger     // ADD path :value
	deletes []merger     // DELETE path :value
	targets []path       // of all actions
}

// An assignment is an action of SET.
type assignment struct {
	path  path
	value term
}

// A merger is an action of ADD or DELETE.
type merger struct {
	path  path
	value placeholder
}

// ParseUpdate parses the text of an UpdateExpression.
func ParseUpdate(text string) (*Update, error) {
	p, err := newParser("UpdateExpression", text)
	if err != nil {
		return nil, err
	}
	out := &Update{}
	var seen []string
	for p.peek().kind != endToken {
		section := strings.ToUpper(p.peek().text)
		if slices.Contains(seen, section) {
			return nil, p.invalid("The %q section can only be used once in an update expression;", section)
		}
		if err := p.section(out); err != nil {
			return nil, err
		}
		seen = append(seen, section)
	}
	out.source = p.source
	out.targets = slices.Clone(out.removes)
	for _, set := range out.sets {
		out.targets = append(out.targets, set.path)
	}
	for _, action := range slices.Concat(out.adds, out.deletes) {
		out.targets = append(out.targets, action.path)
	}
	return out, nil
}

// section parses SET, REMOVE, ADD or DELETE and its actions.
func (p *parser) section(out *Update) error {
	switch {
	case p.accept("SET"):
		return p.actions(func(target path) error {
			if err := p.expect("="); err != nil {
				return err
			}
			value, err := p.sum()
			out.sets = append(out.sets, assignment{target, value})
			return err
		})
	case p.accept("REMOVE"):
		return p.actions(func(target path) error {
			out.removes = append(out.removes, target)
			return nil
		})
	case p.accept("ADD"):
		return p.actions(func(target path) error {
			value, err := p.value()
			out.adds = append(out.adds, merger{target, value})
			return err
		})
	case p.accept("DELETE"):
		return p.actions(func(target path) error {
			value, err := p.value()
			out.deletes = append(out.deletes, merger{target, value})
			return err
		})
	default:
		return p.syntaxError()
	}
}

// actions parses one or more actions, each of which begins with a path.
func (p *parser) actions(rest func(path) error) error {
	for {
		target, err := p.path()
		if err != nil {
			return err
		}
		if err := rest(target); err != nil {
			return err
		}
		if !p.accept(",") {
			return nil
		}
	}
}

// sum parses the right side of SET: one term, or two with + or - between them.
func (p *parser) sum() (term, error) {
	left, err := p.term()
	if err != nil {
		return nil, err
	}
	operator := p.peek().text
	if !p.accept("+") && !p.accept("-") {
		return left, nil
	}
	right, err := p.term()
	return arithmetic{operator: operator, left: left, right: right}, err
}

// term parses a path, a :value, if_not_exists or list_append.
func (p *parser) term() (term, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	switch {
	case p.peek().kind == valueToken:
		return p.value()
	case p.accept("("):
		inner, err := p.sum()
		if err != nil {
			return nil, err
		}
		return inner, p.expect(")")
	case !p.isCall():
		return p.path()
	}
	name := p.next().text
	if name != "if_not_exists" && name != "list_append" {
		if _, ok := functions[name]; ok || name == "size" {
			return nil, p.invalid("The function is not allowed in an update expression; function: %s", name)
		}
		return nil, p.unknownFunction(name)
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	first, err := p.term()
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	second, err := p.term()
	if err != nil {
		return nil, err
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	if name == "list_append" {
		return listAppend{first, second}, nil
	}
	target, ok := first.(path)
	if !ok {
		return nil, p.invalid("Operator or function requires a document path; operator or function: %s", name)
	}
	return ifNotExists{target, second}, nil
}

func (u *Update) check(scope Scope) error {
	if err := checkApart(&u.source, u.targets, scope); err != nil {
		return err
	}
	for _, set := range u.sets {
		if err := checkAll(&u.source, scope, set.value); err != nil {
			return err
		}
	}
	for _, add := range u.adds {
		if err := checkType(&u.source, "ADD", add.value.static(scope), []string{"N", "SS", "NS", "BS"}); err != nil {
			return err
		}
	}
	for _, deletion := range u.deletes {
		if err := checkType(&u.source, "DELETE", deletion.value.static(scope), []string{"SS", "NS", "BS"}); err != nil {
			return err
		}
	}
	return nil
}

// Attributes returns the names of the top-level attributes that the update writes, or writes into.
func (u *Update) Attributes(scope Scope) []string {
	names := make([]string, len(u.targets))
	for i, p := range u.targets {
		names[i] = p[0].nameIn(scope)
	}
	return names
}

// Touched returns a copy of those parts of an item that the update writes.
func (u *Update) Touched(item attribute.Item, scope Scope) attribute.Item {
	return project(item, resolveAll(u.targets, scope))
}
