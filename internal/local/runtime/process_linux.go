package runtime

import (
	"os"
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel kill the process when this one dies, and puts it
// into a group of its own, so that a terminal's Ctrl-C does not reach it.
func dieWithParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// kill ends a process and its group.
func kill(process *os.Process) {
	// It has no group left when it is dead already, which is what is wanted.
	_ = syscall.Kill(-process.Pid, syscall.SIGKILL)
}
