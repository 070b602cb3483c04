package main_test

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Ctrl-C ends a demonstration wherever it is, and neither a process nor a file of it is left.
func TestDemoInterrupted(t *testing.T) {
	for _, moment := range []string{"── v1 stands", "requests a second now go to"} {
		t.Run(moment, func(t *testing.T) {
			p := &place{t: t, directory: ".", temporary: t.TempDir()}
			command := p.command("demo", "--target", "asg")
			output := &awaited{text: moment, found: make(chan struct{})}
			var stderr bytes.Buffer
			command.Stdout, command.Stderr = output, &stderr
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			select {
			case <-output.found:
			case <-time.After(patience):
				t.Errorf("it did not come so far as %q", moment)
			}
			if err := command.Process.Signal(syscall.SIGINT); err != nil {
				t.Error(err)
			}
			_ = command.Wait() // the code tells
			if code := command.ProcessState.ExitCode(); code != 1 || stderr.String() != "goldfinch: interrupted; nothing is left\n" {
				t.Errorf("exit code %d: %s", code, &stderr)
			}
			if left, err := os.ReadDir(p.temporary); err != nil || len(left) > 0 {
				t.Errorf("left are %v (%v)", left, err)
			}
		})
	}
}

// awaited is output that has a text at some time.
type awaited struct {
	text  string
	found chan struct{}

	mu      sync.Mutex
	written strings.Builder
	told    bool
}

func (a *awaited) Write(data []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.written.Write(data)
	if !a.told && strings.Contains(a.written.String(), a.text) {
		a.told = true
		close(a.found)
	}
	return len(data), nil
}
