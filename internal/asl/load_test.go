package asl_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
)

const invoke = "arn:aws:states:::lambda:invoke"

// TestRefusals loads each archive of testdata/refusals and compares the problems.
func TestRefusals(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/refusals/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no refusals: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			refusal := readArchive(t, file)
			_, err := asl.Load([]byte(refusal.section("definition.json")), invoke, invoke+".waitForTaskToken",
				"arn:aws:states:::lambda:invoke.sync", "arn:aws:states:eu-west-1:123456789012:activity:work", "not an arn")
			problems, ok := errors.AsType[asl.Problems](err)
			if !ok {
				t.Fatalf("got error %v, want problems", err)
			}
			var text strings.Builder
			for _, p := range problems {
				fmt.Fprintf(&text, "%s: %s\n", p.Path, p.Message)
				if !strings.Contains(err.Error(), p.Message) {
					t.Errorf("the error's text lacks %q", p.Message)
				}
			}
			if *update {
				refusal.rewrite(t, file, []section{{"problems", text.String()}})
				return
			}
			if diff := cmp.Diff(refusal.section("problems"), text.String()); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDefinitionsTooLargeOrTooDeep(t *testing.T) {
	t.Parallel()
	for name, definition := range map[string]string{
		"large": `{"Comment":"` + strings.Repeat("x", 1<<20) + `"}`,
		"deep":  strings.Repeat("[", 100_000),
	} {
		if _, err := asl.Load([]byte(definition)); err == nil {
			t.Errorf("a definition too %s was loaded", name)
		}
	}
}

func TestStatesDescribeTheDefinition(t *testing.T) {
	t.Parallel()
	machine := load(t, `{
		"Comment": "all about it", "StartAt": "Work", "TimeoutSeconds": 90, "Version": "1.0", "QueryLanguage": "JSONPath",
		"States": {
			"Work": {"Type": "Task", "Comment": "hard", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "Next": "Ask",
				"TimeoutSeconds": 60, "HeartbeatSecondsPath": "$.beat",
				"Retry": [{"ErrorEquals": ["A", "B"], "IntervalSeconds": 2, "MaxAttempts": 0, "BackoffRate": 1, "MaxDelaySeconds": 9, "JitterStrategy": "FULL"}, {"ErrorEquals": ["States.ALL"]}],
				"Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Ask"}, {"ErrorEquals": ["States.ALL"], "Next": "Bad"}]},
			"Ask": {"Type": "Choice", "Default": "Nap", "Choices": [
				{"Variable": "$.a", "IsPresent": true, "Next": "Fan"}, {"Variable": "$.b", "IsPresent": true, "Next": "Nap"}, {"Variable": "$.c", "IsPresent": true, "Next": "Fan"}]},
			"Nap": {"Type": "Wait", "Seconds": 5, "Next": "Good"},
			"Fan": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "In/ner", "Comment": "x", "States": {"In/ner": {"Type": "Succeed"}}}]},
			"Good": {"Type": "Succeed"},
			"Bad": {"Type": "Fail", "Error": "rolled-back"}
		}}`)
	if machine.Comment() != "all about it" || machine.TimeoutSeconds() != 90 || machine.StartAt() != "Work" {
		t.Errorf("comment %q, timeout %d, start %q", machine.Comment(), machine.TimeoutSeconds(), machine.StartAt())
	}
	want := []asl.StateInfo{
		{Name: "Work", Path: "/States/Work", Type: "Task", Comment: "hard", Start: true, Resource: invoke + ".waitForTaskToken", Next: []string{"Ask"},
			TimeoutSeconds: 60, HeartbeatPath: "$.beat",
			Retry: []asl.RetryInfo{
				{ErrorEquals: []string{"A", "B"}, IntervalSeconds: 2, BackoffRate: 1, MaxDelaySeconds: 9, JitterStrategy: "FULL"},
				{ErrorEquals: []string{"States.ALL"}, IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2, JitterStrategy: "NONE"},
			},
			Catch: []asl.CatchInfo{{ErrorEquals: []string{"States.Timeout"}, Next: "Ask"}, {ErrorEquals: []string{"States.ALL"}, Next: "Bad"}}},
		{Name: "Ask", Path: "/States/Ask", Type: "Choice", Next: []string{"Fan", "Nap"}},
		{Name: "Nap", Path: "/States/Nap", Type: "Wait", Seconds: 5, Next: []string{"Good"}},
		{Name: "Fan", Path: "/States/Fan", Type: "Parallel", End: true},
		{Name: "In/ner", Path: "/States/Fan/Branches/0/States/In~1ner", Type: "Succeed", Start: true, End: true},
		{Name: "Good", Path: "/States/Good", Type: "Succeed", End: true},
		{Name: "Bad", Path: "/States/Bad", Type: "Fail", End: true, ErrorName: "rolled-back"},
	}
	if diff := cmp.Diff(want, machine.States()); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

// FuzzLoad: no definition may panic the loader, and whatever it accepts must run without a panic.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/scenarios/*.txtar", "testdata/refusals/*.txtar"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			_, rest, _ := strings.Cut(string(data), "-- definition.json --\n")
			definition, _, _ := strings.Cut(rest, "\n-- ")
			f.Add([]byte(definition), []byte(`{"a":[1,"x"]}`))
		}
	}
	f.Fuzz(func(t *testing.T, definition, input []byte) {
		machine, err := asl.Load(definition)
		if err != nil {
			return
		}
		runBriefly(t, machine, input)
	})
}
