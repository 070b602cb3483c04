package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// TestMain starts nothing: the first synthesis starts Node, which all share, and
// this ends it. Tests here don't run at once, because Node does one thing at a time.
func TestMain(m *testing.M) {
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// A template is what CloudFormation is given.
type template struct {
	Resources map[string]resource
	Outputs   map[string]struct{ Description, Value any }
}

// A resource is one of a template.
type resource struct {
	Type                                string
	Properties                          map[string]any
	DeletionPolicy, UpdateReplacePolicy string
	Metadata                            map[string]any
}

// A synthesis is what the app wrote.
type synthesis struct {
	template
	// text is the template as it was written.
	text []byte
	// file is where it was written.
	file string
}

// synthesise runs the app with context values, and packages that are quickly made.
func synthesise(t *testing.T, context map[string]any) *synthesis {
	t.Helper()
	app, config := appWith(t, context)
	newInstallation(app, config, emptyAssets(t))
	return written(t, app)
}

// appWith is an app whose context has been read.
func appWith(t *testing.T, context map[string]any) (awscdk.App, config) {
	t.Helper()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(t.TempDir()), Context: &context})
	config, err := configOf(app)
	if err != nil {
		t.Fatal(err)
	}
	return app, config
}

// written has the app write its template, and reads that.
func written(t *testing.T, app awscdk.App) *synthesis {
	t.Helper()
	s := &synthesis{file: filepath.Join(*app.Synth(nil).Directory(), stackID+".template.json")}
	var err error
	if s.text, err = os.ReadFile(s.file); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(s.text, &s.template); err != nil {
		t.Fatal(err)
	}
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
		if err := os.WriteFile(filepath.Join(root.of(shape.name), "bootstrap"), []byte(shape.name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return root
}
