package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// listOptions are the flags of list.
type listOptions struct {
	running bool
	limit   int
}

func (s *session) listCommand() *cobra.Command {
	var options listOptions
	command := &cobra.Command{
		Use:   "list [SERVICE[/ENVIRONMENT]]",
		Short: "list releases, the newest first",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return s.list(command.Context(), arguments, options)
		},
	}
	command.Flags().BoolVar(&options.running, "running", false, "only releases that have not ended")
	command.Flags().IntVar(&options.limit, "limit", 20, "how many at most, 1 to 100")
	return command
}

func (s *session) list(ctx context.Context, arguments []string, options listOptions) error {
	if err := within("limit", options.limit); err != nil {
		return err
	}
	filter := operator.Filter{Environment: s.global.environment, Running: options.running, Limit: options.limit}
	if len(arguments) == 1 {
		reference, err := s.reference(arguments[0])
		if err != nil {
			return err
		}
		if reference.ID != "" {
			return usage("list takes SERVICE or SERVICE/ENVIRONMENT; for one release: " + s.command("status", reference.ID))
		}
		filter.Service, filter.Environment = reference.Service, reference.Environment
	}
	asked, err := s.connect(ctx, filter.Environment)
	if err != nil {
		return err
	}
	statuses, err := asked.List(ctx, filter)
	if err != nil {
		return err
	}
	return s.print(statuses, listText(statuses, newPalette(s.environment.Stdout, s.colorful())))
}

// listText writes releases as a table.
func listText(statuses []operator.Status, paint palette) string {
	if len(statuses) == 0 {
		return "there are no releases\n"
	}
	var rows [][]string
	for _, status := range statuses {
		state := paint.waiting.Render(string(status.Phase))
		switch {
		case status.Outcome == release.Promoted:
			state = paint.good.Render(string(status.Outcome))
		case status.Ended():
			state = paint.bad.Render(string(status.Outcome))
		}
		rows = append(rows, []string{status.ID, status.Service + "/" + status.Environment, status.Version, state,
			trafficCell(status.Split.Actual), longTime(status.At, status.CreatedAt)})
	}
	return tabulate([]string{"RELEASE", "SERVICE", "VERSION", "STATE", "TRAFFIC", "BEGAN"}, rows)
}

// trafficCell writes a split in little room: "1" or "1 + 2 at 10%".
func trafficCell(split release.Split) string {
	switch {
	case split.IsPure() && split.Stable == "":
		return "–"
	case split.IsPure():
		return split.Stable
	default:
		return fmt.Sprintf("%s + %s at %s%%", split.Stable, split.Canary, release.Percent(split.Weight))
	}
}
