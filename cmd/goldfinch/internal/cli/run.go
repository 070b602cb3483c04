package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Run runs the command line with arguments (without the program's name) and
// returns its exit code. The end of ctx detaches from what is being followed; it never ends a release.
func Run(ctx context.Context, arguments []string, environment Environment) int {
	s := &session{environment: environment}
	root := s.rootCommand()
	root.SetArgs(arguments)
	err := root.ExecuteContext(ctx)
	var exit *exitError
	switch {
	case err == nil:
		return release.ExitPromoted
	case errors.As(err, &exit):
		if exit.message != "" {
			s.complain(exit.message)
		}
		return exit.code
	case !s.called:
		s.complain(fmt.Sprintf("%v; see goldfinch --help", err))
		return release.ExitUsage
	default:
		s.complain(err.Error())
		return operator.ExitCode(err)
	}
}
