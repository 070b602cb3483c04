package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Assets is the folder with a folder for each function, which has its bootstrap.
type assets string

// of is the folder that becomes a function's package.
func (a assets) of(function string) string { return filepath.Join(string(a), function) }

// assetsVariable names a folder whose functions are built already, for whoever
// wants the template and will not deploy it.
const assetsVariable = "GOLDFINCH_ASSETS"

// buildAssets builds every function for an architecture, with the make target
// that knows how. The working directory is the root of the repository.
func buildAssets(architecture architecture) (assets, error) {
	if built := os.Getenv(assetsVariable); built != "" {
		return assets(built), nil
	}
	command := exec.Command("make", "--silent", "assets", "ARCH="+architecture.goName())
	// The command line reads what this program prints.
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("build the functions (%s): %w", command, err)
	}
	return assets(filepath.Join("build", "assets", architecture.goName())), nil
}
