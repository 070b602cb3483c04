package asl

import "strings"

// choice compiles the rules of a Choice state.
func (l *levelLoader) choice(s *state, f *fields, info *StateInfo) {
	l.inputAndOutput(s, f)
	if choices := f.required("Choices"); choices != nil && choices.kind == listNode && len(choices.items) == 0 {
		l.refuse(choices, "must be a list with at least one rule")
	}
	rules := f.list("Choices")
	s.choices = make([]choice, len(rules)) // at its full length, since references point into it
	for i, n := range rules {
		rule := l.fields(n)
		if next := rule.required("Next"); next != nil {
			l.refer(&s.choices[i].next, next)
			addName(&info.Next, next)
		}
		s.choices[i].test = l.test(rule)
	}
	if otherwise := f.take("Default"); otherwise != nil {
		l.refer(&s.otherwise, otherwise)
		addName(&info.Next, otherwise)
	}
}

// test compiles a rule, which has exactly one operator.
func (l *levelLoader) test(f *fields) test {
	f.text("Comment")
	var compiled test
	operators := 0
	for _, m := range f.node.members {
		if found := l.operator(m, f); found != nil {
			compiled = found
			operators++
			f.taken[m.name] = true
		}
	}
	if operators != 1 && f.node.kind == objectNode {
		l.refuse(f.node, "a choice rule has exactly one operator, not %d", operators)
	}
	f.finish()
	return compiled
}

// operator compiles a member of a rule if it is an operator.
func (l *levelLoader) operator(m member, f *fields) test {
	switch m.name {
	case "And":
		return allOf(l.tests(m.value))
	case "Or":
		return anyOf(l.tests(m.value))
	case "Not":
		return negation{l.test(l.fields(m.value))}
	case "IsPresent":
		return presenceTest{l.variable(f), l.wanted(m.value)}
	}
	if is := typeTestNamed(m.name); is != nil {
		return typeTest{l.variable(f), is, l.wanted(m.value)}
	}
	compare, with, byPath, known := comparisonNamed(m.name)
	if !known {
		return nil
	}
	c := comparison{variable: l.variable(f), compare: compare}
	if byPath {
		c.other = f.pathNode(m.value, parsePath)
	} else {
		c.constant = l.operand(m.value, with)
	}
	return c
}

func (l *levelLoader) tests(n *node) []test {
	if len(n.items) == 0 {
		l.refuse(n, "must be a list with at least one rule")
	}
	tests := make([]test, len(n.items))
	for i, item := range n.items {
		tests[i] = l.test(l.fields(item))
	}
	return tests
}

func (l *levelLoader) variable(f *fields) *path {
	if n := f.required("Variable"); n != nil {
		return f.pathNode(n, parsePath)
	}
	return nil
}

func (l *levelLoader) wanted(n *node) bool {
	value, ok := n.scalar.(bool)
	if !ok {
		l.refuse(n, "must be true or false")
	}
	return value
}

// operand checks the constant that an operator compares with.
func (l *levelLoader) operand(n *node, with operand) any {
	switch with {
	case stringOperand, patternOperand:
		text, ok := n.scalar.(string)
		if !ok {
			l.refuse(n, "must be a string")
		}
		if with == patternOperand {
			if trailing := strings.TrimRight(text, `\`); (len(text)-len(trailing))%2 == 1 {
				l.refuse(n, "the pattern ends with a lone backslash")
			}
			return patternPieces(text)
		}
	case numberOperand:
		if _, ok := asFloat(n.scalar); !ok {
			l.refuse(n, "must be a number")
		}
	case booleanOperand:
		l.wanted(n)
	case timestampOperand:
		return l.timestamp(n)
	}
	return n.scalar
}
