package runtime_test

import (
	"os"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/local/runtime"
)

// BenchmarkWarmInvoke is a request that a waiting process answers.
func BenchmarkWarmInvoke(b *testing.B) {
	m, _ := manager(b, runtime.Options{})
	v := version(nil)
	invoke(b, m, v, object{})
	for b.Loop() {
		if result := invoke(b, m, v, object{}); result.Init != 0 {
			b.Fatal("a cold start")
		}
	}
}

// BenchmarkColdStart is a request for which a process is started. The package
// is unpacked already; init-ms is the start alone.
func BenchmarkColdStart(b *testing.B) {
	m, _ := manager(b, runtime.Options{})
	v := version(nil)
	var total float64
	for b.Loop() {
		process, err := os.FindProcess(pid(b, m, v))
		if err != nil {
			b.Fatal(err)
		}
		if err := process.Kill(); err != nil {
			b.Fatal(err)
		}
		for {
			result := invoke(b, m, v, object{})
			if result.Init > 0 {
				total += float64(result.Init.Microseconds()) / 1000
				break
			}
		}
	}
	b.ReportMetric(total/float64(b.N), "init-ms")
}
