package runtime_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/runtime"
)

// function is the package of the built test function; parent, an environment
// variable that makes this test binary start it and wait to be killed.
var function []byte

const parent = "GOLDFINCH_TEST_PARENT"

func TestMain(m *testing.M) {
	if address := os.Getenv(parent); address != "" {
		becomeParent(address)
	}
	directory, err := os.MkdirTemp("", "goldfinch-runtime-")
	if err != nil {
		panic(err)
	}
	path := filepath.Join(directory, "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", path, "./testdata/function")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build the test function: %v\n%s", err, output))
	}
	bootstrap, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	if function, err = zipped(file{"bootstrap", 0o755, string(bootstrap)}); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(directory)
	os.Exit(code)
}

// A file is one of a package.
type file struct {
	name string
	mode fs.FileMode
	body string
}

func archive(t testing.TB, files ...file) []byte {
	t.Helper()
	content, err := zipped(files...)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func zipped(files ...file) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		if len(f.body) > 1<<20 {
			header.Method = zip.Store // compressing it is most of a test's time
		}
		header.SetMode(f.mode)
		to, err := w.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := to.Write([]byte(f.body)); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return out.Bytes(), err
}

func script(text string) file { return file{"bootstrap", 0o755, "#!/bin/sh\n" + text + "\n"} }

// version is the test function as a version with this environment.
func version(environment map[string]string) lambda.Version { return packaged(function, environment) }

var versions atomic.Int64

func packaged(content []byte, environment map[string]string) lambda.Version {
	return lambda.Version{
		ID:          fmt.Sprintf("test-%d", versions.Add(1)),
		Function:    "test",
		Number:      "7",
		Package:     func() ([]byte, error) { return content, nil },
		Handler:     "bootstrap",
		MemoryMB:    128,
		Timeout:     10 * time.Second,
		Environment: environment,
	}
}

// recorder keeps what functions print.
type recorder struct {
	mu      sync.Mutex
	lines   []runtime.Line
	metrics []metric
}

type metric struct {
	Namespace  string
	Dimensions map[string]string
	Name       string
	Value      float64
	At         time.Time
}

func (r *recorder) output(line runtime.Line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, line)
}

func (r *recorder) metric(namespace string, dimensions map[string]string, name string, value float64, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.metrics = append(r.metrics, metric{namespace, dimensions, name, value, at})
}

// manager returns one that is closed when the test ends, and what its functions print.
func manager(t testing.TB, options runtime.Options) (*runtime.Manager, *recorder) {
	t.Helper()
	recorded := &recorder{}
	if options.Directory == "" {
		options.Directory = t.TempDir()
	}
	options.Output, options.Metric = recorded.output, recorded.metric
	m, err := runtime.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	return m, recorded
}

type object = map[string]any

var requests atomic.Int64

func invoke(t testing.TB, m *runtime.Manager, v lambda.Version, event object) lambda.Result {
	t.Helper()
	result, err := tryInvoke(m, v, event)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func tryInvoke(m *runtime.Manager, v lambda.Version, event object) (lambda.Result, error) {
	payload, err := json.Marshal(event)
	if err != nil {
		return lambda.Result{}, err
	}
	return m.Invoke(context.Background(), v, lambda.Invocation{
		RequestID: fmt.Sprintf("request-%d", requests.Add(1)), ARN: "arn:test", Payload: payload,
	})
}

// decode reads a result's payload.
func decode[T any](t testing.TB, result lambda.Result) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(result.Payload, &value); err != nil {
		t.Fatalf("payload %q: %v", result.Payload, err)
	}
	return value
}

type failure struct{ ErrorType, ErrorMessage string }

func pid(t testing.TB, m *runtime.Manager, v lambda.Version) int {
	t.Helper()
	return decode[int](t, invoke(t, m, v, object{"do": "pid"}))
}
