package events_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/trigger"
)

// An expectation stands beside each hostile event.
type expectation struct {
	// What is wrong with the event.
	What string `json:"what"`
	// Function is who gets it.
	Function string `json:"function"`
	// Result is the trigger's, "nothing" of a function that found nothing to do, or "error".
	Result string `json:"result"`
	Reason string `json:"reason"`
}

const expectedSuffix = ".expected.json"

// hostile lists the events by their names, without suffix.
func hostile(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("hostile/*" + expectedSuffix)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(filepath.Base(file), expectedSuffix)
	}
	return names
}

func expected(t *testing.T, name string) expectation {
	t.Helper()
	var expected expectation
	if err := json.Unmarshal([]byte(read(t, "hostile/"+name+expectedSuffix)), &expected); err != nil {
		t.Fatal(err)
	}
	return expected
}

// TestHostileEvents gives each event of hostile/ to the real handler, while a
// release runs that it may not disturb, and wants the result beside it.
func TestHostileEvents(t *testing.T) {
	t.Parallel()
	names := hostile(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.released()
			running := w.running()
			expected := expected(t, name)
			got := w.suffer(expected, read(t, "hostile/"+name+".json"))
			if *update {
				text, err := json.MarshalIndent(got, "", "  ")
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile("hostile/"+name+expectedSuffix, append(text, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(expected, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if record := w.record(running); record.Ended() || len(w.signals(running)) != 0 {
				t.Errorf("the running release was disturbed: outcome %q, signals %+v", record.Outcome, w.signals(running))
			}
			if releases, err := w.engine.Ledger.Releases(t.Context(), "echo", "production", 0); err != nil || len(releases) != 2 {
				t.Errorf("%d releases are known (%v), want the two that were there", len(releases), err)
			}
			if tainted := w.tainted(); len(tainted) != 0 {
				t.Errorf("tainted %v", tainted)
			}
			if strings.Contains(w.log.String(), "secret-of-the-job") {
				t.Error("the log tells a credential")
			}
		})
	}
	if len(names) < 20 {
		t.Errorf("there are %d events", len(names))
	}
	measured.Log(t, "hostile and malformed events, each with its asserted result: %d", len(names))
}

// suffer gives an event to its function and says what became of it.
func (w *world) suffer(event expectation, payload string) expectation {
	w.t.Helper()
	var answer json.RawMessage
	err := w.invoke(event.Function, payload, &answer)
	switch {
	case err != nil:
		var failure messages.InvokeResponse_Error
		if !errors.As(err, &failure) {
			w.t.Errorf("the error %v has no name for Lambda", err)
		}
		event.Result, event.Reason = "error", w.sample.Replace(failure.Message)
	case event.Function != "intake":
		event.Result, event.Reason = "nothing", ""
		if text := string(answer); text != "null" && text != "{}" {
			event.Result, event.Reason = "something", text
		}
	default:
		var result trigger.Result
		if err := json.Unmarshal(answer, &result); err != nil {
			w.t.Fatal(err)
		}
		event.Result, event.Reason = string(result.Result), result.Reason
		if result.Release != "" {
			w.t.Errorf("%+v names a release", result)
		}
	}
	return event
}

// TestThePageTellsWhatBecomesOfEachHostileEvent keeps the table of docs/triggers.md.
func TestThePageTellsWhatBecomesOfEachHostileEvent(t *testing.T) {
	t.Parallel()
	const page, begin, end = "../docs/triggers.md", "<!-- hostile events: go test ./events -update -->\n", "<!-- end of hostile events -->\n"
	var table strings.Builder
	table.WriteString("| event | what is wrong | function | result | reason |\n|---|---|---|---|---|\n")
	for _, name := range hostile(t) {
		one := expected(t, name)
		fmt.Fprintf(&table, "| [%s](../events/hostile/%s.json) | %s | %s | %s | %s |\n", name, name, one.What, one.Function, one.Result, cell(one.Reason))
	}
	text := read(t, page)
	before, rest, begins := strings.Cut(text, begin)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		t.Fatalf("%s has no place for the table", page)
	}
	golden(t, page, before+begin+table.String()+end+after)
}

// cell is a text in a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", "<br>", "<", "&lt;").Replace(text)
}
