package release_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
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

// docsSchema is the copy for readers and editors.
const docsSchema = "../../docs/release.schema.json"

func TestSchemaIsGeneratedFromTheTypes(t *testing.T) {
	want := generateSchema(t)
	for _, file := range []string{"release.schema.json", docsSchema} {
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale; run go test ./internal/release -update", file)
		}
	}
	if !*update && !bytes.Equal(release.Schema(), want) {
		t.Error("Schema does not return the generated file")
	}
}

// generateSchema reflects the document's types and their comments.
func generateSchema(t *testing.T) []byte {
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
	generated := reflector.Reflect(&release.Document{})
	generated.ID = "https://github.com/goldfinch-dev/goldfinch/docs/release.schema.json"
	generated.Title = "Goldfinch release"
	document := generated.Definitions["Document"].Properties
	artifact, _ := document.Get("artifact")
	document.Set("artifact", &jsonschema.Schema{
		Description: artifact.Description,
		AnyOf:       []*jsonschema.Schema{{Type: "string", MinLength: new(uint64(1))}, {Ref: "#/$defs/Artifact"}},
	})
	data, err := json.MarshalIndent(generated, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// validateAgainstSchema checks a file that a YAML parser other than Decode's walk has read.
func validateAgainstSchema(t *testing.T, data []byte) error {
	t.Helper()
	parsed, err := validator.UnmarshalJSON(bytes.NewReader(release.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := validator.NewCompiler()
	if err := compiler.AddResource("release.schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("release.schema.json")
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
			if err := validateAgainstSchema(t, data); err != nil {
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
			if err := validateAgainstSchema(t, complete); err != nil {
				t.Errorf("with its defaults: %v", err)
			}
		})
	}
}

func TestSchemaRefusesMistakesOfStructure(t *testing.T) {
	for _, name := range []string{
		"unknown-keys", "wrong-types", "missing-keys", "weights-out-of-range", "enums", "hash-not-one",
		"empty-steps", "no-values", "names", "function-arn", "duration-forms", "later-features", "versions-to-keep",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := validateAgainstSchema(t, readFile(t, "testdata/bad/"+name+".yaml")); err == nil {
				t.Error("the schema accepts the file")
			}
		})
	}
}
