package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
	"github.com/google/go-cmp/cmp"
)

// TestMain starts nothing: the first synthesis starts Node, which all share, and
// this ends it. Tests with a synthesis don't run at once, because Node does one thing at a time.
func TestMain(m *testing.M) {
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// A template is what CloudFormation is given.
type template struct {
	Parameters map[string]struct{ Type, Default string }
	Resources  map[string]resource
	Outputs    map[string]struct{ Description, Value any }
}

// A resource is one of a template.
type resource struct {
	Type                                string
	Properties                          map[string]any
	DeletionPolicy, UpdateReplacePolicy string
	Metadata                            struct {
		Nag struct {
			Accepted []suppression `json:"rules_to_suppress"`
		} `json:"cdk_nag"`
	}
}

// A synthesis is what the app wrote.
type synthesis struct {
	template
	// text is the template as it was written, in file.
	text []byte
	file string
	// findings are what cdk-nag's AwsSolutions say of it.
	findings []finding
}

// synthesise runs the app with context values, on packages of no size, and has
// cdk-nag look at it.
func synthesise(t *testing.T, context map[string]any) *synthesis {
	t.Helper()
	app, config := appOf(t, context, emptyAssets(t))
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{
		ReportFormats: &[]cdknag.NagReportFormat{cdknag.NagReportFormat_JSON},
	}), nil)
	s := written(t, app)
	var report struct{ Lines []finding }
	parse(t, read(t, filepath.Join(filepath.Dir(s.file), "AwsSolutions-"+config.Name+"-NagReport.json")), &report)
	s.findings = report.Lines
	return s
}

// appOf is an app with the installation in it, which nobody has synthesised yet.
func appOf(t *testing.T, context map[string]any, packages assets) (awscdk.App, config) {
	t.Helper()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(t.TempDir()), Context: &context})
	config, err := configOf(app)
	if err != nil {
		t.Fatal(err)
	}
	newInstallation(app, config, packages)
	return app, config
}

// written has the app write its template, and reads it.
func written(t *testing.T, app awscdk.App) *synthesis {
	t.Helper()
	s := &synthesis{file: filepath.Join(*app.Synth(nil).Directory(), stackID+".template.json")}
	s.text = read(t, s.file)
	parse(t, s.text, &s.template)
	return s
}

// emptyAssets are packages of functions that do nothing.
func emptyAssets(t *testing.T) assets {
	t.Helper()
	root := assets(t.TempDir())
	for _, shape := range functionShapes {
		if err := os.MkdirAll(root.of(shape.name), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(root.of(shape.name), "bootstrap"), shape.name)
	}
	return root
}

// has asserts that a resource is of a type and has at least these properties.
func (s *synthesis) has(t *testing.T, id, kind, properties string) {
	t.Helper()
	found, ok := s.Resources[id]
	if !ok {
		t.Errorf("there is no resource %s", id)
		return
	}
	if found.Type != kind {
		t.Errorf("%s is of type %s, want %s", id, found.Type, kind)
	}
	var want any
	parse(t, []byte(properties), &want)
	if diff := cmp.Diff(want, among(found.Properties, want)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", id, diff)
	}
}

// among leaves of got only those keys of objects that want has.
func among(got, want any) any {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return got
		}
		left := map[string]any{}
		for key, value := range want {
			if one, ok := object[key]; ok {
				left[key] = among(one, value)
			}
		}
		return left
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return got
		}
		left := make([]any, len(list))
		for n := range list {
			left[n] = among(list[n], want[n])
		}
		return left
	default:
		return got
	}
}

// of are the ids of the resources of a type, sorted.
func (s *synthesis) of(kind string) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(s.Resources)) {
		if s.Resources[id].Type == kind {
			ids = append(ids, id)
		}
	}
	return ids
}

// at follows keys of objects and indices of lists.
func at(t *testing.T, value any, way ...any) any {
	t.Helper()
	for n, step := range way {
		switch step := step.(type) {
		case string:
			object, ok := value.(map[string]any)
			if !ok || object[step] == nil {
				t.Fatalf("nothing at %v of %v", way[:n+1], value)
			}
			value = object[step]
		case int:
			list, ok := value.([]any)
			if !ok || len(list) <= step {
				t.Fatalf("nothing at %v of %v", way[:n+1], value)
			}
			value = list[step]
		}
	}
	return value
}

// textOfJSON is a value as JSON.
func textOfJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parse(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}
