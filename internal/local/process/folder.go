package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// storeFile is where a process keeps its state. It has the file locked from before
// it can answer until after it has ended, so the lock tells whose the folder is.
const storeFile = "state.db"

// taken reports whether a process has the folder, whether or not it answers yet.
func taken(directory string) (bool, error) {
	file, err := os.Open(filepath.Join(directory, storeFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask whose folder it is: %w", err)
	}
	defer file.Close() // and with it goes the lock
	// Shared, so that those who ask do not take each other for the owner.
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask whose folder it is: lock %s: %w", file.Name(), err)
	}
	return false, nil
}

// lives reports whether there is a process of that id. One that has ended may
// still count, where nobody waits for orphans.
func lives(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
