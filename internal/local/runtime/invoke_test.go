package runtime_test

import (
	"encoding/base64"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/runtime"
)

func TestInvokeAnswers(t *testing.T) {
	t.Parallel()
	m, _ := manager(t, runtime.Options{})
	v := version(map[string]string{"START": "slowly"})

	cold := invoke(t, m, v, object{"do": "echo", "text": "hello"})
	if cold.FunctionError != "" || decode[object](t, cold)["Text"] != "hello" {
		t.Errorf("answer %q, error %q", cold.Payload, cold.FunctionError)
	}
	if cold.Init < 50*time.Millisecond || cold.Duration <= 0 || cold.Duration > cold.Init {
		t.Errorf("init %v, duration %v: the start belongs to init", cold.Init, cold.Duration)
	}
	warm := invoke(t, m, v, object{"do": "sleep", "size": 30})
	if warm.Init != 0 || warm.Duration < 30*time.Millisecond {
		t.Errorf("warm: init %v, duration %v", warm.Init, warm.Duration)
	}
}

func TestInvokeContext(t *testing.T) {
	t.Parallel()
	m, _ := manager(t, runtime.Options{})
	v := version(nil)
	result, err := m.Invoke(t.Context(), v, lambda.Invocation{
		RequestID: "11112222-3333-4444-5555-666677778888", ARN: "arn:aws:lambda:::function:test:live",
		Payload: []byte(`{"do":"context"}`), ClientContext: base64.StdEncoding.EncodeToString([]byte(`{"custom":{"who":"me"}}`)),
	})
	if err != nil {
		t.Fatal(err)
	}
	got := decode[object](t, result)
	if got["requestID"] != "11112222-3333-4444-5555-666677778888" || got["arn"] != "arn:aws:lambda:::function:test:live" || got["client"] != "me" {
		t.Errorf("context %v", got)
	}
	if left := got["left"].(float64); left < 8 || left > 10 {
		t.Errorf("%v s left of a timeout of 10 s", left)
	}
	if trace := got["trace"].(string); !strings.HasPrefix(trace, "Root=1-") || !strings.Contains(trace, "-111122223333444455556666;") {
		t.Errorf("trace %q", trace)
	}
}

func TestInvokeEnvironment(t *testing.T) {
	t.Setenv("GOLDFINCH_TEST_SECRET", "of this machine")
	directory := t.TempDir()
	m, _ := manager(t, runtime.Options{Directory: directory, Region: "eu-west-1", Endpoint: "http://127.0.0.1:1"})
	v := version(map[string]string{"COLOUR": "gold", "AWS_LAMBDA_FUNCTION_NAME": "forged"})

	got := map[string]string{}
	for _, pair := range decode[[]string](t, invoke(t, m, v, object{"do": "environment"})) {
		name, value, _ := strings.Cut(pair, "=")
		got[name] = value
	}
	if !strings.HasPrefix(got["AWS_LAMBDA_RUNTIME_API"], "127.0.0.1:") {
		t.Errorf("AWS_LAMBDA_RUNTIME_API = %q", got["AWS_LAMBDA_RUNTIME_API"])
	}
	if filepath.Dir(got["LAMBDA_TASK_ROOT"]) != directory {
		t.Errorf("LAMBDA_TASK_ROOT = %q, not in %q", got["LAMBDA_TASK_ROOT"], directory)
	}
	want := map[string]string{
		"COLOUR": "gold", "AWS_LAMBDA_FUNCTION_NAME": "test", "AWS_LAMBDA_FUNCTION_VERSION": "7",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1",
		"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "_HANDLER": "bootstrap",
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s = %q, want %q", name, got[name], value)
		}
	}
	if got["AWS_ACCESS_KEY_ID"] == "" || got["AWS_SECRET_ACCESS_KEY"] == "" {
		t.Error("no credentials: the SDK could not sign")
	}
	if _, leaked := got["GOLDFINCH_TEST_SECRET"]; leaked {
		t.Error("the function sees this process's environment")
	}
}

func TestInvokeFunctionErrors(t *testing.T) {
	t.Parallel()
	m, _ := manager(t, runtime.Options{})
	v, hasty := version(nil), version(nil)
	hasty.Timeout = 300 * time.Millisecond
	tests := map[string]struct {
		event   object
		kind    string
		message string
	}{
		"returned":     {object{"do": "error", "text": "no luck"}, "errorString", "no luck"},
		"panic":        {object{"do": "panic", "text": "help"}, "string", "help"},
		"exit":         {object{"do": "exit", "size": 3}, "Runtime.ExitError", "Error: Runtime exited with error: exit status 3"},
		"exit cleanly": {object{"do": "exit"}, "Runtime.ExitError", "Error: Runtime exited without providing a reason"},
		"timeout":      {object{"do": "sleep", "size": 60000}, "Sandbox.Timedout", "Error: Task timed out after 0.30 seconds"},
		"too large":    {object{"do": "big", "size": 6*1024*1024 + 200}, "Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (6291556 bytes)."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v := v
			if test.kind == "Sandbox.Timedout" {
				v = hasty
			}
			result := invoke(t, m, v, test.event)
			got := decode[failure](t, result)
			if result.FunctionError != "Unhandled" || got.ErrorType != test.kind || !strings.HasSuffix(got.ErrorMessage, test.message) {
				t.Errorf("%q %+v", result.FunctionError, got)
			}
			if test.kind == "Sandbox.Timedout" && result.Duration != hasty.Timeout {
				t.Errorf("duration %v", result.Duration)
			}
			if after := invoke(t, m, v, object{"do": "pid"}); after.FunctionError != "" {
				t.Errorf("the next request failed too: %s", after.Payload)
			}
		})
	}
}

func TestInvokeOtherRuntimes(t *testing.T) {
	t.Parallel()
	m, _ := manager(t, runtime.Options{})
	v := version(map[string]string{"START": "stream"})
	encoded := base64.StdEncoding.EncodeToString([]byte(`{"errorType":"Mine"}`))
	tests := map[string]struct {
		event  object
		want   string
		failed bool
	}{
		"streamed":                    {object{}, "one two", false},
		"streamed error":              {object{"text": encoded}, `{"errorType":"Mine"}`, true},
		"streamed error without body": {object{"text": "-"}, `{"errorType":"Custom.Streamed","errorMessage":""}`, true},
		"error without body":          {object{"do": "bare error"}, `{"errorType":"Custom.Bare","errorMessage":""}`, true},
		"error without anything":      {object{"do": "nameless error"}, `{"errorType":"Runtime.Unknown","errorMessage":""}`, true},
		"answers for nobody":          {object{"do": "wrong id"}, `[400,400,404]`, false},
		"answered twice":              {object{"do": "twice"}, `"first"`, false},
		"torn":                        {object{"do": "torn"}, `{"errorType":"Runtime.TruncatedResponse","errorMessage":"Response body could not be read: unexpected EOF"}`, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			result := invoke(t, m, v, test.event)
			if string(result.Payload) != test.want || (result.FunctionError != "") != test.failed {
				t.Errorf("payload %s, error %q", result.Payload, result.FunctionError)
			}
		})
	}
}

func TestInvokeInitErrors(t *testing.T) {
	t.Parallel()
	m, _ := manager(t, runtime.Options{})
	tests := map[string]struct {
		version lambda.Version
		kind    string
		message string
	}{
		"exit":         {packaged(archive(t, script("exit 2")), nil), "Runtime.ExitError", "Error: Runtime exited with error: exit status 2"},
		"clean exit":   {packaged(archive(t, script("true")), nil), "Runtime.ExitError", "Error: Runtime exited without providing a reason"},
		"killed":       {packaged(archive(t, script("kill -9 $$")), nil), "Runtime.ExitError", "Error: Runtime exited with error: signal: killed"},
		"reported":     {version(map[string]string{"START": "report", "REPORT": `{"errorType":"Mine","errorMessage":"no table"}`}), "Mine", "no table"},
		"bad package":  {packaged([]byte("no zip"), nil), "Runtime.InvalidEntrypoint", "the package is not a zip file: zip: not a valid zip file"},
		"interpreter":  {packaged(archive(t, file{"bootstrap", 0o755, "#!/no/such/shell\n"}), nil), "Runtime.InvalidEntrypoint", "no such file or directory"},
		"no bootstrap": {packaged(archive(t, file{"main", 0o755, "#!/bin/sh\n"}), nil), "Runtime.InvalidEntrypoint", "go build -tags lambda.norpc -o bootstrap"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the next request tries again
				result := invoke(t, m, test.version, object{})
				got := decode[failure](t, result)
				if result.FunctionError != "Unhandled" || got.ErrorType != test.kind || !strings.HasSuffix(got.ErrorMessage, test.message) {
					t.Errorf("%q %+v", result.FunctionError, got)
				}
			}
		})
	}
}

func TestInvokeInitTimeout(t *testing.T) {
	t.Parallel()
	m, _ := manager(t, runtime.Options{})
	v := packaged(archive(t, script("sleep 600")), nil)
	v.Timeout = time.Second
	result := invoke(t, m, v, object{})
	got := decode[failure](t, result)
	if got.ErrorType != "Sandbox.Timedout" || !strings.HasSuffix(got.ErrorMessage, "Task timed out after 10.00 seconds") {
		t.Errorf("%+v", got)
	}
	if result.Init < 10*time.Second {
		t.Errorf("init %v", result.Init)
	}
}

func TestInvokeErrors(t *testing.T) {
	t.Parallel()
	m, _ := manager(t, runtime.Options{})
	gone := errors.New("package is gone")
	v := packaged(nil, nil)
	v.Package = func() ([]byte, error) { return nil, gone }
	if _, err := tryInvoke(m, v, object{}); !errors.Is(err, gone) {
		t.Errorf("error %v", err)
	}
	if err := m.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := tryInvoke(m, version(nil), object{}); err == nil {
		t.Error("a closed manager runs functions")
	}
}

func TestPackageIsUnpackedAsItIs(t *testing.T) {
	t.Parallel()
	m, recorded := manager(t, runtime.Options{})
	v := packaged(archive(t,
		file{"data/", 0o755 | os.ModeDir, ""},
		file{"data/secret", 0o440, "gold"},
		file{"deep/er/tool", 0o750, "#!/bin/sh\necho finch\n"},
		file{"link", 0o777 | os.ModeSymlink, "data/secret"},
		script("umask 022; stat -c '%a %n' data/secret deep/er/tool; cat link; echo; ./deep/er/tool; pwd; exit 1"),
	), nil)
	invoke(t, m, v, object{})
	var got []string
	for _, line := range recorded.lines {
		got = append(got, line.Text)
	}
	want := []string{"440 data/secret", "750 deep/er/tool", "gold", "finch"}
	if len(got) != 5 || !slices.Equal(got[:4], want) {
		t.Errorf("function saw %q, want %q and its folder", got, want)
	}
}

func TestPackageMayNotLeaveItsFolder(t *testing.T) {
	t.Parallel()
	evil := map[string][]file{
		"parent":          {{"../evil", 0o644, "x"}},
		"absolute":        {{"/tmp/evil", 0o644, "x"}},
		"through a link":  {{"out", 0o777 | os.ModeSymlink, ".."}, {"out/evil", 0o644, "x"}},
		"same name twice": {{"twice", 0o644, "x"}, {"twice", 0o644, "y"}},
		"device":          {{"device", 0o644 | os.ModeDevice, ""}},
	}
	for name, files := range evil {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			directory := t.TempDir()
			m, _ := manager(t, runtime.Options{Directory: directory})
			v := packaged(archive(t, append(slices.Clone(files), script("exit 0"))...), nil)
			got := decode[failure](t, invoke(t, m, v, object{}))
			if got.ErrorType != "Runtime.InvalidEntrypoint" || !strings.Contains(got.ErrorMessage, "cannot be unpacked") {
				t.Errorf("%+v", got)
			}
			if left, err := os.ReadDir(directory); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func TestNewChecksOptions(t *testing.T) {
	t.Parallel()
	if _, err := runtime.New(runtime.Options{}); err == nil {
		t.Error("no directory is accepted")
	}
	occupied := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(occupied, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := runtime.New(runtime.Options{Directory: occupied}); err == nil {
		t.Error("a file is accepted as the directory")
	}
}

func TestNewRemovesWhatIsLeft(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	if err := os.MkdirAll(filepath.Join(directory, "old", "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	manager(t, runtime.Options{Directory: directory})
	if left, err := os.ReadDir(directory); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestOutput(t *testing.T) {
	t.Parallel()
	m, recorded := manager(t, runtime.Options{})
	v := version(map[string]string{"START": "slowly"})
	text := "first\r\nsecond"
	first := invoke(t, m, v, object{"do": "print", "text": text})
	second := invoke(t, m, v, object{"do": "print", "text": strings.Repeat("y", 5000)})

	if got := string(first.Log); !strings.Contains(got, "first\nsecond\n") || !strings.Contains(got, "to stderr\n") {
		t.Errorf("log of the first request %q", got)
	}
	if len(second.Log) != 4096 || strings.Contains(string(second.Log), "first") {
		t.Errorf("log of the second request has %d bytes: %q", len(second.Log), second.Log)
	}
	requests := map[string][]string{}
	recorded.mu.Lock()
	defer recorded.mu.Unlock()
	for _, line := range recorded.lines {
		if line.Function != "test" || line.Version != "7" || line.At.IsZero() || line.Stderr != (line.Text == "to stderr") {
			t.Errorf("line %+v", line)
		}
		requests[line.RequestID] = append(requests[line.RequestID], line.Text)
	}
	if got := requests[""]; !slices.Equal(got, []string{"starting"}) {
		t.Errorf("printed while starting: %q", got)
	}
	delete(requests, "")
	if len(requests) != 2 {
		t.Errorf("lines of %v, want two requests", slices.Collect(maps.Keys(requests)))
	}
}

func TestOutputOfTheDying(t *testing.T) {
	t.Parallel()
	m, _ := manager(t, runtime.Options{})
	result := invoke(t, m, version(nil), object{"do": "exit", "size": 1})
	if got := string(result.Log); got != "last words\n" {
		t.Errorf("log %q", got)
	}
}

func TestOutputWithoutEnd(t *testing.T) {
	t.Parallel()
	m, recorded := manager(t, runtime.Options{})
	v := packaged(archive(t, script("head -c 600000 /dev/zero | tr '\\0' z; exit 1")), nil)
	invoke(t, m, v, object{})
	total := 0
	for _, line := range recorded.lines {
		total += len(line.Text)
		if len(line.Text) > 300<<10 {
			t.Errorf("a line of %d bytes", len(line.Text))
		}
	}
	if total != 600000 {
		t.Errorf("%d bytes of 600000 arrived", total)
	}
}

func TestEmbeddedMetrics(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1700000000123).UTC()
	tests := map[string]struct {
		line string
		want []metric
	}{
		"one": {
			`{"_aws":{"Timestamp":1700000000123,"CloudWatchMetrics":[{"Namespace":"Echo","Dimensions":[["ExecutedVersion"]],"Metrics":[{"Name":"ServerErrors","Unit":"Count"}]}]},"ExecutedVersion":"3","ServerErrors":1}`,
			[]metric{{"Echo", map[string]string{"ExecutedVersion": "3"}, "ServerErrors", 1, at}},
		},
		"sets and lists": {
			`{"_aws":{"Timestamp":1700000000123,"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[[],["a"],["missing"]],"Metrics":[{"Name":"m"},{"Name":"text"}]}]},"a":"x","m":[1,2.5],"text":"no"}`,
			[]metric{{"N", map[string]string{}, "m", 1, at}, {"N", map[string]string{}, "m", 2.5, at}, {"N", map[string]string{"a": "x"}, "m", 1, at}, {"N", map[string]string{"a": "x"}, "m", 2.5, at}},
		},
		"no dimensions": {
			`{"_aws":{"Timestamp":1700000000123,"CloudWatchMetrics":[{"Namespace":"N","Metrics":[{"Name":"m"}]}]},"m":4}`,
			[]metric{{"N", map[string]string{}, "m", 4, at}},
		},
		"only JSON":    {`{"m":4}`, nil},
		"broken":       {`{"_aws":`, nil},
		"not at start": {`info {"_aws":{"CloudWatchMetrics":[{"Namespace":"N","Metrics":[{"Name":"m"}]}]},"m":4}`, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, recorded := manager(t, runtime.Options{})
			invoke(t, m, version(nil), object{"do": "print", "text": test.line})
			recorded.mu.Lock()
			defer recorded.mu.Unlock()
			if !slices.EqualFunc(recorded.metrics, test.want, sameMetric) {
				t.Errorf("got %+v, want %+v", recorded.metrics, test.want)
			}
		})
	}
}

func TestEmbeddedMetricWithoutTimeIsNow(t *testing.T) {
	t.Parallel()
	m, recorded := manager(t, runtime.Options{})
	before := time.Now()
	invoke(t, m, version(nil), object{"do": "print", "text": `{"_aws":{"CloudWatchMetrics":[{"Namespace":"N","Metrics":[{"Name":"m"}]}]},"m":4}`})
	if got := recorded.metrics; len(got) != 1 || got[0].At.Before(before) || got[0].At.After(time.Now()) {
		t.Errorf("got %+v", got)
	}
}

func sameMetric(a, b metric) bool {
	return a.Namespace == b.Namespace && maps.Equal(a.Dimensions, b.Dimensions) && a.Name == b.Name && a.Value == b.Value && a.At.Equal(b.At)
}
