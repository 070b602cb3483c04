package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
)

func (s *session) watchCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "watch RELEASE",
		Short: "follow a release on one live screen; not on a terminal, a line for each change",
		Long: `Follow a release to its end; the exit code is its outcome's. Ctrl-C detaches with exit
code 0: the release goes on. With --output json, each change is one line with a status.`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return s.watch(command.Context(), arguments[0])
		},
	}
}

func (s *session) watch(ctx context.Context, name string) error {
	reference, err := s.reference(name)
	if err != nil {
		return err
	}
	asked, err := s.connect(ctx, reference.Environment)
	if err != nil {
		return err
	}
	p := pursuit{asked: asked, reference: reference, report: s.liveReporter, end: s.endWithOutcome(false)}
	if s.json() {
		p.shown = true
		p.report = func(context.CancelFunc) reporter { return &jsonLines{out: s.environment.Stdout} }
		// The last status has its line already.
		p.end = func(last operator.Status) error { return exitWith(last.Outcome.ExitCode()) }
	}
	return s.pursue(ctx, p)
}

// liveReporter shows a release as this session's output allows.
func (s *session) liveReporter(detach context.CancelFunc) reporter {
	switch {
	case s.json():
		return silent{}
	case s.environment.IsTerminal:
		return newScreen(s.environment.Stdin, s.environment.Stdout, newPalette(s.environment.Stdout, s.colorful()), detach)
	default:
		return &textLines{out: s.environment.Stdout}
	}
}

// jsonLines prints a status on a line of its own whenever something changed.
type jsonLines struct {
	out  io.Writer
	last *operator.Status
}

func (j *jsonLines) Show(status operator.Status) {
	if len(changes(j.last, status)) > 0 || status.Ended() {
		// A broken pipe ends the process; another error would show in the next line too.
		_ = json.NewEncoder(j.out).Encode(status)
	}
	j.last = &status
}

func (*jsonLines) Trouble(error) {}
func (*jsonLines) Close()        {}

// textLines prints a line for each change.
type textLines struct {
	out  io.Writer
	last *operator.Status
}

func (l *textLines) Show(status operator.Status) {
	for _, change := range changes(l.last, status) {
		fmt.Fprintf(l.out, "%s  %s\n", clockTime(status.At), change)
	}
	l.last = &status
}

func (l *textLines) Trouble(err error) {
	fmt.Fprintf(l.out, "could not ask after the release: %v\n", err)
}
func (*textLines) Close() {}
