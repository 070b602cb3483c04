package program

import (
	"os"
	"os/exec"
	"syscall"
)

// DieWithParent has the kernel kill the process when this one dies, and puts it
// into a group of its own, so that a terminal's Ctrl-C does not reach it.
func DieWithParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// Kill ends a process and its group.
func Kill(process *os.Process) {
	// It has no group left when it is dead already, which is what is wanted.
	_ = syscall.Kill(-process.Pid, syscall.SIGKILL)
}
