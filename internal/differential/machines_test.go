package differential_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
)

// The sections of a file of testdata/machines. The last two are golden: what ours
// does, and what moto does where that is something else.
const (
	definitionSection = "definition.json"
	inputSection      = "input.json"
	repliesSection    = "replies.json"
	traceSection      = "trace"
	motoSection       = "moto"
)

// TestSmallMachines runs each file of testdata/machines through both interpreters.
func TestSmallMachines(t *testing.T) {
	t.Parallel()
	scenarios := machines(t)
	agreed := 0
	for _, made := range compare(t, scenarios, 1) {
		t.Run(made.name, func(t *testing.T) {
			if made.err != nil {
				t.Fatal(made.err)
			}
			if *update {
				rewrite(t, made)
				return
			}
			golden := archive(t, made.name)
			if diff := cmp.Diff(section(golden, traceSection), made.ours.String()); diff != "" {
				t.Errorf("ours (-want +got):\n%s", diff)
			}
			known, diverges := divergences[made.name]
			switch diff := made.diff(t); {
			case !diverges && diff != "":
				t.Errorf("moto disagrees (-ours +moto):\n%s", diff)
			case !diverges:
				agreed++
			case diff == "":
				t.Errorf("moto agrees now: take the row out of the table of divergences, which says %q", known.reason)
			default:
				if diff := cmp.Diff(section(golden, motoSection), made.peers.String()); diff != "" {
					t.Errorf("moto is wrong in another way than the table says (-want +got):\n%s", diff)
				}
			}
		})
	}
	if len(scenarios) < 40 {
		t.Errorf("%d machines, at least 40 are wanted", len(scenarios))
	}
	measured.Log(t, "%d small machines through internal/asl and moto: %d alike, %d known divergences of moto", len(scenarios), agreed, len(divergences))
}

// diff is what the two traces differ in, "" for nothing.
func (c comparison) diff(t *testing.T) string {
	t.Helper()
	if concurrent(t, c.definition) {
		return cmp.Diff(c.ours.sorted(), c.peers.sorted())
	}
	return cmp.Diff(c.ours, c.peers)
}

// concurrent tells whether states of the machine may run side by side, in any order.
func concurrent(t *testing.T, definition string) bool {
	t.Helper()
	return walk(t, definition, func(object map[string]any) bool {
		return object["Type"] == "Parallel" || object["Type"] == "Map" && object["MaxConcurrency"] != 1.0
	})
}

// walk visits every object of a JSON text until one is found.
func walk(t *testing.T, text string, found func(map[string]any) bool) bool {
	t.Helper()
	var root any
	if err := json.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	var visit func(any) bool
	visit = func(value any) bool {
		switch v := value.(type) {
		case map[string]any:
			if found(v) {
				return true
			}
			for _, member := range v {
				if visit(member) {
					return true
				}
			}
		case []any:
			for _, item := range v {
				if visit(item) {
					return true
				}
			}
		}
		return false
	}
	return visit(root)
}

func file(name string) string { return filepath.Join("testdata", "machines", name+".txtar") }

// machines reads the scenarios.
func machines(t *testing.T) []scenario {
	t.Helper()
	files, err := filepath.Glob(file("*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no machines: %v", err)
	}
	var scenarios []scenario
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		read := archive(t, name)
		made := scenario{name: name, definition: section(read, definitionSection), input: section(read, inputSection)}
		if replies := section(read, repliesSection); replies != "" {
			if err := json.Unmarshal([]byte(replies), &made.script); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
		scenarios = append(scenarios, made)
	}
	return scenarios
}

func archive(t *testing.T, name string) *txtar.Archive {
	t.Helper()
	read, err := txtar.ParseFile(file(name))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func section(read *txtar.Archive, name string) string {
	for _, each := range read.Files {
		if each.Name == name {
			return string(each.Data)
		}
	}
	return ""
}

// rewrite writes a file's golden sections anew.
func rewrite(t *testing.T, made comparison) {
	t.Helper()
	read := archive(t, made.name)
	kept := read.Files[:0]
	for _, each := range read.Files {
		if each.Name != traceSection && each.Name != motoSection {
			kept = append(kept, each)
		}
	}
	read.Files = append(kept, txtar.File{Name: traceSection, Data: []byte(made.ours.String())})
	if diff := made.diff(t); diff != "" {
		read.Files = append(read.Files, txtar.File{Name: motoSection, Data: []byte(made.peers.String())})
		if _, known := divergences[made.name]; !known {
			t.Logf("moto disagrees (-ours +moto):\n%s", diff)
		}
	}
	if err := os.WriteFile(file(made.name), txtar.Format(read), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryDivergenceHasItsMachine fails for a row of the table without a file.
func TestEveryDivergenceHasItsMachine(t *testing.T) {
	t.Parallel()
	for name, known := range divergences {
		if _, err := os.Stat(file(name)); err != nil {
			t.Errorf("divergence %s: %v", name, err)
		}
		if known.reason == "" || !strings.HasPrefix(known.source, "https://") {
			t.Errorf("divergence %s has no reason or no page that shows it", name)
		}
	}
}

// TestEveryMachineIsAccepted shows that a machine is refused by none of our checks.
func TestEveryMachineIsAccepted(t *testing.T) {
	t.Parallel()
	for _, each := range machines(t) {
		if _, err := asl.Load([]byte(each.definition)); err != nil {
			t.Errorf("%s: %v", each.name, err)
		}
	}
}
