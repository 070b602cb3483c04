package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

const (
	// driftTimeout is for how long drift --fix goes on by default: instances have to start.
	driftTimeout = 30 * time.Minute
	// stillMending is what a report says of a finding that takes more than one go.
	stillMending = "mending"
)

// driftOptions are the flags of drift.
type driftOptions struct {
	fix     bool
	timeout time.Duration
}

func (s *session) driftCommand() *cobra.Command {
	var options driftOptions
	command := &cobra.Command{
		Use:   "drift [SERVICE[/ENVIRONMENT]]",
		Short: "find what runs and was not released; with --fix, put it back",
		Long: `Find what runs and was not released: traffic that is elsewhere, versions that were changed, instances
of another image or changed in place. A service that is being released is passed over.

With --fix traffic goes back where the ledger says, and instances are replaced, a few at a time and never below the floor of
the release file's drift section. The exit code is 0 when there is no drift, or all of it is mended, and 6 when
something is left for a human to look at.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return s.drift(command.Context(), arguments, options)
		},
	}
	command.Flags().BoolVar(&options.fix, "fix", false, "put back what has drifted")
	command.Flags().DurationVar(&options.timeout, "timeout", driftTimeout, "how long --fix may take")
	return command
}

func (s *session) drift(ctx context.Context, arguments []string, options driftOptions) error {
	request := operator.DriftRequest{Environment: s.global.environment, Fix: options.fix}
	if len(arguments) == 1 {
		reference, err := s.reference(arguments[0])
		if err != nil {
			return err
		}
		if reference.ID != "" {
			return usage("drift takes SERVICE or SERVICE/ENVIRONMENT: what runs is no one release's")
		}
		request.Service, request.Environment = reference.Service, reference.Environment
	}
	asked, err := s.connect(ctx, request.Environment)
	if err != nil {
		return err
	}
	reports, err := s.mended(ctx, asked, request, options.timeout)
	if err != nil {
		return err
	}
	if err := s.print(reports, driftText(reports, newPalette(s.environment.Stdout, s.colorful()))); err != nil {
		return err
	}
	if slices.ContainsFunc(reports, func(r ledger.DriftReport) bool { return slices.ContainsFunc(r.Findings, isLeft) }) {
		return exitWith(release.FailedDirty.ExitCode())
	}
	return nil
}

// mended asks until nothing is being mended any more, and returns what was found, with what became of it in the end.
func (s *session) mended(ctx context.Context, asked operator.Operator, request operator.DriftRequest, timeout time.Duration) ([]ledger.DriftReport, error) {
	until := time.After(timeout)
	first, err := asked.Drift(ctx, request)
	if err != nil {
		return nil, err
	}
	for latest := first; ; {
		busy := slices.ContainsFunc(latest, func(r ledger.DriftReport) bool {
			return slices.ContainsFunc(r.Findings, func(f ledger.Drifted) bool { return f.Done == stillMending })
		})
		if !busy {
			return first, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-until:
			return first, nil
		case <-time.After(s.environment.Interval(s.connection())):
		}
		if latest, err = asked.Drift(ctx, request); err != nil {
			return nil, err
		}
		for i := range first {
			bringUpToDate(first[i].Findings, latest)
		}
	}
}

// bringUpToDate says of each finding what the latest look knows of it: what is not found any more is mended.
func bringUpToDate(findings []ledger.Drifted, latest []ledger.DriftReport) {
	for i := range findings {
		if findings[i].Done != stillMending {
			continue
		}
		findings[i].Done = "mended"
		for _, report := range latest {
			for _, now := range report.Findings {
				if now.Resource == findings[i].Resource && now.Kind == findings[i].Kind {
					findings[i].Done, findings[i].Reason = now.Done, now.Reason
				}
			}
		}
	}
}

// isLeft reports whether a finding is left for a human.
func isLeft(finding ledger.Drifted) bool { return finding.Done != "mended" }

// driftText writes reports for people.
func driftText(reports []ledger.DriftReport, paint palette) string {
	if len(reports) == 0 {
		return "there is nothing to compare: no release has been promoted yet\n"
	}
	var text strings.Builder
	for _, report := range reports {
		place := report.Service + "/" + report.Environment
		switch {
		case report.Skipped != "":
			fmt.Fprintf(&text, "%s  %s: %s\n", paint.quiet.Render("passed over"), place, report.Skipped)
		case len(report.Findings) == 0:
			fmt.Fprintf(&text, "%s  %s: what runs is version %s, as released by %s\n", paint.good.Render("no drift"), place, report.Version, report.Release)
		}
		for _, finding := range report.Findings {
			mark := paint.bad.Render("drift")
			if !isLeft(finding) {
				mark = paint.good.Render("fixed")
			}
			fmt.Fprintf(&text, "%s  %s: %s is %s%s\n", mark, place, finding.Resource, finding.Got, sinceText(finding.Since))
			fmt.Fprintf(&text, "       should be %s", finding.Want)
			if finding.Principal != "" {
				fmt.Fprintf(&text, "; %s", finding.Principal)
			}
			fmt.Fprintf(&text, "; %s", finding.Done)
			if finding.Reason != "" {
				fmt.Fprintf(&text, ": %s", finding.Reason)
			}
			text.WriteString("\n")
		}
	}
	return text.String()
}
