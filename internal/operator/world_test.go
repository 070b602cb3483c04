package operator_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

const (
	stateMachine    = "arn:aws:states:eu-west-1:123456789012:stateMachine:goldfinch:live"
	executionPrefix = "arn:aws:states:eu-west-1:123456789012:execution:goldfinch:"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// errBroken is what a part of a world answers that was told to break.
var errBroken = errors.New("the cloud is broken")

// A world is everything around an operator, kept in memory.
type world struct {
	ledger     *memoryLedger
	executions *memoryExecutions
	artifacts  map[string][]byte
	target     *memoryTarget
	// targets are the documents whose target was asked for.
	targets []release.Document
	// signals are what was sent, by release.
	signals map[string][]ledger.Signal
	// sweep is what Recover does.
	sweep func() []string
	now   time.Time
	// prepared are the documents that Prepare was called with.
	prepared []release.Document
	// missing is what Missing answers.
	missing    string
	missingErr error
	// inspected are the packages that Inspect was called with, and inspect its answer.
	inspected []string
	inspect   error
	broken    bool
	service   *operator.Service
	// collecting runs while a collection of images looks for them.
	collecting func()
	// drifts are the looks for drift that were asked for, collected the collections of images, of which unneeded are found.
	drifts    []operator.DriftRequest
	collected []string
	unneeded  []string
}

func newWorld() *world {
	w := &world{
		ledger:     &memoryLedger{stable: map[string]ledger.Stable{}, rejected: map[string]string{}, leases: map[string]*ledger.Lease{}, persons: map[string]*ledger.PersonLock{}, entries: map[string][]ledger.Entry{}},
		executions: &memoryExecutions{byARN: map[string]*sfn.DescribeExecutionOutput{}},
		artifacts:  map[string][]byte{},
		target:     &memoryTarget{},
		signals:    map[string][]ledger.Signal{},
		sweep:      func() []string { return nil },
		now:        noon,
	}
	w.service = operator.New(operator.Dependencies{
		Ledger:       w.ledger,
		Executions:   w.executions,
		StateMachine: stateMachine,
		Artifacts:    w,
		Bucket:       "packages-of-goldfinch",
		Target: func(document release.Document, _ string) (target.Target, error) {
			w.targets = append(w.targets, document)
			return w.target, nil
		},
		Signal: func(_ context.Context, id string, signal ledger.Signal) error {
			w.signals[id] = append(w.signals[id], signal)
			return nil
		},
		Recover: func(context.Context) ([]string, error) { return w.sweep(), nil },
		Drift: func(_ context.Context, request operator.DriftRequest) ([]ledger.DriftReport, error) {
			w.drifts = append(w.drifts, request)
			return []ledger.DriftReport{{Service: "echo", Environment: "production", At: noon, Findings: []ledger.Drifted{}}}, nil
		},
		CollectImages: func(ctx context.Context, document release.Document, releaseID string, keep func(context.Context) ([]string, error), dry bool) ([]string, error) {
			if w.collecting != nil {
				w.collecting()
			}
			kept, err := keep(ctx)
			if err != nil {
				return nil, err
			}
			w.collected = append(w.collected, fmt.Sprint(releaseID, " ", document.Artifact.AMI, " ", kept, " ", dry))
			return w.unneeded, nil
		},
		Now:     func() time.Time { return w.now },
		Entropy: rand.Reader,
		Inspect: func(_ context.Context, _ string, body io.ReadSeeker) error {
			content, err := io.ReadAll(body)
			w.inspected = append(w.inspected, string(content))
			if err != nil {
				return err
			}
			return w.inspect
		},
		Missing: func(context.Context, release.Document) (string, error) { return w.missing, w.missingErr },
		Prepare: func(_ context.Context, document release.Document) error {
			w.prepared = append(w.prepared, document)
			return nil
		},
		Flags: "--local",
	})
	return w
}

// each runs a test against the service itself, and against it over HTTP.
func each(t *testing.T, test func(t *testing.T, w *world, o operator.Operator)) {
	t.Helper()
	t.Run("service", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		test(t, w, w.service)
	})
	t.Run("over HTTP", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		server := httptest.NewServer(operator.Handler(w.service, "secret"))
		t.Cleanup(server.Close)
		test(t, w, operator.NewClient(server.URL, "secret", &http.Client{}))
	})
}

func (w *world) PutObject(_ context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	if w.broken {
		return nil, errBroken
	}
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return nil, err
	}
	w.artifacts[aws.ToString(in.Bucket)+"/"+aws.ToString(in.Key)] = body
	return &s3.PutObjectOutput{VersionId: aws.String("object-version")}, nil
}

// document is a whole, valid release document.
func document() release.Document {
	return release.Document{
		APIVersion:  release.APIVersion,
		Service:     "echo",
		Environment: "production",
		Artifact:    release.Artifact{Package: "s3://packages-of-goldfinch/packages/a.zip", SHA256: strings.Repeat("a", 64)},
		Target:      release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}},
		Request:     release.Request{By: "alice", Label: "v2"},
	}
}

// id makes the id of the nth release.
func id(n int) string { return fmt.Sprintf("01JZ00000000000000000000%02d", n) }

// add puts the nth release, a minute after the one before, into the ledger, with a running execution.
func (w *world) add(n int, change func(*ledger.Record)) ledger.Record {
	record := ledger.Record{
		ID: id(n), Service: "echo", Environment: "production", Execution: executionPrefix + id(n),
		Document: release.Default(document()), CreatedAt: noon.Add(time.Duration(n-100) * time.Minute), Phase: ledger.PhaseCreated,
	}
	if change != nil {
		change(&record)
	}
	w.ledger.records = append(w.ledger.records, record)
	status := types.ExecutionStatusRunning
	if record.Ended() {
		status = types.ExecutionStatusSucceeded
	}
	w.executions.byARN[record.Execution] = &sfn.DescribeExecutionOutput{Status: status}
	return record
}

// promoted ends a release with version, in place of before.
func promoted(before, version string) func(*ledger.Record) {
	return func(r *ledger.Record) {
		r.Phase, r.Outcome, r.Canary = ledger.PhaseEnded, release.Promoted, version
		r.Before, r.EndedAt = release.Pure(before), r.CreatedAt.Add(30*time.Second)
		r.Intended, r.Actual = release.Pure(version), release.Pure(version)
		r.Splits = []release.Split{{Stable: before, Canary: version, Weight: 10}, release.Pure(version)}
	}
}

// canarying has a release at its first step, for a minute.
func canarying(r *ledger.Record) {
	r.Phase, r.Canary, r.Before = ledger.PhaseCanary, "2", release.Pure("1")
	r.CanaryBegan, r.StepBegan = noon.Add(-time.Minute), noon.Add(-time.Minute)
	r.Intended = release.Split{Stable: "1", Canary: "2", Weight: 10}
	r.Actual = r.Intended
	r.Splits = []release.Split{release.Pure("1"), r.Intended}
}

// hold gives the lock to the release of that record.
func (w *world) hold(record ledger.Record, until time.Time) {
	w.ledger.leases["echo/production"] = &ledger.Lease{
		Service: "echo", Environment: "production", Owner: record.Execution, Release: record.ID, Fence: 1, Since: record.CreatedAt, Until: until,
	}
}

// kill ends an execution without an outcome.
func (w *world) kill(record ledger.Record) {
	w.executions.byARN[record.Execution].Status = types.ExecutionStatusAborted
}

// A memoryLedger keeps what an operator reads.
type memoryLedger struct {
	records  []ledger.Record
	stable   map[string]ledger.Stable
	rejected map[string]string
	leases   map[string]*ledger.Lease
	persons  map[string]*ledger.PersonLock
	entries  map[string][]ledger.Entry
	broken   bool
}

func (m *memoryLedger) err() error {
	if m.broken {
		return errBroken
	}
	return nil
}

func (m *memoryLedger) Release(_ context.Context, id string) (ledger.Record, error) {
	for _, record := range m.records {
		if record.ID == id {
			return record, m.err()
		}
	}
	if m.broken {
		return ledger.Record{}, errBroken
	}
	return ledger.Record{}, &ledger.NotFoundError{ID: id}
}

func (m *memoryLedger) Releases(_ context.Context, service, environment string, limit int) ([]ledger.Record, error) {
	var found []ledger.Record
	for _, record := range slices.Backward(m.records) {
		if record.Service == service && record.Environment == environment && len(found) < limit {
			found = append(found, record)
		}
	}
	return found, m.err()
}

func (m *memoryLedger) Services(context.Context) ([]ledger.ServiceEnvironment, error) {
	var places []ledger.ServiceEnvironment
	for _, record := range m.records {
		place := ledger.ServiceEnvironment{Service: record.Service, Environment: record.Environment}
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	return places, m.err()
}

func (m *memoryLedger) Timeline(_ context.Context, id string) ([]ledger.Entry, error) {
	return m.entries[id], m.err()
}

func (m *memoryLedger) Stable(_ context.Context, service, environment string) (ledger.Stable, bool, error) {
	stable, ok := m.stable[service+"/"+environment]
	return stable, ok, m.err()
}

func (m *memoryLedger) Rejected(_ context.Context, _, _, sha256 string) (string, string, bool, error) {
	by, ok := m.rejected[sha256]
	return by, "too many errors", ok, m.err()
}

func (m *memoryLedger) Holder(_ context.Context, service, environment string) (*ledger.Lease, *ledger.PersonLock, error) {
	return m.leases[service+"/"+environment], m.persons[service+"/"+environment], m.err()
}

func (m *memoryLedger) Holders(context.Context) ([]ledger.Lease, error) {
	var held []ledger.Lease
	for _, lease := range m.leases {
		held = append(held, *lease)
	}
	return held, m.err()
}

func (m *memoryLedger) LockByPerson(_ context.Context, service, environment string, lock ledger.PersonLock) error {
	m.persons[service+"/"+environment] = &lock
	return m.err()
}

func (m *memoryLedger) UnlockByPerson(_ context.Context, service, environment string) error {
	delete(m.persons, service+"/"+environment)
	return m.err()
}

// memoryExecutions are Step Functions' executions.
type memoryExecutions struct {
	byARN   map[string]*sfn.DescribeExecutionOutput
	started []*sfn.StartExecutionInput
	// startError is what StartExecution answers after it took effect.
	startError error
}

func (m *memoryExecutions) StartExecution(_ context.Context, in *sfn.StartExecutionInput, _ ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error) {
	m.started = append(m.started, in)
	arn := executionPrefix + aws.ToString(in.Name)
	m.byARN[arn] = &sfn.DescribeExecutionOutput{Status: types.ExecutionStatusRunning, Input: in.Input, StartDate: aws.Time(noon)}
	if m.startError != nil {
		return nil, m.startError
	}
	return &sfn.StartExecutionOutput{ExecutionArn: aws.String(arn)}, nil
}

func (m *memoryExecutions) DescribeExecution(_ context.Context, in *sfn.DescribeExecutionInput, _ ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error) {
	if out, ok := m.byARN[aws.ToString(in.ExecutionArn)]; ok {
		return out, nil
	}
	return nil, &types.ExecutionDoesNotExist{}
}

// input is the document that the last execution was started with.
func (m *memoryExecutions) input(t *testing.T) release.Document {
	t.Helper()
	if len(m.started) == 0 {
		t.Fatal("nothing was started")
	}
	var got release.Document
	if err := json.Unmarshal([]byte(aws.ToString(m.started[len(m.started)-1].Input)), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// A memoryTarget is what an operator needs of a target. The rest panics.
type memoryTarget struct {
	target.Target
	split     release.Split
	preflight target.Preflight
	err       error
	versions  []string
	kept      []string
	// history is what History answers, unless historyErr is set, and looked are the versions that were asked for.
	history    judge.History
	historyErr error
	looked     []string
	// guarded is called before a shift asks its guard.
	guarded func()
	// least is the smallest weight, and foreseen what Foresee answers, unless foreseenErr is set.
	least       float64
	foreseen    target.Foresight
	foreseenErr error
}

func (m *memoryTarget) Nearest(weight float64) float64 { return max(weight, m.least) }

func (m *memoryTarget) Foresee(context.Context) (target.Foresight, error) {
	return m.foreseen, m.foreseenErr
}

func (m *memoryTarget) Split(context.Context) (release.Split, error) { return m.split, m.err }

func (m *memoryTarget) History(_ context.Context, version string, _ time.Time, _ time.Duration) (judge.History, error) {
	m.looked = append(m.looked, version)
	return m.history, m.historyErr
}

func (m *memoryTarget) Preflight(context.Context) (target.Preflight, error) {
	return m.preflight, m.err
}

func (m *memoryTarget) Shift(ctx context.Context, want release.Split, guard target.Guard) (release.Split, error) {
	if !guard.Mine(m.split) {
		return m.split, release.Fail(release.KindConflict, "somebody else moved it")
	}
	if m.guarded != nil {
		m.guarded()
	}
	if err := guard.Check(ctx); err != nil {
		return m.split, err
	}
	m.split = want
	return want, nil
}

func (m *memoryTarget) Surplus(_ context.Context, current, previous string) ([]string, error) {
	m.kept = []string{current, previous}
	return m.versions, nil
}

func (m *memoryTarget) Retire(context.Context, string, string) ([]string, bool, error) {
	gone := m.versions
	m.versions = nil
	return gone, true, nil
}

// wantFailure fails the test unless err is a failure of that kind whose text has all of words.
func wantFailure(t *testing.T, err error, kind release.Kind, words ...string) {
	t.Helper()
	got, ok := release.KindOf(err)
	if !ok || got != kind {
		t.Fatalf("error %v is of kind %q, not %q", err, got, kind)
	}
	wantWords(t, err.Error(), words...)
}

func wantInvalid(t *testing.T, err error, words ...string) {
	t.Helper()
	var invalid *operator.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("error %v is not an InvalidError", err)
	}
	if code := operator.ExitCode(err); code != release.ExitUsage {
		t.Errorf("exit code %d", code)
	}
	wantWords(t, err.Error(), words...)
}

func wantWords(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q does not say %q", text, word)
		}
	}
}

// read is a package's content.
func read(text string) io.ReadSeeker { return bytes.NewReader([]byte(text)) }
