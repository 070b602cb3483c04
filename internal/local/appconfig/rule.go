package appconfig

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// An expression is one of a rule: a value, or an operator and its operands
// (https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-multi-variant-feature-flags-rules-operators.html).
type expression struct {
	// operator is empty of a value.
	operator string
	operands []expression
	// named are operands that are given by name, as by::$userId.
	named map[string]expression
	// key is the name of a context value, and value a literal: string, float64, bool, or []any of them.
	key   string
	value any
}

// An operator is what an expression may begin with: how many operands it has in their order, and which by name.
type operator struct {
	operands        int
	named, optional []string
}

// operators are those that AWS's page lists, without those for times.
func operators() map[string]operator {
	two := operator{operands: 2}
	return map[string]operator{
		"eq": two, "gt": two, "gte": two, "lt": two, "lte": two, "and": two, "or": two, "not": {operands: 1},
		"begins_with": two, "ends_with": two, "contains": two, "in": two,
		"matches": {named: []string{"in", "pattern"}},
		"exists":  {named: []string{"key"}},
		"split":   {named: []string{"by", "pct"}, optional: []string{"seed"}},
	}
}

// parseRule reads a whole rule.
func parseRule(text string) (expression, error) {
	p := &parser{rest: text}
	rule, err := p.expression()
	if err != nil {
		return expression{}, err
	}
	if p.space(); p.rest != "" {
		return expression{}, fmt.Errorf("there is more behind the expression: %s", p.rest)
	}
	if rule.operator == "" {
		return expression{}, errors.New("a rule must be true or false")
	}
	return rule, nil
}

// A parser reads a rule from its beginning on.
type parser struct{ rest string }

func (p *parser) space() { p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace) }

// take takes a prefix off, if it is there.
func (p *parser) take(prefix string) bool {
	p.space()
	rest, ok := strings.CutPrefix(p.rest, prefix)
	p.rest = rest
	return ok
}

// expression reads a value or what stands in parentheses.
func (p *parser) expression() (expression, error) {
	if !p.take("(") {
		return p.operand()
	}
	word := p.word()
	known, ok := operators()[word]
	if !ok {
		return expression{}, fmt.Errorf("there is no operator %q", word)
	}
	made := expression{operator: word, named: map[string]expression{}}
	for !p.take(")") {
		if p.rest == "" {
			return expression{}, errors.New("a parenthesis is not closed")
		}
		name := p.name()
		operand, err := p.expression()
		switch {
		case err != nil:
			return expression{}, err
		case name == "":
			made.operands = append(made.operands, operand)
		case !slices.Contains(known.named, name) && !slices.Contains(known.optional, name):
			return expression{}, fmt.Errorf("operator %s has no property %s", word, name)
		default:
			made.named[name] = operand
		}
	}
	if len(made.operands) != known.operands {
		return expression{}, fmt.Errorf("operator %s has %d operands, not %d", word, known.operands, len(made.operands))
	}
	for _, name := range known.named {
		if _, ok := made.named[name]; !ok {
			return expression{}, fmt.Errorf("operator %s needs property %s", word, name)
		}
	}
	return made, made.check()
}

// check wants the operands that AppConfig looks at before it evaluates anything.
func (e expression) check() error {
	switch e.operator {
	case "split":
		percent, ok := e.named["pct"].value.(float64)
		if !ok || percent < 0 || percent > 100 {
			return errors.New("pct is a number from 0 to 100")
		}
	case "matches":
		pattern, ok := e.named["pattern"].value.(string)
		if !ok {
			return errors.New("pattern is a text")
		}
		if _, err := regexp.Compile(pattern); err != nil {
			return err
		}
	case "and", "or", "not":
		for _, operand := range e.operands {
			if _, boolean := operand.value.(bool); operand.operator == "" && !boolean {
				return fmt.Errorf("an operand of %s is neither true nor false", e.operator)
			}
		}
	}
	return nil
}

// namePattern is a property's name and the sign behind it.
var namePattern = regexp.MustCompile(`^([a-z]+)::\s*`)

// name reads a property's name; empty when there is none.
func (p *parser) name() string {
	p.space()
	found := namePattern.FindStringSubmatch(p.rest)
	if found == nil {
		return ""
	}
	p.rest = p.rest[len(found[0]):]
	return found[1]
}

// word reads up to what can't be in a word.
func (p *parser) word() string {
	p.space()
	end := strings.IndexFunc(p.rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`()[],"`, r) })
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

// operand reads a context value or a literal.
func (p *parser) operand() (expression, error) {
	p.space()
	switch {
	case strings.HasPrefix(p.rest, `"`):
		quoted, err := strconv.QuotedPrefix(p.rest)
		if err != nil {
			return expression{}, fmt.Errorf("a text is not closed: %s", p.rest)
		}
		p.rest = p.rest[len(quoted):]
		text, err := strconv.Unquote(quoted)
		return expression{value: text}, err
	case p.take("["):
		return p.list()
	}
	word := p.word()
	number, notNumber := strconv.ParseFloat(word, 64)
	switch {
	case strings.HasPrefix(word, "$") && len(word) > 1:
		return expression{key: word[1:]}, nil
	case word == "true", word == "false":
		return expression{value: word == "true"}, nil
	case notNumber == nil:
		return expression{value: number}, nil
	default:
		return expression{}, fmt.Errorf("%q is no value", word)
	}
}

// list reads literals up to the closing bracket.
func (p *parser) list() (expression, error) {
	items := []any{}
	for !p.take("]") {
		item, err := p.operand()
		if err != nil {
			return expression{}, err
		}
		if item.key != "" {
			return expression{}, errors.New("a list has literals only")
		}
		items = append(items, item.value)
		p.take(",")
	}
	return expression{value: items}, nil
}
