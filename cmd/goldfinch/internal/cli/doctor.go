package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// doctorOptions are the flags of doctor.
type doctorOptions struct {
	fix bool
}

func (s *session) doctorCommand() *cobra.Command {
	var options doctorOptions
	command := &cobra.Command{
		Use:   "doctor",
		Short: "find what dead releases left behind: weights, locks, versions; with --fix, mend it",
		Long: `Find what dead releases left behind. The exit code is 0 when nothing is wrong, or everything
is mended, and 6 when something is left for a human to look at.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return s.doctor(command.Context(), options) },
	}
	command.Flags().BoolVar(&options.fix, "fix", false, "mend what can be mended safely")
	return command
}

func (s *session) doctor(ctx context.Context, options doctorOptions) error {
	asked, err := s.connect(ctx, "")
	if err != nil {
		return err
	}
	findings, err := asked.Doctor(ctx, options.fix)
	if err != nil {
		return err
	}
	if err := s.print(findings, doctorText(findings, newPalette(s.environment.Stdout, s.colorful()))); err != nil {
		return err
	}
	if slices.ContainsFunc(findings, func(f operator.Finding) bool { return !f.Fixed }) {
		return exitWith(release.FailedDirty.ExitCode())
	}
	return nil
}

// doctorText writes findings for people.
func doctorText(findings []operator.Finding, paint palette) string {
	if len(findings) == 0 {
		return "nothing is wrong\n"
	}
	var text strings.Builder
	for _, finding := range findings {
		mark := paint.bad.Render("wrong")
		if finding.Fixed {
			mark = paint.good.Render("fixed")
		}
		fmt.Fprintf(&text, "%s  %s: %s%s\n", mark, finding.Where, finding.What, sinceText(finding.Since))
		if !finding.Fixed {
			fmt.Fprintf(&text, "       %s\n", finding.Mend)
		}
	}
	return text.String()
}

func sinceText(since time.Time) string {
	if since.IsZero() {
		return ""
	}
	return " since " + clockTime(since)
}
