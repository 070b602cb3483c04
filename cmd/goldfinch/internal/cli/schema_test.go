package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/cli"
	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/demo"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/replay"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/report"
)

const (
	modulePath = "github.com/goldfinch-dev/goldfinch"
	moduleRoot = "../../../.."
	docsFolder = "docs"
	ownFolder  = "cmd/goldfinch/internal/cli/schemas"
)

// outputs are what the verbs print as JSON, by the names of their schemas.
var outputs = map[string]any{
	"status":    operator.Status{},
	"list":      []operator.Status{},
	"history":   operator.History{},
	"plan":      operator.Preview{},
	"started":   operator.Started{},
	"doctor":    []operator.Finding{},
	"drift":     []ledger.DriftReport{},
	"images":    operator.Images{},
	"validate":  cli.Validation{},
	"lock":      cli.LockResult{},
	"version":   cli.Version{},
	"local":     cli.LocalState{},
	"demo":      demo.Report{},
	"replay":    replay.Report{},
	"backtest":  replay.Backtest{},
	"recording": replay.Recording{},
	"simulate":  report.Report{},
	"policies":  []cli.ListedPolicy{},
}

func TestSchemasAreGeneratedFromTheTypes(t *testing.T) {
	t.Chdir(moduleRoot)
	reflector := jsonschema.Reflector{Mapper: durations, Namer: uniqueName}
	for _, folder := range []string{"internal/operator", "internal/planner", "internal/ledger", "internal/judge", "internal/release", "internal/replay", "internal/simulate/chance", "internal/simulate/compare", "internal/simulate/rehearsal", "internal/simulate/report", "internal/simulate/scenario", "internal/simulate/world", "internal/target", "cmd/goldfinch/internal/cli", "cmd/goldfinch/internal/demo"} {
		if err := reflector.AddGoComments(modulePath, "./"+folder, jsonschema.WithFullComment()); err != nil {
			t.Fatal(err)
		}
	}
	reflector.CommentMap = plainComments(reflector.CommentMap)
	for name, value := range outputs {
		generated := reflector.ReflectFromType(reflect.TypeOf(value))
		generated.ID = jsonschema.ID("https://" + modulePath + "/docs/" + name + ".schema.json")
		generated.Title = "Goldfinch " + name
		want, err := json.MarshalIndent(generated, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, '\n')
		for _, folder := range []string{docsFolder, ownFolder} {
			cli.Golden(t, filepath.Join(folder, name+".schema.json"), string(want))
		}
	}
}

// durations are strings in JSON.
func durations(kind reflect.Type) *jsonschema.Schema {
	if kind != reflect.TypeFor[release.Duration]() {
		return nil
	}
	return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+([.][0-9]*)?(ns|us|µs|ms|s|m|h))+$`}
}

// uniqueName tells types of the same name apart by their package.
func uniqueName(kind reflect.Type) string {
	if kind.Name() == "" {
		return ""
	}
	name := filepath.Base(kind.PkgPath())
	return strings.ToUpper(name[:1]) + name[1:] + kind.Name()
}

// plainComments takes Go's links and line breaks out of comments.
func plainComments(comments map[string]string) map[string]string {
	links, spaces := regexp.MustCompile(`\[([A-Za-z.*]+)\]`), regexp.MustCompile(`\s+`)
	plain := map[string]string{}
	for name, comment := range comments {
		plain[name] = spaces.ReplaceAllString(links.ReplaceAllString(comment, "$1"), " ")
	}
	return plain
}

// validate checks a JSON document against a schema under docs.
func validate(name string, document []byte) error {
	text, err := os.ReadFile(filepath.Join(moduleRoot, docsFolder, name+".schema.json"))
	if err != nil {
		return err
	}
	parsed, err := validator.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	compiler := validator.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", parsed); err != nil {
		return err
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		return err
	}
	instance, err := validator.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return err
	}
	return schema.Validate(instance)
}

func TestSchemasRefuseWhatIsNotDocumented(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]string{
		"status":  `{"id": "x"}`,
		"version": `{"version": "1", "go": "go1", "platform": "linux/amd64", "more": true}`,
		"list":    `{}`,
		"demo":    `{"releases": [{"id": 7}]}`,
	} {
		if err := validate(name, []byte(document)); err == nil {
			t.Errorf("%s allows %s", name, document)
		}
	}
}

// TestTheDocumentationNamesEverySchema keeps docs/cli.md and the schemas together.
func TestTheDocumentationNamesEverySchema(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(moduleRoot, docsFolder, "cli.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range outputs {
		if !strings.Contains(string(text), "("+name+".schema.json)") {
			t.Errorf("docs/cli.md does not link to %s.schema.json", name)
		}
	}
}
