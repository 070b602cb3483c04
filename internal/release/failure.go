package release

import (
	"errors"
	"fmt"
	"strings"
)

// A Kind classifies an error by what the workflow must do about it. Its text
// is the error's name in the workflow definition's ErrorEquals.
type Kind string

// The kinds, from harmless to grave.
const (
	// KindRefused: nothing was changed, and the release must not start.
	KindRefused Kind = "Refused"
	// KindTransient: the same call may work in a moment.
	KindTransient Kind = "Transient"
	// KindUnhealthy: the new version is no good; go back.
	KindUnhealthy Kind = "Unhealthy"
	// KindConflict: somebody else changes the same thing, or has taken the lock.
	KindConflict Kind = "Conflict"
	// KindAborted: a person, or a newer release, said so; go back.
	KindAborted Kind = "Aborted"
	// KindDirty: going back failed, and a human must look.
	KindDirty Kind = "Dirty"
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{KindRefused, KindTransient, KindUnhealthy, KindConflict, KindAborted, KindDirty}
}

// A Failure is an error of a known kind.
type Failure struct {
	// Kind is what the workflow must do.
	Kind Kind
	// Reason is one sentence for people: what is wrong, with the values that show it.
	Reason string
	// Hint is how to mend it; may be empty.
	Hint string
	// Err is the cause, kept for logs; may be nil.
	Err error
}

// Error is the reason, the cause and the hint.
func (f *Failure) Error() string {
	parts := []string{f.Reason}
	if f.Err != nil {
		parts = append(parts, f.Err.Error())
	}
	text := strings.Join(parts, ": ")
	if f.Hint != "" {
		text += "; " + f.Hint
	}
	return text
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Fail makes a failure of kind whose reason is formatted as by fmt.Sprintf.
func Fail(kind Kind, format string, arguments ...any) *Failure {
	return &Failure{Kind: kind, Reason: fmt.Sprintf(format, arguments...)}
}

// WithHint returns f saying how to mend it.
func (f *Failure) WithHint(format string, arguments ...any) *Failure {
	f.Hint = fmt.Sprintf(format, arguments...)
	return f
}

// Because returns f caused by err.
func (f *Failure) Because(err error) *Failure {
	f.Err = err
	return f
}

// KindOf finds the kind of the first failure in err's tree; ok is false when
// there is none. An unclassified error is worth a retry and then a rollback,
// which is what the workflow does with every name it does not know.
func KindOf(err error) (kind Kind, ok bool) {
	var failure *Failure
	if errors.As(err, &failure) {
		return failure.Kind, true
	}
	return "", false
}
