package cli

import (
	"context"
	"fmt"
	"io"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
)

// A screen is the reporter that shows one live screen on a terminal.
type screen struct {
	program *tea.Program
	ended   chan struct{}
}

// newScreen takes over the terminal until it is closed. Ctrl-C and q call detach.
func newScreen(in io.Reader, out io.Writer, paint palette, detach context.CancelFunc) *screen {
	s := &screen{
		program: tea.NewProgram(screenModel{paint: paint, detach: detach}, tea.WithInput(in), tea.WithOutput(out), tea.WithoutSignalHandler()),
		ended:   make(chan struct{}),
	}
	go func() {
		defer close(s.ended)
		if _, err := s.program.Run(); err != nil {
			// Without a screen there is nothing to follow on; the release goes on.
			detach()
		}
	}()
	return s
}

// Show draws the status.
func (s *screen) Show(status operator.Status) { s.program.Send(showMessage(status)) }

// Trouble says below the status what is wrong.
func (s *screen) Trouble(err error) { s.program.Send(troubleMessage{err}) }

// Close gives the terminal back, with the last screen on it.
func (s *screen) Close() {
	s.program.Quit()
	<-s.ended
}

type (
	showMessage    operator.Status
	troubleMessage struct{ err error }
)

// A screenModel is what the screen shows.
type screenModel struct {
	paint  palette
	detach context.CancelFunc
	// status is nil until there is one.
	status  *operator.Status
	trouble error
	width   int
	leaving bool
}

// Init starts nothing: statuses come from outside.
func (m screenModel) Init() tea.Cmd { return nil }

// Update takes in what happened.
func (m screenModel) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	switch message := message.(type) {
	case showMessage:
		status := operator.Status(message)
		m.status, m.trouble = &status, nil
	case troubleMessage:
		m.trouble = message.err
	case tea.WindowSizeMsg:
		m.width = message.Width
	case tea.KeyMsg:
		if key := message.String(); key == "ctrl+c" || key == "q" {
			m.leaving = true
			m.detach()
		}
	}
	return m, nil
}

// View draws the screen.
func (m screenModel) View() string {
	if m.status == nil {
		text := "looking for the release…\n"
		if m.trouble != nil {
			text += m.paint.waiting.Render(m.trouble.Error()) + "\n"
		}
		return text
	}
	text := card(*m.status, m.paint, m.width)
	if m.trouble != nil {
		text += "\n" + m.paint.waiting.Render(fmt.Sprintf("could not ask after the release: %v", m.trouble)) + "\n"
	}
	if !m.leaving && !m.status.Ended() {
		text += "\n" + m.paint.quiet.Render("Ctrl-C looks away; the release goes on") + "\n"
	}
	return text
}
