package expression

import (
	"strconv"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// DynamoDB's limits on an expression.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
const (
	maximumLength   = 4 << 10
	maximumOperands = 100 // of IN
	maximumNesting  = 150 // of parentheses and NOTs: bounds the recursion
)

// A source is what every parsed expression knows of its text.
type source struct {
	kind   string // the request's parameter, such as "ConditionExpression"
	names  []string
	values []string
}

func (s *source) origin() *source { return s }

// invalid makes the error for a mistake in the expression.
func (s *source) invalid(format string, arguments ...any) error {
	return attribute.Invalid("Invalid "+s.kind+": "+format, arguments...)
}

type parser struct {
	source
	text    string
	tokens  []token
	at      int
	nesting int
}

func newParser(kind, text string) (*parser, error) {
	p := &parser{source: source{kind: kind}, text: text}
	if strings.TrimSpace(text) == "" {
		return nil, p.invalid("The expression can not be empty;")
	}
	if len(text) > maximumLength {
		return nil, p.invalid("Expression size has exceeded the maximum allowed size; expression size: %d", len(text))
	}
	tokens, ok := lex(text)
	p.tokens = tokens
	if !ok {
		p.at = len(tokens) - 1
		return nil, p.syntaxError()
	}
	return p, nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != endToken {
		p.at++
	}
	return t
}

// accept consumes the next token if it is that symbol or keyword.
func (p *parser) accept(text string) bool {
	if !p.peek().is(text) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(text string) error {
	if !p.accept(text) {
		return p.syntaxError()
	}
	return nil
}

func (p *parser) end() error {
	if p.peek().kind != endToken {
		return p.syntaxError()
	}
	return nil
}

// syntaxError names the next token, and the text from the token before it to the one after it.
func (p *parser) syntaxError() error {
	from, to := p.tokens[max(p.at-1, 0)].start, len(p.text)
	if p.at+1 < len(p.tokens) {
		following := p.tokens[p.at+1]
		to = min(following.start+len(following.text), len(p.text))
	}
	return p.invalid(`Syntax error; token: %q, near: %q`, p.peek().text, strings.TrimSpace(p.text[from:to]))
}

// enter goes one level of nesting deeper, and leave goes back.
func (p *parser) enter() error {
	if p.nesting++; p.nesting > maximumNesting {
		return p.invalid("The expression contains too many levels of nesting")
	}
	return nil
}

func (p *parser) leave() { p.nesting-- }

// value parses a :placeholder.
func (p *parser) value() (placeholder, error) {
	t := p.peek()
	if t.kind != valueToken {
		return "", p.syntaxError()
	}
	p.next()
	p.values = append(p.values, t.text)
	return placeholder(t.text), nil
}

// path parses a document path such as a.#b[3].
func (p *parser) path() (path, error) {
	first, err := p.pathName()
	if err != nil {
		return nil, err
	}
	out := path{first}
	for {
		switch {
		case p.accept("."):
			element, err := p.pathName()
			if err != nil {
				return nil, err
			}
			out = append(out, element)
		case p.accept("["):
			t := p.peek()
			index, err := strconv.Atoi(t.text)
			if t.kind != numberToken || err != nil {
				return nil, p.syntaxError()
			}
			p.next()
			if err := p.expect("]"); err != nil {
				return nil, err
			}
			out = append(out, element{index: index, isIndex: true})
		default:
			return out, nil
		}
	}
}

func (p *parser) pathName() (element, error) {
	t := p.peek()
	switch t.kind {
	case nameToken:
		p.next()
		p.names = append(p.names, t.text)
		return element{name: t.text, isPlaceholder: true}, nil
	case wordToken:
		if isReserved(t.text) {
			return element{}, p.invalid("Attribute name is a reserved keyword; reserved keyword: %s", t.text)
		}
		p.next()
		return element{name: t.text}, nil
	default:
		return element{}, p.syntaxError()
	}
}
