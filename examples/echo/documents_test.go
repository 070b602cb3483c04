package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/scenario"
)

func TestReleaseDocumentsAreValid(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("release*.yaml")
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

func TestScenariosAreValid(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("scenario*.yaml")
	if err != nil || len(paths) < 3 {
		t.Fatalf("scenarios: %v (%v)", paths, err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := scenario.Read(data, time.Minute); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
