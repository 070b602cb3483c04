package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/demo"
)

// demoOptions are the flags of demo.
type demoOptions struct {
	target string
}

func (s *session) demoCommand() *cobra.Command {
	var options demoOptions
	command := &cobra.Command{
		Use:   "demo",
		Short: "release a real function four times on this machine: two are promoted, two taken back",
		Args:  cobra.NoArgs,
		RunE:  func(command *cobra.Command, _ []string) error { return s.demo(command.Context(), options) },
	}
	command.Flags().StringVar(&options.target, "target", "lambda", "the kind of target to show")
	return command
}

func (s *session) demo(ctx context.Context, options demoOptions) error {
	progress := io.Writer(s.environment.Stdout)
	if s.json() {
		progress = s.environment.Stderr
	}
	report, failure := s.environment.Demo(ctx, demo.Options{Target: options.target, Progress: progress})
	if len(report.Releases) == 0 && failure != nil {
		return failure
	}
	// A release that ended otherwise than it must is in the report too.
	return errors.Join(s.print(report, demoText(report)), failure)
}

// demoText writes the demonstration's table.
func demoText(report demo.Report) string {
	var rows [][]string
	for _, release := range report.Releases {
		failed, slow := release.AtAll()
		rows = append(rows, []string{
			release.Version,
			release.Outcome,
			length(time.Duration(release.Seconds * float64(time.Second))),
			fmt.Sprint(release.Requests),
			fmt.Sprint(release.CanaryRequests),
			fmt.Sprint(release.Failed),
			fmt.Sprint(release.Slow),
			fmt.Sprint(failed),
			fmt.Sprint(slow),
		})
	}
	return "\n" + tabulate([]string{"VERSION", "OUTCOME", "TIME", "REQUESTS", "TO THE CANARY", "FAILED", "SLOW", "FAILED AT 100%", "SLOW AT 100%"}, rows)
}
