package cli

import (
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// An exitError ends the command with a code. Its message, when not empty, is printed to the
// standard error stream as it is.
type exitError struct {
	code    int
	message string
}

func (e *exitError) Error() string { return e.message }

// usage is an error in how the command was called.
func usage(message string) error { return &exitError{code: release.ExitUsage, message: message} }

// most is how many releases can be asked for at once.
const most = 100

// within refuses a number of releases that nobody can ask for.
func within(flag string, number int) error {
	if number < 1 || number > most {
		return usage(fmt.Sprintf("--%s is %d; it can be 1 to %d", flag, number, most))
	}
	return nil
}

// exitWith ends the command with code, silently; nil for 0.
func exitWith(code int) error {
	if code == 0 {
		return nil
	}
	return &exitError{code: code}
}
