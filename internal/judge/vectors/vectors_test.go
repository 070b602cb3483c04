package vectors_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/judge/vectors"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
)

var update = flag.Bool("update", false, "rewrite golden files")

// tolerance is how far a logarithm may be from the reference.
const tolerance = 1e-9

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// parse reads a document for comparison.
func parse(t testing.TB, data []byte) map[string]any {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	return document
}

// list is the document's vectors.
func list(document map[string]any) []map[string]any {
	var vectors []map[string]any
	for _, vector := range document["vectors"].([]any) {
		vectors = append(vectors, vector.(map[string]any))
	}
	return vectors
}

func recompute(t testing.TB, document []byte) []byte {
	t.Helper()
	got, err := vectors.Recompute(document)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// farthest compares two JSON values: numbers nearly, all else exactly. It returns the largest difference.
func farthest(t testing.TB, path string, got, want any) float64 {
	t.Helper()
	worst := 0.0
	switch want := want.(type) {
	case float64:
		number, ok := got.(float64)
		if !ok || !(math.Abs(number-want) <= tolerance) {
			t.Errorf("%s is %v, want %v", path, got, want)
			return math.Inf(1)
		}
		return math.Abs(number - want)
	case []any:
		elements, ok := got.([]any)
		if !ok || len(elements) != len(want) {
			t.Errorf("%s is %v, want %v", path, got, want)
			return math.Inf(1)
		}
		for i := range want {
			worst = max(worst, farthest(t, fmt.Sprintf("%s[%d]", path, i), elements[i], want[i]))
		}
	case map[string]any:
		fields, ok := got.(map[string]any)
		if !ok || len(fields) != len(want) {
			t.Errorf("%s is %v, want %v", path, got, want)
			return math.Inf(1)
		}
		for key := range want {
			worst = max(worst, farthest(t, path+"."+key, fields[key], want[key]))
		}
	default:
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	return worst
}

// TestReferenceVectors recomputes vectors that others made: vectors.json is another
// implementation's, confirmed by a third with 60 digits; drawn.json has random parameters, rules, ladders and traffic.
func TestReferenceVectors(t *testing.T) {
	t.Parallel()
	for name, vectors := range map[string]int{"vectors.json": 31, "drawn.json": 40} {
		document := read(t, name)
		want := parse(t, document)
		if len(list(want)) != vectors {
			t.Errorf("%s has %d vectors, want %d", name, len(list(want)), vectors)
		}
		got := parse(t, recompute(t, without(t, document)))
		worst := farthest(t, name, got, want)
		measured.Log(t, "%s: %d vectors, farthest logarithm %.1g away", name, vectors, worst)
	}
}

// without takes what is recomputed out of a document.
func without(t *testing.T, data []byte) []byte {
	t.Helper()
	document := parse(t, data)
	for _, vector := range list(document) {
		delete(vector, "expect")
		if _, ok := vector["first_rollback_minute_single_metric"]; ok {
			vector["first_rollback_minute_single_metric"] = 99
		}
	}
	stripped, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return stripped
}

// TestOnlyExpectationsChange: the same values in the same order, down to how a number is written.
func TestOnlyExpectationsChange(t *testing.T) {
	t.Parallel()
	document := `{"z": 1.50, "vectors": [
		{"expect": 3, "name": "ä\u00e4", "kind": "dispersion", "input": [0, 1e0, -0, 2.0], "note": {"b": [], "a": 1E2}},
		{"kind": "evidence", "first_rollback_minute_single_metric": 7, "expect": {}, "input": [{"ns": 100, "xc": 10, "nc": 10, "xs": 0}], "margins": []}
	], "a": null}`
	want := `{
 "z": 1.50,
 "vectors": [
  {
   "expect": 1,
   "name": "ä\u00e4",
   "kind": "dispersion",
   "input": [
    0,
    1e0,
    -0,
    2.0
   ],
   "note": {
    "b": [],
    "a": 1E2
   }
  },
  {
   "kind": "evidence",
   "first_rollback_minute_single_metric": 1,
   "expect": [
    {
     "logE": LOG,
     "logP": []
    }
   ],
   "input": [
    {
     "ns": 100,
     "xc": 10,
     "nc": 10,
     "xs": 0
    }
   ],
   "margins": []
  }
 ],
 "a": null
}
`
	got := recompute(t, []byte(document))
	log := list(parse(t, got))[1]["expect"].([]any)[0].(map[string]any)["logE"].(float64)
	if diff := cmp.Diff(strings.Replace(want, "LOG", fmt.Sprintf("%.17g", log), 1), string(got)); diff != "" {
		t.Error(diff)
	}
	if log < 10 {
		t.Errorf("ten clean failures of ten are worth e^%v", log)
	}
}

// TestRecomputingTwiceIsRecomputingOnce also for vectors of every form.
func TestRecomputingTwiceIsRecomputingOnce(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"vectors.json", "drawn.json", "forms.json"} {
		once := recompute(t, read(t, name))
		if diff := cmp.Diff(string(once), string(recompute(t, once))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestForms recomputes vectors of the forms that the reference has none of; their
// expectations are golden.
func TestForms(t *testing.T) {
	t.Parallel()
	document := read(t, "forms.json")
	got := recompute(t, document)
	if *update {
		if err := os.WriteFile(filepath.Join("testdata", "forms.json"), got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	farthest(t, "forms", parse(t, got), parse(t, document))
}
