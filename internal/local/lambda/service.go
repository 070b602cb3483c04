package lambda

import (
	"context"
	"log/slog"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// Options says what a Service is made of. Store and Runner are required.
type Options struct {
	// Clock is the wall clock when nil.
	Clock clock.Clock
	// Store keeps functions, versions, aliases and packages.
	Store store.Store
	// Intercept stands around every call that has an SDK signature; nil is none.
	Intercept intercept.Func
	// Code reads an object of S3; without it only uploaded packages can be deployed.
	// An empty versionID is the newest version.
	Code func(ctx context.Context, bucket, key, versionID string) ([]byte, error)
	// Check looks at a package before it is accepted; its error is told to the
	// caller as an InvalidParameterValueException. Nil accepts everything.
	Check func(zip []byte) error
	// Runner runs the code.
	Runner Runner
	// Meter counts invocations; nil counts none.
	Meter Meter
	// Random draws the version that an alias with a weight invokes: a number in
	// [0, 1), called from several goroutines at once. Nil is math/rand's.
	Random func() float64
	// Region and AccountID are part of every ARN. Default: us-east-1, 000000000000.
	Region    string
	AccountID string
	// UpdateDuration is how long an update of code or configuration is in
	// progress; ActivateDuration, how long a new version is pending.
	UpdateDuration   time.Duration
	ActivateDuration time.Duration
	// Log is told about asynchronous invocations that failed for good; nil is silent.
	Log *slog.Logger
}
