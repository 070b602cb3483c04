package main

import (
	"debug/elf"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/goldfinch-dev/goldfinch/internal/local/bundle"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/runtime"
)

// builtFunctions are the logical ids of the functions that `sam build` builds.
func builtFunctions(t *testing.T) []string {
	t.Helper()
	var template struct {
		Resources map[string]struct {
			Type     string            `yaml:"Type"`
			Metadata map[string]string `yaml:"Metadata"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(committed(t, "template.yaml"), &template); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for id, resource := range template.Resources {
		if resource.Type != "AWS::Serverless::Function" {
			continue
		}
		if resource.Metadata["BuildMethod"] != "makefile" {
			t.Errorf("%s is not built by make", id)
		}
		ids = append(ids, id)
	}
	folders, err := os.ReadDir(root + "/functions")
	if err != nil {
		t.Fatal(err)
	}
	if len(ids) != len(folders) {
		t.Errorf("template.yaml has %d functions, functions/ has %d", len(ids), len(folders))
	}
	return ids
}

// build runs what sam build runs for a function, and returns the program that it made.
func build(t *testing.T, id string, arguments ...string) string {
	t.Helper()
	artifacts := t.TempDir()
	arguments = append([]string{"--silent", "build-" + id, "ARTIFACTS_DIR=" + artifacts}, arguments...)
	command := exec.CommandContext(t.Context(), "make", arguments...)
	command.Dir = root
	// The tests themselves may run under make, whose variables are not sam's.
	command.Env = append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=", "MFLAGS=")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, output)
	}
	return filepath.Join(artifacts, "bootstrap")
}

func TestEachFunctionIsBuiltAsSAMWouldAndAnswers(t *testing.T) {
	t.Parallel()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	t.Cleanup(refusing.Close)
	manager, err := runtime.New(runtime.Options{Directory: t.TempDir(), Endpoint: refusing.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = manager.Close(t.Context()) })
	for _, id := range builtFunctions(t) {
		t.Run(id, func(t *testing.T) {
			program, err := os.ReadFile(build(t, id, "ARCH="+goruntime.GOARCH))
			if err != nil {
				t.Fatal(err)
			}
			packed, err := bundle.Zip(program)
			if err != nil {
				t.Fatal(err)
			}
			version := lambda.Version{
				ID: id, Function: id, Number: "1", Handler: bundle.Bootstrap, MemoryMB: 128, Timeout: time.Minute,
				Package: func() ([]byte, error) { return packed, nil },
			}
			result, err := manager.Invoke(t.Context(), version, lambda.Invocation{RequestID: "built", ARN: "arn:built", Payload: []byte(`"neither a state nor an event"`)})
			if err != nil {
				t.Fatal(err)
			}
			answersLikeGoldfinch(t, id, result.Payload)
		})
	}
}

// answersLikeGoldfinch holds an answer to what a handler says of an input that it
// can't read: a failure by a name that the workflow knows, or a result.
func answersLikeGoldfinch(t *testing.T, id string, answer []byte) {
	t.Helper()
	var failure struct{ ErrorType, ErrorMessage string }
	if err := json.Unmarshal(answer, &failure); err != nil {
		t.Fatalf("%s answers %s: %v", id, answer, err)
	}
	name := strings.ToLower(strings.TrimSuffix(id, "Function"))
	switch failure.ErrorType {
	case "": // what a handler made of it
	case "Refused":
		if !strings.Contains(failure.ErrorMessage, name) {
			t.Errorf("%s answers %s", id, answer)
		}
	case "Transient": // it asked AWS, which is not there
	default:
		t.Errorf("%s answers %s", id, answer)
	}
}

func TestSAMBuildsForTheTemplatesArchitecture(t *testing.T) {
	t.Parallel()
	program, err := elf.Open(build(t, "BakeFunction"))
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	if program.Machine != elf.EM_AARCH64 {
		t.Errorf("built for %s, and the template's default is arm64", program.Machine)
	}
}
