package vectors_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/judge/vectors"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestMistakesAreToldWithTheirPlace wants one problem with each, at the place and in the words given.
func TestMistakesAreToldWithTheirPlace(t *testing.T) {
	t.Parallel()
	evidence := func(rest string) string { return `{"vectors": [{"kind": "evidence", ` + rest + `}]}` }
	played := func(rest string) string {
		return `{"vectors": [{"kind": "release", "ladder": [0.1], "input": [], ` + rest + `}]}`
	}
	minute := func(counts string) string { return evidence(`"input": [{` + counts + `}]`) }
	for document, want := range map[string]string{
		``:                                      "is no valid JSON",
		`{"vectors": [}`:                        "1:14: is no valid JSON",
		`{"vectors": [], "vectors": []}`:        `1:17: is no valid JSON: duplicate object member name`,
		`{"vectors": []} {}`:                    "is no valid JSON: something follows the document",
		`[]`:                                    `is no JSON object; write {"vectors": [...]}`,
		`{}`:                                    `has no vectors; write {"vectors": [...]}`,
		`{"vectors": {}}`:                       "vectors: must be a list",
		`{"vectors": [7]}`:                      "vectors[0]: must be a JSON object (got 7)",
		`{"vectors": [{}]}`:                     "vectors[0]: has no kind; kinds are evidence, release and dispersion",
		`{"vectors": [{"kind": 7}]}`:            "vectors[0].kind: is no kind of vector (got 7)",
		`{"vectors": [{"kind": "dispersion"}]}`: "vectors[0]: has no input; give stable's bad counts",
		`{"vectors": [{"kind": "dispersion", "input": [1, null]}]}`:      "vectors[0].input[1]: must be a number (got null)",
		`{"vectors": [{"kind": "dispersion", "input": [1, -0.5]}]}`:      "vectors[0].input[1]: must be at least 0 (got -0.5)",
		`{"vectors": [{"kind": "dispersion", "input": [1, 1e999]}]}`:     "vectors[0].input[1]: is too large a number (got 1e999)",
		`{"vectors": [{"name": "N", "kind": "dispersion", "input": 1}]}`: `1:59: vectors[0] "N".input: must be a list (got 1)`,
		`{"vectors": [], "defaults": {"rho": "x"}}`:                      "defaults.rho: must be a number",
		`{"vectors": [], "engine_defaults": 5}`:                          "engine_defaults: must be a JSON object (got 5)",
		evidence(`"margins": [0.1]`):                                     "vectors[0]: has no input; give the counts of each minute",
		evidence(`"input": [], "margins": 0.1`):                          "vectors[0].margins: must be a list",
		evidence(`"input": [], "params_changed": []`):                    "vectors[0].params_changed: must be a JSON object",
		evidence(`"input": [], "params_changed": {"rhoo": 1}`):           "vectors[0].params_changed.rhoo: there is no such key (got 1); keys are R, a, a1, alpha,",
		evidence(`"input": [], "params_changed": {"R": [2, 3]}`):         "vectors[0].params_changed: R has 2 ratios, but w has 5 shares; change both",
		evidence(`"input": [], "params_changed": {"rho": 0}`):            "vectors[0].params_changed: the ratio is 0, and must be at least 1",
		evidence(`"input": [], "params_changed": {"alpha": 0}`):          "vectors[0].params_changed.alpha: must be above 0 (got 0)",
		evidence(`"input": [], "params_changed": {"beta": 1.5}`):         "vectors[0].params_changed.beta: must be at most 1 (got 1.5)",
		minute(`"nc": 1, "xc": 0, "ns": 1`):                              "vectors[0].input[0]: has no xs; each minute needs all counts",
		minute(`"nc": 1, "xc": "0", "ns": 1, "xs": 0`):                   `vectors[0].input[0].xc: must be a number (got "0")`,
		minute(`"nc": 1, "xc": 0, "ns": -1, "xs": 0`):                    "vectors[0].input[0].ns: must be at least 0 (got -1)",
		minute(`"nc": 1e308, "xc": 1e308, "ns": 1e308, "xs": 0`):         "vectors[0].input: minute 0 gives no finite evidence",
		evidence(`"input": [[1, 0, 9, 0]]`):                              "vectors[0].input[0]: must be a JSON object",
		`{"vectors": [{"kind": "release", "input": []}]}`:                "vectors[0]: has no ladder; give the canary's shares",
		`{"vectors": [{"kind": "release", "ladder": [], "input": []}]}`:  "vectors[0].ladder: has no share",
		`{"vectors": [{"kind": "release", "ladder": [2], "input": []}]}`: "vectors[0].ladder[0]: must be at most 1 (got 2)",
		played(`"D": 1.5`):                                         "vectors[0].D: must be a whole number",
		played(`"D": -1`):                                          "vectors[0].D: must be at least 0 (got -1)",
		played(`"stage_margins": [0.1, 0.2]`):                      "vectors[0].stage_margins: has 2 margins for 1 shares",
		played(`"engine_changed": {"stagemax": 4}`):                "vectors[0].engine_changed.stagemax: there is no such key (got 4); keys are bake_minutes, history,",
		played(`"engine_changed": {"stage_max": 0}`):               "vectors[0].engine_changed.stage_max: must be at least 1 (got 0)",
		played(`"engine_changed": {"hold": 0}`):                    "vectors[0].engine_changed.hold: must be above 0 (got 0)",
		played(`"engine_changed": {"metric_weights": []}`):         "vectors[0].engine_changed.metric_weights: has 0 weights; a release has 1 to 3 metrics",
		played(`"engine_changed": {"metric_weights": [0.5, 0.4]}`): "vectors[0].engine_changed.metric_weights: the weights add up to 0.9",
		played(`"engine_changed": {"metric_weights": ["x"]}`):      "vectors[0].engine_changed.metric_weights[0]: must be a number",
		played(`"engine_changed": {"history": [[1, 2]]}`):          "vectors[0].engine_changed: history has 1 metrics, but metric_weights has 2; give one",
		played(`"engine_changed": {"history": [[1, 2], [3]]}`):     "vectors[0].engine_changed.history[1]: is no pair of numbers; write [BAD, REQUESTS]",
		`{"vectors": [{"kind": "release", "D": 0, "ladder": [0.1], "input": [{"nc": 1e308, "ns": 1e308, "xc": 1e308, "xs": 0, "yc": 0, "ys": 0}]}]}`: "vectors[0].input: minute 0 gives no finite evidence",
	} {
		_, err := vectors.Recompute([]byte(document))
		var problems *release.Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: %v, want %q", document, err, want)
			continue
		}
		if !strings.Contains(problems.List[0].String(), want) {
			t.Errorf("%s:\n%v\nwant\n%s", document, err, want)
		}
	}
}

// TestMistakesAreToldAtOnce, in the order of the document, and none in a vector for what is wrong in the defaults.
func TestMistakesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := vectors.Recompute([]byte(`{"defaults": {"R": [2]}, "vectors": [
{"kind": "evidence", "params_changed": {"rho": 1.45, "a": 2}, "input": []},
{"kind": "evidence", "input": [{}]},
{"kind": "evidence", "input": []}
]}`))
	want := []string{
		"1:14: defaults: R has 1 ratios",
		"2:40: vectors[0].params_changed: the tolerance is 2", "2:40: vectors[0].params_changed: a bet on the ratio 1.5 can't win",
		"3:32: vectors[1].input[0]: has no nc", "has no xc", "has no ns", "has no xs",
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d problems, want %d:\n%v", len(lines), len(want), err)
	}
	for i, line := range lines {
		if !strings.Contains(line, want[i]) {
			t.Errorf("%q, want %q", line, want[i])
		}
	}
}
