package cloudwatch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/goccy/go-yaml/ast"
)

// alarmFile is the file's name in messages.
const alarmFile = "alarms.yaml"

// A FileError says every mistake in an alarm file.
type FileError struct {
	// Problems has at least one, in the order of the file.
	Problems []FileProblem
}

// A FileProblem is one mistake in an alarm file.
type FileProblem struct {
	// Line and Column count from 1; 0 is the file as a whole.
	Line, Column int
	// Path is where it stands, such as "alarms[0].Period"; may be empty.
	Path    string
	Message string
}

// Error has one line for each problem.
func (e *FileError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// String is one line: "alarms.yaml:LINE:COLUMN: PATH: MESSAGE".
func (p FileProblem) String() string {
	text := alarmFile + ": "
	if p.Line > 0 {
		text = fmt.Sprintf("%s:%d:%d: ", alarmFile, p.Line, p.Column)
	}
	if p.Path != "" {
		text += p.Path + ": "
	}
	return text + p.Message
}

// LoadAlarms makes the alarms of the file those that it lists: a YAML document
// whose one key, "alarms", has a list of alarms in the field names of
// PutMetricAlarm, or of PutCompositeAlarm for one with an AlarmRule. Alarms that
// an earlier file had and this one has not are deleted; alarms that were put
// by a call are left alone. The error is a [FileError] when the file has
// mistakes; then nothing is changed.
func (s *Service) LoadAlarms(_ context.Context, data []byte) error {
	list, problems := s.readAlarms(data)
	if len(problems) > 0 {
		slices.SortStableFunc(problems, func(a, b FileProblem) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		return &FileError{Problems: problems}
	}
	if err := s.put(list, s.gone(list)); err != nil {
		return fmt.Errorf("load alarms: %w", err)
	}
	return nil
}

// gone are the alarms of an earlier file that are not in the list.
func (s *Service) gone(list []stored) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name, a := range s.alarms {
		if a.FromFile && !slices.ContainsFunc(list, func(one stored) bool { return (&alarm{stored: one}).name() == name }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// A definition is one alarm of the file, before it is checked: exactly one of
// metric and composite.
type definition struct {
	node      ast.Node
	path      string
	metric    *sdk.PutMetricAlarmInput
	composite *sdk.PutCompositeAlarmInput
	// broken are the fields that could not be read.
	broken []string
}

func (d *definition) name() string {
	if d.metric != nil {
		return aws.ToString(d.metric.AlarmName)
	}
	return aws.ToString(d.composite.AlarmName)
}

// readAlarms reads and checks a file.
func (s *Service) readAlarms(data []byte) ([]stored, []FileProblem) {
	r := &fileReader{}
	definitions := r.definitions(data)
	names := map[string]bool{}
	for _, d := range definitions {
		name := d.name()
		if name != "" && names[name] {
			r.field(d, "AlarmName", fmt.Sprintf("there are two alarms named %q", name))
		}
		names[name] = true
	}
	var list []stored
	for _, d := range definitions {
		for _, problem := range s.check(d, names) {
			if !slices.Contains(d.broken, problem.field) {
				r.field(d, problem.field, problem.message)
			}
		}
	}
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	for _, d := range definitions {
		var one stored
		if d.metric != nil {
			one = s.storedMetric(d.metric)
		} else {
			one = s.storedComposite(d.composite)
		}
		one.FromFile = true
		list = append(list, one)
	}
	return list, nil
}

// check finds the mistakes in a definition of the file, whose alarms have the given names.
func (s *Service) check(d *definition, names map[string]bool) []fieldProblem {
	if d.metric != nil {
		return checkMetricAlarm(d.metric, s.options.Resolution)
	}
	return checkCompositeAlarm(d.composite, func(name string) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		there := s.alarms[name]
		return names[name] || there != nil && !there.FromFile
	})
}
