package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
)

// rollbackOptions are the flags of rollback.
type rollbackOptions struct {
	to     string
	reason string
}

func (s *session) rollbackCommand() *cobra.Command {
	var options rollbackOptions
	var following followOptions
	command := &cobra.Command{
		Use:   "rollback RELEASE",
		Short: "go back: abort what runs, or return to the version before the present one",
		Long: `Go back, and follow that to its end. A running release is aborted: that it went back is
then exit code 0. After promotion, a new release returns to the version that was stable
before, or to the one that --to names; its outcome is the exit code.`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return s.rollback(command.Context(), arguments[0], options, following)
		},
	}
	command.Flags().StringVar(&options.to, "to", "", "the version to return to, or the release that made it")
	command.Flags().StringVar(&options.reason, "reason", "", "why; kept in the ledger")
	following.bind(command.Flags())
	return command
}

func (s *session) rollback(ctx context.Context, name string, options rollbackOptions, following followOptions) error {
	reference, err := s.reference(name)
	if err != nil {
		return err
	}
	asked, err := s.connect(ctx, reference.Environment)
	if err != nil {
		return err
	}
	started, err := asked.Rollback(ctx, operator.RollbackRequest{
		Reference: reference, To: options.to, By: s.environment.Actor, Reason: options.reason,
	})
	if err != nil {
		return err
	}
	return s.followStarted(ctx, asked, started, following)
}
