package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/cli"
)

// A person who has seen enough does not wait for a million releases, whichever way they are simulated.
func TestASimulationEndsWhenItIsInterrupted(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "release.yaml")
	text := "apiVersion: goldfinch/v1\nservice: echo\nenvironment: production\nartifact: echo.zip\ntarget: {lambda: {function: echo, alias: live}}\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"--trace=false", "--compare=kayenta"} {
		ctx, interrupt := context.WithCancel(t.Context())
		var stdout, stderr, calls bytes.Buffer
		ended := make(chan int)
		go func() {
			ended <- cli.Run(ctx, []string{"simulate", file, "--runs", "1000000", mode}, environment("promoted", strings.NewReader(""), &stdout, &stderr, &calls))
		}()
		select {
		case code := <-ended:
			t.Fatalf("%s: it ended by itself with %d: %s", mode, code, &stderr)
		case <-time.After(50 * time.Millisecond):
		}
		interrupt()
		if code := <-ended; code != 1 || stdout.Len() > 0 || !strings.Contains(stderr.String(), "interrupted") {
			t.Errorf("%s: exit code %d, printed %q and %q", mode, code, &stdout, &stderr)
		}
	}
}
