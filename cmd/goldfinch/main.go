// Command goldfinch releases software by canary, and takes it back by itself.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/cli"
)

// version is set by the linker.
var version = "devel"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], environment())
	stop()
	os.Exit(code)
}
