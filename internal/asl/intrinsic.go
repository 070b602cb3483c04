package asl

import (
	"fmt"
	"strings"
)

// maxNesting is how deep intrinsic functions may be nested in one field.
// https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
const maxNesting = 10

// An intrinsicCall is a compiled call of an intrinsic function, such as States.Format('{}', $.name).
type intrinsicCall struct {
	name      string
	function  intrinsic
	arguments []template
}

func (c *intrinsicCall) eval(data scope) (any, *Error) {
	values := make([]any, len(c.arguments))
	for i, argument := range c.arguments {
		value, err := argument.eval(data)
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	result, err := c.function.apply(data.context, values)
	if err != nil {
		return nil, &Error{ErrorIntrinsicFailure, c.name + ": " + err.Error()}
	}
	return result, nil
}

// A formatCall is States.Format with a literal template, whose backslashes must be kept apart from its text.
type formatCall struct {
	pieces    []string // one more than there are arguments
	arguments []template
}

func (c *formatCall) eval(data scope) (any, *Error) {
	var text strings.Builder
	text.WriteString(c.pieces[0])
	for i, argument := range c.arguments {
		value, err := argument.eval(data)
		if err != nil {
			return nil, err
		}
		text.WriteString(javaText(value))
		text.WriteString(c.pieces[i+1])
	}
	return text.String(), nil
}

// isIntrinsic tells an intrinsic function from a path, by its beginning.
func isIntrinsic(text string) bool { return strings.HasPrefix(text, "States.") }

// parseIntrinsic compiles a call with everything nested in it.
func parseIntrinsic(text, field string) (template, error) {
	p := &intrinsicParser{text: text, field: field}
	call, err := p.call(1)
	if err == nil && p.at < len(p.text) {
		err = fmt.Errorf("%q goes on after its closing parenthesis", text)
	}
	return call, err
}

type intrinsicParser struct {
	text  string
	field string
	at    int
}

func (p *intrinsicParser) call(depth int) (template, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("intrinsic functions are nested more than %d deep", maxNesting)
	}
	open := strings.IndexByte(p.text[p.at:], '(')
	if open < 0 {
		return nil, fmt.Errorf("%q lacks its arguments", p.text[p.at:])
	}
	name := p.text[p.at : p.at+open]
	function, known := intrinsicNamed(name)
	if !known {
		return nil, fmt.Errorf("%s is not an intrinsic function", name)
	}
	p.at += open + 1
	var arguments []template
	for p.space(); !p.skip(')'); p.space() {
		if len(arguments) > 0 && !p.skip(',') {
			return nil, fmt.Errorf("%s: a comma or a closing parenthesis is missing at %q", name, p.text[p.at:])
		}
		p.space()
		argument, err := p.argument(depth)
		if err != nil {
			return nil, err
		}
		arguments = append(arguments, argument)
	}
	if len(arguments) < function.least || (len(arguments) > function.most && function.most >= 0) {
		return nil, fmt.Errorf("%s has %d arguments, %s are needed", name, len(arguments), function.count())
	}
	if name == formatName {
		if literal, ok := arguments[0].(stringLiteral); ok {
			pieces, err := formatPieces(literal.raw)
			if err == nil && len(pieces) != len(arguments) {
				err = fmt.Errorf("%s has %d arguments for %d places {}", name, len(arguments)-1, len(pieces)-1)
			}
			return &formatCall{pieces, arguments[1:]}, err
		}
	}
	return &intrinsicCall{name, function, arguments}, nil
}

func (p *intrinsicParser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *intrinsicParser) skip(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *intrinsicParser) argument(depth int) (template, error) {
	rest := p.text[p.at:]
	switch {
	case rest == "":
		return nil, fmt.Errorf("%q ends within its arguments", p.text)
	case isIntrinsic(rest):
		return p.call(depth + 1)
	case rest[0] == '\'':
		return p.string()
	case rest[0] == '$':
		return p.path()
	}
	word := rest[:strings.IndexAny(rest+",", ",) \t\r\n")]
	p.at += len(word)
	switch word {
	case "null":
		return constant{nil}, nil
	case "true":
		return constant{true}, nil
	case "false":
		return constant{false}, nil
	}
	number, err := decodeJSON([]byte(word))
	if _, isNumber := asFloat(number); err != nil || !isNumber {
		return nil, fmt.Errorf("%q is neither a path, a number, a string in single quotes, null, true, false nor an intrinsic function", word)
	}
	return constant{number}, nil
}

// A stringLiteral is a string between single quotes, its backslashes still in it.
type stringLiteral struct{ raw string }

func (s stringLiteral) eval(scope) (any, *Error) { return unescape(s.raw), nil }

func unescape(raw string) string {
	if !strings.Contains(raw, `\`) {
		return raw
	}
	var text strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' && i+1 < len(raw) {
			i++
		}
		text.WriteByte(raw[i])
	}
	return text.String()
}

// formatPieces splits a template of States.Format at its places {}.
func formatPieces(raw string) ([]string, error) {
	var pieces []string
	var piece strings.Builder
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '\\' && i+1 < len(raw):
			i++
			piece.WriteByte(raw[i])
		case c == '{' && strings.HasPrefix(raw[i:], "{}"):
			pieces = append(pieces, piece.String())
			piece.Reset()
			i++
		case c == '{' || c == '}':
			return nil, fmt.Errorf("%s: a brace that is not {} needs a backslash in %q", formatName, raw)
		default:
			piece.WriteByte(c)
		}
	}
	return append(pieces, piece.String()), nil
}

func (p *intrinsicParser) string() (template, error) {
	begin := p.at + 1
	for i := begin; i < len(p.text); i++ {
		switch p.text[i] {
		case '\'':
			p.at = i + 1
			return stringLiteral{p.text[begin:i]}, nil
		case '\\':
			i++
			if i == len(p.text) || strings.IndexByte(`'{}\`, p.text[i]) < 0 {
				return nil, fmt.Errorf(`%q has a backslash before something other than ' { } \`, p.text)
			}
		}
	}
	return nil, fmt.Errorf("%q has a string without a closing quote", p.text)
}

// path reads up to the comma or parenthesis that ends the argument, minding brackets and quotes of the path's own.
func (p *intrinsicParser) path() (template, error) {
	begin, depth := p.at, 0
	var quote byte
	for ; p.at < len(p.text); p.at++ {
		c := p.text[p.at]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '[' || c == '(':
			depth++
		case depth > 0 && (c == ']' || c == ')'):
			depth--
		case depth == 0 && (c == ',' || c == ')' || c == ' '):
			parsed, err := parsePath(p.text[begin:p.at])
			return pathTemplate{parsed, p.field}, err
		}
	}
	return nil, fmt.Errorf("%q ends within its arguments", p.text)
}
