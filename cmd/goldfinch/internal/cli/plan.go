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
		rows = append(rows, []string{starts, newShare(step), step.What})
	}
	text.WriteString(tabulate([]string{"AFTER", "NEW", "WHAT"}, rows))
	if len(preview.Steps) > 0 {
		fmt.Fprintf(&text, "\nshortest to promotion  %s%s\nlongest to rollback    %s%s\n%slooks of the judge     %d\n",
			length(preview.ShortestToPromotion.Std()), laterPromotion(preview), length(preview.LongestToRollback.Std()), wayBack(preview), passagesText(preview), preview.Ticks)
	}
	if preview.Forecast != nil {
		text.WriteString(timeCostText(*preview.Forecast))
	}
	for i, charge := range preview.Charges {
		name := ""
		if i == 0 {
			name = "charged on top"
		}
		fmt.Fprintf(&text, "%-23s%s\n", name, charge)
	}
	if preview.Forecast != nil {
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

// newShare says who has the new version from a step on: a share of all traffic, or of an audience.
func newShare(step operator.PlannedStep) string {
	switch {
	case step.Weight > 0 || step.Audience == "":
		return release.Percent(step.Weight) + "%"
	case step.Share > 0:
		return release.Percent(step.Share) + "% of " + step.Audience
	default:
		return step.Audience
	}
}

// wayBack says when the way back begins, and whether its end is not known.
func wayBack(preview operator.Preview) string {
	switch back := preview.Back; {
	case back.Why == "":
		return ", and at once on an alarm"
	case back.Takes > 0:
		return ", the way back included, which begins at once on an alarm"
	default:
		return " and the way back, which begins at once on an alarm"
	}
}

// passagesText says what shifts of traffic take, where that is not next to nothing.
func passagesText(preview operator.Preview) string {
	var text strings.Builder
	for _, way := range []struct {
		name string
		operator.Passage
	}{{"each shift takes", preview.There}, {"the way back takes", preview.Back}} {
		takes := way.Why
		if way.Takes > 0 {
			takes = "up to " + length(way.Takes.Std()) + ": " + takes
		}
		if way.Why != "" {
			fmt.Fprintf(&text, "%-23s%s\n", way.name, takes)
		}
	}
	return text.String()
}

// laterPromotion says how much longer it takes when approvals come late, and what is not in the figure.
func laterPromotion(preview operator.Preview) string {
	text := " from the first shift on"
	if preview.There.Why != "" && preview.There.Takes == 0 {
		text = " and what the shifts take"
	}
	if preview.LongestToPromotion > preview.ShortestToPromotion {
		text += fmt.Sprintf("; %s when approvals come at the last moment", length(time.Duration(preview.LongestToPromotion)))
	}
	return text
}
