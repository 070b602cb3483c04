package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"

	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/cli"
	"github.com/goldfinch-dev/goldfinch/internal/local/process"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
)

const (
	// stateDirectory is where the local process keeps its state, within the working directory.
	stateDirectory = ".goldfinch"
	// defaultPort is where the local process answers.
	defaultPort = 9400
)

// A localProcess is the background process of a directory.
type localProcess struct{ directory string }

var _ cli.LocalProcess = localProcess{}

// operator speaks to the process. One that died is started again, whatever is asked:
// its start brings home what it left behind.
func (l localProcess) operator(ctx context.Context, connection cli.Connection) (operator.Operator, error) {
	state, running, err := process.Find(ctx, l.directory)
	if err != nil {
		return nil, err
	}
	died := state.PID != 0
	switch {
	case running:
	case connection.Start || died:
		if state, err = l.start(ctx, connection.Port, state.Port); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("the local process is not running in %s; goldfinch local start, or a deploy --local, starts it", l.directory)
	}
	return process.Operator(state), nil
}

// start runs this program again as the process, at the first port that is not 0.
func (l localProcess) start(ctx context.Context, ports ...int) (process.State, error) {
	program, err := os.Executable()
	if err != nil {
		return process.State{}, fmt.Errorf("start the local process: %w", err)
	}
	port := defaultPort
	for _, wanted := range ports {
		if wanted != 0 {
			port = wanted
			break
		}
	}
	return process.Start(ctx, l.directory, program, "local", "serve", "--port", strconv.Itoa(port))
}

// Start starts the process unless it runs.
func (l localProcess) Start(ctx context.Context, port int) (cli.LocalState, error) {
	state, err := l.start(ctx, port)
	return localState(state), err
}

// Stop ends the process.
func (l localProcess) Stop(ctx context.Context) (cli.LocalState, error) {
	return cli.LocalState{}, process.Stop(ctx, l.directory)
}

// Status looks for the process.
func (l localProcess) Status(ctx context.Context) (cli.LocalState, error) {
	state, running, err := process.Find(ctx, l.directory)
	if !running {
		return cli.LocalState{}, err
	}
	return localState(state), err
}

// Serve is the process itself.
func (l localProcess) Serve(ctx context.Context, port int) error {
	server, err := process.Listen(ctx, l.directory, port, slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	defer server.Close()
	return server.Wait(ctx)
}

func localState(state process.State) cli.LocalState {
	return cli.LocalState{Running: true, PID: state.PID, Address: state.Address(), Directory: state.Directory, Since: state.Since}
}
