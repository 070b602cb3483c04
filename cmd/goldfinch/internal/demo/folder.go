package demo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// folderPrefix is how the names of demonstrations' folders begin.
const folderPrefix = "goldfinch-demo-"

// beforeLocked is how old a folder is at least when it is taken for abandoned: a younger one may only not be locked yet.
const beforeLocked = time.Minute

// A folder is where a demonstration keeps its state. It is locked for as long as the process lives, by which others tell it
// from what one that was killed left behind.
type folder struct {
	path string
	lock *os.File
}

// makeFolder makes a folder, and removes those that killed demonstrations left.
func makeFolder() (*folder, error) {
	removeAbandoned(os.TempDir(), time.Now())
	path, err := os.MkdirTemp("", folderPrefix)
	if err != nil {
		return nil, err
	}
	lock, err := lockFolder(path)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return &folder{path: path, lock: lock}, nil
}

// remove removes the folder with all that is in it.
func (f *folder) remove() error { return errors.Join(os.RemoveAll(f.path), f.lock.Close()) }

// lockFolder locks a folder until the file is closed or the process has ended.
func lockFolder(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return file, nil
}

// removeAbandoned removes the folders of demonstrations whose process is gone. What can't be removed, such as another
// person's, is left to them: it is in nobody's way.
func removeAbandoned(directory string, now time.Time) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), folderPrefix) {
			continue
		}
		info, err := entry.Info()
		if err != nil || now.Sub(info.ModTime()) < beforeLocked {
			continue
		}
		path := filepath.Join(directory, entry.Name())
		lock, err := lockFolder(path)
		if err != nil {
			continue
		}
		_ = os.RemoveAll(path)
		_ = lock.Close()
	}
}
