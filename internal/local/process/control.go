package process

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
)

// How long the process may take to answer after its start, and to end.
const (
	startTimeout = 20 * time.Second
	stopTimeout  = 15 * time.Second
	pollInterval = 50 * time.Millisecond
)

// Find looks for a process that answers for the folder; ok is false when there is none.
func Find(ctx context.Context, directory string) (state State, ok bool, err error) {
	state, ok, err = readState(directory)
	if err != nil || !ok {
		return State{}, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err = Operator(state).List(ctx, operator.Filter{Limit: 1})
	return state, err == nil, nil // a file that nobody stands behind is what kill -9 leaves
}

// Operator speaks to a process.
func Operator(state State) operator.Operator {
	return operator.NewClient(state.Address(), state.Token, &http.Client{})
}

// Start starts the process unless it runs, by running command with arguments
// in a session of its own, so that Ctrl-C at the terminal never reaches it.
func Start(ctx context.Context, directory, command string, arguments ...string) (State, error) {
	if state, ok, err := Find(ctx, directory); err != nil || ok {
		return state, err
	}
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return State{}, fmt.Errorf("start the local process: %w", err)
	}
	path := filepath.Join(directory, "local.log")
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return State{}, fmt.Errorf("start the local process: %w", err)
	}
	defer log.Close()
	child := exec.Command(command, arguments...)
	child.Stdout, child.Stderr = log, log
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		return State{}, fmt.Errorf("start the local process: %w", err)
	}
	exited := make(chan error, 1)
	go func() { exited <- child.Wait() }()
	deadline := time.After(startTimeout)
	for {
		if state, ok, err := Find(ctx, directory); err == nil && ok {
			return state, nil
		}
		select {
		case err := <-exited:
			return State{}, fmt.Errorf("the local process ended at once (%w); its log is %s: %s", errors.Join(err), path, lastLine(path))
		case <-deadline:
			return State{}, fmt.Errorf("the local process did not answer within %s; its log is %s", startTimeout, path)
		case <-ctx.Done():
			return State{}, ctx.Err()
		case <-time.After(pollInterval):
		}
	}
}

// Stop ends the process and waits until it has ended. One that does not run is no error.
func Stop(ctx context.Context, directory string) error {
	state, ok, err := Find(ctx, directory)
	if err != nil || !ok {
		return err
	}
	if err := syscall.Kill(state.PID, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop the local process %d: %w", state.PID, err)
	}
	deadline := time.After(stopTimeout)
	for {
		if err := syscall.Kill(state.PID, 0); errors.Is(err, syscall.ESRCH) {
			return nil
		}
		// Its last act. It may be a zombie for long, where nobody waits for orphans.
		if _, present, err := readState(directory); err == nil && !present {
			return nil
		}
		select {
		case <-deadline:
			return fmt.Errorf("the local process %d did not end within %s", state.PID, stopTimeout)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollInterval):
		}
	}
}

// lastLine is the end of a log, for an error message.
func lastLine(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	end := len(data)
	for end > 0 && data[end-1] == '\n' {
		end--
	}
	begin := end
	for begin > 0 && data[begin-1] != '\n' {
		begin--
	}
	return string(data[begin:end])
}
