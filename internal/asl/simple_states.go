package asl

import (
	"fmt"
	"time"
)

func (b *branch) performPass(input any) {
	result, err := b.evaluate(b.state.parameters, input)
	if err != nil {
		b.fail(failed(err))
		return
	}
	if b.state.result != nil {
		result = b.state.result.value
	}
	b.succeed(result)
}

func (b *branch) performChoice(input any) {
	s := b.state
	data := b.scope(input)
	for i := range s.choices {
		holds, err := s.choices[i].test.holds(data)
		if err != nil {
			b.fail(failed(b.explain(err)))
			return
		}
		if holds {
			b.leaveWith(input, s.choices[i].next)
			return
		}
	}
	if s.otherwise == nil {
		b.fail(failed(b.explain(&Error{ErrorNoChoiceMatched, "No choice rule matched, and there is no Default."})))
		return
	}
	b.leaveWith(input, s.otherwise)
}

func (b *branch) performFail() {
	fields := b.state.failure
	name, err := b.failureText(fields.namePath, fields.name, "ErrorPath")
	if err == nil {
		var cause string
		if cause, err = b.failureText(fields.causePath, fields.cause, "CausePath"); err == nil {
			b.fail(failure{Error: Error{name, cause}})
			return
		}
	}
	b.fail(failed(err))
}

func (b *branch) failureText(expression template, literal, field string) (string, *Error) {
	if expression == nil {
		return literal, nil
	}
	value, err := expression.eval(b.scope(b.input))
	if err != nil {
		return "", b.explain(&Error{ErrorRuntime, err.Cause})
	}
	text, ok := value.(string)
	if !ok {
		return "", b.explain(&Error{ErrorRuntime, fmt.Sprintf("The %s field does not reference a string: %s", field, appendJSON(nil, value))})
	}
	return text, nil
}

func (b *branch) performWait(input any) {
	delay, err := b.waitTime(input)
	if err != nil {
		b.fail(failed(err))
		return
	}
	if delay <= 0 {
		b.leaveWith(input, b.state.next)
		return
	}
	b.after(delay, func() { b.leaveWith(input, b.state.next) })
}

func (b *branch) waitTime(input any) (time.Duration, *Error) {
	w := b.state.wait
	switch {
	case w.secondsPath != nil:
		return b.secondsToWait(w.secondsPath, input)
	case w.timestampPath != nil:
		value, err := b.lookUp(w.timestampPath, input)
		if err != nil {
			return 0, err
		}
		until, ok := asTimestamp(value)
		if !ok {
			return 0, b.explain(&Error{ErrorRuntime, fmt.Sprintf("The TimestampPath parameter does not reference a valid "+
				"ISO-8601 extended offset date-time format string: %s == %s", w.timestampPath.text, javaText(value))})
		}
		return b.until(until)
	case !w.until.IsZero():
		return b.until(w.until)
	}
	return time.Duration(w.seconds) * time.Second, nil
}

// secondsToWait is what SecondsPath leads to. The explanations are Step Functions' own.
func (b *branch) secondsToWait(p *path, input any) (time.Duration, *Error) {
	value, found := p.find(b.scope(input).root(p))
	seconds, isWhole := value.(int64)
	var why string
	switch {
	case !found:
		why = "does not reference an input value: " + p.text
	case !isWhole:
		why = fmt.Sprintf("cannot be parsed as a long value: %s == %s", p.text, javaText(value))
	case seconds < 0:
		why = fmt.Sprintf("references a negative value: %s == %d", p.text, seconds)
	case seconds > maxSeconds:
		why = fmt.Sprintf("references a value larger than %d: %s == %d", maxSeconds, p.text, seconds)
	default:
		return time.Duration(seconds) * time.Second, nil
	}
	return 0, b.explain(&Error{ErrorRuntime, "The SecondsPath parameter " + why})
}

func (b *branch) until(t time.Time) (time.Duration, *Error) {
	delay := t.Sub(b.x.engine.options.Clock.Now())
	if delay > maxSeconds*time.Second {
		return 0, b.explain(&Error{ErrorRuntime, "Wait state delay is too long."})
	}
	return delay, nil
}

// wholeSeconds is a number of seconds that a path of a Task leads to.
func (b *branch) wholeSeconds(field string, p *path, input any) (int64, *Error) {
	value, err := b.lookUp(p, input)
	if err != nil {
		return 0, err
	}
	seconds, ok := value.(int64)
	if !ok || seconds < 1 || seconds > maxSeconds {
		return 0, b.explain(&Error{ErrorRuntime, fmt.Sprintf("The %s parameter is not an integer from 1 to %d: %s == %s",
			field, maxSeconds, p.text, appendJSON(nil, value))})
	}
	return seconds, nil
}
