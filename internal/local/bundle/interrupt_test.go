package bundle_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/bundle"
)

// Somebody who interrupts a build finds nothing of it.
func TestCompileLeavesNothing(t *testing.T) {
	directory := t.TempDir()
	t.Setenv("TMPDIR", directory)
	ctx, interrupt := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := bundle.Compile(ctx, bundle.Program{
			Package: "github.com/goldfinch-dev/goldfinch/examples/echo", OS: runtime.GOOS, Arch: runtime.GOARCH,
			Variables: map[string]string{"main.variant": directory}, // which was never linked before
		})
		done <- err
	}()
	for working := false; !working; {
		select {
		case err := <-done:
			t.Fatalf("it ended before it began: %v", err)
		case <-time.After(time.Millisecond):
			found, err := filepath.Glob(filepath.Join(directory, "*", "go-build*", "*"))
			working = err == nil && len(found) > 0
		}
	}
	interrupt()
	if err := <-done; err == nil {
		t.Error("it was not interrupted")
	}
	left, err := os.ReadDir(directory)
	if err != nil || len(left) > 0 {
		t.Errorf("left are %v (%v)", left, err)
	}
}
