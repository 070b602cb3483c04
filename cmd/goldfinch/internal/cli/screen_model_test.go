package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestScreen draws the live screen at fixed sizes.
func TestScreen(t *testing.T) {
	t.Parallel()
	for _, width := range []int{0, 60, 100} {
		for moment, status := range map[string]operator.Status{
			"preparing": Preparing(), "canary": Canary(), "approval": AwaitingApproval(), "rolled-back": Ended(release.RolledBack), "promoted": Ended(release.Promoted),
		} {
			t.Run(fmt.Sprintf("%s at %d", moment, width), func(t *testing.T) {
				t.Parallel()
				model := drawn(t, tea.WindowSizeMsg{Width: width, Height: 40}, showMessage(status))
				text := model.View()
				Golden(t, fmt.Sprintf("testdata/screen/%s-%d.txt", moment, width), text)
				for line := range strings.Lines(text) {
					// A word that is longer than the screen cannot be broken: a package's address.
					if length := lipgloss.Width(line); width > 0 && length > width && !strings.Contains(line, "s3://") {
						t.Errorf("a line of %d characters: %q", length, line)
					}
				}
			})
		}
	}
}

func drawn(t *testing.T, messages ...tea.Msg) screenModel {
	t.Helper()
	var model tea.Model = screenModel{paint: newPalette(io.Discard, false), detach: func() { t.Error("detached by itself") }}
	if command := model.Init(); command != nil {
		t.Error("the screen asks for something by itself")
	}
	for _, message := range messages {
		model, _ = model.Update(message)
	}
	return model.(screenModel)
}

func TestScreenBeforeTheFirstStatus(t *testing.T) {
	t.Parallel()
	if got := drawn(t).View(); got != "looking for the release…\n" {
		t.Errorf("screen %q", got)
	}
	if got := drawn(t, troubleMessage{errors.New("throttled")}).View(); !strings.Contains(got, "throttled") {
		t.Errorf("screen %q", got)
	}
}

func TestScreenForgetsTroubleThatIsOver(t *testing.T) {
	t.Parallel()
	status := showMessage(Canary())
	if got := drawn(t, status, troubleMessage{errors.New("throttled")}).View(); !strings.Contains(got, "could not ask after the release: throttled") {
		t.Errorf("screen %q", got)
	}
	if got := drawn(t, status, troubleMessage{errors.New("throttled")}, status).View(); strings.Contains(got, "throttled") {
		t.Errorf("screen %q", got)
	}
}

func TestScreenDetachesOnce(t *testing.T) {
	t.Parallel()
	detached := 0
	var model tea.Model = screenModel{paint: newPalette(io.Discard, false), detach: func() { detached++ }}
	for _, message := range []tea.Msg{
		showMessage(Canary()),
		tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("x")},
		tea.KeyMsg{Type: tea.KeyCtrlC},
	} {
		model, _ = model.Update(message)
	}
	if detached != 1 || strings.Contains(model.View(), "Ctrl-C") {
		t.Errorf("detached %d times: %s", detached, model.View())
	}
}

func TestColors(t *testing.T) {
	t.Parallel()
	status := Ended(release.RolledBack)
	if text := card(status, newPalette(io.Discard, true), 0); !strings.Contains(text, "\x1b[31mrolled-back\x1b[0m") {
		t.Errorf("no color: %q", text)
	}
	if text := card(status, newPalette(io.Discard, false), 0); strings.Contains(text, "\x1b") {
		t.Errorf("colors: %q", text)
	}
}
