package asl

import (
	"strings"
	"time"
)

// A choice is one rule of a Choice state and where it leads.
type choice struct {
	test test
	next *state
}

// A test is a compiled condition of a choice rule.
type test interface {
	holds(data scope) (bool, *Error)
}

type allOf []test

func (tests allOf) holds(data scope) (bool, *Error) {
	for _, each := range tests {
		if held, err := each.holds(data); err != nil || !held {
			return false, err
		}
	}
	return true, nil
}

type anyOf []test

func (tests anyOf) holds(data scope) (bool, *Error) {
	for _, each := range tests {
		if held, err := each.holds(data); err != nil || held {
			return held, err
		}
	}
	return false, nil
}

type negation struct{ test test }

func (n negation) holds(data scope) (bool, *Error) {
	held, err := n.test.holds(data)
	return !held, err
}

// A comparison compares a variable with a constant or another variable.
// Values of other types than the operator's never match; that is no error.
type comparison struct {
	variable *path
	compare  func(left, right any) bool
	constant any
	other    *path // nil: the constant
}

func (c comparison) holds(data scope) (bool, *Error) {
	left, err := variableValue(c.variable, data)
	if err != nil {
		return false, err
	}
	right := c.constant
	if c.other != nil {
		if right, err = variableValue(c.other, data); err != nil {
			return false, err
		}
	}
	return c.compare(left, right), nil
}

func variableValue(p *path, data scope) (any, *Error) {
	value, found := p.find(data.root(p))
	if !found {
		return nil, &Error{ErrorRuntime, "Invalid path '" + p.text + "': The choice state's condition path references an invalid value."}
	}
	return value, nil
}

// A typeTest is one of the operators Is….
type typeTest struct {
	variable *path
	is       func(value any) bool
	want     bool
}

func (t typeTest) holds(data scope) (bool, *Error) {
	value, err := variableValue(t.variable, data)
	return err == nil && t.is(value) == t.want, err
}

// A presenceTest is IsPresent, the one test that a missing variable doesn't break.
type presenceTest struct {
	variable *path
	want     bool
}

func (t presenceTest) holds(data scope) (bool, *Error) {
	_, found := t.variable.find(data.root(t.variable))
	return found == t.want, nil
}

// An operand is the type of value that an operator compares with.
type operand int

const (
	stringOperand operand = iota
	patternOperand
	numberOperand
	booleanOperand
	timestampOperand
)

// comparisonNamed splits an operator such as NumericLessThanEqualsPath; byPath
// tells whether the other side is a path.
func comparisonNamed(operator string) (compare func(left, right any) bool, with operand, byPath, known bool) {
	name, byPath := strings.CutSuffix(operator, "Path")
	if name == "StringMatches" {
		return matchesPattern, patternOperand, false, !byPath
	}
	if name == "BooleanEquals" {
		return equalBooleans, booleanOperand, byPath, true
	}
	for _, family := range []struct {
		prefix string
		with   operand
		order  func(left, right any) (int, bool)
	}{
		{"String", stringOperand, compareStrings},
		{"Numeric", numberOperand, compareNumbers},
		{"Timestamp", timestampOperand, compareTimestamps},
	} {
		relation, isOfFamily := strings.CutPrefix(name, family.prefix)
		if accepts := relationNamed(relation); isOfFamily && accepts != nil {
			return func(left, right any) bool {
				order, comparable := family.order(left, right)
				return comparable && accepts(order)
			}, family.with, byPath, true
		}
	}
	return nil, 0, false, false
}

func relationNamed(relation string) func(order int) bool {
	switch relation {
	case "Equals":
		return func(order int) bool { return order == 0 }
	case "LessThan":
		return func(order int) bool { return order < 0 }
	case "GreaterThan":
		return func(order int) bool { return order > 0 }
	case "LessThanEquals":
		return func(order int) bool { return order <= 0 }
	case "GreaterThanEquals":
		return func(order int) bool { return order >= 0 }
	}
	return nil
}

func typeTestNamed(operator string) func(value any) bool {
	switch operator {
	case "IsNull":
		return func(value any) bool { return value == nil }
	case "IsNumeric":
		return func(value any) bool { _, is := asFloat(value); return is }
	case "IsString":
		return func(value any) bool { _, is := value.(string); return is }
	case "IsBoolean":
		return func(value any) bool { _, is := value.(bool); return is }
	case "IsTimestamp":
		return func(value any) bool { _, is := asTimestamp(value); return is }
	}
	return nil
}

func compareStrings(left, right any) (int, bool) {
	l, ok := left.(string)
	r, ok2 := right.(string)
	return strings.Compare(l, r), ok && ok2
}

func equalBooleans(left, right any) bool {
	l, ok := left.(bool)
	r, ok2 := right.(bool)
	return ok && ok2 && l == r
}

func compareTimestamps(left, right any) (int, bool) {
	l, ok := asTimestamp(left)
	r, ok2 := asTimestamp(right)
	return l.Compare(r), ok && ok2
}

// asTimestamp reads the RFC 3339 profile that the language prescribes: capital T and Z.
func asTimestamp(value any) (time.Time, bool) {
	switch v := value.(type) {
	case time.Time: // a constant, parsed at load
		return v, true
	case string:
		t, err := time.Parse(time.RFC3339Nano, v)
		return t, err == nil
	}
	return time.Time{}, false
}

// matchesPattern is StringMatches: * stands for any text, \* for a star and \\ for a backslash.
func matchesPattern(left, pattern any) bool {
	text, ok := left.(string)
	return ok && matchPieces(text, pattern.([]string))
}

// patternPieces splits a pattern at its stars.
func patternPieces(pattern string) []string {
	pieces := []string{}
	var piece strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch {
		case pattern[i] == '\\' && i+1 < len(pattern):
			i++
			piece.WriteByte(pattern[i])
		case pattern[i] == '*':
			pieces = append(pieces, piece.String())
			piece.Reset()
		default:
			piece.WriteByte(pattern[i])
		}
	}
	return append(pieces, piece.String())
}

func matchPieces(text string, pieces []string) bool {
	first, last := pieces[0], pieces[len(pieces)-1]
	if len(pieces) == 1 {
		return text == first
	}
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, piece := range pieces[1 : len(pieces)-1] {
		at := strings.Index(text, piece)
		if at < 0 {
			return false
		}
		text = text[at+len(piece):]
	}
	return true
}
