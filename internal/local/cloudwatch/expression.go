package cloudwatch

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An expression is parsed metric math: + - * / ^, comparisons, AND and OR,
// and the functions FILL, IF, ABS, CEIL, FLOOR, MAX, MIN, SUM and AVG.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
type expression struct {
	// names are the ids that it refers to.
	names    []string
	evaluate term
}

// A term computes a part of an expression; resolve gives the value of an id.
type term func(resolve func(id string) (operand, error), w window) (operand, error)

// operators by how tightly they bind, loosest first.
var operators = []map[string]binary{
	{"OR": always(truth(func(a, b float64) bool { return a != 0 || b != 0 }))},
	{"AND": always(truth(func(a, b float64) bool { return a != 0 && b != 0 }))},
	{
		"<":  always(truth(func(a, b float64) bool { return a < b })),
		"<=": always(truth(func(a, b float64) bool { return a <= b })),
		">":  always(truth(func(a, b float64) bool { return a > b })),
		">=": always(truth(func(a, b float64) bool { return a >= b })),
		"==": always(truth(func(a, b float64) bool { return a == b })),
		"!=": always(truth(func(a, b float64) bool { return a != b })),
	},
	{
		"+": always(func(a, b float64) float64 { return a + b }),
		"-": always(func(a, b float64) float64 { return a - b }),
	},
	{
		"*": always(func(a, b float64) float64 { return a * b }),
		"/": func(a, b float64) (float64, bool) { return a / b, b != 0 },
	},
	{"^": always(math.Pow)},
}

// truth makes 1 and 0 of true and false.
func truth(f func(a, b float64) bool) func(a, b float64) float64 {
	return func(a, b float64) float64 {
		if f(a, b) {
			return 1
		}
		return 0
	}
}

// unaryFunctions change each number; aggregates bring numbers together.
var (
	unaryFunctions = map[string]func(float64) float64{"ABS": math.Abs, "CEIL": math.Ceil, "FLOOR": math.Floor}
	aggregates     = map[string]func([]float64) float64{"MAX": highest, "MIN": lowest, "SUM": total, "AVG": mean}
)

// parseExpression reads metric math.
func parseExpression(text string) (expression, error) {
	tokens, err := tokenize(text, mathToken)
	if err != nil {
		return expression{}, fmt.Errorf("expression %q: %w", text, err)
	}
	p := &mathParser{tokenReader: tokenReader{tokens: tokens}}
	evaluate, err := p.level(0)
	if err == nil && p.peek() != "" {
		err = fmt.Errorf("unexpected %q", p.peek())
	}
	if err != nil {
		return expression{}, fmt.Errorf("expression %q: %w", text, err)
	}
	return expression{names: p.names, evaluate: evaluate}, nil
}

var (
	mathToken  = regexp.MustCompile(`^(?:\d+(?:\.\d+)?|\.\d+|[A-Za-z]\w*|<=|>=|==|!=|&&|\|\||[-+*/^()\[\],<>])`)
	identifier = regexp.MustCompile(`^[a-z]\w*$`)
)

type mathParser struct {
	tokenReader
	names []string
}

// level parses a chain of operators that bind equally, of terms that bind more tightly.
func (p *mathParser) level(depth int) (term, error) {
	if depth == len(operators) {
		return p.unary()
	}
	left, err := p.level(depth + 1)
	if err != nil {
		return nil, err
	}
	for {
		name := p.peek()
		if other, ok := map[string]string{"&&": "AND", "||": "OR"}[name]; ok {
			name = other
		}
		f, ok := operators[depth][name]
		if !ok {
			return left, nil
		}
		p.next()
		right, err := p.level(depth + 1)
		if err != nil {
			return nil, err
		}
		left = binaryTerm(left, right, f)
	}
}

func binaryTerm(left, right term, f binary) term {
	return func(resolve func(string) (operand, error), w window) (operand, error) {
		a, err := left(resolve, w)
		if err != nil {
			return operand{}, err
		}
		b, err := right(resolve, w)
		if err != nil {
			return operand{}, err
		}
		return combine(a, b, f)
	}
}

func (p *mathParser) unary() (term, error) {
	if p.peek() != "-" {
		return p.primary()
	}
	p.next()
	inner, err := p.unary()
	if err != nil {
		return nil, err
	}
	return mapTerm(inner, func(o operand) (operand, error) {
		return apply(o, func(value float64) float64 { return -value })
	}), nil
}

// mapTerm changes what a term yields.
func mapTerm(inner term, f func(operand) (operand, error)) term {
	return func(resolve func(string) (operand, error), w window) (operand, error) {
		o, err := inner(resolve, w)
		if err != nil {
			return operand{}, err
		}
		return f(o)
	}
}

func (p *mathParser) primary() (term, error) {
	token := p.next()
	switch {
	case token == "":
		return nil, fmt.Errorf("it ends too early")
	case token == "(":
		inner, err := p.level(0)
		if err != nil {
			return nil, err
		}
		return inner, p.expect(")")
	case token == "[":
		members, err := p.terms("]")
		if err != nil {
			return nil, err
		}
		return listTerm(members), nil
	case token[0] >= '0' && token[0] <= '9' || token[0] == '.':
		value, err := strconv.ParseFloat(token, 64)
		if err != nil {
			return nil, err
		}
		return func(func(string) (operand, error), window) (operand, error) { return numberOperand(value), nil }, nil
	case p.peek() == "(":
		p.next()
		return p.call(strings.ToUpper(token))
	case identifier.MatchString(token):
		if !slices.Contains(p.names, token) {
			p.names = append(p.names, token)
		}
		return func(resolve func(string) (operand, error), _ window) (operand, error) { return resolve(token) }, nil
	default:
		return nil, fmt.Errorf("unexpected %q", token)
	}
}

// terms parses a list up to its closing token.
func (p *mathParser) terms(closing string) ([]term, error) {
	var members []term
	for {
		member, err := p.level(0)
		if err != nil {
			return nil, err
		}
		members = append(members, member)
		if p.peek() != "," {
			return members, p.expect(closing)
		}
		p.next()
	}
}

func listTerm(members []term) term {
	return func(resolve func(string) (operand, error), w window) (operand, error) {
		list := operand{kind: operandList}
		for _, member := range members {
			o, err := member(resolve, w)
			if err != nil {
				return operand{}, err
			}
			list.list = append(list.list, o)
		}
		return list, nil
	}
}

// call parses a function's arguments; its opening parenthesis is read already.
func (p *mathParser) call(name string) (term, error) {
	if name == "FILL" {
		return p.fill()
	}
	arguments, err := p.terms(")")
	if err != nil {
		return nil, err
	}
	want := 1
	if name == "IF" {
		want = 3
	}
	if len(arguments) != want {
		return nil, fmt.Errorf("%s takes %d arguments, not %d", name, want, len(arguments))
	}
	if f, ok := unaryFunctions[name]; ok {
		return mapTerm(arguments[0], func(o operand) (operand, error) { return apply(o, f) }), nil
	}
	if f, ok := aggregates[name]; ok {
		return mapTerm(arguments[0], func(o operand) (operand, error) { return aggregate(o, f) }), nil
	}
	if name == "IF" {
		return mapTerm(listTerm(arguments), func(o operand) (operand, error) {
			return choose(o.list[0], o.list[1], o.list[2])
		}), nil
	}
	return nil, fmt.Errorf("function %s is not one that the local CloudWatch has", name)
}

// fill parses FILL(series, number), FILL(series, series) and FILL(series, REPEAT).
func (p *mathParser) fill() (term, error) {
	series, err := p.level(0)
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	if p.peek() == "REPEAT" {
		p.next()
		return fillTerm(series, nil), p.expect(")")
	}
	with, err := p.level(0)
	if err != nil {
		return nil, err
	}
	return fillTerm(series, with), p.expect(")")
}

// fillTerm fills with what a term yields, or with the point before when it is nil.
func fillTerm(series, with term) term {
	return func(resolve func(string) (operand, error), w window) (operand, error) {
		o, err := series(resolve, w)
		if err != nil {
			return operand{}, err
		}
		if with == nil {
			return fill(o, nil, w)
		}
		instead, err := with(resolve, w)
		if err != nil {
			return operand{}, err
		}
		return fill(o, &instead, w)
	}
}
