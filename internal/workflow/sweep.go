package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// sweepOwner begins the owner of a lease that a sweep has taken.
const sweepOwner = "sweep/"

// sweepDied is why a lease of a sweep is left behind.
const sweepDied = "its sweep died"

// sweepLease is how long a sweep has for one release before another may try.
const sweepLease = time.Minute

// A Swept is one release that a sweep brought home.
type Swept struct {
	Release string          `json:"release"`
	Outcome release.Outcome `json:"outcome"`
	Reason  string          `json:"reason"`
}

// Sweep brings home every release whose execution has died, or whose lease has
// ended. It may run at any time, and twice at once.
func (w *Workflow) Sweep(ctx context.Context) ([]Swept, error) { return w.sweep(ctx, w.dead) }

// SweepAlone is Sweep for a caller who knows that no other sweep can be
// running: what one still holds, its death has left behind, and nobody needs to
// wait for the end of its lease.
func (w *Workflow) SweepAlone(ctx context.Context) ([]Swept, error) {
	return w.sweep(ctx, func(ctx context.Context, lease ledger.Lease) (bool, string, error) {
		if strings.HasPrefix(lease.Owner, sweepOwner) {
			return true, sweepDied, nil
		}
		return w.dead(ctx, lease)
	})
}

// sweep brings home every release whose holder is dead.
func (w *Workflow) sweep(ctx context.Context, dead func(context.Context, ledger.Lease) (bool, string, error)) ([]Swept, error) {
	leases, err := w.Ledger.Holders(ctx)
	if err != nil {
		return nil, err
	}
	var swept []Swept
	var failed []error
	for _, lease := range leases {
		gone, status, err := dead(ctx, lease)
		if err != nil || !gone {
			failed = append(failed, err)
			continue
		}
		record, err := w.recovered(ctx, lease, status)
		if err != nil {
			failed = append(failed, fmt.Errorf("bring home release %s: %w", lease.Release, err))
			continue
		}
		swept = append(swept, Swept{Release: record.ID, Outcome: record.Outcome, Reason: record.Reason})
	}
	failed = append(failed, w.sweepQueues(ctx))
	return swept, errors.Join(failed...)
}

// SweepOn serves events: whatever one says, it is only a reason to look.
func (w *Workflow) SweepOn(ctx context.Context, _ json.RawMessage) ([]Swept, error) {
	return w.Sweep(ctx)
}

// sweepQueues ends releases that died while they waited for a lock.
func (w *Workflow) sweepQueues(ctx context.Context) error {
	services, err := w.Ledger.Services(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, service := range services {
		queue, err := w.Ledger.Queue(ctx, service.Service, service.Environment)
		failed = append(failed, err)
		for _, id := range queue {
			_, err := w.aliveInQueue(ctx, service.Service, service.Environment, id)
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// dead reports whether the holder of a lease will never give it back, and how it ended.
func (w *Workflow) dead(ctx context.Context, lease ledger.Lease) (bool, string, error) {
	expired := !w.Now().Before(lease.Until)
	if strings.HasPrefix(lease.Owner, sweepOwner) {
		return expired, sweepDied, nil
	}
	running, status, err := w.running(ctx, lease.Owner)
	if err != nil {
		return false, "", err
	}
	if !running {
		return true, status, nil
	}
	return expired, "its lease ended while it was still running", nil
}

// running asks Step Functions whether an execution still runs, and otherwise how it ended.
func (w *Workflow) running(ctx context.Context, execution string) (bool, string, error) {
	found, err := w.Executions.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(execution)})
	var missing *sfntypes.ExecutionDoesNotExist
	switch {
	case errors.As(err, &missing):
		return false, "its execution does not exist", nil
	case err != nil:
		return false, "", fmt.Errorf("ask whether execution %s still runs: %w", execution, err)
	}
	return found.Status == sfntypes.ExecutionStatusRunning, string(found.Status), nil
}

// recover is recovered for callers that only need to know that it is done.
func (w *Workflow) recover(ctx context.Context, dead ledger.Lease, status string) error {
	_, err := w.recovered(ctx, dead, status)
	return err
}

// recovered takes a dead holder's lease over, brings its traffic home, writes how
// its release ended and frees the lease.
func (w *Workflow) recovered(ctx context.Context, dead ledger.Lease, status string) (ledger.Record, error) {
	claim := dead
	claim.Owner = sweepOwner + w.NewID()
	claim.Until = w.Now().Add(sweepLease)
	lease, err := w.Ledger.TakeOver(ctx, dead, claim)
	if err != nil {
		return ledger.Record{}, err
	}
	record, err := w.Ledger.Release(ctx, dead.Release)
	if err != nil {
		return ledger.Record{}, err
	}
	if record.Ended() {
		return record, w.Ledger.Free(ctx, lease)
	}
	r, err := w.resume(record, Progress{Release: record.ID, Lease: lease}, "sweep")
	if err != nil {
		return record, err
	}
	outcome, reason := release.RolledBack, "the execution died: "+status
	if status == string(sfntypes.ExecutionStatusAborted) {
		outcome, reason = release.Aborted, "the execution was stopped"
	}
	outcome, reason, err = r.goHome(ctx, outcome, reason)
	if kind, ok := release.KindOf(err); ok && kind == release.KindDirty {
		outcome, reason, err = release.FailedDirty, err.Error(), nil
	}
	if err != nil {
		return record, err
	}
	return w.end(ctx, r.record, r.progress.Lease, outcome, reason, r.blame(), "sweep")
}
