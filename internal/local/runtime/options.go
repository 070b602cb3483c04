package runtime

import (
	"log/slog"
	"time"
)

// Options says where and how functions run. Only Directory is required.
type Options struct {
	// Directory is where packages are unpacked, one folder per version. It is
	// created when absent; whatever is in it is removed.
	Directory string
	// Region is what functions find in AWS_REGION. Default: us-east-1.
	Region string
	// Endpoint is what functions find in AWS_ENDPOINT_URL; empty sets nothing.
	Endpoint string
	// Idle is how long a process may wait for its next request before it is
	// ended. Default: 5 minutes.
	Idle time.Duration
	// MaxConcurrency is the most requests at a time, of all functions together,
	// and so the most processes that work; one more is throttled. Default: 1,000,
	// which is an AWS account's (https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html).
	MaxConcurrency int
	// Output is told each line that a function prints; nil ignores them.
	// Metric is told each value of each line in CloudWatch's embedded metric
	// format, once per dimension set that the line lists; nil ignores them.
	// Both are called from several goroutines at once and must return quickly.
	// What a function printed before it answered, they are told before Invoke
	// returns.
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

// withDefaults fills in what is not set.
func (o Options) withDefaults() Options {
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Idle <= 0 {
		o.Idle = 5 * time.Minute
	}
	if o.MaxConcurrency <= 0 {
		o.MaxConcurrency = 1000
	}
	if o.Output == nil {
		o.Output = func(Line) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
