package release

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Problem is one mistake in a document, or one thing that deserves a warning.
type Problem struct {
	// Path is the key, such as "strategy.steps[0].weight"; empty for the document as a whole.
	Path string `json:"path"`
	// Line and Column are where it stands, from 1; 0 when that is not known.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Value is what stands there, shortened; empty when nothing does.
	Value string `json:"value,omitempty"`
	// Message is what is wrong.
	Message string `json:"message"`
	// Hint is how to mend it; may be empty.
	Hint string `json:"hint,omitempty"`
}

// In writes p as one line, "FILE:LINE:COLUMN: PATH: MESSAGE (got VALUE); HINT",
// without the parts that are not known.
func (p Problem) In(file string) string {
	var line strings.Builder
	if file != "" {
		line.WriteString(file + ":")
	}
	if p.Line > 0 {
		fmt.Fprintf(&line, "%d:%d:", p.Line, p.Column)
	}
	if line.Len() > 0 {
		line.WriteByte(' ')
	}
	if p.Path != "" {
		line.WriteString(p.Path + ": ")
	}
	line.WriteString(p.Message)
	if p.Value != "" {
		line.WriteString(" (got " + p.Value + ")")
	}
	if p.Hint != "" {
		line.WriteString("; " + p.Hint)
	}
	return line.String()
}

// String writes p as one line that names no file.
func (p Problem) String() string { return p.In("") }

// Problems is the error that says every mistake of a document at once.
type Problems struct {
	// File is the name that stands before each line; may be empty.
	File string `json:"file,omitempty"`
	// List has at least one problem, in the order of the file.
	List []Problem `json:"problems"`
}

// In returns the same problems, told of file.
func (p *Problems) In(file string) *Problems { return &Problems{File: file, List: p.List} }

// Error has one line for each problem.
func (p *Problems) Error() string {
	lines := make([]string, len(p.List))
	for i, problem := range p.List {
		lines[i] = problem.In(p.File)
	}
	return strings.Join(lines, "\n")
}

// mostProblems bounds the work and the output for a file that is wrong throughout.
const mostProblems = 100

// A problemList collects problems and keeps the first mostProblems of them.
type problemList struct {
	list    []Problem
	skipped int
}

func (l *problemList) add(problem Problem) {
	if len(l.list) == mostProblems {
		l.skipped++
		return
	}
	l.list = append(l.list, problem)
}

// Join merges the problems that [Decode] and [Validate] found in one document.
// It returns nil when there are none; every error must be nil or a *[Problems].
func Join(found ...error) error {
	var all problemList
	for _, err := range found {
		var problems *Problems
		if errors.As(err, &problems) {
			for _, problem := range problems.List {
				all.add(problem)
			}
		}
	}
	return all.err()
}

// err returns the problems in the order of the file, or nil when there are none.
func (l *problemList) err() error {
	if len(l.list) == 0 {
		return nil
	}
	list := slices.Clone(l.list)
	slices.SortStableFunc(list, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	if l.skipped > 0 {
		list = append(list, Problem{Message: fmt.Sprintf("there are %d more mistakes", l.skipped), Hint: "mend these first"})
	}
	return &Problems{List: list}
}

// longestValue is how many characters of a value a problem shows.
const longestValue = 60

// shorten keeps a value readable within one line.
func shorten(text string) string {
	if utf8.RuneCountInString(text) <= longestValue {
		return text
	}
	return string([]rune(text)[:longestValue]) + "…"
}

// quote shows text in double quotes, shortened, with control characters escaped.
func quote(text string) string { return strconv.Quote(shorten(text)) }

// A counted value is shown as it is, without quotes.
type counted string

// amount says how many of something there are.
func amount(count int, what string) counted { return counted(fmt.Sprintf("%d %s", count, what)) }

// show writes a value of a document as a problem shows it.
func show(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return quote(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return shorten(fmt.Sprint(v))
	}
}

// oneOf lists several words for people: "a, b or c".
func oneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
