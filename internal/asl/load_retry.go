package asl

import (
	"slices"
	"strings"
)

// Defaults of a retrier.
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
const (
	defaultInterval = 1
	defaultAttempts = 3
	defaultRate     = 2.0
)

func (l *levelLoader) retry(s *state, f *fields, info *StateInfo) {
	entries := f.list("Retry")
	for i, n := range entries {
		r := l.fields(n)
		compiled := retrier{
			errors:      l.errorNames(r, i == len(entries)-1),
			interval:    defaultInterval,
			maxAttempts: defaultAttempts,
			rate:        defaultRate,
			maxDelay:    r.whole("MaxDelaySeconds", 1, 31_622_400),
		}
		if r.take("IntervalSeconds") != nil {
			compiled.interval = r.whole("IntervalSeconds", 1, maxSeconds)
		}
		if r.take("MaxAttempts") != nil {
			compiled.maxAttempts = r.whole("MaxAttempts", 0, maxSeconds)
		}
		if rate := r.take("BackoffRate"); rate != nil {
			number, ok := asFloat(rate.scalar)
			if !ok || number < 1 {
				l.refuse(rate, "must be a number not below 1")
			}
			compiled.rate = number
		}
		if delay := r.take("MaxDelaySeconds"); delay != nil && compiled.maxDelay > 0 && compiled.maxDelay <= compiled.interval {
			l.refuse(delay, "must be greater than IntervalSeconds, %d", compiled.interval)
		}
		jitter := "NONE"
		if strategy := r.take("JitterStrategy"); strategy != nil {
			if jitter = r.text("JitterStrategy"); jitter != "NONE" && jitter != "FULL" {
				l.refuse(strategy, "must be FULL or NONE")
			}
		}
		compiled.fullJitter = jitter == "FULL"
		r.text("Comment")
		r.finish()
		s.retriers = append(s.retriers, compiled)
		info.Retry = append(info.Retry, RetryInfo{compiled.errors, compiled.interval, compiled.maxAttempts, compiled.rate, compiled.maxDelay, jitter})
	}
}

func (l *levelLoader) catch(s *state, f *fields, info *StateInfo) {
	entries := f.list("Catch")
	s.catchers = make([]catcher, len(entries)) // at its full length, since references point into it
	for i, n := range entries {
		c := l.fields(n)
		s.catchers[i].errors = l.errorNames(c, i == len(entries)-1)
		s.catchers[i].resultPath = c.dataPath("ResultPath", parseReferencePath)
		next := c.required("Next")
		l.refer(&s.catchers[i].next, next)
		c.text("Comment")
		c.finish()
		if next != nil {
			name, _ := next.scalar.(string)
			info.Catch = append(info.Catch, CatchInfo{s.catchers[i].errors, name})
		}
	}
}

// errorNames checks ErrorEquals; States.ALL must be alone, and in the last entry.
func (l *levelLoader) errorNames(f *fields, last bool) []string {
	names := f.names("ErrorEquals")
	node := f.take("ErrorEquals")
	for _, name := range names {
		if strings.HasPrefix(name, "States.") && !isReservedError(name) {
			l.refuse(node, "%s is not one of the language's error names", name)
		}
	}
	if slices.Contains(names, ErrorAll) && (len(names) > 1 || !last) {
		l.refuse(node, "%s must be alone, and in the last entry", ErrorAll)
	}
	return names
}
