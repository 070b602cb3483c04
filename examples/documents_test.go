// Package examples_test holds the release documents of this folder to what they are examples of.
package examples_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestThereIsAnExampleOfEveryTargetAndAudience reads each document, which must be valid and say what it is about.
func TestThereIsAnExampleOfEveryTargetAndAudience(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no release documents: %v", err)
	}
	targets, matches := map[string]bool{}, map[string]bool{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		document, _, err := release.Read(data)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if !strings.HasPrefix(string(data), "# ") {
			t.Errorf("%s does not say what it is an example of", path)
		}
		targets[document.Target.Kind()] = true
		for _, rung := range document.Strategy.Audience {
			match := reflect.ValueOf(rung.Match)
			for i := range match.NumField() {
				if !match.Field(i).IsZero() {
					matches[match.Type().Field(i).Name] = true
				}
			}
		}
	}
	for _, kind := range release.TargetKinds() {
		if !targets[kind] {
			t.Errorf("there is no example of target %s", kind)
		}
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[release.Match]()) {
		if !matches[field.Name] {
			t.Errorf("there is no example of an audience by %s", field.Name)
		}
	}
}
