package cli

import (
	"context"

	"github.com/spf13/cobra"
)

func (s *session) deployCommand() *cobra.Command {
	var options requestOptions
	var following followOptions
	command := &cobra.Command{
		Use:   "deploy [FILE]",
		Short: "release what a file (default release.yaml) says, and follow it to its end",
		Long: `Release what a file says, and follow it to its end; the exit code is its outcome's.

Ctrl-C detaches: the release goes on, and deploy exits with 7, as when --timeout is over,
because it does not know the outcome.`,
		Example: `  goldfinch deploy release.yaml
  goldfinch deploy --from 01JZ0000000000000000000001 --environment production`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return s.deploy(command.Context(), arguments, options, following)
		},
	}
	options.bind(command.Flags())
	following.bind(command.Flags())
	return command
}

func (s *session) deploy(ctx context.Context, arguments []string, options requestOptions, following followOptions) error {
	connection := s.connection()
	connection.Start, connection.Port = true, options.port
	asked, document, err := s.request(ctx, connection, arguments, options)
	if err != nil {
		return err
	}
	started, err := asked.Deploy(ctx, document)
	if err != nil {
		return err
	}
	return s.followStarted(ctx, asked, started, following)
}
