package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/cli"
)

// scenarioVariable names the scenario that a session plays.
const scenarioVariable = "SCENARIO"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		// goldfinch is the command line, with a scripted operator that writes its calls to the file "calls".
		"goldfinch": func() {
			calls, err := os.OpenFile("calls", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
			if err != nil {
				panic(err)
			}
			scenario := os.Getenv(scenarioVariable)
			if scenario == "" {
				scenario = "promoted"
			}
			os.Exit(cli.Run(context.Background(), os.Args[1:], environment(scenario, os.Stdin, os.Stdout, os.Stderr, calls)))
		},
	})
}

// TestSessions plays the sessions of testdata/script. Three commands are their own:
// "exits CODE COMMAND…" wants an exit code, "valid SCHEMA" wants the output
// to be one JSON document of a schema under docs, "lines SCHEMA" one on each line.
func TestSessions(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "../../testdata/script",
		UpdateScripts: *cli.Update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"valid": func(ts *testscript.TestScript, _ bool, arguments []string) {
				if err := validate(arguments[0], []byte(ts.ReadFile("stdout"))); err != nil {
					ts.Fatalf("%v", err)
				}
			},
			"lines": func(ts *testscript.TestScript, _ bool, arguments []string) {
				for line := range strings.Lines(ts.ReadFile("stdout")) {
					if err := validate(arguments[0], []byte(line)); err != nil {
						ts.Fatalf("%s: %v", line, err)
					}
				}
			},
		},
	})
}

// exits runs a command that must exit with a code.
func exits(ts *testscript.TestScript, _ bool, arguments []string) {
	err := ts.Exec(arguments[1], arguments[2:]...)
	code := "0"
	if err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != arguments[0] {
		ts.Fatalf("exit code %s, not %s\n%s%s", code, arguments[0], ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// TestOneDocumentOfJSON wants every verb to print exactly one document.
func TestOneDocumentOfJSON(t *testing.T) {
	t.Parallel()
	for _, arguments := range [][]string{
		{"status", releaseID}, {"list"}, {"history", releaseID}, {"wait", releaseID}, {"promote", releaseID}, {"abort", releaseID},
		{"rollback", "echo/production"}, {"lock", "echo/production", "--reason", "audit"}, {"unlock", "echo/production"},
		{"doctor"}, {"drift"}, {"images", "echo"}, {"replay", releaseID}, {"demo"}, {"version"}, {"local", "start"},
	} {
		t.Run(arguments[0], func(t *testing.T) {
			t.Parallel()
			var stdout, stderr, calls bytes.Buffer
			cli.Run(t.Context(), append(arguments, "--output", "json"), environment("promoted", strings.NewReader(""), &stdout, &stderr, &calls))
			decoder := json.NewDecoder(&stdout)
			var document any
			if err := decoder.Decode(&document); err != nil {
				t.Fatalf("%v; %s", err, &stderr)
			}
			if decoder.More() {
				t.Error("there is more than one document")
			}
		})
	}
}
