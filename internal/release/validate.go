package release

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Validate reports every mistake in what a document says, at once: its error is
// a *[Problems]. Warnings are about documents that will work, but perhaps not
// as their author expects. The document may be as [Decode] made it or as
// [Default] did. Source says where things stand, and may be nil; with it,
// Validate does not repeat what Decode has reported.
//
// Validate performs no I/O: what only AWS knows is left to the target's preflight.
func Validate(document Document, source *Source) (warnings []Problem, err error) {
	v := validation{source: source, given: document, complete: Default(document)}
	v.identity()
	v.artifact()
	v.target()
	v.strategy()
	v.verify()
	v.analysis()
	v.timeouts()
	v.notify()
	v.drift()
	v.request()
	v.size()
	return v.warnings.list, v.problems.err()
}

// A validation is one run of Validate.
type validation struct {
	source *Source
	// given is the document as it came, complete has its defaults.
	given, complete Document
	problems        problemList
	warnings        problemList
}

// reject reports a mistake at path.
func (v *validation) reject(path string, value any, hint, format string, arguments ...any) {
	if !v.source.spoiled(path) {
		v.problems.add(v.problem(path, value, hint, format, arguments...))
	}
}

// warn reports something at path that deserves a second look.
func (v *validation) warn(path, hint, format string, arguments ...any) {
	if !v.source.spoiled(path) {
		v.warnings.add(v.problem(path, nil, hint, format, arguments...))
	}
}

func (v *validation) problem(path string, value any, hint, format string, arguments ...any) Problem {
	line, column := v.source.At(path)
	return Problem{
		Path: path, Line: line, Column: column, Value: show(value), Hint: hint,
		Message: fmt.Sprintf(format, arguments...),
	}
}

// missing reports a required key; one that is given is empty.
func (v *validation) missing(path string, value any, hint string) {
	if v.source.Has(path) {
		v.reject(path, value, hint, "is empty")
		return
	}
	v.reject(path, nil, hint, "is missing")
}

// word checks a value against the words allowed; empty stands for the default.
func (v *validation) word(path, value string, allowed ...string) {
	if slices.Contains(allowed, value) || value == "" && !v.source.Has(path) {
		return
	}
	hint := "write " + oneOf(allowed)
	if meant := nearest(value, allowed); meant != "" {
		hint = fmt.Sprintf("did you mean %s? allowed: %s", meant, oneOf(allowed))
	}
	v.reject(path, value, hint, "is not one of the words allowed here")
}

// longestDuration keeps a release within the year that an execution may last
// (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html),
// with room for what happens around its waits.
const longestDuration = Duration(300 * 24 * time.Hour)

// duration checks a length that the workflow waits for, in whole seconds
// because its TimeoutSeconds are. Zero stands for the default.
func (v *validation) duration(path string, value, least Duration) {
	switch {
	case value == 0 && !v.source.Has(path):
	case value < least:
		v.reject(path, value, "", "must be at least %s", least)
	case value > longestDuration:
		v.reject(path, value, fmt.Sprintf("write %s or less", longestDuration), "is longer than an execution can live")
	case value%Duration(time.Second) != 0:
		v.reject(path, value, "", "must be whole seconds")
	}
}

// share checks a share, 0–1; nil stands for the default.
func (v *validation) share(path string, value *float64) {
	if value != nil && !(*value >= 0 && *value <= 1) {
		v.reject(path, *value, "it is a share: write 0.01 for one percent", "must be between 0 and 1")
	}
}

// whole checks a number; nil stands for the default.
func (v *validation) whole(path string, value *int, least, most int) {
	if value != nil && (*value < least || *value > most) {
		v.reject(path, *value, "", "must be between %d and %d", least, most)
	}
}

// namePattern is what services and environments are called: they become tag
// values, parts of lock keys and parts of execution names, of which the last
// allow least (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html).
var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// nameHint says what namePattern allows.
const nameHint = "use 1 to 40 lower-case letters, digits and hyphens, beginning with a letter or digit"

func (v *validation) identity() {
	v.version(v.given.APIVersion)
	for _, name := range []struct{ path, value string }{
		{"service", v.given.Service}, {"environment", v.given.Environment},
	} {
		v.pattern(name.path, name.value, namePattern, "is not a usable name", nameHint)
	}
}

func (v *validation) version(version string) {
	switch version {
	case APIVersion:
	case "":
		v.missing("apiVersion", version, "write "+APIVersion)
	default:
		v.reject("apiVersion", version, "write "+APIVersion, "is not a version that this Goldfinch reads")
	}
}

// pattern wants a value that matches.
func (v *validation) pattern(path, value string, want *regexp.Regexp, otherwise, hint string) {
	switch {
	case value == "":
		v.missing(path, value, hint)
	case !want.MatchString(value):
		v.reject(path, value, hint, "%s", otherwise)
	}
}

func (v *validation) request() {
	request := v.given.Request
	if request.Again && strings.TrimSpace(request.Reason) == "" {
		v.reject("request.again", nil, "give request.reason", "an artifact that was rolled back needs a reason to be released again")
	}
	switch version := request.Version; v.given.Target.Kind() {
	default:
		if version != "" && !versionPattern.MatchString(version) {
			v.reject("request.version", version, "use letters, digits and hyphens", "is not the name of a version")
		}
	case kindLambda, kindALB, kindASG, "":
		if version != "" && !digitsPattern.MatchString(version) {
			v.reject("request.version", version, "write a number", "is not a published version")
		}
	}
}

// mostDocumentBytes bounds the document as JSON. It is the input of an
// execution, at most 262,144 bytes, and is stored in the ledger beside the
// release's state in one item of at most 400 KB
// (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html).
// Lambda's own bound on a payload, 6 MB, is far beyond it.
const mostDocumentBytes = 200 << 10

func (v *validation) size() {
	data, err := json.Marshal(v.complete)
	switch {
	case err != nil && len(v.problems.list) > 0:
		// A number that is not finite has been reported where it stands.
	case err != nil:
		v.reject("", nil, "payloads and expectations must be JSON values, and numbers finite", "cannot be written as JSON: %v", err)
	case len(data) > mostDocumentBytes:
		v.reject("", amount(len(data), "bytes"), "shorten the payloads under verify",
			"is larger than the %d bytes that an execution's input has room for", mostDocumentBytes)
	}
}
