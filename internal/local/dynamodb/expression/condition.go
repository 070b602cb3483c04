package expression

import (
	"slices"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// A Condition is a parsed condition, filter or key condition.
type Condition struct {
	source
	root predicate
}

// Match reports whether an item satisfies the condition; a nil item has no
// attributes. The condition must have been checked in scope.
func (c *Condition) Match(item attribute.Item, scope Scope) bool {
	return c.root.holds(item, scope)
}

func (c *Condition) check(scope Scope) error { return c.root.check(&c.source, scope) }

// Attributes returns the names of the top-level attributes that the condition's paths begin with.
func (c *Condition) Attributes(scope Scope) []string {
	var names []string
	c.root.operands(func(o operand) {
		if s, ok := o.(size); ok {
			o = s.of
		}
		if p, ok := o.(path); ok {
			names = append(names, p.resolve(scope)[0].name)
		}
	})
	return names
}

// A predicate is true or false of an item.
type predicate interface {
	holds(item attribute.Item, scope Scope) bool
	check(s *source, scope Scope) error
	operands(each func(operand))
}

type both struct{ left, right predicate }

func (p both) holds(item attribute.Item, scope Scope) bool {
	return p.left.holds(item, scope) && p.right.holds(item, scope)
}

func (p both) check(s *source, scope Scope) error {
	if err := p.left.check(s, scope); err != nil {
		return err
	}
	return p.right.check(s, scope)
}

func (p both) operands(each func(operand)) {
	p.left.operands(each)
	p.right.operands(each)
}

type either struct{ both }

func (p either) holds(item attribute.Item, scope Scope) bool {
	return p.left.holds(item, scope) || p.right.holds(item, scope)
}

type negation struct{ predicate }

func (p negation) holds(item attribute.Item, scope Scope) bool {
	return !p.predicate.holds(item, scope)
}

// A comparison is =, <>, <, <=, > or >=.
type comparison struct {
	operator    string
	left, right operand
}

func (p comparison) holds(item attribute.Item, scope Scope) bool {
	left, right := p.left.in(item, scope), p.right.in(item, scope)
	switch p.operator {
	case "=":
		return attribute.Equal(left, right)
	case "<>":
		// An attribute that does not exist differs from every value.
		return !attribute.Equal(left, right)
	}
	order, ok := attribute.Compare(left, right)
	if !ok {
		return false
	}
	switch p.operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	default:
		return order >= 0
	}
}

func (p comparison) check(s *source, scope Scope) error {
	if p.operator != "=" && p.operator != "<>" {
		for _, o := range []operand{p.left, p.right} {
			if err := checkType(s, p.operator, o.static(scope), orderedTypes); err != nil {
				return err
			}
		}
	}
	return checkDistinct(s, scope, p.operator, p.left, p.right)
}

func (p comparison) operands(each func(operand)) {
	each(p.left)
	each(p.right)
}

type between struct{ value, low, high operand }

func (p between) holds(item attribute.Item, scope Scope) bool {
	v := p.value.in(item, scope)
	low, okLow := attribute.Compare(v, p.low.in(item, scope))
	high, okHigh := attribute.Compare(v, p.high.in(item, scope))
	return okLow && okHigh && low >= 0 && high <= 0
}

func (p between) check(s *source, scope Scope) error {
	for _, o := range []operand{p.value, p.low, p.high} {
		if err := checkType(s, "BETWEEN", o.static(scope), orderedTypes); err != nil {
			return err
		}
	}
	low, lowOK := p.low.(placeholder)
	high, highOK := p.high.(placeholder)
	if !lowOK || !highOK {
		return nil
	}
	order, ok := attribute.Compare(low.in(nil, scope), high.in(nil, scope))
	if !ok {
		return s.invalid("The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: %s, upper bound operand: AttributeValue: %s", low, high)
	}
	if order > 0 {
		return s.invalid("The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: %s, upper bound operand: AttributeValue: %s", low, high)
	}
	return nil
}

func (p between) operands(each func(operand)) {
	each(p.value)
	each(p.low)
	each(p.high)
}

type membership struct {
	value operand
	of    []operand
}

func (p membership) holds(item attribute.Item, scope Scope) bool {
	v := p.value.in(item, scope)
	return slices.ContainsFunc(p.of, func(o operand) bool { return attribute.Equal(v, o.in(item, scope)) })
}

func (p membership) check(s *source, scope Scope) error {
	for _, o := range p.of {
		if err := checkDistinct(s, scope, "IN", p.value, o); err != nil {
			return err
		}
	}
	return nil
}

func (p membership) operands(each func(operand)) {
	each(p.value)
	for _, o := range p.of {
		each(o)
	}
}

// orderedTypes are those that have a less and a greater.
var orderedTypes = []string{"S", "N", "B"}

// checkType refuses an operand whose type is known and is none of the allowed.
func checkType(s *source, operator, typeName string, allowed []string) error {
	if typeName == "" || slices.Contains(allowed, typeName) {
		return nil
	}
	return s.invalid("Incorrect operand type for operator or function; operator or function: %s, operand type: %s", operator, typeName)
}

// checkDistinct refuses to compare a path with itself.
func checkDistinct(s *source, scope Scope, operator string, first, second operand) error {
	one, ok := first.(path)
	if !ok {
		return nil
	}
	two, ok := second.(path)
	if !ok || !slices.Equal(one.resolve(scope), two.resolve(scope)) {
		return nil
	}
	return s.invalid("The first operand must be distinct from the remaining operands for this operator or function; operator: %s, first operand: %s", operator, one.resolve(scope))
}

// ParseCondition parses the text of a ConditionExpression, a FilterExpression or a KeyConditionExpression, as kind says.
func ParseCondition(kind, text string) (*Condition, error) {
	p, err := newParser(kind, text)
	if err != nil {
		return nil, err
	}
	root, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	if err := p.end(); err != nil {
		return nil, err
	}
	return &Condition{source: p.source, root: root}, nil
}

func (p *parser) disjunction() (predicate, error) {
	left, err := p.conjunction()
	if err != nil {
		return nil, err
	}
	for p.accept("OR") {
		right, err := p.conjunction()
		if err != nil {
			return nil, err
		}
		left = either{both{left, right}}
	}
	return left, nil
}

func (p *parser) conjunction() (predicate, error) {
	left, err := p.negation()
	if err != nil {
		return nil, err
	}
	for p.accept("AND") {
		right, err := p.negation()
		if err != nil {
			return nil, err
		}
		left = both{left, right}
	}
	return left, nil
}

func (p *parser) negation() (predicate, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	switch {
	case p.accept("NOT"):
		inner, err := p.negation()
		return negation{inner}, err
	case p.accept("("):
		inner, err := p.disjunction()
		if err != nil {
			return nil, err
		}
		return inner, p.expect(")")
	default:
		return p.predicate()
	}
}

func (p *parser) predicate() (predicate, error) {
	if p.isCall() && p.peek().text != "size" {
		return p.function()
	}
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	switch t := p.peek(); {
	case p.accept("BETWEEN"):
		return p.between(left)
	case p.accept("IN"):
		return p.membership(left)
	case t.kind == symbolToken && slices.Contains([]string{"=", "<>", "<", "<=", ">", ">="}, t.text):
		p.next()
		right, err := p.operand()
		return comparison{operator: t.text, left: left, right: right}, err
	default:
		return nil, p.syntaxError()
	}
}

func (p *parser) between(value operand) (predicate, error) {
	low, err := p.operand()
	if err != nil {
		return nil, err
	}
	if err := p.expect("AND"); err != nil {
		return nil, err
	}
	high, err := p.operand()
	return between{value: value, low: low, high: high}, err
}

func (p *parser) membership(value operand) (predicate, error) {
	of, err := p.arguments()
	if err != nil {
		return nil, err
	}
	if len(of) > maximumOperands {
		return nil, p.invalid("The IN operator is provided with too many operands; number of operands: %d", len(of))
	}
	return membership{value: value, of: of}, nil
}

// arguments parses one or more operands in parentheses.
func (p *parser) arguments() ([]operand, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var out []operand
	for {
		o, err := p.operand()
		if err != nil {
			return nil, err
		}
		out = append(out, o)
		if !p.accept(",") {
			return out, p.expect(")")
		}
	}
}

// isCall reports whether a word and an opening parenthesis come next.
func (p *parser) isCall() bool {
	return p.peek().kind == wordToken && p.at+1 < len(p.tokens) && p.tokens[p.at+1].is("(")
}

// operand parses a path, a :value or size(path).
func (p *parser) operand() (operand, error) {
	if p.peek().kind == valueToken {
		return p.value()
	}
	if !p.isCall() {
		return p.path()
	}
	name := p.peek()
	if name.text != "size" {
		if _, ok := functions[name.text]; ok {
			return nil, p.invalid("The function is not allowed to be used this way in an expression; function: %s", name.text)
		}
		return nil, p.unknownFunction(name.text)
	}
	p.next()
	arguments, err := p.arguments()
	if err != nil {
		return nil, err
	}
	if err := p.checkArity(name.text, 1, arguments); err != nil {
		return nil, err
	}
	return size{arguments[0]}, nil
}

func (p *parser) unknownFunction(name string) error {
	return p.invalid("Invalid function name; function: %s", name)
}

func (p *parser) checkArity(name string, want int, arguments []operand) error {
	if len(arguments) != want {
		return p.invalid("Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d", name, len(arguments))
	}
	return nil
}

// isTypeName reports whether attribute_type knows the name.
func isTypeName(name string) bool {
	return slices.Contains(strings.Fields("S N B SS NS BS M L BOOL NULL"), name)
}
