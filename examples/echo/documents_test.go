package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestReleaseDocumentsAreValid(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no release documents: %v", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := release.Read(data); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
