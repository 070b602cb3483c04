package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
)

// steerOptions are the flags of the verbs that steer a running release.
type steerOptions struct {
	reason string
	full   bool
}

func (o *steerOptions) bind(command *cobra.Command) {
	command.Flags().StringVar(&o.reason, "reason", "", "why; kept in the ledger")
}

func (s *session) promoteCommand() *cobra.Command {
	var options steerOptions
	command := &cobra.Command{
		Use:   "promote RELEASE",
		Short: "go on with the next step now; with --full, to 100%",
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			if options.full {
				return s.steer(command.Context(), arguments[0], ledger.SignalPromoteFull, options, "goes to 100% now")
			}
			return s.steer(command.Context(), arguments[0], ledger.SignalPromote, options, "goes on with its next step now")
		},
	}
	options.bind(command)
	command.Flags().BoolVar(&options.full, "full", false, "skip all steps that are left")
	return command
}

func (s *session) approveCommand() *cobra.Command {
	return s.steerCommand("approve", "approve the step that waits for a person", ledger.SignalApprove, "is approved")
}

func (s *session) rejectCommand() *cobra.Command {
	return s.steerCommand("reject", "refuse the step that waits for a person: traffic goes back to stable", ledger.SignalReject, "is rejected, and goes back")
}

func (s *session) pauseCommand() *cobra.Command {
	return s.steerCommand("pause", "stay at the present weight; the canary is still watched", ledger.SignalPause, "is paused")
}

func (s *session) resumeCommand() *cobra.Command {
	return s.steerCommand("resume", "go on after a pause", ledger.SignalResume, "is resumed")
}

func (s *session) abortCommand() *cobra.Command {
	return s.steerCommand("abort", "end a running release: traffic goes back to stable", ledger.SignalAbort, "is told to go back")
}

// steerCommand is a verb that sends one signal.
func (s *session) steerCommand(verb, short string, kind ledger.SignalKind, done string) *cobra.Command {
	var options steerOptions
	command := &cobra.Command{
		Use:   verb + " RELEASE",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return s.steer(command.Context(), arguments[0], kind, options, done)
		},
	}
	options.bind(command)
	return command
}

func (s *session) steer(ctx context.Context, name string, kind ledger.SignalKind, options steerOptions, done string) error {
	reference, err := s.reference(name)
	if err != nil {
		return err
	}
	asked, err := s.connect(ctx, reference.Environment)
	if err != nil {
		return err
	}
	status, err := asked.Signal(ctx, reference, ledger.Signal{Kind: kind, By: s.environment.Actor, Reason: options.reason})
	if err != nil {
		return err
	}
	return s.print(status, "release "+status.ID+" of "+status.Service+"/"+status.Environment+" "+done+
		"\nfollow it: "+s.command("watch", status.ID)+"\n")
}
