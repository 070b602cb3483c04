package trigger

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// What events are about; see [Result].
const (
	TriggerObject       = "s3"
	TriggerImage        = "ecr"
	TriggerPipeline     = "codepipeline"
	TriggerJob          = "codepipeline-job"
	TriggerMachineImage = "imagebuilder"
	TriggerUnknown      = "unknown"
)

// An Outcome is what became of an event.
type Outcome string

// What can become of an event.
const (
	// Started: it began a release.
	Started Outcome = "started"
	// Joined: the release that it is about had begun before.
	Joined Outcome = "joined"
	// Ignored: there is nothing to do, and nothing is wrong.
	Ignored Outcome = "ignored"
	// Refused: something is wrong that no retry would mend.
	Refused Outcome = "refused"
)

// A Result is what became of one event.
type Result struct {
	// Trigger is what the event is about: one of the constants, such as [TriggerObject].
	Trigger string  `json:"trigger"`
	Result  Outcome `json:"result"`
	// Release is the release's id; empty when there is none.
	Release string `json:"release,omitempty"`
	// Reason says why in one sentence; several mistakes of a document have a line each.
	Reason string `json:"reason"`
}

// A settlement ends an event that no retry would help.
type settlement struct {
	outcome Outcome
	reason  string
}

func (s *settlement) Error() string { return string(s.outcome) + ": " + s.reason }

func refuse(format string, arguments ...any) error {
	return &settlement{Refused, fmt.Sprintf(format, arguments...)}
}

func ignore(format string, arguments ...any) error {
	return &settlement{Ignored, fmt.Sprintf(format, arguments...)}
}

// settle makes a result of a settlement; another error stays what it is.
func settle(result Result, err error) (Result, error) {
	var settled *settlement
	if errors.As(err, &settled) {
		return Result{Result: settled.outcome, Reason: settled.reason}, nil
	}
	return result, err
}

// longestQuoted is how much of somebody else's text a reason repeats, in characters.
const longestQuoted = 80

// quote shows text that somebody else wrote within one line of a log.
func quote(text string) string {
	if shown := []rune(text); len(shown) > longestQuoted {
		text = string(shown[:longestQuoted]) + "…"
	}
	return strconv.Quote(text)
}

// shorten bounds a text, in bytes, to what an API takes.
func shorten(text string, most int) string {
	const mark = " …"
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-len(mark)], "") + mark
}
