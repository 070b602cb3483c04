package differential_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// releaseDefinition is the release workflow with its placeholders filled in.
func releaseDefinition(t *testing.T) string {
	t.Helper()
	values := map[string]string{}
	for _, name := range workflow.Placeholders() {
		values[name] = "arn:aws:lambda:" + region + ":" + account + ":function:" + name
	}
	values["EventBus"] = "default"
	definition, err := workflow.Substitute(values)
	if err != nil {
		t.Fatal(err)
	}
	return definition
}

// TestEveryPathOfTheReleaseWorkflow leads both interpreters along every transition
// of the release workflow: each rule and Default, each Catch and every error it
// names, each Retry and every error it names, the timeouts of the waits, and round each loop once.
//
// Only times, where they are read from, and numbers of attempts differ from the real
// definition, where the script needs them to be small.
func TestEveryPathOfTheReleaseWorkflow(t *testing.T) {
	t.Parallel()
	definition := releaseDefinition(t)
	machine := readLevel(t, definition)
	p := &planner{text: definition, machine: machine, taken: map[edge]bool{}, named: map[string]bool{}}
	var plans []planned
	for _, path := range machine.paths(t) {
		plans = append(plans, p.plan(t, path))
	}
	for _, path := range p.unnamed() {
		plans = append(plans, p.plan(t, path))
	}
	scenarios := make([]scenario, len(plans))
	for i, each := range plans {
		scenarios[i] = each.scenario
		scenarios[i].name = fmt.Sprintf("%02d", i+1)
	}
	entered := map[string]bool{}
	for i, made := range compare(t, scenarios, 2) {
		t.Run(made.name, func(t *testing.T) {
			t.Log(plans[i].name)
			if made.err != nil {
				t.Fatal(made.err)
			}
			if diff := made.diff(t); diff != "" {
				t.Errorf("moto disagrees (-ours +moto):\n%s", diff)
			}
			outer, inner := made.ours.states(machine)
			if diff := cmp.Diff(plans[i].states, outer); diff != "" {
				t.Errorf("states (-planned +ours):\n%s", diff)
			}
			if diff := cmp.Diff(slices.Sorted(slices.Values(plans[i].inner)), slices.Sorted(slices.Values(inner))); diff != "" {
				t.Errorf("states of items (-planned +ours):\n%s", diff)
			}
			for _, state := range slices.Concat(outer, inner) {
				entered[state] = true
			}
		})
	}
	p.reportCoverage(t, entered, len(plans))
}

// states are those that a trace enters: the machine's own, and the others.
func (t trace) states(machine *level) (own, others []string) {
	for _, line := range t {
		name, isEntry := strings.CutPrefix(line, "entered ")
		if !isEntry {
			continue
		}
		name, _, _ = strings.Cut(name, " ")
		if _, ok := machine.States[name]; ok {
			own = append(own, name)
		} else {
			others = append(others, name)
		}
	}
	return own, others
}

// unnamed are paths to the Catches whose lists have errors that had no turn yet.
func (p *planner) unnamed() [][]edge {
	var paths [][]edge
	due := map[string]int{}
	for _, e := range p.machine.allEdges() {
		if e.way != byCatch || p.machine.States[e.from].Type != "Task" {
			continue
		}
		names := p.machine.States[e.from].Catch[e.at].ErrorEquals
		key := strings.Join(names, " ")
		if _, counted := due[key]; !counted {
			for _, name := range names {
				if !p.named[listed(names, name)] {
					due[key]++
				}
			}
		}
		for ; due[key] > 0; due[key]-- {
			paths = append(paths, append(p.machine.onto(p.machine.StartAt, e), p.machine.rest(e)...))
		}
	}
	return paths
}

// reportCoverage fails for an edge, an error's name or a state that no path had.
func (p *planner) reportCoverage(t *testing.T, entered map[string]bool, paths int) {
	t.Helper()
	edges := p.machine.allEdges()
	for _, e := range edges {
		if !p.taken[e] {
			t.Errorf("no path takes %s", e)
		}
	}
	names := p.machine.errorNames()
	for _, name := range names {
		if !p.named[name] {
			t.Errorf("no path has the error of the list %s", name)
		}
	}
	loaded, err := asl.Load([]byte(p.text))
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range loaded.States() {
		if !entered[state.Name] {
			t.Errorf("no path enters %s", state.Name)
		}
	}
	measured.Log(t, "release workflow through internal/asl and moto: %d paths, %d transitions, %d errors that a Retry or Catch names, all alike; state coverage: %d of %d (%d%%)",
		paths, len(edges), len(names), len(entered), len(loaded.States()), 100*len(entered)/len(loaded.States()))
}

// errorNames are the errors that Retries and Catches name, each list once.
func (l *level) errorNames() []string {
	found := map[string]bool{}
	for _, state := range l.States {
		var lists [][]string
		for _, retry := range state.Retry {
			lists = append(lists, retry.ErrorEquals)
		}
		for _, catch := range state.Catch {
			lists = append(lists, catch.ErrorEquals)
		}
		for _, names := range lists {
			for _, name := range names {
				found[listed(names, name)] = true
			}
		}
		if state.ItemProcessor != nil {
			for _, name := range state.ItemProcessor.errorNames() {
				found[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}
