// Package docs_test holds the pages to what they speak of.
package docs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// pages are all pages of the project that users read, by their paths.
func pages(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"../*.md", "*.md", "decisions/*.md", "targets/*.md"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("no pages are named %s (%v)", pattern, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			texts[name] = string(text)
		}
	}
	return texts
}

var (
	code = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```")
	link = regexp.MustCompile(`\]\(([^)\s]+)\)`)
)

// TestDocumentsOnThePagesAreValid reads every release document, goldfinch.yaml and piece of JSON that a page shows.
func TestDocumentsOnThePagesAreValid(t *testing.T) {
	t.Parallel()
	releases, environments := 0, 0
	for name, text := range pages(t) {
		for _, block := range code.FindAllStringSubmatch(text, -1) {
			var err error
			switch {
			case block[1] == "json":
				err = json.Unmarshal([]byte(block[2]), new(any))
			case block[1] != "yaml" || !strings.HasPrefix(block[2], "apiVersion: "):
			case strings.Contains(block[2], "\nenvironments:"):
				environments++
				_, err = release.ReadEnvironments([]byte(block[2]))
			default:
				releases++
				_, _, err = release.Read([]byte(block[2]))
			}
			if err != nil {
				t.Errorf("%s: the document\n%s\n%v", name, block[2], err)
			}
		}
	}
	if releases < 2 || environments == 0 {
		t.Errorf("found %d release documents, want a short and a long one at least, and %d of goldfinch.yaml", releases, environments)
	}
}

// TestLinksLeadSomewhere follows every link to a file of the project.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	found := 0
	for name, text := range pages(t) {
		for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
			file, _, _ := strings.Cut(match[1], "#")
			if file == "" || strings.Contains(file, "://") {
				continue
			}
			found++
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), file)); err != nil {
				t.Errorf("%s links to %s: %v", name, match[1], err)
			}
		}
	}
	if found == 0 {
		t.Error("found no links at all")
	}
}

// TestEveryKeyOfADocumentIsDescribed compares the page with the JSON Schema.
func TestEveryKeyOfADocumentIsDescribed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("release.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Definitions map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	if len(schema.Definitions["Document"].Properties) < 10 {
		t.Fatalf("the schema's document has %d keys", len(schema.Definitions["Document"].Properties))
	}
	page := pages(t)["release-document.md"]
	for kind, definition := range schema.Definitions {
		if kind == "Request" {
			continue // the command line fills it in
		}
		for key := range definition.Properties {
			if !regexp.MustCompile("[`.]" + key + "[`.[]").MatchString(page) {
				t.Errorf("release-document.md does not describe %q of %s", key, kind)
			}
		}
	}
}
