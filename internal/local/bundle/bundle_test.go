package bundle_test

import (
	"archive/zip"
	"bytes"
	"context"
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/local/bundle"
)

func TestZipIsAPackageThatLambdaStarts(t *testing.T) {
	t.Parallel()
	program := bytes.Repeat([]byte("program"), 1000)
	packed, err := bundle.Zip(program)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.File) != 1 || archive.File[0].Name != "bootstrap" {
		t.Fatalf("files are %v, want one named bootstrap", archive.File)
	}
	if mode := archive.File[0].Mode(); mode != 0o755 {
		t.Errorf("mode is %v, want 0755", mode)
	}
	file, err := archive.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content, program) {
		t.Error("content is not the program")
	}
	if len(packed) > len(program)/2 {
		t.Errorf("%d bytes were packed into %d", len(program), len(packed))
	}
}

func TestZipOfTheSameProgramIsTheSame(t *testing.T) {
	t.Parallel()
	first, err := bundle.Zip([]byte("program"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := bundle.Zip([]byte("program"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("two packages of one program differ")
	}
}

func TestZipRefuses(t *testing.T) {
	t.Parallel()
	for want, program := range map[string][]byte{
		"the program is empty": nil,
		"that Lambda unpacks":  make([]byte, 250<<20+1),
	} {
		if _, err := bundle.Zip(program); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one that says %q", err, want)
		}
	}
}

// module writes a Go module with one main package, and returns its folder.
func module(t *testing.T, source string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{"go.mod": "module example.test/program\n\ngo 1.26\n", "main.go": source} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

const greeter = `package main

import "os"

var greeting = "nothing"

func main() { os.Stdout.WriteString(greeting) }
`

func TestCompileSetsVariables(t *testing.T) {
	t.Parallel()
	compiled, err := bundle.Compile(context.Background(), bundle.Program{
		Package: ".", Directory: module(t, greeter), OS: runtime.GOOS, Arch: runtime.GOARCH,
		Variables: map[string]string{"main.greeting": "hello"},
	})
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, compiled, 0o700); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(program).Output()
	if err != nil || string(said) != "hello" {
		t.Errorf("program said %q, %v; want hello", said, err)
	}
}

func TestCompileIsForLambda(t *testing.T) {
	t.Parallel()
	compiled, err := bundle.Compile(context.Background(), bundle.Program{
		Package: ".", Directory: module(t, greeter), OS: "linux", Arch: "arm64",
	})
	if err != nil {
		t.Fatal(err)
	}
	file, err := elf.NewFile(bytes.NewReader(compiled))
	if err != nil {
		t.Fatal(err)
	}
	if file.Machine != elf.EM_AARCH64 {
		t.Errorf("machine is %v, want arm64", file.Machine)
	}
	if libraries, err := file.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("program needs the libraries %v, %v", libraries, err)
	}
	if file.Section(".symtab") != nil {
		t.Error("program has symbols")
	}
}

func TestCompileSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := bundle.Compile(context.Background(), bundle.Program{
		Package: ".", Directory: module(t, "package main\n\nfunc main() { undefinedName() }\n"), OS: runtime.GOOS, Arch: runtime.GOARCH,
	})
	if err == nil || !strings.Contains(err.Error(), "undefined: undefinedName") {
		t.Errorf("error is %v, want the compiler's", err)
	}
}

func TestCompileNeedsGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := bundle.Compile(context.Background(), bundle.Program{Package: ".", OS: runtime.GOOS, Arch: runtime.GOARCH})
	if err == nil || !strings.Contains(err.Error(), "Go is not installed") {
		t.Errorf("error is %v, want one about Go", err)
	}
}
