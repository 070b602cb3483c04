package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
)

func (s *session) historyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "history RELEASE",
		Short: "print everything that was recorded of a release, and how it ended",
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return s.history(command.Context(), arguments[0])
		},
	}
}

func (s *session) history(ctx context.Context, name string) error {
	reference, err := s.reference(name)
	if err != nil {
		return err
	}
	asked, err := s.connect(ctx, reference.Environment)
	if err != nil {
		return err
	}
	history, err := asked.History(ctx, reference)
	if err != nil {
		return err
	}
	return s.print(history, historyText(history))
}

// historyText writes a timeline, and the outcome below it.
func historyText(history operator.History) string {
	var rows [][]string
	for _, entry := range history.Entries {
		rows = append(rows, []string{clockTime(entry.At), string(entry.Kind), entry.Actor, strings.ReplaceAll(entry.Text, "\n", " ")})
	}
	text := tabulate([]string{"TIME", "KIND", "ACTOR", "WHAT"}, rows)
	if history.Status.Ended() {
		text += "\n" + finalLine(history.Status)
	}
	return text
}
