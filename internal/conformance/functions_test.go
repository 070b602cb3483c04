package conformance_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/bundle"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/runtime"
)

// prefix begins the names of Goldfinch's functions in AWS.
const prefix = "goldfinch-"

// functions run what Invoke asks for, in processes: Goldfinch's own bootstraps,
// and the packages that the account has for the services.
type functions struct {
	cloud   *cloud
	manager *runtime.Manager
	// own are Goldfinch's functions by their names without the prefix.
	own map[string]lambda.Version
	// echo are the packages of the echo service by variant, byCode the same by Lambda's CodeSha256.
	echo, byCode map[string][]byte

	mu      sync.Mutex
	printed map[string][]string
}

func newFunctions(t *testing.T, c *cloud, endpoint string, own []installed) *functions {
	t.Helper()
	f := &functions{cloud: c, own: map[string]lambda.Version{}, echo: map[string][]byte{}, byCode: map[string][]byte{}, printed: map[string][]string{}}
	for _, function := range own {
		f.own[strings.TrimPrefix(function.name, prefix)] = function.version()
	}
	for _, variant := range []string{"v1", "v2"} {
		program, err := bundle.Compile(t.Context(), bundle.Program{
			Package: "./examples/echo", Directory: root, OS: goruntime.GOOS, Arch: goruntime.GOARCH, Variables: map[string]string{"main.variant": variant},
		})
		if err != nil {
			t.Fatal(err)
		}
		packed, err := bundle.Zip(program)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(packed)
		f.echo[variant], f.byCode[base64.StdEncoding.EncodeToString(sum[:])] = packed, packed
	}
	manager, err := runtime.New(runtime.Options{Directory: t.TempDir(), Region: region, Endpoint: endpoint, Output: f.print})
	if err != nil {
		t.Fatal(err)
	}
	f.manager = manager
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := manager.Close(ctx); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			f.mu.Lock()
			defer f.mu.Unlock()
			for function, lines := range f.printed {
				t.Logf("%s printed at last:\n%s", function, strings.Join(lines[max(len(lines)-20, 0):], "\n"))
			}
		}
	})
	return f
}

// print keeps what a function prints.
func (f *functions) print(line runtime.Line) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.printed[line.Function] = append(f.printed[line.Function], line.Text)
}

// serveInvoke answers Lambda's Invoke.
func (f *functions) serveInvoke(w http.ResponseWriter, r *http.Request, payload []byte) {
	name, err := url.PathUnescape(strings.Split(r.URL.EscapedPath(), "/")[3])
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidParameterValueException", err)
		return
	}
	function, qualifier := functionOf(name)
	if asked := r.URL.Query().Get("Qualifier"); asked != "" {
		qualifier = asked
	}
	if own, ok := f.own[strings.TrimPrefix(function, prefix)]; ok {
		answer(w, own.Number, f.run(r.Context(), own, f.cloud.interpreter.outside(payload)))
		return
	}
	code, version, err := f.cloud.account.codeOf(r.Context(), function, qualifier)
	if err != nil || f.byCode[code] == nil {
		refuse(w, http.StatusNotFound, "ResourceNotFoundException", fmt.Errorf("function %s:%s with the code %q: %w", function, qualifier, code, err))
		return
	}
	answer(w, version, f.run(r.Context(), lambda.Version{
		ID: function + "-" + version, Function: function, Number: version, Handler: bundle.Bootstrap, MemoryMB: 128, Timeout: time.Minute,
		Package: func() ([]byte, error) { return f.byCode[code], nil },
	}, payload))
}

// answer writes the response of Invoke.
func answer(w http.ResponseWriter, version string, result lambda.Result) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amz-Executed-Version", version)
	if result.FunctionError != "" {
		w.Header().Set("X-Amz-Function-Error", result.FunctionError)
	}
	w.Write(result.Payload)
}

// version is the function as it runs. It signs with its own name, by which its calls are known.
func (i installed) version() lambda.Version {
	environment := maps.Clone(i.environment)
	environment["AWS_ACCESS_KEY_ID"] = strings.TrimPrefix(i.name, prefix)
	return lambda.Version{
		ID: i.name, Function: i.name, Number: "1", Handler: bundle.Bootstrap, MemoryMB: i.memoryMB, Timeout: i.timeout, Environment: environment,
		Package: func() ([]byte, error) {
			program, err := os.ReadFile(filepath.Join(i.folder, bundle.Bootstrap))
			if err != nil {
				return nil, err
			}
			return stored(program)
		},
	}
}

// stored is a package that is not compressed, which would be most of a start.
func stored(program []byte) ([]byte, error) {
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	header := &zip.FileHeader{Name: bundle.Bootstrap, Method: zip.Store}
	header.SetMode(0o755)
	file, err := archive.CreateHeader(header)
	if err == nil {
		_, err = file.Write(program)
	}
	if err := errors.Join(err, archive.Close()); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// run invokes a function; what keeps it from running is its error, as in Lambda.
func (f *functions) run(ctx context.Context, version lambda.Version, payload []byte) lambda.Result {
	result, err := f.manager.Invoke(ctx, version, lambda.Invocation{
		RequestID: rand.Text(), Payload: payload,
		ARN: functionARN(version.Function),
	})
	if err != nil {
		message, _ := json.Marshal(map[string]string{"errorType": "Runtime.Unknown", "errorMessage": err.Error()}) // two strings can be written
		result = lambda.Result{Payload: message, FunctionError: "Unhandled"}
	}
	if result.FunctionError != "" {
		f.print(runtime.Line{Function: version.Function, Text: string(result.Payload)})
	}
	return result
}

// attempts is how often Lambda tries what nobody waits for.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
const attempts = 3

// deliver has one of Goldfinch's functions answer an event, as EventBridge and Lambda do.
func (f *functions) deliver(t *testing.T, name string, event any) {
	t.Helper()
	payload, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	for range attempts {
		result := f.run(t.Context(), f.own[name], payload)
		if result.FunctionError == "" {
			return
		}
		t.Logf("function %s: %s", name, result.Payload)
	}
	t.Errorf("function %s failed %d times with %s", name, attempts, payload)
}
