package conformance_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
)

// person is who types commands, as their calls are signed.
const person = "person"

// A command is the goldfinch program, set up for the cloud.
type command struct {
	program     string
	environment []string
}

// newCommand builds the program.
func newCommand(t *testing.T, endpoint string) command {
	t.Helper()
	program := filepath.Join(t.TempDir(), "goldfinch")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-o", program, "./cmd/goldfinch")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", build, err, said)
	}
	return command{program: program, environment: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ENDPOINT_URL=" + endpoint, "AWS_REGION=" + region, "AWS_ACCESS_KEY_ID=" + person, "AWS_SECRET_ACCESS_KEY=secret",
		"GOLDFINCH_TABLE=" + table, "GOLDFINCH_BUCKET=" + bucket, "GOLDFINCH_STATE_MACHINE=" + machineARN,
	}}
}

// on is the command for the releases of another state machine.
func (c command) on(machineARN string) command {
	c.environment = append(c.environment[:len(c.environment):len(c.environment)], "GOLDFINCH_STATE_MACHINE="+machineARN)
	return c
}

// run runs it to its end, and returns what it printed and its exit code.
func (c command) run(t *testing.T, directory string, arguments ...string) (stdout []byte, code int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), c.program, arguments...)
	command.Dir, command.Env = directory, c.environment
	stdout, err := command.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Logf("goldfinch %s: exit code %d: %s", strings.Join(arguments, " "), exit.ExitCode(), exit.Stderr)
		return stdout, exit.ExitCode()
	}
	if err != nil {
		t.Fatalf("goldfinch %s: %v", strings.Join(arguments, " "), err)
	}
	return stdout, 0
}

// ask runs it and reads the document that it prints.
func ask[Answer any](t *testing.T, c command, arguments ...string) Answer {
	t.Helper()
	stdout, code := c.run(t, t.TempDir(), append(arguments, "--output", "json")...)
	var answer Answer
	if err := json.Unmarshal(stdout, &answer); code != 0 || err != nil {
		t.Fatalf("goldfinch %s: exit code %d, %v: %s", strings.Join(arguments, " "), code, err, stdout)
	}
	return answer
}

// deploy starts a release of the echo service.
// Strategy and analysis are the document's, as YAML in one line each.
func (c *cloud) deploy(t *testing.T, command command, service, strategy, analysis string) operator.Started {
	t.Helper()
	directory := t.TempDir()
	document := fmt.Sprintf(`apiVersion: goldfinch/v1
service: %[1]s
environment: production
artifact: echo.zip
target: {lambda: {function: %[1]s, alias: %[2]s}}
strategy: %[3]s
analysis: %[4]s
verify:
  - payload: {version: "2.0", rawPath: /version, requestContext: {http: {method: GET, path: /version}}}
    expect: {statusCode: 200, body: '{"variant":"v2"}'}
`, service, alias, strategy, analysis)
	for name, content := range map[string][]byte{"echo.zip": c.functions.echo["v2"], "release.yaml": []byte(document)} {
		if err := os.WriteFile(filepath.Join(directory, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stdout, code := command.run(t, directory, "deploy", "release.yaml", "--no-wait", "--output", "json")
	var started operator.Started
	if err := json.Unmarshal(stdout, &started); code != 0 || err != nil {
		t.Fatalf("goldfinch deploy: exit code %d, %v: %s", code, err, stdout)
	}
	return started
}

// awaitCanary waits until the canary has its share, and somebody who speaks would be heard at once.
func (c *cloud) awaitCanary(t *testing.T, command command, id string) {
	t.Helper()
	eventually(t, "release "+id+" watches its canary", func() bool {
		status := ask[operator.Status](t, command, "status", id)
		if status.Ended() {
			t.Fatalf("release %s has ended: %s: %s", id, status.Outcome, status.Reason)
		}
		return status.Split.Actual.Weight > 0 && status.Awaiting != nil
	})
}
