package wire_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/bundle"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/runtime"
)

// How many bytes a function's binary has at most, a tenth more than was measured: what is loaded is waited for, at each cold
// start. Most functions have the clients of every kind of target, a dozen of AWS's services: a release says only when it
// runs what it is of.
const (
	maximumBytes        = 24_200_000
	maximumBytesWithout = 14_200_000 // of those that have nothing to do with targets
)

// withoutTarget are the functions that have nothing to do with targets.
var withoutTarget = []string{"announce", "observe", "signal"}

// BenchmarkFunction builds each of Goldfinch's Lambda functions as it ships and
// starts it under the Runtime API. It reports the size of the binary, and the
// median and the slowest time from the start of the process to its first request for work.
func BenchmarkFunction(b *testing.B) {
	entries, err := os.ReadDir("../../functions")
	if err != nil {
		b.Fatal(err)
	}
	for _, entry := range entries {
		b.Run(entry.Name(), func(b *testing.B) { benchmarkFunction(b, entry.Name()) })
	}
}

func benchmarkFunction(b *testing.B, name string) {
	program, err := bundle.Compile(b.Context(), bundle.Program{
		Package: "./functions/" + name, Directory: "../..", OS: goruntime.GOOS, Arch: goruntime.GOARCH,
	})
	if err != nil {
		b.Fatal(err)
	}
	most := maximumBytes
	if slices.Contains(withoutTarget, name) {
		most = maximumBytesWithout
	}
	if len(program) > most {
		b.Errorf("the binary has %d bytes, more than %d", len(program), most)
	}
	start := starter(b, name, program)
	start() // the first one reads the program from the disk
	var took []time.Duration
	for b.Loop() {
		took = append(took, start())
	}
	slices.Sort(took)
	b.ReportMetric(float64(len(program))/1e6, "MB")
	b.ReportMetric(milliseconds(took[len(took)/2]), "init-p50-ms")
	b.ReportMetric(milliseconds(took[len(took)-1]), "init-max-ms")
	b.ReportMetric(0, "ns/op") // mostly the end of the process before
}

// starter returns a function that starts the program anew and says how long it took to ask for work.
func starter(b *testing.B, name string, program []byte) (start func() time.Duration) {
	b.Helper()
	packed, err := bundle.Zip(program)
	if err != nil {
		b.Fatal(err)
	}
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	b.Cleanup(refusing.Close)
	manager, err := runtime.New(runtime.Options{Directory: b.TempDir(), Endpoint: refusing.URL, Idle: time.Nanosecond})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := manager.Close(b.Context()); err != nil && b.Context().Err() == nil {
			b.Error(err)
		}
	})
	version := lambda.Version{
		ID: name, Function: name, Number: "1", Handler: bundle.Bootstrap, MemoryMB: 128, Timeout: time.Minute,
		Package: func() ([]byte, error) { return packed, nil },
	}
	return func() time.Duration {
		for {
			// No handler takes a number for its input, so each answers at once.
			result, err := manager.Invoke(b.Context(), version, lambda.Invocation{RequestID: "bench", ARN: "arn:bench", Payload: []byte("0")})
			if err != nil {
				b.Fatal(err)
			}
			var failure struct{ ErrorType string }
			if err := json.Unmarshal(result.Payload, &failure); err != nil || strings.HasPrefix(failure.ErrorType, "Runtime.") {
				b.Fatalf("the function did not start: %s", result.Payload)
			}
			if result.Init > 0 { // else the process before had not ended yet
				return result.Init
			}
		}
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
