package differential_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/peer"
)

// The sections of a file of testdata/broken: a JSON merge patch (RFC 7396) that
// breaks the release workflow, the problems that our validator must report, and what
// cfn-lint does.
const (
	changeSection   = "change.json"
	problemsSection = "problems"
	lintSection     = "cfn-lint"
)

// What cfn-lint does with a definition.
const (
	refuses = "refuses\n"
	accepts = "accepts\n"
)

// A breakage is one file of testdata/broken.
type breakage struct {
	file       string
	archive    *txtar.Archive
	definition string
}

func breakages(t *testing.T) []breakage {
	t.Helper()
	files, err := filepath.Glob("testdata/broken/*.txtar")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d broken definitions, at least 20 are wanted: %v", len(files), err)
	}
	broken := make([]breakage, len(files))
	for i, file := range files {
		read, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var definition, change any
		if err := errors.Join(json.Unmarshal([]byte(releaseDefinition(t)), &definition), json.Unmarshal([]byte(section(read, changeSection)), &change)); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		broken[i] = breakage{file, read, text(merge(definition, change))}
	}
	return broken
}

// merge applies a merge patch.
func merge(document, patch any) any {
	changes, isObject := patch.(map[string]any)
	if !isObject {
		return patch
	}
	object, _ := document.(map[string]any)
	if object == nil {
		object = map[string]any{}
	}
	for name, change := range changes {
		if change == nil {
			delete(object, name)
		} else {
			object[name] = merge(object[name], change)
		}
	}
	return object
}

// releaseResources are the resources that tasks of the release workflow may name.
func releaseResources(t *testing.T) []string {
	t.Helper()
	machine, err := asl.Load([]byte(releaseDefinition(t)))
	if err != nil {
		t.Fatal(err)
	}
	var resources []string
	for _, state := range machine.States() {
		if state.Resource != "" {
			resources = append(resources, state.Resource)
		}
	}
	slices.Sort(resources)
	return slices.Compact(resources)
}

// TestBrokenDefinitionsAreRefused breaks the release workflow in one way each.
func TestBrokenDefinitionsAreRefused(t *testing.T) {
	t.Parallel()
	resources := releaseResources(t)
	if _, err := asl.Load([]byte(releaseDefinition(t)), resources...); err != nil {
		t.Fatalf("the definition itself is refused: %v", err)
	}
	for _, broken := range breakages(t) {
		t.Run(strings.TrimSuffix(filepath.Base(broken.file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			_, err := asl.Load([]byte(broken.definition), resources...)
			problems, ok := errors.AsType[asl.Problems](err)
			if !ok {
				t.Fatalf("it was not refused: %v", err)
			}
			var lines strings.Builder
			for _, problem := range problems {
				message, _, _ := strings.Cut(problem.Message, "; there are ") // which states there are is no part of the case
				fmt.Fprintf(&lines, "%s: %s\n", problem.Path, message)
			}
			broken.compare(t, problemsSection, lines.String())
		})
	}
}

// TestCfnLintAcceptsTheDefinition runs cfn-lint's checks of state machines on the
// release workflow, which it must accept, and on the broken ones, of which it finds
// some: the reason that we have checks of our own.
func TestCfnLintAcceptsTheDefinition(t *testing.T) {
	t.Parallel()
	program, err := peer.Tool("cfn-lint")
	if err != nil {
		t.Fatal(err)
	}
	all := breakages(t)
	definitions := map[string]string{releaseResource: releaseDefinition(t)}
	for i, broken := range all {
		definitions[brokenResource(i)] = broken.definition
	}
	found := lint(t, program, definitions)
	if problems := found[releaseResource]; problems != nil {
		t.Errorf("cfn-lint refuses the release workflow: %q", problems)
	}
	refused := 0
	for i, broken := range all {
		got := accepts
		if found[brokenResource(i)] != nil {
			got = refuses
			refused++
		}
		broken.compare(t, lintSection, got)
	}
	measured.Log(t, "%d broken definitions, all refused by internal/asl; cfn-lint refuses %d of them", len(all), refused)
}

// releaseResource and brokenResource name the state machines in the template that
// cfn-lint reads: it takes its time for each template, and not for each resource.
const releaseResource = "Release"

func brokenResource(i int) string { return fmt.Sprintf("Broken%d", i) }

// lint is what cfn-lint finds in definitions, by resource.
func lint(t *testing.T, program string, definitions map[string]string) map[string][]string {
	t.Helper()
	resources := map[string]any{}
	for name, definition := range definitions {
		resources[name] = map[string]any{
			"Type":       "AWS::StepFunctions::StateMachine",
			"Properties": map[string]any{"RoleArn": roleARN, "DefinitionString": definition}, // read twice as fast as a Definition
		}
	}
	path := filepath.Join(t.TempDir(), "template.json")
	if err := os.WriteFile(path, []byte(text(map[string]any{"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, "--format", "json", "--template", path)
	output, err := command.Output()
	if _, hasFindings := errors.AsType[*exec.ExitError](err); err != nil && !hasFindings {
		t.Fatal(err)
	}
	var findings []struct {
		Message  string
		Rule     struct{ ID string }
		Location struct{ Path []any }
	}
	if err := json.Unmarshal(output, &findings); err != nil {
		t.Fatalf("%s printed %.300s: %v", program, output, err)
	}
	found := map[string][]string{}
	for _, finding := range findings {
		resource := fmt.Sprint(finding.Location.Path)
		if len(finding.Location.Path) > 1 {
			resource = fmt.Sprint(finding.Location.Path[1])
		}
		found[resource] = append(found[resource], finding.Rule.ID+": "+finding.Message)
	}
	return found
}

// compare compares a golden section of the file, or rewrites it.
func (b breakage) compare(t *testing.T, name, got string) {
	t.Helper()
	if !*update {
		if diff := cmp.Diff(section(b.archive, name), got); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", b.file, name, diff)
		}
		return
	}
	read, err := txtar.ParseFile(b.file)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(read.Files, func(each txtar.File) bool { return each.Name == name })
	if at < 0 {
		at, read.Files = len(read.Files), append(read.Files, txtar.File{Name: name})
	}
	read.Files[at].Data = []byte(got)
	if err := os.WriteFile(b.file, txtar.Format(read), 0o644); err != nil {
		t.Fatal(err)
	}
}
