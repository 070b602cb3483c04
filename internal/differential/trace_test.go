package differential_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A trace is what an execution did, a line a step, the last one its end.
type trace []string

func (t trace) String() string { return strings.Join(t, "\n") + "\n" }

// sorted is the trace without the order of its steps, for executions whose branches
// run side by side.
func (t trace) sorted() trace {
	last := max(len(t)-1, 0)
	steps := slices.Clone(t)
	slices.Sort(steps[:last])
	return steps
}

// account is the account in every ARN of a scenario.
const account = "123456789012"

// traceOf reads a history in GetExecutionHistory's shape, of which it keeps what
// both interpreters must agree on. The end is told by how the history ends, and by
// status where that says less.
func traceOf(history []byte, status string) (trace, error) {
	var answer struct{ Events []map[string]json.RawMessage }
	if err := json.Unmarshal(history, &answer); err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	var steps trace
	for _, fields := range answer.Events {
		made, err := readEvent(fields)
		if err != nil {
			return nil, err
		}
		if line := made.line(); line != "" {
			steps = append(steps, line)
		}
	}
	if len(steps) == 0 || !strings.HasPrefix(steps[len(steps)-1], status) {
		steps = append(steps, status)
	}
	return steps, nil
}

// An event is as much of a history's event as a trace shows.
type event struct {
	kind                            string
	Name, Input, Output, Parameters string
	Error                           string
	Cause                           any // text; moto has objects, too
}

func readEvent(fields map[string]json.RawMessage) (event, error) {
	var read event
	err := json.Unmarshal(fields["type"], &read.kind)
	for name, details := range fields {
		if err == nil && strings.HasSuffix(name, "EventDetails") {
			err = json.Unmarshal(details, &read)
		}
	}
	if err != nil {
		return read, fmt.Errorf("read an event of the history: %w", err)
	}
	return read, nil
}

// line is the event in a trace; "" if traces don't show it.
func (e event) line() string {
	switch {
	case strings.HasSuffix(e.kind, "StateEntered"):
		return "entered " + e.Name + " " + shorten(canonical(e.Input))
	case strings.HasSuffix(e.kind, "StateExited"):
		return "exited " + e.Name + " " + shorten(canonical(e.Output))
	}
	switch e.kind {
	case "TaskScheduled":
		return "  called " + shorten(canonical(e.Parameters))
	case "LambdaFunctionScheduled":
		return "  called " + shorten(canonical(e.Input))
	case "TaskFailed", "LambdaFunctionFailed":
		return "  failed " + e.failure()
	case "TaskTimedOut", "LambdaFunctionTimedOut":
		return "  timed out"
	case "ExecutionSucceeded":
		return "SUCCEEDED " + shorten(canonical(e.Output))
	case "ExecutionFailed":
		return "FAILED " + e.failure()
	}
	return ""
}

// enteredAt is how a cause says which event entered the state.
var enteredAt = regexp.MustCompile(`\(entered at the event id #\d+\)`)

// failure is the error and its cause. The number of the event that a cause may name
// is left out: moto gives the last one instead of the one that entered the state.
func (e event) failure() string {
	cause, isText := e.Cause.(string)
	if !isText && e.Cause != nil {
		cause = text(e.Cause)
	}
	return e.Error + ": " + shorten(enteredAt.ReplaceAllString(cause, "(entered)"))
}

// longest is how much of a value a trace shows.
const longest = 2000

func shorten(text string) string {
	if len(text) <= longest {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", text[:100], len(text))
}

// canonical writes JSON so that equal values are equal texts: members in the
// alphabet's order, 5.0 as 5, and every task token as TOKEN.
func canonical(text string) string {
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return "not JSON: " + text
	}
	hideTokens(value)
	var written strings.Builder
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "not JSON: " + text
	}
	return strings.TrimSuffix(written.String(), "\n")
}

// hideTokens replaces the members named token, by which the scenarios pass on
// $$.Task.Token.
func hideTokens(value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if name == "token" {
				v[name] = "TOKEN"
			} else {
				hideTokens(member)
			}
		}
	case []any:
		for _, item := range v {
			hideTokens(item)
		}
	}
}

// text is a JSON value as text.
func text(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("not JSON: %v", err)
	}
	return string(data)
}
