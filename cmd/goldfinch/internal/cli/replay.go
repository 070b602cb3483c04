package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/replay"
)

const replayHelp = `Ask the judge every recorded question of a release again, with nothing but what was recorded, and
compare its verdicts with those of then, byte for byte.

--export writes the release with everything that was recorded of it into one file; --file replays
such a file without access to anything.

The exit code is 1 when a verdict comes out otherwise or cannot be replayed, or when anything is missing from
the timeline, whose entries expire, and 0 when all are the same.`

// replayOptions are the flags of replay.
type replayOptions struct{ export, file string }

func (s *session) replayCommand() *cobra.Command {
	var options replayOptions
	command := &cobra.Command{
		Use:     "replay [RELEASE]",
		Short:   "judge a recorded release again, and say whether every verdict comes out the same",
		Long:    replayHelp,
		Example: "  goldfinch replay echo/production --export release.json\n  goldfinch replay --file release.json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return s.replay(command.Context(), arguments, options)
		},
	}
	command.Flags().StringVar(&options.export, "export", "", "write the release with everything that was recorded of it to this file")
	command.Flags().StringVar(&options.file, "file", "", "replay the release in this file, which --export wrote; - is the standard input")
	return command
}

func (s *session) replay(ctx context.Context, arguments []string, options replayOptions) error {
	recording, err := s.recording(ctx, arguments, options)
	if err != nil {
		return err
	}
	if options.export != "" {
		if err := export(recording, options.export); err != nil {
			return err
		}
		s.note("wrote " + options.export)
	}
	report, err := replay.Replay(recording)
	if err != nil {
		return err
	}
	if err := s.print(report, replayText(report, newPalette(s.environment.Stdout, s.colorful()))); err != nil {
		return err
	}
	if !report.Same {
		return exitWith(release.ExitError)
	}
	return nil
}

// recording reads the recording that a call of replay means.
func (s *session) recording(ctx context.Context, arguments []string, options replayOptions) (replay.Recording, error) {
	switch {
	case (len(arguments) == 1) == (options.file != ""):
		return replay.Recording{}, usage("replay needs either RELEASE or --file FILE")
	case options.file != "" && options.export != "":
		return replay.Recording{}, usage("--export writes what --file reads: give one of them")
	case options.file != "":
		return s.readRecording(options.file)
	}
	reference, err := s.reference(arguments[0])
	if err != nil {
		return replay.Recording{}, err
	}
	asked, err := s.connect(ctx, reference.Environment)
	if err != nil {
		return replay.Recording{}, err
	}
	return asked.Recording(ctx, reference)
}

func (s *session) readRecording(name string) (replay.Recording, error) {
	data, err := s.readFile(name)
	if err != nil {
		return replay.Recording{}, usage(fmt.Sprintf("read the recording: %v", err))
	}
	recording, err := replay.Read(data)
	if err != nil {
		return replay.Recording{}, usage(fmt.Sprintf("%s %v", name, err))
	}
	return recording, nil
}

// export writes a recording to a file.
func export(recording replay.Recording, name string) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(recording); err != nil {
		return fmt.Errorf("write down release %s: %w", recording.Record.ID, err)
	}
	if text.Len() > maxFile {
		return fmt.Errorf("export release %s: its %d bytes are more than the %d that --file reads", recording.Record.ID, text.Len(), maxFile)
	}
	if err := os.WriteFile(name, text.Bytes(), 0o644); err != nil {
		return fmt.Errorf("export release %s: %w", recording.Record.ID, err)
	}
	return nil
}

// replayText writes a report for people.
func replayText(report replay.Report, paint palette) string {
	var text strings.Builder
	fmt.Fprintf(&text, "release %s of %s/%s: %s\n\n", report.Release, report.Service, report.Environment, cmp.Or(string(report.Outcome), "not ended"))
	if len(report.Verdicts) == 0 {
		text.WriteString("no verdict was recorded\n")
	} else {
		text.WriteString(verdictTable(report, paint))
	}
	for _, verdict := range report.Verdicts {
		if difference := verdict.Difference; difference != nil {
			fmt.Fprintf(&text, "\nentry %d parts at %s:\n  recorded  %s\n  replayed  %s\n",
				verdict.Sequence, difference.Path, cmp.Or(difference.Recorded, "nothing"), cmp.Or(difference.Replayed, "nothing"))
		}
	}
	if gone := missingText(report); gone != "" {
		fmt.Fprintf(&text, "\nmissing from the timeline: %s\n", gone)
	}
	text.WriteString("\n" + replaySummary(report) + "\n")
	return text.String()
}

// missingText says what the timeline must have had, and has not.
func missingText(report replay.Report) string {
	var gone []string
	if len(report.Missing) > 0 {
		gone = append(gone, "entries "+listed(report.Missing))
	}
	if report.Lost > 0 {
		gone = append(gone, plural(report.Lost, "verdict", "verdicts"))
	}
	return strings.Join(gone, "; ")
}

func verdictTable(report replay.Report, paint palette) string {
	var rows [][]string
	for _, verdict := range report.Verdicts {
		state := paint.good.Render(string(verdict.State))
		switch verdict.State {
		case replay.Different:
			state = paint.bad.Render(string(verdict.State))
		case replay.Unasked:
			state = paint.waiting.Render("cannot be replayed: recorded before questions were kept")
		}
		rows = append(rows, []string{strconv.FormatInt(verdict.Sequence, 10), clockTime(verdict.At), string(verdict.Recorded), state})
	}
	return tabulate([]string{"ENTRY", "TIME", "RECORDED", "REPLAYED"}, rows)
}

// replaySummary says how many verdicts come out how.
func replaySummary(report replay.Report) string {
	count := map[replay.State]int{}
	for _, verdict := range report.Verdicts {
		count[verdict.State]++
	}
	summary := fmt.Sprintf("%s: %d the same, %d different, %d that cannot be replayed",
		plural(len(report.Verdicts), "verdict", "verdicts"), count[replay.Same], count[replay.Different], count[replay.Unasked])
	if count[replay.Different] > 0 {
		summary += "; the record is not what it was, or this Goldfinch judges otherwise than the one that wrote it"
	}
	return summary
}

// plural counts things.
func plural(count int, one, many string) string {
	if count == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", count, many)
}

// mostListed is how many numbers are written out.
const mostListed = 20

// listed writes numbers, and how many more there are.
func listed(numbers []int64) string {
	var said []string
	for _, number := range numbers[:min(len(numbers), mostListed)] {
		said = append(said, strconv.FormatInt(number, 10))
	}
	if more := len(numbers) - len(said); more > 0 {
		said = append(said, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(said, ", ")
}
