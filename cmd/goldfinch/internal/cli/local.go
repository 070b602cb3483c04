package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// defaultPort is where functions answer on this machine.
const defaultPort = 9400

func (s *session) localCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "local",
		Short: "start, stop or look for the process that stands in for AWS on this machine",
		Long: `Run the local cloud, the front door and the engine as one background process. Functions
answer at http://127.0.0.1:9400/FUNCTION/ALIAS/. State is kept under .goldfinch/.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(s.localStartCommand(), s.localStopCommand(), s.localStatusCommand(), s.localServeCommand())
	return command
}

func (s *session) localStartCommand() *cobra.Command {
	var port int
	command := &cobra.Command{
		Use:   "start",
		Short: "start it in the background, unless it runs",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return s.printLocal(s.environment.Local.Start(command.Context(), port))
		},
	}
	bindPort(command, &port)
	return command
}

func (s *session) localStopCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stop",
		Short: "stop it; releases that run are recovered when it starts again",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return s.printLocal(s.environment.Local.Stop(command.Context()))
		},
	}
}

func (s *session) localStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "say whether it runs; exit code 1 when it does not",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			state, err := s.environment.Local.Status(command.Context())
			if err := s.printLocal(state, err); err != nil {
				return err
			}
			if !state.Running {
				return exitWith(release.ExitError)
			}
			return nil
		},
	}
}

// localServeCommand is the background process itself; start runs it.
func (s *session) localServeCommand() *cobra.Command {
	var port int
	command := &cobra.Command{
		Use:    "serve",
		Short:  "run it in the foreground",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return s.environment.Local.Serve(command.Context(), port)
		},
	}
	bindPort(command, &port)
	return command
}

func bindPort(command *cobra.Command, port *int) {
	command.Flags().IntVar(port, "port", defaultPort, "where functions answer")
}

// printLocal prints how the local process stands.
func (s *session) printLocal(state LocalState, err error) error {
	if err != nil {
		return err
	}
	return s.print(state, localText(state))
}

func localText(state LocalState) string {
	if !state.Running {
		return "the local process is not running\n"
	}
	return fmt.Sprintf("the local process runs as %d since %s; functions answer at %s/FUNCTION/ALIAS/\n",
		state.PID, clockTime(state.Since), state.Address)
}
