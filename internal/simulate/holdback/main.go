// Command holdback measures ways of settling: with all traffic on the new version, judged by what the
// past allows, or with a share held back on the old one, judged as before. It writes the page about it:
//
//	go run ./internal/simulate/holdback -out docs/holdback.md
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	out := flag.String("out", "docs/holdback.md", "the page")
	releases := flag.Int("releases", 1000, "how many releases each way of settling makes in each world")
	seed := flag.Uint64("seed", 1, "where all chance begins")
	flag.Parse()
	if err := write(ctx, *out, experiment{releases: *releases, seed: *seed}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// write makes the experiment, and the page about it.
func write(ctx context.Context, path string, e experiment) error {
	found, err := e.run(ctx)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(page(e, found)), 0o644); err != nil {
		return fmt.Errorf("write the page about settling: %w", err)
	}
	return nil
}
