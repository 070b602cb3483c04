package scenario

import (
	"errors"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Read reads a scenario file, YAML or JSON. What it leaves out is as in [Default]. Its
// error is a *[release.Problems] that says every mistake at once, each with its place.
//
// Period is that of the release document, for which the file's times are meant: a file that
// names another length is refused.
func Read(data []byte, period time.Duration) (Scenario, error) {
	var read Scenario
	source, malformed := release.DecodeInto(data, &read, "a scenario needs something that differs from the default, such as traffic")
	filled := read.complete(source)
	mistakes := []error{filled.Check()}
	if seconds := filled.PeriodSeconds; seconds != 0 && seconds != period.Seconds() {
		mistakes = append(mistakes, errors.New("periodSeconds: is not the release file's analysis.period, "+period.String()+"; leave it out"))
	}
	filled.PeriodSeconds = period.Seconds()
	return filled, release.Join(malformed, placed(source, errors.Join(mistakes...)))
}

// complete fills in what the file leaves out.
func (s Scenario) complete(source *release.Source) Scenario {
	otherwise := Default()
	if !source.Has("traffic") {
		s.Traffic = otherwise.Traffic
	}
	if !source.Has("metrics") {
		s.Metrics = otherwise.Metrics
	}
	if !source.Has("delay") {
		s.Delay = otherwise.Delay
	}
	if !source.Has("alarm.periods") {
		s.Alarm.Periods = otherwise.Alarm.Periods
	}
	return s
}

// placed makes problems with places in a file of mistakes that begin with the path of what they are about.
func placed(source *release.Source, mistakes error) error {
	var problems []release.Problem
	for _, mistake := range flat(mistakes) {
		path, message, _ := strings.Cut(mistake.Error(), ": ")
		if source.Spoiled(path) {
			continue
		}
		message, hint, _ := strings.Cut(message, "; ")
		line, column := source.At(path)
		problems = append(problems, release.Problem{Path: path, Line: line, Column: column, Message: message, Hint: hint})
	}
	if len(problems) == 0 {
		return nil
	}
	return &release.Problems{List: problems}
}

// flat lists the errors that were joined to one.
func flat(err error) []error {
	var joined interface{ Unwrap() []error }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &joined):
		var list []error
		for _, one := range joined.Unwrap() {
			list = append(list, flat(one)...)
		}
		return list
	default:
		return []error{err}
	}
}
