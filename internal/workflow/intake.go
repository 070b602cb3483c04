package workflow

import (
	"context"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Intake serves the states Intake, Lock and Unlock, which work on the ledger alone.
func (w *Workflow) Intake(ctx context.Context, input Input) (any, error) {
	switch input.State {
	case "Intake":
		return w.intake(ctx, input)
	case "Lock":
		return w.lock(ctx, input)
	case "Unlock":
		return w.unlock(ctx, input)
	default:
		return nil, release.Fail(release.KindRefused, "the intake function does not serve state %q", input.State)
	}
}

// startedByHand is who asked for a release that neither the command line nor an
// event started: an execution does not know who started it, CloudTrail does.
const startedByHand = "Step Functions"

// intake reads the document and opens the release's record. The release takes
// its place in the queue here, so that no later one can overtake it.
func (w *Workflow) intake(ctx context.Context, input Input) (Progress, error) {
	document, _, err := release.Read(input.Input)
	if err != nil {
		return Progress{}, release.Fail(release.KindRefused, "the release document is not valid").Because(err)
	}
	if document.Request.By == "" {
		document.Request.By = startedByHand
	}
	if document.Request.Version != "" {
		document.Strategy.Holdback = nil // what was stable before gets all traffic at once
	}
	if document.Artifact, err = w.pin(ctx, document); err != nil {
		return Progress{}, err
	}
	record, err := w.Ledger.Create(ctx, ledger.Record{
		ID:          input.Name,
		Service:     document.Service,
		Environment: document.Environment,
		Execution:   input.Execution,
		Document:    document,
		CreatedAt:   w.Now(),
		Phase:       ledger.PhaseCreated,
	})
	if err != nil {
		return Progress{}, err
	}
	if err := w.refuseRejected(ctx, document); err != nil {
		return Progress{}, err
	}
	return Progress{
		Release: record.ID,
		Lease:   ledger.Lease{Service: record.Service, Environment: record.Environment, Owner: input.Execution, Release: record.ID},
		Next:    nextGo,
	}, nil
}

// refuseRejected keeps an artifact that was rolled back from being tried again without a reason.
func (w *Workflow) refuseRejected(ctx context.Context, document release.Document) error {
	identity := document.Artifact.Identity()
	if document.Request.Again || document.Request.Version != "" || identity == "" {
		return nil
	}
	earlier, reason, rejected, err := w.Ledger.Rejected(ctx, document.Service, document.Environment, identity)
	if err != nil {
		return fmt.Errorf("look up whether the artifact was rolled back before: %w", err)
	}
	if !rejected {
		return nil
	}
	return release.Fail(release.KindRefused, "this artifact was rolled back by release %s: %s", earlier, reason).
		WithHint("release another artifact, or this one with --again --reason WHY")
}
