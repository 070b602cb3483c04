package compare_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/compare"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/policy"
)

// TestThePageHasEveryTable writes the whole page from few releases.
func TestThePageHasEveryTable(t *testing.T) {
	t.Parallel()
	survey := &compare.Survey{Good: 20, Bad: 10, Seed: 5}
	page, err := survey.Document(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sections := strings.Split(page, "\n## ")
	if len(sections) != 14 {
		t.Fatalf("%d sections, want 13 after the introduction:\n%s", len(sections)-1, page)
	}
	if introduction := sections[0]; !strings.Contains(introduction, "at least 20 releases, of others from at least 10;") || !strings.Contains(introduction, "The seed is 5.") || strings.Contains(introduction, "%!") {
		t.Errorf("introduction:\n%s", introduction)
	}
	for _, section := range sections[1:] {
		title, _, _ := strings.Cut(section, "\n")
		var columns, rows int
		for line := range strings.Lines(section) {
			if !strings.HasPrefix(line, "|") {
				continue
			}
			if rows++; rows == 1 {
				columns = strings.Count(line, "|")
			}
			if found := strings.Count(line, "|"); found != columns {
				t.Errorf("%s: a row of %d columns below a head of %d: %s", title, found-1, columns-1, line)
			}
		}
		if rows < 3 {
			t.Errorf("%s: has no rows", title)
		}
	}
	for _, one := range policy.All() {
		// CodeDeploy's configurations are compared with SAM's alarms; others only of two of them.
		if suffixed := one.Deployment != nil && strings.Contains(one.Name, "-"); !suffixed && !strings.Contains(page, one.Name) {
			t.Errorf("the page says nothing of %s", one.Name)
		}
	}
	// At 5,000 requests a minute an alarm needs two minutes of 500 failures and one more to be seen.
	row := lineOf(t, sections, "Regressions", "| 5000 | 0.1 % | +100 points |")
	if cells := strings.Split(row, " | "); !strings.HasPrefix(cells[8], "100 %, 15") && !strings.HasPrefix(cells[8], "!100 %, 1") || !strings.HasSuffix(cells[8], "(3)") {
		t.Errorf("Canary10Percent5Minutes with an alarm on any error: %q in %s", cells[8], row)
	}

	var figures strings.Builder
	if err := survey.CSV(&figures); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(figures.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, row := range rows {
		key := row[0] + row[1]
		if seen[key] {
			t.Errorf("%s: %s was flown twice", row[0], row[1])
		}
		seen[key] = true
	}
	if len(rows) < 1000 {
		t.Errorf("%d lines of figures, want over 1,000", len(rows))
	}
}

// lineOf finds a line of a section by how both begin.
func lineOf(t *testing.T, sections []string, title, beginning string) string {
	t.Helper()
	for _, section := range sections {
		if !strings.HasPrefix(section, title+"\n") {
			continue
		}
		for line := range strings.Lines(section) {
			if strings.HasPrefix(line, beginning) {
				return line
			}
		}
	}
	t.Fatalf("no line %q below %q", beginning, title)
	return ""
}
