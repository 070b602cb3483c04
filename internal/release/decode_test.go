package release_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

const fiveKeysYAML = `apiVersion: goldfinch/v1
service: echo
environment: production
artifact: build/echo.zip
target: {lambda: {function: echo, alias: live}}
`

func TestDecodeFormsOfTheSameDocument(t *testing.T) {
	t.Parallel()
	asJSON, err := json.Marshal(fiveKeys())
	if err != nil {
		t.Fatal(err)
	}
	indented, err := json.MarshalIndent(fiveKeys(), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"YAML":                   fiveKeysYAML,
		"JSON":                   string(asJSON),
		"JSON with tabs":         string(indented),
		"Windows line ends":      strings.ReplaceAll(fiveKeysYAML, "\n", "\r\n"),
		"byte-order mark":        "\ufeff" + fiveKeysYAML,
		"document markers":       "---\n" + fiveKeysYAML + "...\n",
		"directive":              "%YAML 1.2\n---\n" + fiveKeysYAML,
		"comments":               "# a release\n" + strings.ReplaceAll(fiveKeysYAML, "\n", " # why\n"),
		"quoted keys and values": strings.ReplaceAll(strings.ReplaceAll(fiveKeysYAML, "service: echo", `"service": 'echo'`), "production", `"production"`),
		"block scalar":           strings.Replace(fiveKeysYAML, "production", "|-\n  production", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _, err := release.Decode([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if difference := cmp.Diff(fiveKeys(), got); difference != "" {
				t.Error(difference)
			}
		})
	}
}

func TestDecodePayloads(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		`{"a": "\ud83d\ude00 \u00e9 \/ \n", "b": [true, null]}`: map[string]any{"a": "😀 é / \n", "b": []any{true, nil}},
		`[0, -1, 2.5, 1e3, 9007199254740992]`:                   []any{0.0, -1.0, 2.5, 1000.0, 9007199254740992.0},
		`[9007199254740993, 123456789012345678901234567890]`:    []any{json.Number("9007199254740993"), json.Number("123456789012345678901234567890")},
		`"9007199254740993"`:                                    "9007199254740993",
		`null`:                                                  nil,
		`{}`:                                                    map[string]any{},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			fromFile, _, err := release.Decode([]byte(fiveKeysYAML + "verify: [{payload: " + text + "}]\n"))
			if err != nil {
				t.Fatal(err)
			}
			if difference := cmp.Diff(want, fromFile.Verify[0].Payload); difference != "" {
				t.Errorf("Decode:\n%s", difference)
			}
			var check release.Check
			if err := json.Unmarshal(fmt.Appendf(nil, `{"name":"n","payload":%s,"expect":%s}`, text, text), &check); err != nil {
				t.Fatal(err)
			}
			if difference := cmp.Diff(release.Check{Name: "n", Payload: want, Expect: want}, check); difference != "" {
				t.Errorf("Check:\n%s", difference)
			}
		})
	}
}

func TestCheckRefusesWhatIsNoCheck(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`[]`, `{"name": 1}`, `{"payload": 1e999}`, `{"payload": {}, "expect": [{"a": 1e999}]}`} {
		if err := json.Unmarshal([]byte(text), new(release.Check)); err == nil {
			t.Errorf("%s is read as a check", text)
		}
	}
}

// TestDecodeBounds feeds what would cost too much to read.
func TestDecodeBounds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ data, want string }{
		"10 MB":        {strings.Repeat("a: b # comment\n", 700_000), "the file is too large (got 10500000 bytes); a release file has at most 1048576 bytes"},
		"many keys":    {strings.Repeat("a: b\n", 6000), "5001:2: the file has too many keys; a release file has at most 5000"},
		"many parts":   {"[" + strings.Repeat("1,", 100_000) + "1]", "1:20001: the file has too many parts; a release file has at most 20000 words, keys and signs"},
		"brackets":     {strings.Repeat("[", 10_000), "1:65: the file is nested too deeply; a release file has at most 64 levels"},
		"braces":       {strings.Repeat("{a: ", 5000), "1:257: the file is nested too deeply; a release file has at most 64 levels"},
		"dashes":       {strings.Repeat("- ", 5000), "1:129: the file is nested too deeply; a release file has at most 64 levels"},
		"questions":    {strings.Repeat("? ", 5000), "1:129: the file is nested too deeply; a release file has at most 64 levels"},
		"anchors":      {strings.Repeat("&a ", 5000), "1:301: the file has too many anchors, aliases and tags; a release file has at most 100"},
		"tags":         {strings.Repeat("!a ", 5000), "1:201: the file has too many anchors, aliases and tags; a release file has at most 100"},
		"not UTF-8":    {"a: b\nc: \xff", "2:4: the file is not UTF-8 text; save it as UTF-8"},
		"bytes of nil": {"", "1:1: the file is empty; a release needs apiVersion, service, environment, artifact and target"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := release.Decode([]byte(test.data))
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestReadRefusesALargeDocument(t *testing.T) {
	t.Parallel()
	_, _, err := release.Read([]byte(fiveKeysYAML + "verify: [{payload: " + strings.Repeat("x", 210_000) + "}]\n"))
	const want = `1:1: is larger than the 204800 bytes that an execution's input has room for (got 210764 bytes); shorten the payloads under verify`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestSourceKnowsPlaces(t *testing.T) {
	t.Parallel()
	_, source, err := release.Decode([]byte(fiveKeysYAML + "analysis:\n  alarms:\n    - one\n    - two\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path         string
		line, column int
	}{
		{"", 1, 1},
		{"service", 2, 10},
		{"artifact", 4, 11},
		{"artifact.package", 4, 11},
		{"target.lambda.alias", 5, 42},
		{"target.lambda.keepVersions", 5, 18},
		{"analysis.alarms[1]", 9, 7},
		{"analysis.metrics.errors", 7, 3},
		{"notify[0].topic", 1, 1},
	} {
		if line, column := source.At(test.path); line != test.line || column != test.column {
			t.Errorf("%s is at %d:%d, want %d:%d", test.path, line, column, test.line, test.column)
		}
	}
	if !source.Has("analysis.alarms[0]") || source.Has("analysis.alarms[2]") {
		t.Error("Has is wrong about entries of a list")
	}
	var none *release.Source
	if line, column := none.At("service"); none.Has("service") || line != 0 || column != 0 {
		t.Error("a nil source knows something")
	}
}

// FuzzDecode takes whatever comes as far as a plan. Nothing may panic, and
// what is accepted must survive being written and read again.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*", "testdata/bad/*.yaml"} {
		for _, file := range glob(f, pattern) {
			f.Add(readFile(f, file))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		document, source, malformed := release.Decode(data)
		_, invalid := release.Validate(document, source)
		complete := release.Default(document)
		plan := release.NewPlan(complete)
		if malformed != nil || invalid != nil {
			return
		}
		if plan.Ticks > release.MostTicks {
			t.Errorf("the plan has %d ticks", plan.Ticks)
		}
		if _, err := release.Validate(complete, nil); err != nil {
			t.Errorf("with its defaults the document is refused: %v", err)
		}
		written, err := json.Marshal(complete)
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := release.Read(written)
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		if difference := cmp.Diff(complete, again); difference != "" {
			t.Errorf("writing and reading changed the document:\n%s", difference)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	data := readFile(b, "testdata/good/everything.yaml")
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, _, err := release.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}
