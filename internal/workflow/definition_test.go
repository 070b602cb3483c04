package workflow_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// A state is as much of a state as the laws below speak of.
type state struct {
	Type               string
	Resource           string
	Next               string
	Default            string
	TimeoutSeconds     int
	TimeoutSecondsPath string
	Choices            []struct{ Next string }
	Retry              []struct {
		ErrorEquals    []string
		MaxAttempts    *int
		JitterStrategy string
		BackoffRate    float64
	}
	Catch []struct {
		ErrorEquals []string
		Next        string
	}
}

func states(t *testing.T) map[string]state {
	t.Helper()
	var definition struct{ States map[string]state }
	if err := json.Unmarshal([]byte(workflow.Definition()), &definition); err != nil {
		t.Fatal(err)
	}
	return definition.States
}

func TestEveryErrorNameHasItsKindAndEveryKindItsName(t *testing.T) {
	named := map[string]bool{}
	for _, state := range states(t) {
		for _, retry := range state.Retry {
			for _, equals := range retry.ErrorEquals {
				named[equals] = true
			}
		}
		for _, catch := range state.Catch {
			for _, equals := range catch.ErrorEquals {
				named[equals] = true
			}
		}
	}
	var kinds []string
	for _, kind := range release.Kinds() {
		kinds = append(kinds, string(kind))
		if !named[string(kind)] {
			t.Errorf("no Retry or Catch of the definition names %s", kind)
		}
	}
	for name := range named {
		foreign := strings.HasPrefix(name, "States.") || strings.HasPrefix(name, "Lambda.") || strings.HasPrefix(name, "Sandbox.") || strings.HasPrefix(name, "Runtime.")
		if !foreign && !slices.Contains(kinds, name) {
			t.Errorf("the definition names %s, which is no kind of error", name)
		}
	}
}

func TestEveryTaskHasATimeoutARetryAndACatch(t *testing.T) {
	for name, state := range states(t) {
		if state.Type != "Task" {
			continue
		}
		if state.TimeoutSeconds == 0 && state.TimeoutSecondsPath == "" {
			t.Errorf("state %s can hang for ever", name)
		}
		if len(state.Retry) == 0 || len(state.Catch) == 0 {
			t.Errorf("state %s has %d Retry and %d Catch", name, len(state.Retry), len(state.Catch))
			continue
		}
		last := state.Catch[len(state.Catch)-1]
		if !slices.Equal(last.ErrorEquals, []string{"States.ALL"}) {
			t.Errorf("state %s lets some errors pass its Catch", name)
		}
		for _, retry := range state.Retry {
			if retry.MaxAttempts != nil && *retry.MaxAttempts == 0 {
				continue
			}
			if retry.JitterStrategy != "FULL" || retry.BackoffRate <= 1 {
				t.Errorf("state %s retries without jittered backoff", name)
			}
		}
	}
}

func TestEveryStateBetweenLockAndUnlockCanRollBack(t *testing.T) {
	all := states(t)
	for _, name := range []string{"Bake", "DeployOffline", "Verify", "Shift", "Observe", "Evaluate", "Promote", "Settle"} {
		var to []string
		for _, catch := range all[name].Catch {
			to = append(to, catch.Next)
		}
		if !slices.Contains(to, "Rollback") {
			t.Errorf("state %s has no way to Rollback: %v", name, to)
		}
	}
}

func TestOnlyPromotedSucceedsAndTheOthersFailByTheOutcomesName(t *testing.T) {
	var definition struct {
		States map[string]struct{ Type, Error string }
	}
	if err := json.Unmarshal([]byte(workflow.Definition()), &definition); err != nil {
		t.Fatal(err)
	}
	want := map[string]release.Outcome{
		"RolledBack": release.RolledBack, "Aborted": release.Aborted, "Refused": release.Refused,
		"FailedDirty": release.FailedDirty, "OutcomeUnwritten": release.FailedDirty,
	}
	for name, state := range definition.States {
		switch state.Type {
		case "Succeed":
			if name != "Promoted" {
				t.Errorf("state %s succeeds", name)
			}
		case "Fail":
			if outcome, ok := want[name]; !ok || state.Error != string(outcome) {
				t.Errorf("state %s fails with %q, want %q", name, state.Error, want[name])
			}
		}
	}
}

func TestSubstitute(t *testing.T) {
	values := map[string]string{}
	for _, name := range workflow.Placeholders() {
		values[name] = "x-" + name
	}
	text, err := workflow.Substitute(values)
	if err != nil || strings.Contains(text, "${") || !strings.Contains(text, "x-ShiftFunction") {
		t.Errorf("substituted: %v", err)
	}
	delete(values, "ShiftFunction")
	values["Unknown"] = "x"
	if _, err = workflow.Substitute(values); err == nil || !strings.Contains(err.Error(), "ShiftFunction") || !strings.Contains(err.Error(), "Unknown") {
		t.Errorf("a missing and an unknown value: %v", err)
	}
}
