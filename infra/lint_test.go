package main

import (
	"os/exec"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/peer"
)

// acceptedWarnings are what cfn-lint may say, by rule, with the reason.
var acceptedWarnings = map[string]string{}

// lint has cfn-lint look at a template: no error, and no warning without a reason.
func lint(t *testing.T, s *synthesis) {
	t.Helper()
	program, err := peer.Tool("cfn-lint")
	if err != nil {
		t.Fatal(err)
	}
	// The exit code says that there is something; what there is, the output.
	output, err := exec.CommandContext(t.Context(), program, "--format", "json", s.file).Output()
	if err != nil && len(output) == 0 {
		t.Fatalf("%s: %v", program, err)
	}
	var matches []struct {
		Rule    struct{ ID string }
		Message string
		Level   string
	}
	parse(t, output, &matches)
	met := map[string]bool{}
	for _, match := range matches {
		if _, ok := acceptedWarnings[match.Rule.ID]; ok && match.Level == "Warning" {
			met[match.Rule.ID] = true
			continue
		}
		t.Errorf("%s %s: %s", match.Level, match.Rule.ID, match.Message)
	}
	for rule := range acceptedWarnings {
		if !met[rule] {
			t.Errorf("warning %s is accepted, and not given", rule)
		}
	}
}
