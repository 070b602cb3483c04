// Command pack builds the four variants of the echo service as function packages.
//
//	go run ./examples/echo/pack -out build/examples
//
// They are for Linux on this machine's processor; where this machine is not
// Linux they are for this machine, so that --local can run them.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"

	"github.com/goldfinch-dev/goldfinch/internal/local/bundle"
)

func main() {
	out := flag.String("out", "build/examples", "the folder to put the packages into")
	arch := flag.String("arch", runtime.GOARCH, "the processor they are for: amd64 or arm64")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := pack(ctx, *out, *arch)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// pack writes OUT/echo-v1.zip to OUT/echo-v4.zip and prints their paths.
func pack(ctx context.Context, out, arch string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("create %s: %w", out, err)
	}
	for _, variant := range []string{"v1", "v2", "v3", "v4"} {
		program, err := bundle.Compile(ctx, bundle.Program{
			Package:   "github.com/goldfinch-dev/goldfinch/examples/echo",
			OS:        runtime.GOOS,
			Arch:      arch,
			Variables: map[string]string{"main.variant": variant},
		})
		if err != nil {
			return err
		}
		packed, err := bundle.Zip(program)
		if err != nil {
			return err
		}
		path := filepath.Join(out, "echo-"+variant+".zip")
		if err := os.WriteFile(path, packed, 0o644); err != nil {
			return fmt.Errorf("write package: %w", err)
		}
		fmt.Println(path)
	}
	return nil
}
