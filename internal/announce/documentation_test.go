package announce_test

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

	"github.com/goldfinch-dev/goldfinch/internal/announce"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

const (
	modulePath = "github.com/goldfinch-dev/goldfinch"
	moduleRoot = "../.."
)

// A kind of event has its detail's schema under docs.
var kinds = map[string]struct {
	schema string
	detail any
}{
	"Goldfinch Release Changed":   {"release-changed", announce.Change{}},
	"Goldfinch Release Ended":     {"release-ended", workflow.Event{}},
	"Goldfinch Service Evaluated": {"service-evaluated", ledger.Evaluation{}},
	"Goldfinch Drift Detected":    {"drift-detected", ledger.DriftReport{}},
}

func schemaPath(name string) string { return filepath.Join("docs", name+".schema.json") }

// The schemas follow from the types.
func TestSchemasAreGeneratedFromTheTypes(t *testing.T) {
	t.Chdir(moduleRoot)
	reflector := jsonschema.Reflector{}
	for _, folder := range []string{"internal/announce", "internal/ledger", "internal/release", "internal/workflow"} {
		if err := reflector.AddGoComments(modulePath, "./"+folder, jsonschema.WithFullComment()); err != nil {
			t.Fatal(err)
		}
	}
	links, spaces := regexp.MustCompile(`\[([A-Za-z.]+)\]`), regexp.MustCompile(`\s+`)
	for name, comment := range reflector.CommentMap {
		reflector.CommentMap[name] = spaces.ReplaceAllString(links.ReplaceAllString(comment, "$1"), " ")
	}
	for detailType, kind := range kinds {
		generated := reflector.ReflectFromType(reflect.TypeOf(kind.detail))
		generated.ID = jsonschema.ID("https://" + modulePath + "/" + schemaPath(kind.schema))
		generated.Title = "The detail of a " + detailType + " event"
		text, err := json.MarshalIndent(generated, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, schemaPath(kind.schema), string(text)+"\n")
	}
}

// validate holds the detail of an event to its schema.
func validate(t *testing.T, detailType string, detail []byte) error {
	t.Helper()
	kind, ok := kinds[detailType]
	if !ok {
		t.Fatalf("there is no kind of event %q", detailType)
	}
	text, err := os.ReadFile(filepath.Join(moduleRoot, schemaPath(kind.schema)))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := validator.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := validator.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	instance, err := validator.UnmarshalJSON(bytes.NewReader(detail))
	if err != nil {
		t.Fatal(err)
	}
	return compiler.MustCompile("schema.json").Validate(instance)
}

func TestWhatIsAnnouncedFollowsTheSchemas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.release("r1")
	if err := w.ledger.AddEvaluation(t.Context(), ledger.Evaluation{Service: "echo", Environment: "production", ScheduledAt: morning}); err != nil {
		t.Fatal(err)
	}
	if err := w.ledger.AddDrift(t.Context(), drift()); err != nil {
		t.Fatal(err)
	}
	w.hand(w.stream)
	if len(w.taken) != 11 {
		t.Fatalf("%d events", len(w.taken))
	}
	for _, entry := range w.taken {
		if err := validate(t, *entry.DetailType, []byte(*entry.Detail)); err != nil {
			t.Errorf("%s: %v", *entry.Detail, err)
		}
	}
	for detailType := range kinds {
		if err := validate(t, detailType, []byte(`{"release":"r1","more":1}`)); err == nil {
			t.Errorf("the schema of %s allows anything", detailType)
		}
	}
}

// The page shows a sample of each kind of event, which follows its schema.
func TestTheSamplesOnThePageFollowTheSchemas(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(page(t), -1) {
		var event struct {
			DetailType json.RawMessage `json:"detail-type"`
			Source     json.RawMessage `json:"source"`
			Detail     json.RawMessage `json:"detail"`
		}
		if err := json.Unmarshal([]byte(block[1]), &event); err != nil {
			t.Fatalf("%s: %v", block[1], err)
		}
		var detailType string
		if json.Unmarshal(event.DetailType, &detailType) != nil {
			continue // a rule's pattern
		}
		shown[detailType] = true
		if err := validate(t, detailType, event.Detail); err != nil || string(event.Source) != `"goldfinch"` {
			t.Errorf("%s: %v", block[1], err)
		}
	}
	for detailType, kind := range kinds {
		if !shown[detailType] || !strings.Contains(page(t), "| `"+detailType+"` |") || !strings.Contains(page(t), "("+kind.schema+".schema.json)") {
			t.Errorf("the page lacks a sample of %q, its row or its schema", detailType)
		}
	}
}

// The table of metrics has exactly those that are written, with their units and their dimensions.
func TestThePageHasEveryMetric(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.release("r1")
	if err := w.ledger.AddEvaluation(t.Context(), ledger.Evaluation{Service: "echo", Environment: "production", ScheduledAt: morning}); err != nil {
		t.Fatal(err)
	}
	if err := w.ledger.AddDrift(t.Context(), drift()); err != nil {
		t.Fatal(err)
	}
	w.hand(w.stream)
	w.refuses, w.code = func(announce.Change) bool { return true }, "InvalidArgument"
	w.hand(w.stream)
	rows := map[string]bool{
		"| `SweepFailures` | Count | none |": true, // the sweep's, whose test has the same row
	}
	for line := range lines(w.metrics.String()) {
		var root struct {
			AWS struct {
				CloudWatchMetrics []struct {
					Dimensions [][]string
					Metrics    []struct{ Name, Unit string }
				}
			} `json:"_aws"`
		}
		if err := json.Unmarshal([]byte(line), &root); err != nil {
			t.Fatal(err)
		}
		for _, directive := range root.AWS.CloudWatchMetrics {
			var sets []string
			for _, set := range directive.Dimensions {
				name := strings.Join(set, ", ")
				if name == "" {
					name = "none"
				}
				sets = append(sets, name)
			}
			for _, metric := range directive.Metrics {
				rows["| `"+metric.Name+"` | "+metric.Unit+" | "+strings.Join(sets, "; ")+" |"] = true
			}
		}
	}
	_, table, _ := strings.Cut(page(t), "\n## Metrics\n")
	for row := range rows {
		if !strings.Contains(table, row) {
			t.Errorf("the page lacks a row that begins %s", row)
		}
	}
	if documented := strings.Count(table, "\n| `"); documented != len(rows) {
		t.Errorf("the page has %d metrics, there are %d", documented, len(rows))
	}
}

func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot, "docs", "events.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
