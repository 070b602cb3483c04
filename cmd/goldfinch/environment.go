package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/cli"
	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/demo"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/wire"
)

// How often a release that is followed is asked after. In AWS each time is a
// read of DynamoDB or two; on this machine it costs nothing.
const (
	localInterval = 200 * time.Millisecond
	awsInterval   = 2 * time.Second
)

// environment is the command line's outside: this process, this machine, and AWS.
func environment() cli.Environment {
	local := localProcess{directory: stateDirectory}
	return cli.Environment{
		Operator: func(ctx context.Context, connection cli.Connection) (operator.Operator, error) {
			if connection.Local {
				return local.operator(ctx, connection)
			}
			return awsOperator(ctx, connection)
		},
		Local:      local,
		Demo:       demo.Run,
		Stdin:      os.Stdin,
		Stdout:     os.Stdout,
		Stderr:     os.Stderr,
		IsTerminal: isatty.IsTerminal(os.Stdin.Fd()) && isatty.IsTerminal(os.Stdout.Fd()),
		Getenv:     os.Getenv,
		Actor:      actor(),
		Version:    version,
		Interval: func(connection cli.Connection) time.Duration {
			if connection.Local {
				return localInterval
			}
			return awsInterval
		},
	}
}

// awsOperator works with the installation that goldfinch.yaml or the process's environment names.
func awsOperator(ctx context.Context, connection cli.Connection) (operator.Operator, error) {
	clients, settings, err := wire.LogIn(ctx, wire.Login{Region: connection.Region, Profile: connection.Profile, Place: connection.Place}, os.Getenv)
	if err != nil {
		return nil, err
	}
	if missing := settings.Missing(); len(missing) > 0 {
		return nil, &operator.InvalidError{Message: cmp.Or(connection.Unplaced, fmt.Sprintf(
			"which installation? Write its place into %s, set %s to what its stack put out, or use --local", release.EnvironmentsFile, strings.Join(missing, ", ")))}
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	handlers := wire.Workflow(clients, settings, wire.UTC, rand.Text, log)
	return wire.Operator(clients, settings, wire.UTC, rand.Reader, handlers, nil), nil
}

// actor is who runs this command, as the ledger records it.
func actor() string {
	name := os.Getenv("USER")
	if who, err := user.Current(); err == nil {
		name = who.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return name
}
