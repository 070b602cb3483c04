// Command sam renders the CDK app as template.yaml, which the SAM command line
// builds and deploys: the CDK app stays the one definition of the stack.
//
// It runs in the root of the repository, and writes to standard output. What
// differs between accounts is context in the CDK app, and a parameter in the
// template: the app is synthesised with a marker for each, and wherever a marker
// comes out, the parameter is put (parameters.go).
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run takes the command that runs the CDK app, and writes the template of what that synthesises.
func run(ctx context.Context, app []string) error {
	if len(app) == 0 {
		return fmt.Errorf("usage: sam COMMAND [ARGUMENT…], where the command runs the CDK app")
	}
	synthesised, err := synthesise(ctx, app)
	if err != nil {
		return err
	}
	rendered, err := render(synthesised)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(rendered)
	return err
}

// synthesise runs the CDK app with the markers as its context, and reads the template that it wrote.
func synthesise(ctx context.Context, app []string) ([]byte, error) {
	folder, err := os.MkdirTemp("", "goldfinch-sam-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	markers, err := json.Marshal(markers())
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, app[0], app[1:]...)
	command.Env = slices.Concat(os.Environ(), []string{"CDK_OUTDIR=" + folder, "CDK_CONTEXT_JSON=" + string(markers)})
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("synthesise the CDK app (%s): %w\n%s", strings.Join(app, " "), err, output.String())
	}
	return os.ReadFile(filepath.Join(folder, "Goldfinch.template.json"))
}

// header begins the file.
const header = `# Goldfinch for the SAM command line: sam build && sam deploy --guided
#
# Generated from the CDK app in infra/ by ` + "`make template`" + `. Change that, not this file: a test fails when the two differ.
`

// render makes the SAM template of a synthesised one. The order of resources is the CDK app's.
func render(synthesised []byte) ([]byte, error) {
	var from yaml.MapSlice // JSON is YAML, and a MapSlice keeps the order
	if err := yaml.UnmarshalWithOptions(synthesised, &from, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("read the synthesised template: %w", err)
	}
	resources, err := resources(section(from, "Resources"))
	if err != nil {
		return nil, err
	}
	template := yaml.MapSlice{
		{Key: "AWSTemplateFormatVersion", Value: "2010-09-09"},
		{Key: "Transform", Value: "AWS::Serverless-2016-10-31"},
		{Key: "Description", Value: get(from, "Description")},
		{Key: "Parameters", Value: templateParameters()},
		{Key: "Conditions", Value: conditions()},
		{Key: "Resources", Value: resources},
		{Key: "Outputs", Value: parametrised(section(from, "Outputs"))},
	}
	var out bytes.Buffer
	out.WriteString(header)
	if err := yaml.NewEncoder(&out, yaml.IndentSequence(true), yaml.UseLiteralStyleIfMultiline(true)).Encode(template); err != nil {
		return nil, fmt.Errorf("write the template: %w", err)
	}
	if left := leftover(out.String()); left != "" {
		return nil, fmt.Errorf("the marker %q is left in the template: no parameter stands for it there", left)
	}
	return out.Bytes(), nil
}

// get is a key's value, or nil.
func get(from yaml.MapSlice, key string) any {
	for _, item := range from {
		if item.Key == key {
			return item.Value
		}
	}
	return nil
}

// section is a key's value where that is a mapping; otherwise an empty one.
func section(from yaml.MapSlice, key string) yaml.MapSlice {
	value, _ := get(from, key).(yaml.MapSlice)
	return value
}
