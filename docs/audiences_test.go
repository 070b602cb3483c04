package docs_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// matches are rungs of an audience, by the words of the page that say which.
var matches = map[string]string{
	"header":         `{header: {name: X-Team, values: [staff]}}`,
	"cookie":         `{cookie: {name: team, values: [staff]}}`,
	"query":          `{query: {name: team, values: [staff]}}`,
	"path":           `{path: [/staff/*]}`,
	"source network": `{source: [203.0.113.0/24]}`,
	"country":        `{country: [DE]}`,
	"feature flag":   `{flag: {application: shop, environment: production, profile: flags, flag: newCheckout, variant: canary, rule: (eq $team "us")}}`,
}

// TestWhichTargetCanTellWhichAudience holds the tables of the pages to what validation refuses, for each target and audience.
func TestWhichTargetCanTellWhichAudience(t *testing.T) {
	t.Parallel()
	able := audiencesOfTargets(t)
	if got := slices.Sorted(maps.Keys(able)); !slices.Equal(got, slices.Sorted(maps.Keys(matches))) {
		t.Fatalf("the page has audiences by %q", got)
	}
	for _, kind := range release.TargetKinds() {
		example, err := os.ReadFile(filepath.Join("..", "examples", kind+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for by, match := range matches {
			text := strategy.ReplaceAllString(string(example), "") + "\nstrategy: {audience: [{name: first, wait: 30m, match: " + match + "}], canary: {weight: 10, wait: 30m}}\n"
			_, _, err := release.Read([]byte(text))
			if said := slices.Contains(able[by], kind); said != (err == nil) {
				t.Errorf("the page says %t of an audience by %s and target %s, and validation says %v", said, by, kind, err)
			} else if !said && !strings.Contains(err.Error(), "can't tell requests apart by their") {
				t.Errorf("%s and target %s are refused for something else: %v", by, kind, err)
			}
			if err == nil {
				told = append(told, by)
			}
		}
		row := regexp.MustCompile("(?m)^\\| `" + kind + "` \\|.*\\| (.+) \\|$").FindStringSubmatch(pages(t)["release-document.md"])
		if row == nil {
			t.Fatalf("release-document.md has no row of target %s", kind)
		}
		if want := shortly(told); row[1] != want {
			t.Errorf("release-document.md says that %s takes audiences: %s; validation: %s", kind, row[1], want)
		}
	}
}

// strategy is that of an example.
var strategy = regexp.MustCompile(`(?m)^strategy:.*\n(?:[ #].*\n|\n)*`)

// audiencesOfTargets reads the page's table: the targets by what tells an audience apart.
func audiencesOfTargets(t *testing.T) map[string][]string {
	t.Helper()
	_, table, _ := strings.Cut(pages(t)["targets/README.md"], "| audience by |")
	able := map[string][]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([a-z\[].+?) \| (.+) \|$`).FindAllStringSubmatch(table, -1) {
		var targets []string
		for _, name := range regexp.MustCompile("`([a-z0-9]+)`").FindAllStringSubmatch(row[2], -1) {
			targets = append(targets, name[1])
		}
		for by := range matches {
			if strings.Contains(row[1], by) {
				able[by] = targets
			}
		}
	}
	return able
}

// shortly names audiences as the table of targets does.
func shortly(told []string) string {
	switch slices.Sort(told); {
	case len(told) == len(matches):
		return "all"
	case len(told) == 0:
		return "none"
	}
	for i, by := range told {
		told[i] = "`" + strings.TrimPrefix(by, "feature ") + "`"
	}
	return strings.Join(told, ", ")
}
