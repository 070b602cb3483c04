package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestUpgradeLeavesRunningReleasesAlone changes the code of one function, as an
// upgrade does: the workflow's definition must then name a new version of that
// function, which makes a new version of the workflow, and nothing else may be replaced.
func TestUpgradeLeavesRunningReleasesAlone(t *testing.T) {
	packages := emptyAssets(t)
	synthesised := func() *synthesis {
		app, _ := appOf(t, nil, packages)
		return written(t, app)
	}
	before := synthesised()
	write(t, filepath.Join(packages.of("bake"), "bootstrap"), "what bake does from now on")
	after := synthesised()

	versions := func(s *synthesis) map[string]any {
		return at(t, s.Resources["StateMachine"].Properties, "DefinitionSubstitutions").(map[string]any)
	}
	for placeholder, version := range versions(before) {
		same := textOfJSON(t, versions(after)[placeholder]) == textOfJSON(t, version)
		if changed := placeholder == "BakeFunction"; changed == same {
			t.Errorf("${%s} was %v and is %v", placeholder, version, versions(after)[placeholder])
		}
	}
	for id, resource := range before.Resources {
		_, stays := after.Resources[id]
		if !stays && resource.UpdateReplacePolicy != "Retain" {
			t.Errorf("the upgrade deletes %s", id)
		}
	}
	// A running release still calls the version that the template names no longer.
	role := textOfJSON(t, after.Resources["StateMachineRole"].Properties)
	for placeholder := range versions(before) {
		name, isFunction := strings.CutSuffix(placeholder, "Function")
		if want := `:function:goldfinch-` + strings.ToLower(name) + `:*"`; isFunction && !strings.Contains(role, want) {
			t.Errorf("the workflow may not call every version: want %s in %s", want, role)
		}
	}
}
