package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// leaseMargin is how much longer a lease lasts than the wait that it covers. It must
// exceed the longest time between a handler's write to the ledger and its end.
const leaseMargin = 2 * time.Minute

// A Ledger is what the handlers need of package ledger.
type Ledger interface {
	Create(ctx context.Context, record ledger.Record) (ledger.Record, error)
	Release(ctx context.Context, id string) (ledger.Record, error)
	Services(ctx context.Context) ([]ledger.ServiceEnvironment, error)
	Periods(ctx context.Context, id string) ([]judge.Period, error)
	Stable(ctx context.Context, service, environment string) (stable ledger.Stable, ok bool, err error)
	Rejected(ctx context.Context, service, environment, identity string) (releaseID, reason string, rejected bool, err error)
	Holder(ctx context.Context, service, environment string) (*ledger.Lease, *ledger.PersonLock, error)
	Holders(ctx context.Context) ([]ledger.Lease, error)
	Acquire(ctx context.Context, claim ledger.Lease) (ledger.Lease, error)
	TakeOver(ctx context.Context, dead, claim ledger.Lease) (ledger.Lease, error)
	Check(ctx context.Context, lease ledger.Lease) error
	Free(ctx context.Context, lease ledger.Lease) error
	Write(ctx context.Context, lease ledger.Lease, until time.Time, change ledger.Change) (ledger.Record, error)
	WriteUnlocked(ctx context.Context, change ledger.Change) (ledger.Record, error)
	AddSignal(ctx context.Context, releaseID string, signal ledger.Signal) error
	Signals(ctx context.Context, releaseID string) ([]ledger.Signal, error)
	Token(ctx context.Context, releaseID string) (string, error)
	Dequeue(ctx context.Context, service, environment, releaseID string) error
	Queue(ctx context.Context, service, environment string) ([]string, error)
	AddEvaluation(ctx context.Context, evaluation ledger.Evaluation) error
	Evaluated(ctx context.Context, service, environment string, scheduledAt time.Time) (bool, error)
}

// Executions is what the handlers need of Step Functions, both parts together.
type Executions interface {
	ExecutionReader
	TaskAnswerer
}

// The parts of [Executions].
type (
	// ExecutionReader tells whether the holder of a lock still lives.
	ExecutionReader interface {
		DescribeExecution(ctx context.Context, input *sfn.DescribeExecutionInput, options ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error)
	}
	// TaskAnswerer ends a wait early.
	TaskAnswerer interface {
		SendTaskSuccess(ctx context.Context, input *sfn.SendTaskSuccessInput, options ...func(*sfn.Options)) (*sfn.SendTaskSuccessOutput, error)
	}
)

// Targets makes the target that a document names, for one release. Observe and Signal need none.
type Targets func(document release.Document, releaseID string) (target.Target, error)

// A Workflow has a method for each state and each event. It keeps nothing
// between calls.
type Workflow struct {
	Ledger     Ledger
	Executions Executions
	Targets    Targets
	Packages   Packages
	// Planner plans strategy.exposure; without one, releases that ask for it are refused.
	Planner Planner
	// Now is the present time, in UTC.
	Now func() time.Time
	// NewID makes a unique id.
	NewID func() string
	// Poll is how long the workflow waits at first between two looks at something that
	// the cloud is making, at least 1 s; what takes longer is looked at less often.
	Poll time.Duration
	Log  *slog.Logger
}

// An Input is what every state hands its handler.
type Input struct {
	// State is the state's name.
	State string `json:"state"`
	// Execution is the execution's ARN, Name its name, which is the release's id.
	Execution string `json:"execution"`
	Name      string `json:"name"`
	// Token is the task token of a state that waits for one.
	Token string `json:"token,omitempty"`
	// Input is the state's input: the release document for Intake, a Progress for all others.
	Input json.RawMessage `json:"input"`
	// ScheduledTime is when an evaluation of what is live was due, in RFC 3339; only of the state EvaluateLive.
	ScheduledTime string `json:"scheduledTime,omitempty"`
}

// A Progress is all that travels between states. Everything else is in the ledger.
type Progress struct {
	// Release is the release's id.
	Release string `json:"release"`
	// Lease is the lease under which the execution acts; its fence is 0 before Lock.
	Lease ledger.Lease `json:"lease"`
	// Next tells a Choice state where to go.
	Next string `json:"next,omitempty"`
	// Seconds is how long the next wait lasts, at least 1.
	Seconds int `json:"seconds,omitempty"`
	// Outcome and Reason are set once it is known how the release ends.
	Outcome release.Outcome `json:"outcome,omitempty"`
	Reason  string          `json:"reason,omitempty"`

	// Blame: the artifact itself is at fault.
	Blame bool `json:"blame,omitempty"`

	// What the definition's Catch left here.
	Error         *taskError `json:"error,omitempty"`
	RetireError   *taskError `json:"retireError,omitempty"`
	RollbackError *taskError `json:"rollbackError,omitempty"`
}

// Where Progress.Next may lead.
const (
	nextWait    = "wait"
	nextGo      = "go"
	nextObserve = "observe"
	nextSettle  = "settle"
	nextShift   = "shift"
	nextPromote = "promote"
	nextRetire  = "retire"
	nextBack    = "rollback"
)

// progress reads the state's input, which must be of the release that the
// execution runs: a document that looks like a progress opens no other release.
func (i Input) progress() (Progress, error) {
	progress, err := read[Progress](i.Input)
	if err != nil {
		return Progress{}, release.Fail(release.KindRefused, "read the progress of release %s in state %s", i.Name, i.State).Because(err)
	}
	if progress.Release != i.Name {
		return Progress{}, release.Fail(release.KindRefused, "state %s of release %s got the progress of release %q", i.State, i.Name, progress.Release)
	}
	return progress, nil
}

// A run is one handler's view of one release.
type run struct {
	*Workflow
	progress Progress
	record   ledger.Record
	target   target.Target
	actor    string
}

// open reads what a state needs to work on its release.
func (w *Workflow) open(ctx context.Context, input Input) (*run, error) {
	r, err := w.read(ctx, input)
	if err != nil {
		return nil, err
	}
	return w.resume(r.record, r.progress, r.actor)
}

// read is open without the release's target.
func (w *Workflow) read(ctx context.Context, input Input) (*run, error) {
	progress, err := input.progress()
	if err != nil {
		return nil, err
	}
	record, err := w.Ledger.Release(ctx, progress.Release)
	if err != nil {
		return nil, fmt.Errorf("state %s: %w", input.State, err)
	}
	return &run{Workflow: w, progress: progress, record: record, actor: input.State}, nil
}

// resume makes a run of a record that has been read.
func (w *Workflow) resume(record ledger.Record, progress Progress, actor string) (*run, error) {
	made, err := w.Targets(record.Document, record.ID)
	if err != nil {
		return nil, err
	}
	return &run{Workflow: w, progress: progress, record: record, target: made, actor: actor}, nil
}

// in fails unless the release is in one of the phases in which the handler's state
// may act. Otherwise the handler was left behind: it slept while the workflow went on.
func (r *run) in(phases ...ledger.Phase) error {
	if slices.Contains(phases, r.record.Phase) {
		return nil
	}
	return release.Fail(release.KindConflict, "release %s is %s by now, so state %s has nothing more to do", r.record.ID, r.record.Phase, r.actor)
}

// heed fails when somebody has asked to go back. Each state before the canary
// heeds, so that nothing more is made, and nobody gets traffic, after an abort.
// The signal stays pending: a handler that dies here finds it again.
func (r *run) heed(ctx context.Context) error {
	signals, err := r.Ledger.Signals(ctx, r.record.ID)
	if err != nil {
		return err
	}
	if back := r.back(signals); back != nil {
		return release.Fail(release.KindAborted, "%s", wish(back).Because())
	}
	return nil
}

// write stores the run's record and whatever else change holds, and renews the lease for wait and the margin.
func (r *run) write(ctx context.Context, wait time.Duration, change ledger.Change) error {
	change.Record = r.record
	for i := range change.Entries {
		change.Entries[i].At = r.Now()
		if change.Entries[i].Actor == "" {
			change.Entries[i].Actor = r.actor
		}
	}
	record, err := r.Ledger.Write(ctx, r.progress.Lease, r.Now().Add(wait+leaseMargin), change)
	if err != nil {
		return err
	}
	r.record = record
	return nil
}

// enter records that the release has come to phase; it writes nothing when it is there already.
func (r *run) enter(ctx context.Context, phase ledger.Phase, text string, wait time.Duration) error {
	if r.record.Phase == phase {
		return nil
	}
	r.record.Phase = phase
	r.record.Awaiting, r.record.WaitingUntil = "", time.Time{}
	return r.write(ctx, wait, ledger.Change{Entries: []ledger.Entry{{Kind: ledger.EntryPhase, Text: text}}})
}

// next returns the progress with which the workflow goes on.
func (r *run) next(where string, wait time.Duration) Progress {
	return Progress{Release: r.record.ID, Lease: r.progress.Lease, Next: where, Seconds: seconds(wait)}
}

// seconds rounds up to what a Wait or a timeout can express.
func seconds(d time.Duration) int {
	return max(1, int((d+time.Second-1)/time.Second))
}

// deadline fails when what the record awaits is overdue.
func (r *run) deadline(what string, limit release.Duration) error {
	if r.Now().Before(r.record.WaitingUntil) {
		return nil
	}
	return release.Fail(release.KindUnhealthy, "%s did not end within %s (timeouts)", what, limit)
}
