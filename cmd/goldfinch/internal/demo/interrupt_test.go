package demo

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
)

// Whoever interrupts a demonstration is told so, whatever it was doing, and finds nothing left of it.
func TestInterrupted(t *testing.T) {
	directory := t.TempDir()
	t.Setenv("TMPDIR", directory)
	ctx, interrupt := context.WithCancel(t.Context())
	report, err := Run(ctx, Options{Target: albTarget, Progress: onLine(func(line string) {
		if strings.HasPrefix(line, "── v1 stands") {
			interrupt()
		}
	})})
	if !errors.Is(err, ErrInterrupted) || len(report.Releases) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	left, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		if strings.HasPrefix(entry.Name(), folderPrefix) {
			t.Errorf("%s is left", entry.Name())
		}
	}
}

// onLine is called with each line that is written.
type onLine func(line string)

func (f onLine) Write(line []byte) (int, error) {
	f(string(line))
	return len(line), nil
}

func TestThereIsNoSuchDemonstration(t *testing.T) {
	t.Parallel()
	_, err := Run(t.Context(), Options{Target: "magic", Progress: io.Discard})
	var invalid *operator.InvalidError
	if !errors.As(err, &invalid) || !strings.Contains(err.Error(), `"magic"; there are alb, apigateway, asg, lambda, route53`) {
		t.Errorf("error %v", err)
	}
}
