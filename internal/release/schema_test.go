package release_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

var update = flag.Bool("update", false, "rewrite golden files and the JSON Schema")

// docs has the copies for readers and editors.
const docs = "../../docs"

func TestSchemaIsGeneratedFromTheTypes(t *testing.T) {
	generated := reflectSchema(t, &release.Document{}, "release", "Goldfinch release")
	document := generated.Definitions["Document"].Properties
	artifact, _ := document.Get("artifact")
	document.Set("artifact", &jsonschema.Schema{
		Description: artifact.Description,
		AnyOf:       []*jsonschema.Schema{{Type: "string", MinLength: new(uint64(1))}, {Ref: "#/$defs/Artifact"}},
	})
	for _, oneOf := range []string{"Target", "Match"} { // exactly one of the fields
		generated.Definitions[oneOf].MinProperties, generated.Definitions[oneOf].MaxProperties = new(uint64(1)), new(uint64(1))
	}
	compareSchema(t, generated, "release", release.Schema())
}

func TestSchemaOfEnvironmentsIsGeneratedFromTheTypes(t *testing.T) {
	generated := reflectSchema(t, &release.Environments{}, "goldfinch", "Goldfinch environments")
	compareSchema(t, generated, "goldfinch", release.EnvironmentsSchema())
}

func TestSchemaOfPoliciesIsGeneratedFromTheTypes(t *testing.T) {
	generated := reflectSchema(t, &release.Policy{}, "policy", "Goldfinch policy")
	for _, key := range []string{"period", "delay"} { // what was counted was counted so
		generated.Definitions["Analysis"].Properties.Delete(key)
	}
	generated.Definitions["ServiceMetric"].Required = nil // what is left out stays as it was recorded
	compareSchema(t, generated, "policy", release.PolicySchema())
}

// compareSchema compares a schema with its two files, which -update writes, and with what the package returns of it.
func compareSchema(t *testing.T, generated *jsonschema.Schema, name string, returned []byte) {
	t.Helper()
	want, err := json.MarshalIndent(generated, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	for _, file := range []string{name + ".schema.json", filepath.Join(docs, name+".schema.json")} {
		compareGolden(t, file, string(want))
	}
	if !*update && !bytes.Equal(returned, want) {
		t.Error("the package does not return the generated file")
	}
}

// reflectSchema makes a schema of a type and its comments.
func reflectSchema(t *testing.T, of any, name, title string) *jsonschema.Schema {
	t.Helper()
	reflector := jsonschema.Reflector{
		Mapper: func(kind reflect.Type) *jsonschema.Schema {
			if kind != reflect.TypeFor[release.Duration]() {
				return nil
			}
			return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+([.][0-9]*)?(ns|us|µs|ms|s|m|h))+$`}
		},
	}
	if err := reflector.AddGoComments("github.com/goldfinch-dev/goldfinch/internal/release", "./", jsonschema.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	references, spaces := regexp.MustCompile(`\[([A-Za-z.]+)\]`), regexp.MustCompile(`\s+`)
	comments := map[string]string{}
	for name, comment := range reflector.CommentMap {
		// The key of a comment is made of the folder's path, here "./".
		name = strings.Replace(name, "release/.", "release", 1)
		comments[name] = spaces.ReplaceAllString(references.ReplaceAllString(comment, "$1"), " ")
	}
	reflector.CommentMap = comments
	generated := reflector.Reflect(of)
	generated.ID = jsonschema.ID("https://github.com/goldfinch-dev/goldfinch/docs/" + name + ".schema.json")
	generated.Title = title
	return generated
}

// validateAgainstSchema checks a file that a YAML parser other than Decode's walk has read.
func validateAgainstSchema(t *testing.T, schema, data []byte) error {
	t.Helper()
	parsed, err := validator.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := validator.NewCompiler()
	if err := compiler.AddResource("schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := yaml.YAMLToJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := validator.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return compiled.Validate(instance)
}

func TestSchemaAcceptsGoodDocuments(t *testing.T) {
	for _, file := range glob(t, "testdata/good/*") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data := readFile(t, file)
			if err := validateAgainstSchema(t, release.Schema(), data); err != nil {
				t.Error(err)
			}
			document, _, err := release.Read(data)
			if err != nil {
				t.Fatal(err)
			}
			complete, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			if err := validateAgainstSchema(t, release.Schema(), complete); err != nil {
				t.Errorf("with its defaults: %v", err)
			}
		})
	}
}

func TestSchemaRefusesMistakesOfStructure(t *testing.T) {
	for _, name := range []string{
		"unknown-keys", "wrong-types", "missing-keys", "weights-out-of-range", "enums", "hash-not-one",
		"empty-steps", "no-values", "names", "function-arn", "duration-forms", "several-targets", "alb-missing", "asg", "apigateway", "audience-names", "drift", "versions-to-keep",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := validateAgainstSchema(t, release.Schema(), readFile(t, "testdata/bad/"+name+".yaml")); err == nil {
				t.Error("the schema accepts the file")
			}
		})
	}
}
