package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/replay"
)

const backtestHelp = `Judge releases of the past under a changed policy, and list those that it would have decided otherwise:
when, why, and what that would have meant for users, as far as was recorded.

The policy's file has analysis, with the keys of a release file that change:

  analysis:
    metrics: {errors: {tolerance: 0.001}}

What it leaves out stays as it was recorded; metrics that it names are all that is compared. Alarms, traffic,
what people asked for, and when the release was looked at stay what they were.

Nothing is changed. The exit code is 0 whatever the policy would have decided.`

// backtestOptions are the flags of backtest.
type backtestOptions struct {
	policy string
	last   int
}

func (s *session) backtestCommand() *cobra.Command {
	var options backtestOptions
	command := &cobra.Command{
		Use:     "backtest SERVICE[/ENVIRONMENT] --policy FILE",
		Short:   "say which releases of the past a changed policy would have decided otherwise",
		Long:    backtestHelp,
		Example: "  goldfinch backtest echo/production --policy new.yaml --last 50",
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return s.backtest(command.Context(), arguments[0], options)
		},
	}
	command.Flags().StringVar(&options.policy, "policy", "", "the file with what changes; - is the standard input")
	command.Flags().IntVar(&options.last, "last", 50, "how many releases that had a canary, the newest first, 1 to 1000")
	return command
}

func (s *session) backtest(ctx context.Context, name string, options backtestOptions) error {
	if options.policy == "" {
		return usage("backtest needs --policy FILE: a file with the keys of analysis that change")
	}
	if options.last < 1 {
		return usage(fmt.Sprintf("--last is %d; it can be 1 to 1000", options.last))
	}
	reference, err := s.reference(name)
	if err != nil {
		return err
	}
	if reference.ID != "" {
		return usage("backtest takes SERVICE or SERVICE/ENVIRONMENT, not the id of a release")
	}
	policy, err := s.policy(options.policy)
	if err != nil {
		return s.refuseFile(err)
	}
	asked, err := s.connect(ctx, reference.Environment)
	if err != nil {
		return err
	}
	result, err := backtest(ctx, asked, operator.Filter{Service: reference.Service, Environment: reference.Environment, Limit: options.last}, policy)
	if err != nil {
		return err
	}
	return s.print(result, backtestText(result, newPalette(s.environment.Stdout, s.colorful())))
}

// policy reads the policy in a file. The error is a *release.Problems when the file is wrong.
func (s *session) policy(name string) (release.Policy, error) {
	data, err := s.readFile(name)
	if err != nil {
		return release.Policy{}, usage(fmt.Sprintf("read the policy: %v", err))
	}
	policy, warnings, err := release.ReadPolicy(data)
	s.warn(name, warnings)
	if err != nil {
		return release.Policy{}, inFile(err, name)
	}
	return policy, nil
}

// backtest judges the releases that filter chooses under policy. One at a time, because a recording is long.
func backtest(ctx context.Context, asked operator.Operator, filter operator.Filter, policy release.Policy) (replay.Backtest, error) {
	result := replay.Backtest{Service: filter.Service, Environment: filter.Environment, Cases: []replay.Case{}}
	ids, err := asked.Judged(ctx, filter)
	if err != nil {
		return result, err
	}
	for _, id := range ids {
		recording, err := asked.Recording(ctx, operator.Reference{ID: id})
		if err != nil {
			return result, err
		}
		result.Environment = recording.Record.Environment
		result.Add(replay.Under(policy, recording))
	}
	return result, nil
}

// backtestText writes a backtest for people: what would have been otherwise, and the sum.
func backtestText(result replay.Backtest, paint palette) string {
	var text strings.Builder
	for _, c := range result.Cases {
		switch {
		case c.Otherwise != nil:
			text.WriteString(otherwiseText(c, *c.Otherwise, paint) + "\n")
		case c.Unjudged != "":
			fmt.Fprintf(&text, "%s\n  %s %s\n\n", caseLine(c), paint.waiting.Render("cannot be judged:"), c.Unjudged)
		}
	}
	fmt.Fprintf(&text, "%s of %s looked at: %d decided otherwise, %d as before, %d that cannot be judged\n",
		plural(len(result.Cases), "release", "releases"), strings.TrimSuffix(result.Service+"/"+result.Environment, "/"),
		result.Otherwise, result.Decided, result.Unjudged)
	return text.String()
}

// caseLine names a release of the past and how it ended.
func caseLine(c replay.Case) string {
	return fmt.Sprintf("%s  version %s of %s: %s", c.Release, c.Version, clockTime(c.CreatedAt), c.Outcome)
}

func otherwiseText(c replay.Case, o replay.Otherwise, paint palette) string {
	rows := [][2]string{
		{"at", fmt.Sprintf("%s (entry %d)", clockTime(o.At), o.Sequence)},
		{"recorded", fmt.Sprintf("%s: %s", o.Recorded, o.RecordedReason)},
		{"policy", fmt.Sprintf("%s: %s", paint.bad.Render(string(o.Decision)), o.Reason)},
		{"users", o.Cost.Text},
	}
	text := caseLine(c) + "\n"
	for _, row := range rows {
		text += fmt.Sprintf("  %-8s  %s\n", row[0], row[1])
	}
	return text
}
