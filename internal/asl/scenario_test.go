package asl_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/clock"
)

var update = flag.Bool("update", false, "rewrite the golden sections of testdata")

// A reply is what one call of any task does, in a scenario's file replies.json.
type reply struct {
	Seconds float64         // until the resource returns
	Output  json.RawMessage // or
	Error   string
	Cause   string
	Answers []tokenAnswer
}

// A tokenAnswer is sent so many seconds after its call.
type tokenAnswer struct {
	After     float64
	Success   json.RawMessage
	Failure   string
	Cause     string
	Heartbeat bool
}

// TestScenarios runs each archive of testdata/scenarios (definition.json,
// input.json, replies.json) on the virtual clock, and compares the outcome, the
// path and the whole history with the sections that follow.
func TestScenarios(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/scenarios/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			scenario := readArchive(t, file)
			got := play(t, scenario)
			if *update {
				scenario.rewrite(t, file, got)
				return
			}
			for _, s := range got {
				if diff := cmp.Diff(scenario.section(s.name), s.text); diff != "" {
					t.Errorf("%s (-want +got):\n%s", s.name, diff)
				}
			}
		})
	}
}

// play runs a scenario and describes what happened.
func play(t *testing.T, scenario archive) []section {
	t.Helper()
	var replies []reply
	if text := scenario.section("replies.json"); text != "" {
		if err := json.Unmarshal([]byte(text), &replies); err != nil {
			t.Fatal(err)
		}
	}
	machine := load(t, scenario.section("definition.json"))
	virtual := clock.NewVirtual(epoch)
	var engine *asl.Engine
	var notes strings.Builder
	calls, started, tokens := 0, 0, 0
	resource := func(_ context.Context, call asl.Call) (any, error) {
		if calls == len(replies) {
			return nil, &asl.Error{Name: "NoReply", Cause: "the scenario has no reply for " + call.State}
		}
		r := replies[calls]
		calls++
		fmt.Fprintf(&notes, "+%gs %s attempt %d %s\n", virtual.Now().Sub(epoch).Seconds(), call.State, call.Attempt, call.JSON())
		for _, answer := range r.Answers {
			send := func() {
				if err := deliver(engine, call.Token, answer); err != nil {
					fmt.Fprintf(&notes, "+%gs answer refused: %v\n", virtual.Now().Sub(epoch).Seconds(), err)
				}
			}
			if answer.After == 0 {
				send()
			} else {
				virtual.AfterFunc(seconds(answer.After), send)
			}
		}
		if r.Error != "" {
			return nil, &asl.Error{Name: r.Error, Cause: r.Cause}
		}
		return r.Output, nil
	}
	resources := map[string]asl.Resource{}
	for _, s := range machine.States() {
		if s.Type == "Task" && !strings.Contains(s.Resource, "absent") {
			resources[s.Resource] = resource
		}
	}
	engine = asl.NewEngine(asl.Options{
		Clock:     virtual,
		Resources: resources,
		Go: func(run func()) {
			delay := 0.0
			if started < len(replies) {
				delay = replies[started].Seconds
			}
			started++
			if delay == 0 {
				run()
			} else {
				virtual.AfterFunc(seconds(delay), run)
			}
		},
		Random:   func() float64 { return 0.5 },
		NewToken: func() string { tokens++; return fmt.Sprintf("token-%d", tokens) },
		RoleARN:  "arn:aws:iam::123456789012:role/release",
	})
	x, err := engine.Start(machine, "echo-1", executionARN, json.RawMessage(scenario.section("input.json")))
	if err != nil {
		t.Fatal(err)
	}
	virtual.Run(nil)
	return []section{{"calls", notes.String()}, {"outcome", outcome(x)}, {"history", history(t, x)}}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func deliver(engine *asl.Engine, token string, answer tokenAnswer) error {
	switch {
	case answer.Heartbeat:
		return engine.SendTaskHeartbeat(token)
	case answer.Failure != "":
		return engine.SendTaskFailure(token, answer.Failure, answer.Cause)
	}
	return engine.SendTaskSuccess(token, answer.Success)
}

func outcome(x *asl.Execution) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s after %gs, %d transitions\npath: %s\n", x.Status(), x.StoppedAt().Sub(x.StartedAt()).Seconds(),
		x.Transitions(), strings.Join(x.Path(), ", "))
	if x.Status() == asl.Succeeded {
		fmt.Fprintf(&text, "output: %s\n", x.Output())
	} else if err := x.Err(); err != nil {
		fmt.Fprintf(&text, "error: %s\ncause: %s\n", err.Name, err.Cause)
	}
	return text.String()
}

// history writes each event on a line: its id, the one before it, when, the type and its details.
func history(t *testing.T, x *asl.Execution) string {
	t.Helper()
	var text strings.Builder
	for _, event := range x.History() {
		marshalled, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(marshalled, &fields); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "%d < %d +%gs %s", event.ID, event.PreviousID, event.Timestamp.Sub(epoch).Seconds(), event.Type)
		for key, details := range fields {
			if strings.HasSuffix(key, "Details") {
				fmt.Fprintf(&text, " %s %s", key, details)
			}
		}
		text.WriteString("\n")
	}
	return text.String()
}
