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

// How long the process may take to answer after its start, to answer once it
// runs, and to end.
const (
	startTimeout  = 20 * time.Second
	answerTimeout = 5 * time.Second
	stopTimeout   = 15 * time.Second
	pollInterval  = 50 * time.Millisecond
)

// Find looks for a process that answers for the folder; ok is false when there is
// none. One that lives and does not answer in time is an error: it is busy.
func Find(ctx context.Context, directory string) (state State, ok bool, err error) {
	state, ok, err = readState(directory)
	if err != nil || !ok {
		return State{}, false, err
	}
	if !lives(state.PID) {
		return state, false, nil // kill -9 leaves the file
	}
	asking, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	_, err = Operator(state).List(asking, operator.Filter{Limit: 1})
	switch {
	case err == nil:
		return state, true, nil
	case ctx.Err() != nil:
		return state, false, ctx.Err()
	case asking.Err() != nil:
		return state, false, fmt.Errorf("the local process %d is busy: it did not answer within %s", state.PID, answerTimeout)
	default:
		return state, false, nil // another process has its id
	}
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
	failed := fmt.Errorf("the local process did not answer within %s; its log is %s", startTimeout, path)
	ended := false
	for {
		if state, ok, err := Find(ctx, directory); err == nil && ok {
			return state, nil
		}
		if ended {
			// Another start may have been faster, and its process is not up yet.
			if other, err := taken(directory); err != nil || !other {
				return State{}, errors.Join(failed, err)
			}
		}
		select {
		case err := <-exited:
			ended = true
			failed = fmt.Errorf("the local process ended at once (%w); its log is %s: %s", errors.Join(err), path, lastLine(path))
		case <-deadline:
			return State{}, failed
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
