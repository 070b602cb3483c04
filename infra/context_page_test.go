package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestContextPage holds the table of docs/context.md to the code: the same
// values, in the same order, with the same forms and defaults.
func TestContextPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/context.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented, want []string
	for line := range strings.SplitSeq(string(page), "\n") {
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| `") && len(cells) == 4 {
			documented = append(documented, strings.Join(cells[:3], " | "))
		}
	}
	for _, value := range contextValues {
		missing := "none"
		if value.missing != "" {
			missing = "`" + value.missing + "`"
		}
		want = append(want, fmt.Sprintf("| `%s` | %s | %s", value.key, value.form, missing))
	}
	if diff := cmp.Diff(want, documented); diff != "" {
		t.Errorf("docs/context.md (-code +page):\n%s", diff)
	}
}
