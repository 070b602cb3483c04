package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/compare"
)

func TestPageAndFiguresAreWritten(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "comparison.md")
	if err := write(t.Context(), page, &compare.Survey{Good: 5, Bad: 5, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	for path, beginning := range map[string]string{page: "<!-- Generated", strings.TrimSuffix(page, "md") + "csv": "cell,policy,releases,"} {
		data, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(data), beginning) {
			t.Errorf("%s begins %.40q (%v), want %q", filepath.Base(path), data, err, beginning)
		}
	}
}

func TestAPageThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "nowhere", "comparison.md")
	if err := write(t.Context(), page, &compare.Survey{Good: 1, Bad: 1, Seed: 1}); err == nil || !strings.Contains(err.Error(), "write the comparison") {
		t.Errorf("error %v, want one that says what was being done", err)
	}
}
