package demo

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Folders of demonstrations that were killed go; those of demonstrations that run stay, as does everything else.
func TestAbandonedFoldersAreRemoved(t *testing.T) {
	directory := t.TempDir()
	t.Setenv("TMPDIR", directory)
	long := time.Now().Add(-2 * beforeLocked)
	folderOf := func(name string, made time.Time) string {
		t.Helper()
		path := filepath.Join(directory, name)
		if err := os.MkdirAll(filepath.Join(path, "functions"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, made, made); err != nil {
			t.Fatal(err)
		}
		return path
	}
	killed := folderOf(folderPrefix+"1", long)
	stays := []string{folderOf(folderPrefix+"2", time.Now()), folderOf("other-"+folderPrefix+"3", long)}
	file := filepath.Join(directory, folderPrefix+"file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, long, long); err != nil {
		t.Fatal(err)
	}
	running, err := makeFolder()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(running.path, long, long); err != nil {
		t.Fatal(err)
	}
	another, err := makeFolder()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(killed); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", killed, err)
	}
	for _, path := range append(stays, file, running.path, another.path) {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	for _, own := range []*folder{running, another} {
		if err := own.remove(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(own.path); !os.IsNotExist(err) {
			t.Errorf("%s is left: %v", own.path, err)
		}
	}
}
