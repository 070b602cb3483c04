package cloudwatch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// Limits of an alarm rule.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
const (
	maxRule     = 10_240
	maxChildren = 100
)

// A rule is the condition of a composite alarm: ALARM(name), OK(name),
// INSUFFICIENT_DATA(name), TRUE and FALSE, with NOT, AND and OR in that order
// of precedence, and parentheses.
type rule struct {
	// children are the names of the alarms that it asks about, each once.
	children []string
	holds    condition
}

// A condition asks for the states of alarms; an alarm that isn't there has none.
type condition func(state func(name string) types.StateValue) bool

var ruleStates = []types.StateValue{types.StateValueAlarm, types.StateValueOk, types.StateValueInsufficientData}

// parseRule reads an alarm rule.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html
func parseRule(text string) (*rule, error) {
	if len(text) > maxRule {
		return nil, fmt.Errorf("a rule has at most %d characters", maxRule)
	}
	p := &ruleParser{rest: text}
	holds, err := p.anyOf()
	if err == nil {
		if p.skip(); p.rest != "" {
			err = p.unexpected()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("alarm rule: %w", err)
	}
	if len(p.children) > maxChildren {
		return nil, fmt.Errorf("alarm rule: it names %d alarms, and at most %d are possible", len(p.children), maxChildren)
	}
	return &rule{children: p.children, holds: holds}, nil
}

type ruleParser struct {
	rest     string
	children []string
}

// anyOf parses conditions joined by OR.
func (p *ruleParser) anyOf() (condition, error) {
	return p.chain("OR", p.allOf, func(a, b condition) condition {
		return func(state func(string) types.StateValue) bool { return a(state) || b(state) }
	})
}

// allOf parses conditions joined by AND.
func (p *ruleParser) allOf() (condition, error) {
	return p.chain("AND", p.one, func(a, b condition) condition {
		return func(state func(string) types.StateValue) bool { return a(state) && b(state) }
	})
}

func (p *ruleParser) chain(operator string, part func() (condition, error), join func(a, b condition) condition) (condition, error) {
	left, err := part()
	for err == nil && p.word(operator) {
		var right condition
		if right, err = part(); err == nil {
			left = join(left, right)
		}
	}
	return left, err
}

// one parses a condition with its NOT.
func (p *ruleParser) one() (condition, error) {
	switch {
	case p.word("NOT"):
		inner, err := p.one()
		return func(state func(string) types.StateValue) bool { return !inner(state) }, err
	case p.word("TRUE"):
		return func(func(string) types.StateValue) bool { return true }, nil
	case p.word("FALSE"):
		return func(func(string) types.StateValue) bool { return false }, nil
	case p.literal("("):
		inner, err := p.anyOf()
		if err == nil && !p.literal(")") {
			err = p.unexpected()
		}
		return inner, err
	}
	for _, want := range ruleStates {
		if p.word(string(want)) {
			name, err := p.name()
			return func(state func(string) types.StateValue) bool { return state(name) == want }, err
		}
	}
	return nil, p.unexpected()
}

// name parses the name or ARN of an alarm in parentheses, quoted or not.
func (p *ruleParser) name() (string, error) {
	if !p.literal("(") {
		return "", p.unexpected()
	}
	p.skip()
	var name string
	if strings.HasPrefix(p.rest, `"`) {
		end := closingQuote(p.rest)
		if end < 0 {
			return "", fmt.Errorf("a name's quotation mark is never closed")
		}
		name = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(p.rest[1:end])
		p.rest = p.rest[end+1:]
	} else {
		end := strings.IndexByte(p.rest, ')')
		if end < 0 {
			return "", fmt.Errorf("a parenthesis is never closed")
		}
		name = strings.TrimSpace(p.rest[:end])
		p.rest = p.rest[end:]
	}
	if !p.literal(")") {
		return "", p.unexpected()
	}
	if _, after, ok := strings.Cut(name, ":alarm:"); ok && strings.HasPrefix(name, "arn:") {
		name = after
	}
	if name == "" {
		return "", fmt.Errorf("an alarm's name is empty")
	}
	if !slices.Contains(p.children, name) {
		p.children = append(p.children, name)
	}
	return name, nil
}

// closingQuote is the position of the quotation mark that closes the one at the text's beginning.
func closingQuote(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// skip drops white space.
func (p *ruleParser) skip() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// literal reads a text if it is next.
func (p *ruleParser) literal(text string) bool {
	p.skip()
	after, ok := strings.CutPrefix(p.rest, text)
	if ok {
		p.rest = after
	}
	return ok
}

// word reads a word if it is next and ends there.
func (p *ruleParser) word(word string) bool {
	p.skip()
	after, ok := strings.CutPrefix(p.rest, word)
	if !ok || after != "" && !strings.ContainsRune(" \t\r\n()", rune(after[0])) {
		return false
	}
	p.rest = after
	return true
}

func (p *ruleParser) unexpected() error {
	if p.rest == "" {
		return fmt.Errorf("it ends too early")
	}
	return fmt.Errorf("unexpected %q", p.rest)
}
