package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func (s *session) planCommand() *cobra.Command {
	var options requestOptions
	command := &cobra.Command{
		Use:   "plan [FILE]",
		Short: "say step by step what deploy would do, without doing it",
		Long: `Say step by step what deploy would do, and what would refuse it; and by many simulated releases
on today's traffic which regressions it would notice, what they would cost, how long it takes, and how other
strategies would do. One that could not notice a disaster is refused here, though not by deploy. Nothing that
runs is changed; a local package is stored under its SHA-256, so that it can be looked at.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return s.plan(command.Context(), arguments, options)
		},
	}
	options.bind(command.Flags())
	return command
}

func (s *session) plan(ctx context.Context, arguments []string, options requestOptions) error {
	connection := s.connection()
	connection.Start, connection.Port = true, options.port
	asked, document, err := s.request(ctx, connection, arguments, options)
	if err != nil {
		return err
	}
	preview, err := asked.Plan(ctx, document)
	if err != nil {
		return err
	}
	if err := s.print(preview, planText(preview, newPalette(s.environment.Stdout, s.colorful()))); err != nil {
		return err
	}
	if len(preview.Refusals) > 0 {
		return exitWith(release.Refused.ExitCode())
	}
	return nil
}

// planText writes a preview for people.
func planText(preview operator.Preview, paint palette) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s to %s/%s\n", artifactName(preview.Artifact), preview.Service, preview.Environment)
	now := "traffic now goes to " + preview.Split.String()
	if preview.First {
		now = "this is the first release: there is nothing to compare it with, so it gets all traffic at once"
	}
	fmt.Fprintf(&text, "%s\n\n", now)
	var rows [][]string
	for _, step := range preview.Steps {
		starts := ""
		if step.Kind != operator.StepPrepare {
			starts = "+" + length(step.Starts.Std())
		}
		rows = append(rows, []string{starts, release.Percent(step.Weight) + "%", step.What})
	}
	text.WriteString(tabulate([]string{"AFTER", "NEW", "WHAT"}, rows))
	if len(preview.Steps) > 0 {
		fmt.Fprintf(&text, "\nshortest to promotion  %s%s\nlongest to rollback    %s, and at once on an alarm\nlooks of the judge     %d\n",
			length(preview.ShortestToPromotion.Std()), laterPromotion(preview), length(preview.LongestToRollback.Std()), preview.Ticks)
	}
	if preview.Forecast != nil {
		text.WriteString(timeCostText(*preview.Forecast))
		text.WriteString(forecastText(*preview.Forecast))
	}
	for _, note := range preview.Notes {
		fmt.Fprintf(&text, "\n%s %s\n", paint.waiting.Render("note:"), note)
	}
	for _, refusal := range preview.Refusals {
		fmt.Fprintf(&text, "\n%s %s\n", paint.bad.Render("would be refused:"), refusal)
	}
	return text.String()
}

// laterPromotion says how much longer it takes when approvals come late.
func laterPromotion(preview operator.Preview) string {
	text := " once it is deployed offline"
	if preview.LongestToPromotion > preview.ShortestToPromotion {
		text += fmt.Sprintf("; %s when approvals come at the last moment", length(time.Duration(preview.LongestToPromotion)))
	}
	return text
}
