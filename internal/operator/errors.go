package operator

import (
	"errors"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// An InvalidError says that what was asked for makes no sense, and how to mend it.
type InvalidError struct{ Message string }

// Error is the message.
func (e *InvalidError) Error() string { return e.Message }

// A NotFoundError says that there is no such release, or none of that service: most likely a name was mistyped.
type NotFoundError struct{ Message string }

// Error is the message.
func (e *NotFoundError) Error() string { return e.Message }

// exitCodes of the kinds of failures that have one of their own. Asking for
// something while somebody else changes it changes nothing: that is refused too.
var exitCodes = map[release.Kind]int{
	release.KindRefused:  release.Refused.ExitCode(),
	release.KindConflict: release.Refused.ExitCode(),
	release.KindDirty:    release.FailedDirty.ExitCode(),
}

// ExitCode is what the command line exits with after err: 0 for nil, 2 for
// what was asked for wrongly or is not known, 5 for what was refused, 6 for what a human must
// look at, and 1 for everything else.
func ExitCode(err error) int {
	if err == nil {
		return release.ExitPromoted
	}
	var invalid *InvalidError
	var unknown *NotFoundError
	if errors.As(err, &invalid) || errors.As(err, &unknown) {
		return release.ExitUsage
	}
	if kind, ok := release.KindOf(err); ok {
		if code, ok := exitCodes[kind]; ok {
			return code
		}
	}
	return release.ExitError
}
