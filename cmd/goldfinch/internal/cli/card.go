package cli

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

const (
	// labelWidth is where the right column of a card begins.
	labelWidth = 10
	// barWidth is how long the progress bar is, in characters.
	barWidth = 40
	// leastWidth is below what a card is not wrapped any more.
	leastWidth = 40
)

// A cardWriter draws one release, for a terminal of a width.
type cardWriter struct {
	text  strings.Builder
	paint palette
	// width is the terminal's, in characters; 0: lines are not wrapped.
	width int
}

// card draws everything that is known of a release: what status prints, and
// what the live screen shows.
func card(status operator.Status, paint palette, width int) string {
	c := &cardWriter{paint: paint, width: width}
	c.head(status)
	c.traffic(status)
	c.steps(status)
	c.checks(status)
	c.outlook(status)
	return c.text.String()
}

// row writes a label and a text beside it, wrapped; nothing when text is empty.
func (c *cardWriter) row(label, text string) {
	if text == "" {
		return
	}
	if c.width >= leastWidth {
		// One less: a line that ends at a hyphen is a character longer.
		text = ansi.Wordwrap(text, c.width-labelWidth-1, "")
	}
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			label = ""
		}
		fmt.Fprintf(&c.text, "%s%s\n", c.paint.quiet.Render(fmt.Sprintf("%-*s", labelWidth, label)), line)
	}
}

func (c *cardWriter) head(status operator.Status) {
	name := fmt.Sprintf("%s of %s/%s", status.ID, status.Service, status.Environment)
	if status.Version != "" {
		name += " " + status.Version
	}
	c.row("release", c.paint.strong.Render(name))
	c.row("artifact", artifactName(status.Artifact))
	began := longTime(status.At, status.CreatedAt)
	if status.StartedBy != "" {
		began += " by " + status.StartedBy
	}
	c.row("began", began)
	if !status.Ended() {
		c.row("phase", phaseWords[status.Phase])
		return
	}
	style := c.paint.bad
	if status.Outcome == release.Promoted {
		style = c.paint.good
	}
	c.row("outcome", style.Render(string(status.Outcome))+" "+longTime(status.At, status.EndedAt))
	c.row("reason", status.Reason)
}

func (c *cardWriter) traffic(status operator.Status) {
	actual := status.Split.Actual.String()
	// Before its first split, a release wants nothing.
	if status.Split.Wanted != (release.Split{}) {
		c.row("wanted", status.Split.Wanted.String())
		if !status.Split.Actual.Same(status.Split.Wanted) {
			actual = c.paint.waiting.Render(actual)
		}
	}
	c.row("actual", actual)
}

// stepMarks stand before a step, by its state.
var stepMarks = map[operator.StepState]string{
	operator.StepDone:    "✓",
	operator.StepNow:     "▶",
	operator.StepNext:    "·",
	operator.StepSkipped: "–",
}

func (c *cardWriter) steps(status operator.Status) {
	c.text.WriteByte('\n')
	for i, step := range status.Steps {
		label := ""
		if i == 0 {
			label = "steps"
		}
		line := fmt.Sprintf("%s %s", stepMarks[step.State], stepText(step))
		switch step.State {
		case operator.StepDone:
			line = c.paint.good.Render(line)
		case operator.StepNow:
			if !step.Ends.IsZero() {
				line += ", ends " + longTime(status.At, step.Ends)
			}
			line = c.paint.strong.Render(line)
		case operator.StepNext, operator.StepSkipped:
			line = c.paint.quiet.Render(line)
		}
		c.row(label, line)
		if step.State == operator.StepNow {
			c.row("", "  "+c.bar(status.Progress))
		}
	}
}

// bar draws the progress of the present step, 0–1.
func (c *cardWriter) bar(done float64) string {
	full := min(max(int(done*barWidth+0.5), 0), barWidth)
	return fmt.Sprintf("%s%s %.0f%%", c.paint.good.Render(strings.Repeat("█", full)), c.paint.quiet.Render(strings.Repeat("░", barWidth-full)), done*100)
}

// stepText says what a step is.
func stepText(step operator.Step) string {
	switch step.Kind {
	case operator.StepPrepare:
		return "bake, deploy offline, verify"
	case operator.StepApprove:
		return fmt.Sprintf("a person's approval at %s%%, within %s", release.Percent(step.Weight), length(step.Lasts.Std()))
	case operator.StepSettle:
		if step.Lasts == 0 {
			return "100%"
		}
		return fmt.Sprintf("%s%%, settle for %s", release.Percent(step.Weight), length(step.Lasts.Std()))
	default:
		return fmt.Sprintf("%s%% for %s", release.Percent(step.Weight), length(step.Lasts.Std()))
	}
}

func (c *cardWriter) checks(status operator.Status) {
	if len(status.Checks) > 0 {
		c.text.WriteByte('\n')
		table := strings.TrimSuffix(tabulate([]string{"CHECK", "STATE", "NEW", "OLD", "LIMIT", "REQUESTS NEW/OLD"}, c.findings(status.Checks)), "\n")
		for i, line := range strings.Split(table, "\n") {
			label := ""
			if i == 0 {
				label = "checks"
			}
			fmt.Fprintf(&c.text, "%s%s\n", c.paint.quiet.Render(fmt.Sprintf("%-*s", labelWidth, label)), c.cut(line))
		}
	}
	if status.Verdict != nil {
		c.row("verdict", fmt.Sprintf("%s %s: %s", status.Verdict.Decision, relative(status.At, status.Verdict.At), status.Verdict.Reason))
	}
}

// cut keeps a line of a table within the width: a wrapped table cannot be read.
func (c *cardWriter) cut(line string) string {
	if c.width < leastWidth {
		return line
	}
	return ansi.Truncate(line, c.width-labelWidth, "…")
}

// findings are the rows of the table of checks.
func (c *cardWriter) findings(checks []release.Finding) [][]string {
	var rows [][]string
	for _, check := range checks {
		state := string(check.State)
		switch check.State {
		case release.Healthy:
			state = c.paint.good.Render(state)
		case release.Breach:
			state = c.paint.bad.Render(state)
		case release.NoDataYet:
			state = c.paint.waiting.Render(state)
		}
		row := []string{check.Metric, state, share(check.Canary), share(check.Stable), share(check.Limit),
			fmt.Sprintf("%.0f/%.0f", check.CanarySamples, check.StableSamples)}
		if check.CanarySamples == 0 && check.StableSamples == 0 {
			// Nothing was counted, as for an alarm: 0% would claim that something was.
			row = []string{check.Metric, state, "–", "–", "–", "–"}
		}
		rows = append(rows, row)
	}
	return rows
}

// outlook says what comes, and what people should know.
func (c *cardWriter) outlook(status operator.Status) {
	c.text.WriteByte('\n')
	if waiting := status.Awaiting; waiting != nil {
		text := waiting.What
		if !waiting.Until.IsZero() {
			text += "; at the latest " + longTime(status.At, waiting.Until)
		}
		if waiting.Otherwise != "" {
			text += "; then: " + waiting.Otherwise
		}
		c.row("awaits", c.paint.waiting.Render(text))
		if waiting.Command != "" {
			c.row("", "at once: "+waiting.Command)
		}
	}
	if status.Next != nil {
		text := status.Next.What
		if !status.Next.At.IsZero() {
			text += " " + longTime(status.At, status.Next.At)
		}
		c.row("next", text)
	}
	if status.RollbackTo != "" {
		c.row("rollback", "to version "+status.RollbackTo)
	}
	if holder := status.Holder; holder != nil {
		c.row("lock", holderText(status, *holder))
	}
	for i, note := range status.Notes {
		label := ""
		if i == 0 {
			label = "notes"
		}
		c.row(label, note)
	}
}

// holderText says who holds the lock.
func holderText(status operator.Status, holder operator.Holder) string {
	switch {
	case holder.Release == "":
		return fmt.Sprintf("locked by %s %s: %s", holder.By, relative(status.At, holder.Since), holder.Reason)
	case holder.Expired:
		return fmt.Sprintf("held by release %s, expired %s", holder.Release, longTime(status.At, holder.Until))
	case holder.Release == status.ID:
		return "held by this release, renewed until " + clockTime(holder.Until)
	default:
		return fmt.Sprintf("held by release %s since %s", holder.Release, clockTime(holder.Since))
	}
}
