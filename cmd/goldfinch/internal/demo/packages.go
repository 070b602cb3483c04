package demo

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/goldfinch-dev/goldfinch/internal/local/bundle"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// packageFolder is where `make examples` leaves the echo service's packages.
const packageFolder = "build/examples"

// echo is the service that is released.
const echo = "github.com/goldfinch-dev/goldfinch/examples/echo"

// echoPackage is a version of the echo service: what `make examples` built, or
// built now. Either needs Go alone, and the clone as the working directory.
func echoPackage(ctx context.Context, label string) (*bytes.Reader, error) {
	data, err := os.ReadFile(filepath.Join(packageFolder, "echo-"+label+".zip"))
	if err == nil {
		return bytes.NewReader(data), nil
	}
	program, err := bundle.Compile(ctx, bundle.Program{
		Package: echo, OS: runtime.GOOS, Arch: runtime.GOARCH,
		Variables: map[string]string{"main.variant": label},
	})
	if err != nil {
		return nil, fmt.Errorf("build the echo service %s (run the demonstration in a clone of Goldfinch): %w", label, err)
	}
	if data, err = bundle.Zip(program); err != nil {
		return nil, err
	}
	return bytes.NewReader(data), nil
}

// codeSHA256 is a package's sum as Lambda writes it.
func codeSHA256(artifact release.Artifact) (string, error) {
	sum, err := hex.DecodeString(artifact.SHA256)
	if err != nil {
		return "", fmt.Errorf("read the sum of %s: %w", artifact.Package, err)
	}
	return base64.StdEncoding.EncodeToString(sum), nil
}
