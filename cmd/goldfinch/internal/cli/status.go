package cli

import (
	"context"

	"github.com/spf13/cobra"
)

func (s *session) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status RELEASE",
		Short: "say where a release stands, what it waits for and what comes next",
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return s.status(command.Context(), arguments[0])
		},
	}
}

func (s *session) status(ctx context.Context, name string) error {
	reference, err := s.reference(name)
	if err != nil {
		return err
	}
	asked, err := s.connect(ctx, reference.Environment)
	if err != nil {
		return err
	}
	status, err := asked.Status(ctx, reference)
	if err != nil {
		return err
	}
	return s.print(status, card(status, newPalette(s.environment.Stdout, s.colorful()), 0))
}
