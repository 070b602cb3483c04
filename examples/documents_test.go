// Package examples_test holds the release documents of this folder to what they are examples of.
package examples_test

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/goldfinch-dev/goldfinch/examples"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestThereIsAnExampleOfEveryTargetAndAudience reads each document, which must be valid and say what it is about.
func TestThereIsAnExampleOfEveryTargetAndAudience(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no release documents: %v", err)
	}
	targets, matches := map[string]bool{}, map[string]bool{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		document, _, err := release.Read(data)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if !strings.HasPrefix(string(data), "# ") {
			t.Errorf("%s does not say what it is an example of", path)
		}
		targets[document.Target.Kind()] = true
		for _, rung := range document.Strategy.Audience {
			match := reflect.ValueOf(rung.Match)
			for i := range match.NumField() {
				if !match.Field(i).IsZero() {
					matches[match.Type().Field(i).Name] = true
				}
			}
		}
	}
	for _, kind := range release.TargetKinds() {
		if !targets[kind] {
			t.Errorf("there is no example of target %s", kind)
		}
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[release.Match]()) {
		if !matches[field.Name] {
			t.Errorf("there is no example of an audience by %s", field.Name)
		}
	}
}

// documents reads every document of this folder, by its file's name.
func documents(t *testing.T) map[string]release.Document {
	t.Helper()
	paths, err := filepath.Glob("*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no release documents: %v", err)
	}
	read := map[string]release.Document{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		document, _, err := release.Read(data)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		read[path] = release.Default(document)
	}
	return read
}

// TestPackagesAreThoseThatAreBuilt holds paths to what `make examples` builds.
func TestPackagesAreThoseThatAreBuilt(t *testing.T) {
	t.Parallel()
	built := regexp.MustCompile(`^build/examples/echo-v[1-4]\.zip$`)
	for path, document := range documents(t) {
		if file := document.Artifact.Package; file != "" && !built.MatchString(file) {
			t.Errorf("%s releases %s, which nothing builds", path, file)
		}
	}
}

// TestTheStackFitsItsDocuments: a stack of the template can be made with what a document gives, and its outputs are what the
// document's record needs, an alias of a load balancer's name.
func TestTheStackFitsItsDocuments(t *testing.T) {
	t.Parallel()
	var stack struct {
		Parameters map[string]struct {
			Default any `yaml:"Default"`
		} `yaml:"Parameters"`
		Outputs map[string]any `yaml:"Outputs"`
	}
	if err := yaml.Unmarshal([]byte(examples.EchoStack()), &stack); err != nil {
		t.Fatal(err)
	}
	stacks := 0
	for path, document := range documents(t) {
		records := document.Target.Route53
		if records == nil {
			continue
		}
		stacks++
		if template, err := os.ReadFile(filepath.Join("..", records.Template)); err != nil || string(template) != examples.EchoStack() {
			t.Errorf("%s: template %s is not the echo service's (%v)", path, records.Template, err)
		}
		given := append(slices.Collect(maps.Keys(records.Parameters)), records.ImageParameter, records.ReleaseParameter)
		for _, name := range given {
			if _, ok := stack.Parameters[name]; !ok {
				t.Errorf("%s gives a parameter %s, which the template does not have", path, name)
			}
		}
		for name, parameter := range stack.Parameters {
			if parameter.Default == nil && !slices.Contains(given, name) {
				t.Errorf("%s: parameter %s has no value", path, name)
			}
		}
		outputs := []string{records.Outputs.Endpoint, records.Outputs.LoadBalancer}
		if records.Type != release.RecordCNAME {
			outputs = append(outputs, records.Outputs.EndpointHostedZone)
		}
		for _, name := range outputs {
			if stack.Outputs[name] == nil {
				t.Errorf("%s: the template has no output %s", path, name)
			}
		}
	}
	if stacks == 0 {
		t.Error("no document releases the stack")
	}
}

// TestEveryFileIsInTheTable keeps README.md complete.
func TestEveryFileIsInTheTable(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for path := range documents(t) {
		if !strings.Contains(string(table), "| ["+path+"]("+path+") |") {
			t.Errorf("README.md does not tell of %s", path)
		}
	}
}
