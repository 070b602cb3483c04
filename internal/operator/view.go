package operator

import (
	"fmt"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// view makes the status of a release from its record.
func (s *Service) view(record ledger.Record, holder *Holder) Status {
	now := s.use.Now()
	document := record.Document
	status := Status{
		ID:          record.ID,
		Service:     record.Service,
		Environment: record.Environment,
		Version:     firstNonEmpty(document.Request.Label, record.Canary, document.Request.Version),
		Artifact:    document.Artifact,
		Phase:       record.Phase,
		Outcome:     record.Outcome,
		Reason:      record.Reason,
		StartedBy:   document.Request.By,
		At:          now,
		CreatedAt:   record.CreatedAt,
		EndedAt:     record.EndedAt,
		First:       record.First,
		Paused:      record.Paused,
		Split:       Splits{Wanted: record.Intended, Actual: record.Actual},
		Steps:       steps(record),
		RollbackTo:  rollbackTo(record),
		Notes:       record.Notes,
		Holder:      holder,
	}
	if record.Verdict != nil {
		status.Checks = record.Verdict.Findings
		status.Verdict = &Verdict{At: record.Verdict.At, Decision: record.Verdict.Decision, Reason: record.Verdict.Reason}
	}
	status.Progress = progress(record, status.Steps, now)
	if !record.Ended() {
		status.Awaiting = s.awaiting(record, status.Steps, holder)
		status.Next = next(record, status.Steps)
	}
	return status
}

func firstNonEmpty(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// rollbackTo is the version that traffic goes back to, or would: empty when
// there is none, or when traffic is back already.
func rollbackTo(record ledger.Record) string {
	if record.Ended() && record.Outcome != release.Promoted {
		return ""
	}
	return record.Before.Stable
}

// preparing is how far preparing has come in each of its phases, 0–1.
var preparing = map[ledger.Phase]float64{
	ledger.PhaseCreated:   0,
	ledger.PhaseQueued:    0,
	ledger.PhaseLocked:    0.1,
	ledger.PhaseBaking:    0.2,
	ledger.PhaseDeploying: 0.5,
	ledger.PhaseVerifying: 0.8,
}

// progress is how far the present step has come, 0–1: by the clock where the
// step lasts a time, else by its phase.
func progress(record ledger.Record, steps []Step, now time.Time) float64 {
	if record.Ended() {
		return 1
	}
	step, ok := present(steps)
	switch {
	case !ok:
		return 0
	case step.Kind == StepPrepare:
		return preparing[record.Phase]
	case step.Began.IsZero() || step.Lasts <= 0:
		return 0
	default:
		return min(max(float64(now.Sub(step.Began))/float64(step.Lasts), 0), 1)
	}
}

// present returns the step that is now; ok is false when the release has ended or goes back.
func present(steps []Step) (step Step, ok bool) {
	for _, step := range steps {
		if step.State == StepNow {
			return step, true
		}
	}
	return Step{}, false
}

// following returns the step after the present one.
func following(steps []Step) (step Step, ok bool) {
	for _, step := range steps {
		if step.State == StepNext {
			return step, true
		}
	}
	return Step{}, false
}

// awaiting is the one thing that the release waits for, and what unblocks it.
func (s *Service) awaiting(record ledger.Record, steps []Step, holder *Holder) *Awaiting {
	if record.Phase == ledger.PhaseQueued {
		return s.awaitingTurn(record, holder)
	}
	step, _ := present(steps)
	waiting := &Awaiting{What: record.Awaiting, Since: step.Began, Until: step.Ends}
	switch {
	case record.Paused:
		waiting.What = "a person to resume the release"
		waiting.Until, waiting.Otherwise = releaseDeadline(record), "traffic goes back to stable"
		waiting.Command = s.command("resume", record.ID)
	case step.Kind == StepApprove && !record.Approved:
		waiting.What = "a person's approval"
		waiting.Otherwise = step.Otherwise
		waiting.Command = s.command("approve", record.ID)
	case !record.HoldingSince.IsZero():
		waiting.What = firstNonEmpty(record.Awaiting, "enough requests to judge by")
		waiting.Since, waiting.Until = record.HoldingSince, heldUntil(record)
		waiting.Otherwise = record.Document.Analysis.NoData.Then
		if record.Phase == ledger.PhaseCanary {
			waiting.Command = s.command("promote", record.ID)
		}
	case step.Kind == StepWeight && record.Phase == ledger.PhaseCanary:
		waiting.What = firstNonEmpty(record.Awaiting, "the end of the step")
		waiting.Command = s.command("promote", record.ID)
	case record.Phase == ledger.PhaseSettling:
		waiting.What = firstNonEmpty(record.Awaiting, "the end of settling")
	case record.Awaiting != "":
		waiting.Since, waiting.Until = time.Time{}, record.WaitingUntil
	default:
		return nil
	}
	return waiting
}

// awaitingTurn is what a queued release waits for.
func (s *Service) awaitingTurn(record ledger.Record, holder *Holder) *Awaiting {
	place := record.Service + "/" + record.Environment
	waiting := &Awaiting{
		What:      "its turn in the queue of " + place,
		Since:     record.CreatedAt,
		Until:     releaseDeadline(record),
		Otherwise: "it is refused",
	}
	switch {
	case holder == nil:
	case holder.Release != "":
		waiting.What = "release " + holder.Release + " of " + place + " to end"
		waiting.Command = s.command("abort", holder.Release)
	default:
		waiting.What = holder.By + " to unlock " + place
		waiting.Command = s.command("unlock", place)
	}
	return waiting
}

// heldUntil is when a hold is over at the latest: what the judge said of it, or before it has, the limit of the document.
func heldUntil(record ledger.Record) time.Time {
	if !record.WaitingUntil.IsZero() {
		return record.WaitingUntil
	}
	return record.HoldingSince.Add(record.Document.Analysis.NoData.Limit.Std())
}

// releaseDeadline is when the release ends at the latest.
func releaseDeadline(record ledger.Record) time.Time {
	if record.Document.Timeouts.Release <= 0 {
		return time.Time{}
	}
	return record.CreatedAt.Add(record.Document.Timeouts.Release.Std())
}

// next is what happens next by itself, unless the judge or a person says otherwise.
func next(record ledger.Record, steps []Step) *Next {
	canary := "the new version"
	if record.Canary != "" {
		canary = "version " + record.Canary
	}
	if record.Phase == ledger.PhaseRollingBack {
		return &Next{What: "all traffic goes to version " + record.Before.Stable}
	}
	step, ok := present(steps)
	if !ok {
		return nil
	}
	coming := fmt.Sprintf("%s gets all traffic", canary)
	switch {
	case step.Kind == StepSettle && heldBack(record) > 0:
		coming = fmt.Sprintf("%s gets all traffic, and becomes the stable version", canary)
	case step.Kind == StepSettle:
		coming = canary + " becomes the stable version"
	case !planned(record) && !record.First && record.Document.Request.Version == "":
		coming = fmt.Sprintf("%s gets a first share of traffic, which depends on how much there is", canary)
	}
	if after, ok := following(steps); ok {
		switch {
		case after.Kind == StepWeight, after.Kind == StepSettle && after.Weight < 100 && planned(record):
			coming = fmt.Sprintf("%s gets %s%% of traffic", canary, release.Percent(after.Weight))
		case after.Kind == StepApprove:
			coming = "a person is asked for approval"
		}
	}
	back := fmt.Sprintf("traffic goes back to version %s", record.Before.Stable)
	switch {
	case record.Phase == ledger.PhaseQueued:
		return &Next{What: "it begins when the lock is free"}
	case record.Paused:
		return &Next{What: back + ", because the release has lasted too long", At: releaseDeadline(record)}
	case step.Kind == StepApprove && !record.Approved && step.Otherwise == release.OtherwiseAbort:
		return &Next{What: back + ", because nobody approved", At: step.Ends}
	case !record.HoldingSince.IsZero():
		limit := heldUntil(record)
		if record.Document.Analysis.NoData.Then == release.NoDataPromote {
			return &Next{What: coming, At: limit}
		}
		return &Next{What: back + ", because the evidence is inconclusive", At: limit}
	default:
		return &Next{What: coming, At: step.Ends}
	}
}
