package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
)

// buildApp builds this program as make cdk-app does.
func buildApp(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "infra")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build the app: %v\n%s", err, output)
	}
	return program
}

// runApp runs it as the CDK's command line does, and returns where it wrote, and what it said.
func runApp(t *testing.T, program, context string) (directory, said string, err error) {
	t.Helper()
	directory = t.TempDir()
	command := exec.CommandContext(t.Context(), program)
	command.Dir = ".."
	command.Env = append(os.Environ(), "CDK_OUTDIR="+directory, "CDK_CONTEXT_JSON="+context)
	output, err := command.CombinedOutput()
	return directory, string(output), err
}

// TestApp runs the program: it builds the functions, and writes the template with their packages.
func TestApp(t *testing.T) {
	checkRefusal(t, buildApp(t)) // and so the caches are warm
	if output, err := exec.CommandContext(t.Context(), "make", "-C", "..", "assets", "ARCH=arm64").CombinedOutput(); err != nil {
		t.Fatalf("build the functions: %v\n%s", err, output)
	}
	began := time.Now()
	directory, said, err := runApp(t, buildApp(t), "{}")
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	measured.Log(t, "synthesis, warm, with the build of the app and of %d functions: %.1f s (at most 10 s on a quiet machine)", len(functionShapes), time.Since(began).Seconds())

	bootstraps, err := filepath.Glob(filepath.Join(directory, "asset.*", "bootstrap"))
	if err != nil || len(bootstraps) != len(functionShapes) {
		t.Fatalf("packages %q, %v; want %d", bootstraps, err, len(functionShapes))
	}
	for _, bootstrap := range bootstraps {
		binary, err := elf.Open(bootstrap)
		if err != nil {
			t.Fatal(err)
		}
		if binary.Machine != elf.EM_AARCH64 {
			t.Errorf("%s is for %s, want arm64", bootstrap, binary.Machine)
		}
		binary.Close()
	}
	if _, err := os.Stat(filepath.Join(directory, stackID+".template.json")); err != nil {
		t.Error(err)
	}
}

// checkRefusal sees mistakes end the program, before anything is built.
func checkRefusal(t *testing.T, program string) {
	t.Helper()
	directory, said, err := runApp(t, program, `{"architecture": "mips", "sweepMinutes": 60}`)
	if err == nil {
		t.Error("the app takes a wrong context")
	}
	for _, want := range []string{`context value architecture: is "mips"`, "context value sweepMinutes: is 60"} {
		if !strings.Contains(said, want) {
			t.Errorf("the app says %q, want %q in it", said, want)
		}
	}
	if _, err := os.Stat(filepath.Join(directory, stackID+".template.json")); err == nil {
		t.Error("there is a template all the same")
	}
}
