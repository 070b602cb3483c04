package measured_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
)

func TestLogAddsToTheReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.txt")
	t.Setenv(measured.ReportVariable, path)
	measured.Log(t, "%d schedules", 7)
	measured.Log(t, "and more")
	data, err := os.ReadFile(path)
	want := "TestLogAddsToTheReport: 7 schedules\nTestLogAddsToTheReport: and more\n"
	if err != nil || string(data) != want {
		t.Errorf("report %q (%v), want %q", data, err, want)
	}
}
