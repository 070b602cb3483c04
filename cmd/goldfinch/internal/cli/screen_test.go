package cli_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/cli"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// terminal is an environment with a person, whose keys come from stdin.
func terminal(scenario string, stdin io.Reader, stdout, stderr io.Writer) cli.Environment {
	e := environment(scenario, stdin, stdout, stderr, io.Discard)
	e.IsTerminal = true
	e.Getenv = func(string) string { return "" }
	return e
}

func TestWatchOnATerminalShowsTheScreenAndTheOutcome(t *testing.T) {
	t.Parallel()
	for outcome, code := range map[release.Outcome]int{release.Promoted: 0, release.RolledBack: 3} {
		keys, _ := io.Pipe()
		var stdout, stderr bytes.Buffer
		got := cli.Run(t.Context(), []string{"watch", releaseID}, terminal(string(outcome), keys, &stdout, &stderr))
		if got != code {
			t.Errorf("exit code %d, not %d: %s", got, code, &stderr)
		}
		text := stdout.String()
		for _, words := range []string{"of echo/production v2", string(outcome) + ": release " + releaseID} {
			if !strings.Contains(text, words) {
				t.Errorf("the screen does not say %q: %q", words, text)
			}
		}
	}
}

func TestKeysDetach(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		key  string
		verb []string
		code int
	}{
		"Ctrl-C on watch":    {"\x03", []string{"watch", releaseID, "--local"}, 0},
		"q on watch":         {"q", []string{"watch", releaseID, "--local"}, 0},
		"Ctrl-C on rollback": {"\x03", []string{"rollback", "echo/production", "--local"}, 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys, typist := io.Pipe()
			go func() { io.WriteString(typist, c.key) }()
			var stdout, stderr bytes.Buffer
			if got := cli.Run(t.Context(), c.verb, terminal(endless, keys, &stdout, &stderr)); got != c.code {
				t.Errorf("exit code %d, not %d: %s", got, c.code, &stderr)
			}
			if want := "detached; the release goes on. Attach again: goldfinch watch " + releaseID + " --local\n"; !strings.HasSuffix(stderr.String(), want) && !strings.Contains(stderr.String(), "detached; the release goes on. Attach again: goldfinch watch") {
				t.Errorf("the last words are %q", stderr.String())
			}
		})
	}
}

// TestInterruptDetaches ends the command line's context, as Ctrl-C does where there is no terminal.
func TestInterruptDetaches(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		verb []string
		code int
	}{
		"watch":         {[]string{"watch", releaseID}, 0},
		"watch as JSON": {[]string{"watch", releaseID, "--output", "json"}, 0},
		"wait":          {[]string{"wait", releaseID}, 7},
		"wait as JSON":  {[]string{"wait", releaseID, "--output", "json"}, 7},
		"rollback":      {[]string{"rollback", "echo/production"}, 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			var stdout, stderr bytes.Buffer
			e := environment(endless, strings.NewReader(""), &stdout, &stderr, io.Discard)
			connect := e.Operator
			e.Operator = func(ctx context.Context, connection cli.Connection) (operator.Operator, error) {
				o, err := connect(ctx, connection)
				return cancelling{o, cancel}, err
			}
			if got := cli.Run(ctx, c.verb, e); got != c.code {
				t.Errorf("exit code %d, not %d", got, c.code)
			}
			if !strings.Contains(stderr.String(), "detached; the release goes on. Attach again: goldfinch watch "+releaseID) {
				t.Errorf("the last words are %q", stderr.String())
			}
		})
	}
}

// cancelling interrupts the command once it has had a status.
type cancelling struct {
	operator.Operator
	cancel context.CancelFunc
}

func (c cancelling) Status(ctx context.Context, reference operator.Reference) (operator.Status, error) {
	status, err := c.Operator.Status(ctx, reference)
	time.AfterFunc(20*time.Millisecond, c.cancel)
	return status, err
}

func TestInitAsksAPerson(t *testing.T) {
	t.Chdir(t.TempDir())
	var stdout, stderr bytes.Buffer
	code := cli.Run(t.Context(), []string{"init", "--alias", "users"}, terminal("promoted", strings.NewReader("echo\n\nbuild/e.zip\n"), &stdout, &stderr))
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	if want := "service: environment [production]: function package [build/echo.zip]: Lambda function [echo]: "; stderr.String() != want {
		t.Errorf("asked %q", stderr.String())
	}
	stdout.Reset()
	if code := cli.Run(t.Context(), []string{"validate"}, terminal("promoted", strings.NewReader(""), &stdout, &stderr)); code != 0 {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	if want := "build/e.zip to echo/production"; !strings.Contains(stdout.String(), want) {
		t.Errorf("%q does not say %q", stdout.String(), want)
	}
}

// TestABrokenStdout wants an error, not success, from a command that could not say its result.
func TestABrokenStdout(t *testing.T) {
	t.Parallel()
	for _, output := range []string{"text", "json"} {
		var stderr bytes.Buffer
		code := cli.Run(t.Context(), []string{"version", "--output", output}, environment("promoted", strings.NewReader(""), brokenWriter{}, &stderr, io.Discard))
		if code != release.ExitError || !strings.Contains(stderr.String(), "print the result") {
			t.Errorf("exit code %d: %s", code, &stderr)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }
