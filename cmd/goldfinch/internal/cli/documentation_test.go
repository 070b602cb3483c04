package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestTheDocumentationNamesEveryVerbAndFlag keeps docs/cli.md and the command line together.
func TestTheDocumentationNamesEveryVerbAndFlag(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	var check func(command *cobra.Command)
	check = func(command *cobra.Command) {
		if command.Hidden {
			return
		}
		verb := strings.TrimPrefix(command.CommandPath(), "goldfinch ")
		if command.HasParent() && !strings.Contains(text, "`"+verb) {
			t.Errorf("docs/cli.md does not name %q", verb)
		}
		command.Flags().VisitAll(func(flag *pflag.Flag) {
			if flag.Name != "help" && !strings.Contains(text, "--"+flag.Name) {
				t.Errorf("docs/cli.md does not name --%s of %q", flag.Name, verb)
			}
		})
		for _, child := range command.Commands() {
			check(child)
		}
	}
	check((&session{}).rootCommand())
}
