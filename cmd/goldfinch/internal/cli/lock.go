package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
)

// lockOptions are the flags of lock and unlock.
type lockOptions struct {
	reason string
}

// A LockResult is what lock and unlock print as JSON.
type LockResult struct {
	Service     string `json:"service"`
	Environment string `json:"environment"`
	// Locked: new releases are kept out now.
	Locked bool   `json:"locked"`
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
}

func (s *session) lockCommand() *cobra.Command {
	var options lockOptions
	command := &cobra.Command{
		Use:   "lock SERVICE/ENVIRONMENT",
		Short: "keep every new release out; what runs goes on",
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return s.lock(command.Context(), arguments[0], options)
		},
	}
	command.Flags().StringVar(&options.reason, "reason", "", "why; whoever finds the lock reads it (required)")
	return command
}

func (s *session) lock(ctx context.Context, name string, options lockOptions) error {
	if options.reason == "" {
		return usage("lock needs --reason: whoever finds the lock will ask for it")
	}
	place, err := s.parsePlace(name)
	if err != nil {
		return err
	}
	asked, err := s.connect(ctx, place.Environment)
	if err != nil {
		return err
	}
	lock := ledger.PersonLock{By: s.environment.Actor, Reason: options.reason}
	if err := asked.Lock(ctx, place.Service, place.Environment, lock); err != nil {
		return err
	}
	result := LockResult{Service: place.Service, Environment: place.Environment, Locked: true, By: lock.By, Reason: lock.Reason}
	return s.print(result, fmt.Sprintf("%s is locked; to unlock it: %s\n", place, s.command("unlock", place.String())))
}

func (s *session) unlockCommand() *cobra.Command {
	var options lockOptions
	command := &cobra.Command{
		Use:   "unlock SERVICE/ENVIRONMENT",
		Short: "take a person's lock away, or recover a dead release that holds one",
		Long: `Take a person's lock away. Where a release holds the lock whose execution is dead, it is
recovered: traffic goes back to stable and the lock is free. A release that runs keeps its lock.`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return s.unlock(command.Context(), arguments[0], options)
		},
	}
	command.Flags().StringVar(&options.reason, "reason", "", "why")
	return command
}

func (s *session) unlock(ctx context.Context, name string, options lockOptions) error {
	place, err := s.parsePlace(name)
	if err != nil {
		return err
	}
	asked, err := s.connect(ctx, place.Environment)
	if err != nil {
		return err
	}
	if err := asked.Unlock(ctx, place.Service, place.Environment, s.environment.Actor, options.reason); err != nil {
		return err
	}
	result := LockResult{Service: place.Service, Environment: place.Environment, By: s.environment.Actor, Reason: options.reason}
	return s.print(result, fmt.Sprintf("%s is not locked\n", place))
}

// parsePlace reads SERVICE/ENVIRONMENT.
func (s *session) parsePlace(text string) (operator.Reference, error) {
	reference, err := s.reference(text)
	if err != nil {
		return operator.Reference{}, err
	}
	if reference.Environment == "" {
		return operator.Reference{}, usage(fmt.Sprintf("%q names no environment; write SERVICE/ENVIRONMENT", text))
	}
	return reference, nil
}
