package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/demo"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// demoOptions are the flags of demo.
type demoOptions struct {
	target string
}

func (s *session) demoCommand() *cobra.Command {
	var options demoOptions
	command := &cobra.Command{
		Use:   "demo",
		Short: "release a real service on this machine: good versions are promoted, bad ones taken back",
		Long: `Release a real service on this machine, with nothing but Go: v2 is good and promoted, v3 fails and v4 is slow, and both
are taken back, while requests come all the time. Everything, the cloud included, runs in this process and in
a temporary folder, and is gone afterwards; Ctrl-C ends it. It takes 35 to 50 s, and longer on a busy machine.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return s.demo(command.Context(), options) },
	}
	command.Flags().StringVar(&options.target, "target", "lambda", "the kind of target to show: "+strings.Join(release.TargetKinds(), ", "))
	return command
}

func (s *session) demo(ctx context.Context, options demoOptions) error {
	progress := io.Writer(s.environment.Stdout)
	if s.json() {
		progress = s.environment.Stderr
	}
	report, failure := s.environment.Demo(ctx, demo.Options{Target: options.target, Progress: progress})
	if errors.Is(failure, demo.ErrInterrupted) || len(report.Releases) == 0 && failure != nil {
		return failure
	}
	// A release that ended otherwise than it must is in the report too.
	return errors.Join(s.print(report, demoText(report)), failure)
}

// demoText writes the demonstration's table.
func demoText(report demo.Report) string {
	var rows [][]string
	for _, shown := range report.Releases {
		failed, slow := shown.AtAll()
		rows = append(rows, []string{
			shown.Version,
			shown.Outcome,
			length(time.Duration(shown.Seconds * float64(time.Second))),
			fmt.Sprint(shown.Requests),
			fmt.Sprint(shown.CanaryRequests),
			fmt.Sprint(shown.Failed),
			fmt.Sprint(shown.Slow),
			fmt.Sprint(failed),
			fmt.Sprint(slow),
		})
	}
	return "\n" + tabulate([]string{"VERSION", "OUTCOME", "TIME", "REQUESTS", "TO THE CANARY", "FAILED", "SLOW", "FAILED AT 100%", "SLOW AT 100%"}, rows)
}
