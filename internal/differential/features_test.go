package differential_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
)

// claim is a line of internal/asl's documentation that lists features.
var claim = regexp.MustCompile(`(?m)^//   - ([a-zA-Z ]+): (.*)$`)

// word is a feature that stands inside a text of a definition or of its trace.
var word = regexp.MustCompile(`States\.[A-Za-z0-9]+|\$\$(\.[A-Za-z]+)+|\.waitForTaskToken`)

// TestEveryFeatureThatIsClaimedHasAMachine reads what internal/asl says that it
// implements, and finds each of it in a machine that both interpreters run: as a
// field, as a type, in an expression, or as the error that a trace ends with.
func TestEveryFeatureThatIsClaimedHasAMachine(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for _, each := range machines(t) {
		walk(t, each.definition, func(object map[string]any) bool {
			for name, value := range object {
				shown[name] = true
				if text, ok := value.(string); ok && name == "Type" {
					shown[text] = true
				}
			}
			return false
		})
		for _, found := range word.FindAllString(each.definition+section(archive(t, each.name), traceSection), -1) {
			for ; found != ""; found = found[:max(strings.LastIndexByte(found, '.'), 0)] {
				shown[found] = true // $$.Execution.Input.n shows $$.Execution.Input
			}
		}
	}
	documentation, err := os.ReadFile("../asl/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	features := 0
	for _, line := range claim.FindAllStringSubmatch(string(documentation), -1) {
		for feature := range strings.SplitSeq(line[2], ", ") {
			features++
			if !shown[feature] {
				t.Errorf("%s: no machine has %s", line[1], feature)
			}
		}
	}
	if features < 100 {
		t.Errorf("only %d features found in the documentation", features)
	}
	measured.Log(t, "%d features of internal/asl, each in a machine that moto runs too", features)
}
