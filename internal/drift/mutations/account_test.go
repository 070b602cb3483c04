// Package mutations_test changes an account of the local cloud behind Goldfinch's back, in every way that the targets know,
// and has package drift find each change and mend it. It has no code of its own.
package mutations_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/drift"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/autoscaling"
	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// morning is when every account begins.
var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

const environment = "production"

// An account is the local cloud with Goldfinch in it. Its services are those that a test furnishes.
type account struct {
	testing.TB
	// clock is a virtual one; nil in an account that runs on the wall's.
	clock    *clock.Virtual
	engine   *engine.Engine
	detector *drift.Detector
	// functions are the names of those that were made.
	functions []string

	mu sync.Mutex
	// instances are those whose programs run, by their ids.
	instances map[string]ec2.Instance
	// writes are the calls by which the detector changed anything but the ledger.
	writes []string
}

func newAccount(t testing.TB) *account {
	t.Helper()
	a := &account{TB: t, clock: clock.NewVirtual(morning), instances: map[string]ec2.Instance{}}
	ids := 0
	a.open(engine.Options{
		Clock: a.clock, Random: rand.New(rand.NewPCG(1, 2)).Float64, Entropy: rand.NewChaCha8([32]byte{}),
		NewID: func() string { ids++; return fmt.Sprintf("00000000-0000-4000-8000-%012d", ids) },
		Go:    func(f func()) { a.clock.AfterFunc(0, f) }, Transport: a,
		Infrastructure: &engine.Infrastructure{Runner: a, Probe: a.probe, BootDuration: 20 * time.Second, Propagation: 30 * time.Second, Interval: 5 * time.Second},
	})
	return a
}

// open opens the cloud that options describe, as far as they differ between accounts.
func (a *account) open(options engine.Options) {
	a.Helper()
	options.Store, options.Runner, options.Intercept, options.Unannounced = store.Memory(), functions{}, a.intercept, true
	var err error
	a.engine, err = engine.New(options)
	a.must(err)
	a.must(a.engine.Start(context.Background()))
	a.Cleanup(a.engine.Close)
	a.detector = &drift.Detector{
		Ledger: a.engine.Ledger, Targets: a.engine.Workflow.Targets, Instances: a.engine.EC2, Now: options.Clock.Now, NewID: options.NewID, Log: slog.New(slog.DiscardHandler),
	}
}

func (a *account) must(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

// pass lets time pass.
func (a *account) pass(d time.Duration) { a.clock.RunUntil(a.clock.Now().Add(d)) }

// functions stands for the code of functions, which answers every invocation well.
type functions struct{}

func (functions) Invoke(context.Context, lambda.Version, lambda.Invocation) (lambda.Result, error) {
	return lambda.Result{Payload: []byte(`{"statusCode":200}`), Duration: 10 * time.Millisecond}, nil
}

func (functions) Forget(lambda.Version) {}

// Start runs an instance: it answers at the address that is its id.
func (a *account) Start(_ context.Context, instance ec2.Instance) (address string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.instances[instance.ID] = instance
	return instance.ID, nil
}

// Stop ends an instance.
func (a *account) Stop(_ context.Context, id string, _ time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.instances, id)
}

var errGone = errors.New("the instance does not answer")

// probe is a load balancer's health check.
func (a *account) probe(_ context.Context, address string, _ elasticloadbalancingv2.Check) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, runs := a.instances[address]; !runs {
		return errGone
	}
	return nil
}

// RoundTrip answers the checks of new versions.
func (a *account) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: request}, nil
}

// Keys of contexts: of the detector's calls, and of the calls that a service makes of others to answer one.
type (
	detectorKey struct{}
	nestedKey   struct{}
)

// intercept notes what the detector changes.
func (a *account) intercept(ctx context.Context, operation string, call func(context.Context) error) error {
	if ctx.Value(detectorKey{}) == nil || ctx.Value(nestedKey{}) != nil || autoscaling.Internal(ctx) {
		return call(ctx)
	}
	service, name, _ := strings.Cut(operation, ":")
	reads := slices.ContainsFunc([]string{"Describe", "Get", "List", "Head"}, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
	if !reads && service != "dynamodb" {
		a.mu.Lock()
		a.writes = append(a.writes, operation)
		a.mu.Unlock()
	}
	return call(context.WithValue(ctx, nestedKey{}, true))
}

// look looks for drift once, and returns what was found of the services that have any.
func (a *account) look(scope drift.Scope) []ledger.DriftReport {
	a.Helper()
	reports, err := a.detector.Look(context.WithValue(context.Background(), detectorKey{}, true), scope)
	a.must(err)
	return slices.DeleteFunc(reports, func(report ledger.DriftReport) bool { return len(report.Findings) == 0 && report.Skipped == "" })
}

// fixTime is for how long an operator waits for --fix.
const fixTime = 30 * time.Minute

// fix mends what it finds, as `goldfinch drift --fix` does: until nothing is being mended any more. It returns the first reports.
func (a *account) fix() []ledger.DriftReport {
	a.Helper()
	until := a.clock.Now().Add(fixTime)
	first := a.look(drift.Scope{Fix: true})
	for latest := first; a.clock.Now().Before(until) && isMending(latest); {
		a.pass(15 * time.Second)
		latest = a.look(drift.Scope{Fix: true})
	}
	return first
}

func isMending(reports []ledger.DriftReport) bool {
	return slices.ContainsFunc(reports, func(report ledger.DriftReport) bool {
		return slices.ContainsFunc(report.Findings, func(finding ledger.Drifted) bool { return finding.Done == "mending" })
	})
}

// promote releases a document, and wants it promoted.
func (a *account) promote(document release.Document) ledger.Record {
	a.Helper()
	id := a.begin(document)
	limit := a.clock.Now().Add(24 * time.Hour)
	a.clock.Run(func() bool { return a.clock.Now().After(limit) || a.ended(id) })
	record, err := a.engine.Ledger.Release(context.Background(), id)
	a.must(err)
	if record.Outcome != release.Promoted {
		a.Fatalf("release %s of %s: %s: %s", id, document.Service, record.Outcome, record.Reason)
	}
	return record
}

// begin starts a release.
func (a *account) begin(document release.Document) (id string) {
	a.Helper()
	started, err := a.engine.Operator.Deploy(context.Background(), document)
	a.must(err)
	return started.ID
}

// ended reports whether a release has ended, and everything behind it is quiet.
func (a *account) ended(id string) bool {
	execution := strings.Replace(a.engine.StepFunctions.MachineARN(), ":stateMachine:", ":execution:", 1) + ":" + id
	if a.engine.StepFunctions.Running(execution) != nil {
		return false
	}
	record, err := a.engine.Ledger.Release(context.Background(), id)
	return err == nil && record.Ended()
}

// document is one of a service, that is released in a few minutes and compares nothing.
func document(service string, artifact release.Artifact, target release.Target) release.Document {
	settle := release.Duration(3 * time.Minute)
	return release.Default(release.Document{
		APIVersion: release.APIVersion, Service: service, Environment: environment, Artifact: artifact, Target: target,
		Strategy: release.Strategy{Canary: &release.CanaryStrategy{Weight: 50, Wait: release.Duration(3 * time.Minute)}, Settle: &settle},
		Analysis: release.Analysis{Metrics: &release.Metrics{}, NoData: release.NoData{Policy: release.NoDataPass}},
	})
}

// uploaded is a function's package that contains text.
func (a *account) uploaded(text string) release.Artifact {
	a.Helper()
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	file, err := archive.Create("bootstrap")
	a.must(err)
	_, err = io.WriteString(file, text)
	a.must(err)
	a.must(archive.Close())
	sum := sha256.Sum256(packed.Bytes())
	key := hex.EncodeToString(sum[:]) + ".zip"
	_, err = a.engine.S3.PutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String(engine.Bucket), Key: &key, Body: bytes.NewReader(packed.Bytes())})
	a.must(err)
	return release.Artifact{Package: "s3://" + engine.Bucket + "/" + key, SHA256: hex.EncodeToString(sum[:])}
}
