package release_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestEveryMistakeIsReported compares what is said about each file of
// testdata/bad with the text beside it.
func TestEveryMistakeIsReported(t *testing.T) {
	for _, file := range glob(t, "testdata/bad/*.yaml") {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := release.Read(readFile(t, file))
			var problems *release.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("Read returned %v, want *Problems", err)
			}
			for _, problem := range problems.List {
				if problem.Message == "" {
					t.Errorf("%+v says nothing", problem)
				}
			}
			compareGolden(t, strings.TrimSuffix(file, ".yaml")+".txt", problems.In(name).Error()+"\n")
		})
	}
}

// compareGolden compares got with a file, which -update writes. A file that is missing fails.
func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if difference := cmp.Diff(string(readFile(t, file)), got); difference != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, difference)
	}
}

func glob(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files match %s: %v", pattern, err)
	}
	return files
}

func readFile(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
