package operator

import (
	"context"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Signal refuses what means nothing where the release stands, so that nobody
// believes to have approved or resumed what waits for something else.
func (s *Service) Signal(ctx context.Context, reference Reference, signal ledger.Signal) (Status, error) {
	record, err := s.find(ctx, reference)
	if err != nil {
		return Status{}, err
	}
	if err := s.steerable(record, signal.Kind); err != nil {
		return Status{}, err
	}
	if err := s.send(ctx, record, signal); err != nil {
		return Status{}, err
	}
	return s.Status(ctx, Reference{ID: record.ID})
}

// send hands a signal to the release of that record. What answers a step says
// which: when the release goes on meanwhile, it must not count for the next one.
func (s *Service) send(ctx context.Context, record ledger.Record, signal ledger.Signal) error {
	switch signal.Kind {
	case ledger.SignalApprove, ledger.SignalReject, ledger.SignalPromote:
		signal.Step = record.Step
	}
	if signal.ID == "" {
		var err error
		if signal.ID, err = s.newID(); err != nil {
			return err
		}
	}
	if signal.At.IsZero() {
		signal.At = s.use.Now()
	}
	if err := s.use.Signal(ctx, record.ID, signal); err != nil {
		return fmt.Errorf("send %s to release %s: %w", signal.Kind, record.ID, err)
	}
	return nil
}

// steerable returns nil when the signal means something to the release now.
func (s *Service) steerable(record ledger.Record, kind ledger.SignalKind) error {
	if record.Ended() {
		failure := release.Fail(release.KindRefused, "release %s has ended: %s", record.ID, record.Outcome)
		if record.Outcome == release.Promoted {
			failure = failure.WithHint("to go back: %s", s.command("rollback", record.Service+"/"+record.Environment))
		}
		return failure
	}
	if record.Phase == ledger.PhaseRollingBack {
		return release.Fail(release.KindRefused, "release %s is rolling back already", record.ID)
	}
	if record.Phase == ledger.PhaseRetiring {
		return release.Fail(release.KindRefused, "release %s cannot be steered any more: version %s is stable now", record.ID, record.Canary).
			WithHint("to go back: %s", s.command("rollback", record.Service+"/"+record.Environment))
	}
	step, _ := present(steps(record))
	switch kind {
	case ledger.SignalApprove, ledger.SignalReject:
		if step.Kind != StepApprove || record.Approved {
			return release.Fail(release.KindRefused, "release %s does not wait for approval now; it is %s", record.ID, record.Phase)
		}
	case ledger.SignalPromote, ledger.SignalPromoteFull:
		if record.Phase != ledger.PhaseCanary {
			return release.Fail(release.KindRefused, "release %s has no canary to promote; it is %s", record.ID, record.Phase)
		}
	case ledger.SignalResume:
		if !record.Paused {
			return release.Fail(release.KindRefused, "release %s is not paused", record.ID)
		}
	case ledger.SignalPause, ledger.SignalAbort:
	default:
		return &InvalidError{Message: fmt.Sprintf("%q is not a signal that a person sends", kind)}
	}
	return nil
}
