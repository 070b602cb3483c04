package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/page"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/policy"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/report"
)

// What --output may say of simulate besides.
const (
	outputCSV  = "csv"
	outputHTML = "html"
)

// writeSimulation prints a report, or writes it to a file.
func (s *session) writeSimulation(made simulated, file string) error {
	var body bytes.Buffer
	if err := s.renderSimulation(&body, made); err != nil {
		return err
	}
	if file == "" {
		if _, err := body.WriteTo(s.environment.Stdout); err != nil {
			return fmt.Errorf("print the result: %w", err)
		}
		return nil
	}
	if err := os.WriteFile(file, body.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	s.note("wrote " + file)
	return nil
}

func (s *session) renderSimulation(w io.Writer, made simulated) error {
	switch s.global.output {
	case outputJSON:
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(made.report)
	case outputHTML:
		return page.Write(w, made.report)
	case outputCSV:
		switch {
		case made.report.Comparison != nil:
			return made.report.ComparisonCSV(w)
		case made.report.Trace != nil:
			return made.report.TraceCSV(w)
		default:
			return report.FlightsCSV(w, made.flights)
		}
	default:
		_, err := io.WriteString(w, simulationText(made.report))
		return err
	}
}

// A ListedPolicy is a policy that simulate --compare knows.
type ListedPolicy struct {
	Name string `json:"name"`
	// About says in one line what it does, Source where that was read.
	About  string `json:"about"`
	Source string `json:"source"`
}

// listPolicies prints what --compare knows.
func (s *session) listPolicies() error {
	var list []ListedPolicy
	var rows [][]string
	for _, one := range policy.All() {
		list = append(list, ListedPolicy{one.Name, one.About, one.Source})
		rows = append(rows, []string{one.Name, one.About})
	}
	text := tabulate([]string{"POLICY", "WHAT IT DOES"}, rows) +
		"\n+bake after the name of a deployment keeps its alarms armed for 5 minutes more; +p99 also allows at most 1% slow requests\n"
	return s.print(list, text)
}

// splitList splits a list that has commas.
func splitList(text string) []string {
	var list []string
	for _, one := range strings.Split(text, ",") {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return list
}
