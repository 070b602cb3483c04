package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/metric"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// sweepOwner begins the owner of a lease that a sweep has taken.
const sweepOwner = "sweep/"

// sweepLease is how long a sweep has for one release before another may try.
const sweepLease = time.Minute

// A Swept is one release that a sweep brought home.
type Swept struct {
	Release string          `json:"release"`
	Outcome release.Outcome `json:"outcome"`
	Reason  string          `json:"reason"`
}

// Sweep brings home every release whose execution has died, or whose lease has
// ended. It may run at any time, and twice at once. The error has all that it could not do.
func (w *Workflow) Sweep(ctx context.Context) ([]Swept, error) {
	return joined(w.sweep(ctx, w.dead))
}

// SweepAlone is Sweep for a caller who knows that no other sweep can be
// running: what one still holds, its death has left behind, and nobody needs to
// wait for the end of its lease.
func (w *Workflow) SweepAlone(ctx context.Context) ([]Swept, error) {
	return joined(w.sweep(ctx, func(ctx context.Context, lease ledger.Lease) (bool, error) {
		if strings.HasPrefix(lease.Owner, sweepOwner) {
			return true, nil
		}
		return w.dead(ctx, lease)
	}))
}

// SweepOn serves events: whatever one says, it is only a reason to look. What it
// could not do is no failure of the function, which tries again at every event: one release that can't
// be brought home is logged, and counted by the metric SweepFailures. Only a sweep that
// could not look at all is an error.
func (w *Workflow) SweepOn(ctx context.Context, _ json.RawMessage) ([]Swept, error) {
	swept, failures, err := w.sweep(ctx, w.dead)
	if err != nil {
		return nil, err
	}
	for _, failure := range failures {
		w.Log.ErrorContext(ctx, "a sweep could not do all; the next one tries again", "release", failure.release, "error", failure.err.Error())
	}
	if len(failures) > 0 {
		w.Log.LogAttrs(ctx, slog.LevelWarn, "sweep ended with failures", metric.Line{
			At:     w.Now(),
			Values: []metric.Value{{Name: "SweepFailures", Unit: metric.Count, Amount: float64(len(failures))}},
			Sets:   [][]string{{}},
		}.Attributes()...)
	}
	return swept, nil
}

// A sweepFailure is something that a sweep could not do.
type sweepFailure struct {
	// release is whose; empty where it is about no one release.
	release string
	err     error
}

// joined makes one error of all failures.
func joined(swept []Swept, failures []sweepFailure, err error) ([]Swept, error) {
	all := []error{err}
	for _, failure := range failures {
		all = append(all, failure.err)
	}
	return swept, errors.Join(all...)
}

// sweep brings home every release whose holder is dead, and says what it could
// not do. The error is that it could not look who holds anything. A holder whom it finds alive, or in the care of
// another sweep, when it is about to take over is left to it.
func (w *Workflow) sweep(ctx context.Context, dead func(context.Context, ledger.Lease) (bool, error)) ([]Swept, []sweepFailure, error) {
	leases, err := w.Ledger.Holders(ctx)
	if err != nil {
		return nil, nil, err
	}
	var swept []Swept
	var failures []sweepFailure
	fail := func(release string, err error) {
		failures = append(failures, sweepFailure{release, fmt.Errorf("bring home release %s: %w", release, err)})
	}
	for _, held := range leases {
		gone, err := dead(ctx, held)
		if err != nil {
			fail(held.Release, err)
		}
		if err != nil || !gone {
			continue
		}
		lease, err := w.takeOver(ctx, held)
		if kind, ok := release.KindOf(err); ok && kind == release.KindConflict {
			continue
		}
		if err != nil {
			fail(held.Release, err)
			continue
		}
		record, home, err := w.bringHome(ctx, lease)
		if err != nil {
			fail(held.Release, err)
			continue
		}
		if !home {
			continue
		}
		swept = append(swept, Swept{Release: record.ID, Outcome: record.Outcome, Reason: record.Reason})
	}
	return swept, append(failures, w.sweepQueues(ctx)...), nil
}

// sweepQueues ends releases that died while they waited for a lock.
func (w *Workflow) sweepQueues(ctx context.Context) []sweepFailure {
	services, err := w.Ledger.Services(ctx)
	if err != nil {
		return []sweepFailure{{err: err}}
	}
	var failures []sweepFailure
	for _, service := range services {
		queue, err := w.Ledger.Queue(ctx, service.Service, service.Environment)
		if err != nil {
			failures = append(failures, sweepFailure{err: err})
		}
		for _, id := range queue {
			if _, err := w.aliveInQueue(ctx, service.Service, service.Environment, id); err != nil {
				failures = append(failures, sweepFailure{id, fmt.Errorf("look after release %s, which waits: %w", id, err)})
			}
		}
	}
	return failures
}

// dead reports whether the holder of a lease will never give it back.
func (w *Workflow) dead(ctx context.Context, lease ledger.Lease) (bool, error) {
	if !w.Now().Before(lease.Until) {
		return true, nil
	}
	if strings.HasPrefix(lease.Owner, sweepOwner) {
		return false, nil
	}
	running, _, err := w.running(ctx, lease.Owner, lease.Since)
	return !running, err
}

// visible is how long Step Functions may take to know an execution that it has
// started: DescribeExecution is eventually consistent.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
const visible = 2 * time.Minute

// running asks Step Functions whether an execution that began at began still runs,
// and otherwise how it ended.
func (w *Workflow) running(ctx context.Context, execution string, began time.Time) (bool, string, error) {
	found, err := w.Executions.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(execution)})
	var missing *sfntypes.ExecutionDoesNotExist
	switch {
	case errors.As(err, &missing):
		return w.Now().Before(began.Add(visible)), "its execution does not exist", nil
	case err != nil:
		return false, "", fmt.Errorf("ask whether execution %s still runs: %w", execution, err)
	}
	status := string(found.Status)
	if cause := aws.ToString(found.Cause); cause != "" {
		status += ": " + cause
	}
	return found.Status == sfntypes.ExecutionStatusRunning, status, nil
}

// recovered takes a dead holder's lease over, and brings its release home, as far as that is possible at once.
func (w *Workflow) recovered(ctx context.Context, dead ledger.Lease) (home bool, err error) {
	lease, err := w.takeOver(ctx, dead)
	if err != nil {
		return false, err
	}
	_, home, err = w.bringHome(ctx, lease)
	return home, err
}

// takeOver makes a sweep the holder of a dead one's lease; it is a KindConflict
// failure when that is not held as it was read.
func (w *Workflow) takeOver(ctx context.Context, dead ledger.Lease) (ledger.Lease, error) {
	claim := dead
	claim.Owner = sweepOwner + w.NewID()
	claim.Until = w.Now().Add(sweepLease)
	return w.Ledger.TakeOver(ctx, dead, claim)
}

// bringHome brings the traffic of the lease's release home and cleans up behind it, writes how it ended and frees the lease. What
// takes longer than one look is left to the next sweep: the release stays locked, and home is false.
func (w *Workflow) bringHome(ctx context.Context, lease ledger.Lease) (record ledger.Record, home bool, err error) {
	record, err = w.Ledger.Release(ctx, lease.Release)
	if err != nil {
		return ledger.Record{}, false, err
	}
	if record.Ended() {
		return record, true, w.Ledger.Free(ctx, lease)
	}
	r, err := w.resume(record, Progress{Release: record.ID, Lease: lease}, "sweep")
	if err != nil {
		return record, false, err
	}
	outcome, reason, err := r.epitaph(ctx)
	if err != nil {
		return record, false, err
	}
	ends, err := r.goHome(ctx, outcome, reason)
	if kind, ok := release.KindOf(err); ok && kind == release.KindDirty {
		ends, err = homecoming{outcome: release.FailedDirty, reason: err.Error()}, nil
	}
	if err != nil {
		return record, false, err
	}
	if ends.wait > 0 {
		// Nobody acts under this lease any more, so that it ends with the wait, and not after a margin.
		record, err = w.Ledger.Write(ctx, r.progress.Lease, r.Now().Add(ends.wait), ledger.Change{Record: r.record})
		return record, false, err
	}
	record, err = w.end(ctx, r.record, r.progress.Lease, ends.outcome, ends.reason, r.blame(), "sweep")
	return record, err == nil, err
}

// epitaph says how a release ends whose execution died. What had been decided
// before counts; only where nothing had been, the death itself is the reason.
func (r *run) epitaph(ctx context.Context) (release.Outcome, string, error) {
	if r.record.GoingBack != "" {
		return r.record.GoingBack, r.record.GoingBackReason, nil
	}
	if verdict := r.record.Verdict; verdict != nil && verdict.Decision == release.Rollback {
		return verdict.Outcome, verdict.Reason, nil
	}
	signals, err := r.Ledger.Signals(ctx, r.record.ID)
	if err != nil {
		return "", "", err
	}
	if back := r.back(signals); back != nil {
		return release.Aborted, wish(back).Because(), nil
	}
	running, status, err := r.running(ctx, r.record.Execution, r.record.CreatedAt)
	switch {
	case err != nil:
		return "", "", err
	case running:
		return release.RolledBack, "the execution was silent for so long that its lease ended", nil
	case strings.HasPrefix(status, string(sfntypes.ExecutionStatusAborted)):
		return release.Aborted, "the execution was stopped", nil
	default:
		return release.RolledBack, "the execution died: " + status, nil
	}
}
