// Package measured shows what a test has measured even when it passes, which
// `go test` otherwise does only with -v.
package measured

import (
	"fmt"
	"os"
	"testing"
)

// ReportVariable names the file that `make test` prints at its end.
const ReportVariable = "GOLDFINCH_TEST_REPORT"

// Log logs what a test has measured, formatted as by fmt.Sprintf, and adds it to
// the file that the environment names, if it names one.
func Log(t testing.TB, format string, arguments ...any) {
	t.Helper()
	line := fmt.Sprintf(format, arguments...)
	t.Log(line)
	path := os.Getenv(ReportVariable)
	if path == "" {
		return
	}
	report, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Errorf("report what was measured: %v", err)
		return
	}
	defer report.Close()
	if _, err := fmt.Fprintf(report, "%s: %s\n", t.Name(), line); err != nil {
		t.Errorf("report what was measured: %v", err)
	}
}
