// Package cli is the command line of Goldfinch: it reads flags and files, asks
// an operator, and prints. What it does lives elsewhere.
package cli

import (
	"context"
	"io"
	"time"

	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/demo"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// An Environment is everything outside the command line that it uses. All
// fields are needed.
type Environment struct {
	// Operator connects to the operator of a place.
	Operator func(ctx context.Context, connection Connection) (operator.Operator, error)
	// Local is the background process on this machine.
	Local LocalProcess
	// Demo runs the demonstration.
	Demo func(ctx context.Context, options demo.Options) (demo.Report, error)
	// Stdin, Stdout and Stderr are the process's streams.
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	// IsTerminal: a person sits at Stdin and Stdout.
	IsTerminal bool
	// Getenv reads the environment's variables.
	Getenv func(name string) string
	// Actor is who runs the command, as the ledger records it.
	Actor string
	// Version is Goldfinch's own.
	Version string
	// Interval is how often a release that is followed is asked after, by where it runs.
	Interval func(connection Connection) time.Duration
}

// A Connection says where the operator is.
type Connection struct {
	// Local: on this machine, else in AWS.
	Local bool
	// Start: the local process is started when it does not run.
	Start bool
	// Port is the local front door's; 0: as it runs, or the default.
	Port int
	// Region and Profile are AWS's; empty: as the place says, or the AWS SDK finds them.
	Region  string
	Profile string
	// Place is where goldfinch.yaml says the environment is; zero when it says nothing.
	Place release.Place
	// Unplaced is why there is no Place although there is a goldfinch.yaml, for a
	// person who did not name the installation otherwise.
	Unplaced string
}

// A LocalProcess is the background process that runs the local cloud, the front door and the engine.
type LocalProcess interface {
	// Start starts it unless it runs, and returns when it answers.
	Start(ctx context.Context, port int) (LocalState, error)
	// Stop ends it, and returns when it has ended. One that does not run is no error.
	Stop(ctx context.Context) (LocalState, error)
	// Status looks for it.
	Status(ctx context.Context) (LocalState, error)
	// Serve is the process itself: it runs until ctx ends.
	Serve(ctx context.Context, port int) error
}

// A LocalState is how the local process stands.
type LocalState struct {
	Running bool `json:"running"`
	// PID is the process's id.
	PID int `json:"pid,omitempty"`
	// Address is where functions answer, such as "http://127.0.0.1:9400".
	Address string `json:"address,omitempty"`
	// Directory is where its state is kept.
	Directory string `json:"directory,omitempty"`
	// Since is when it was started.
	Since time.Time `json:"since,omitzero"`
}
