//go:build !linux

package program

import (
	"os"
	"os/exec"
)

// DieWithParent needs nothing: a function whose Runtime API is gone ends by itself.
func DieWithParent(*exec.Cmd) {}

// Kill ends a process.
func Kill(process *os.Process) {
	// The only error is that it is dead already, which is what is wanted.
	_ = process.Kill()
}
