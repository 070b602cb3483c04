package scenario

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// requestsColumn is the column of a CSV file that counts, where it has a head.
const requestsColumn = "requests"

// mostPeriods is how many lines of a CSV file are read: two weeks of minutes.
const mostPeriods = 14 * 24 * 60

// SetTrafficCSV reads requests a period from a CSV file, one line a period, oldest first: its
// column "requests", or its only column. The first line is the first period of the release; the file
// begins anew at its end, and before its beginning, which is the past. Its error is a *[release.Problems].
func (s *Scenario) SetTrafficCSV(data []byte) error {
	lines := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	lines.FieldsPerRecord, lines.TrimLeadingSpace = -1, true
	var problems []release.Problem
	reject := func(line, column int, value, message, hint string) {
		problems = append(problems, release.Problem{Line: line, Column: column, Value: value, Message: message, Hint: hint})
	}
	var list []float64
	column := 0
	for row := 0; len(problems) < 20; row++ {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			reject(row+1, 0, "", fmt.Sprintf("is no line of a CSV file: %v", err), "")
			break
		}
		if row == 0 && !isNumber(fields[0]) {
			column = slices.IndexFunc(fields, func(head string) bool { return strings.EqualFold(strings.TrimSpace(head), requestsColumn) })
			if column >= 0 {
				continue
			}
			reject(1, 1, strings.Join(fields, ","), "has no column "+requestsColumn, "name the column with the requests of each period so")
			break
		}
		line, _ := lines.FieldPos(0)
		if column >= len(fields) || row == 0 && len(fields) > 1 {
			reject(line, 1, strings.Join(fields, ","), "does not say which column has the requests", "write a first line that names one "+requestsColumn)
			break
		}
		requests, err := number(strings.TrimSpace(fields[column]))
		if err != nil {
			at, position := lines.FieldPos(column)
			reject(at, position, fields[column], "is not a number of requests", "write one that is at least 0")
		}
		list = append(list, requests)
	}
	switch {
	case len(problems) > 0:
	case len(list) == 0:
		reject(0, 0, "", "has no periods", "write the requests of each period, one a line")
	case len(list) > mostPeriods:
		reject(0, 0, "", fmt.Sprintf("has %d periods", len(list)), fmt.Sprintf("give %d at most", mostPeriods))
	}
	if len(problems) > 0 {
		return &release.Problems{List: problems}
	}
	s.Traffic = world.Traffic{List: list}
	return nil
}

func isNumber(text string) bool {
	_, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return err == nil
}
