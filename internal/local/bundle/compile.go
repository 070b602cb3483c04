package bundle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A Program is a Go main package and how to build it.
type Program struct {
	// Package is its import path, or its folder beginning with "./".
	Package string
	// Directory is where the go command runs; empty: the current one.
	Directory string
	// OS and Arch are Go's names of what it will run on, such as "linux" and "arm64".
	OS, Arch string
	// Variables are set by the linker: "main.variant" to "v1".
	Variables map[string]string
}

// Compile builds the program statically, without what is of no use in Lambda:
// symbols, paths of this machine, and the RPC mode of the former go1.x runtime.
// An error contains what the compiler said.
func Compile(ctx context.Context, program Program) ([]byte, error) {
	folder, err := os.MkdirTemp("", "goldfinch-compile-")
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", program.Package, err)
	}
	defer os.RemoveAll(folder)
	output := filepath.Join(folder, Bootstrap)
	command := exec.CommandContext(ctx, "go", arguments(program, output)...)
	command.Dir = program.Directory
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+program.OS, "GOARCH="+program.Arch, "GOTMPDIR="+folder)
	// Killed, it would leave the programs that it runs, which write into the folder.
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = endsWithin
	said, err := command.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("compile %s: Go is not installed: %w", program.Package, err)
	}
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w: %s", program.Package, err, strings.TrimSpace(string(said)))
	}
	compiled, err := os.ReadFile(output)
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", program.Package, err)
	}
	return compiled, nil
}

// endsWithin is how long the compiler may take to end when it is interrupted.
const endsWithin = 5 * time.Second

func arguments(program Program, output string) []string {
	link := []string{"-s", "-w"}
	for _, name := range slices.Sorted(maps.Keys(program.Variables)) {
		link = append(link, fmt.Sprintf("-X %s=%s", name, program.Variables[name]))
	}
	return []string{
		"build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false",
		"-ldflags", strings.Join(link, " "), "-o", output, program.Package,
	}
}
