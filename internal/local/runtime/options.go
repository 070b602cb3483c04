package runtime

import (
	"context"
	"log/slog"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
)

// Options says where and how functions run. Only Directory is required.
type Options struct {
	// Directory is where packages are unpacked, one folder per version. It is
	// created when absent; what a former process left there is removed.
	Directory string
	// Region is what functions find in AWS_REGION. Default: us-east-1.
	Region string
	// Endpoint is what functions find in AWS_ENDPOINT_URL; empty sets nothing.
	Endpoint string
	// Idle is how long a process may wait for its next request before it is
	// ended. Default: 5 minutes.
	Idle time.Duration
	// MaxConcurrency is the most requests at a time, of all functions together,
	// and so the most processes that work; one more is throttled. Default: 256.
	MaxConcurrency int
	// Output is told each line that a function prints; nil ignores them.
	// Metric is told each value of each line in CloudWatch's embedded metric
	// format, once per dimension set that the line lists; nil ignores them.
	// Both are called from several goroutines at once and must return quickly.
	Output func(Line)
	Metric func(namespace string, dimensions map[string]string, name string, value float64, at time.Time)
	// Log is told of processes that start and end; nil is silent.
	Log *slog.Logger
}

// A Line is one line that a function printed.
type Line struct {
	Function string
	Version  string
	// RequestID is the request that the process worked on; empty while it starts.
	RequestID string
	// Stderr: it was printed to standard error.
	Stderr bool
	At     time.Time
	Text   string
}

// A Manager runs functions, each request in a process of its own, as AWS does.
type Manager struct{}

var _ lambda.Runner = (*Manager)(nil)

// New returns a Manager without processes.
func New(options Options) (*Manager, error) { return &Manager{}, nil }

// Invoke runs the version's bootstrap once, in a warm process if one waits.
func (m *Manager) Invoke(ctx context.Context, version lambda.Version, invocation lambda.Invocation) (lambda.Result, error) {
	return lambda.Result{}, nil
}

// Forget ends the version's processes when they have finished and removes its folder.
func (m *Manager) Forget(version lambda.Version) {}

// Close waits for running requests until ctx is done, then ends every process.
func (m *Manager) Close(ctx context.Context) error { return nil }

// Check reports why the package cannot run on this machine, in a sentence that
// says how to build one that can. A package that can is nil.
func Check(zip []byte) error { return nil }
