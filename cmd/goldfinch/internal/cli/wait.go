package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// waitOptions are the flags of wait.
type waitOptions struct {
	timeout time.Duration
}

func (s *session) waitCommand() *cobra.Command {
	var options waitOptions
	command := &cobra.Command{
		Use:   "wait RELEASE",
		Short: "wait in silence until a release ends; the exit code is its outcome's",
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return s.wait(command.Context(), arguments[0], options)
		},
	}
	command.Flags().DurationVar(&options.timeout, "timeout", 0, "stop waiting after this time, with exit code 7; default: never")
	return command
}

func (s *session) wait(ctx context.Context, name string, options waitOptions) error {
	reference, err := s.reference(name)
	if err != nil {
		return err
	}
	asked, err := s.connect(ctx, reference.Environment)
	if err != nil {
		return err
	}
	return s.pursue(ctx, pursuit{
		asked:     asked,
		reference: reference,
		timeout:   options.timeout,
		report:    func(context.CancelFunc) reporter { return silent{} },
		end:       s.endWithOutcome(false),
		detached:  release.ExitTimedOut,
	})
}
