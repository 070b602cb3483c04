package workflow

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Evaluate ends a tick: it counts what both versions did, reads the alarms,
// hears what people said, judges, and records the verdict with its evidence
// and its consequence in one write.
func (w *Workflow) Evaluate(ctx context.Context, input Input) (Progress, error) {
	r, err := w.open(ctx, input)
	if err != nil {
		return Progress{}, err
	}
	if r.decided() {
		return r.follow(), nil // this tick was judged, and the answer got lost
	}
	if err := r.in(ledger.PhaseCanary, ledger.PhaseSettling); err != nil {
		return Progress{}, err
	}
	if err := r.stillOurs(ctx); err != nil {
		return Progress{}, err
	}
	signals, err := r.Ledger.Signals(ctx, r.record.ID)
	if err != nil {
		return Progress{}, err
	}
	question, fresh, err := r.question(ctx)
	if err != nil {
		return Progress{}, err
	}
	wishes := r.hear(signals)
	question.Approved, question.Paused = r.record.Approved, r.record.Paused
	verdict := r.overrule(judge.Judge(question), wishes)
	r.record.HoldingSince = question.Holding()
	if err := r.conclude(ctx, verdict, fresh, signals); err != nil {
		return Progress{}, err
	}
	return r.follow(), nil
}

// stillOurs notices within one tick that somebody else moved the traffic.
func (r *run) stillOurs(ctx context.Context) error {
	split, err := r.target.Split(ctx)
	if err != nil {
		return err
	}
	if r.mine(split) {
		return nil
	}
	return release.Fail(release.KindConflict, "somebody else moved the traffic of %s/%s: it is on %s, and Goldfinch had left it on %s", r.record.Service, r.record.Environment, split, r.record.Actual).
		WithHint("it was left alone; find out who changed it, then release again")
}

// question gathers the evidence. fresh are the periods finalised since the last tick.
func (r *run) question(ctx context.Context) (question judge.Question, fresh []judge.Period, err error) {
	analysis := r.record.Document.Analysis
	question = judge.Question{
		Now:          r.Now(),
		Analysis:     analysis,
		Canary:       r.record.Canary,
		Stable:       r.record.Before.Stable,
		Step:         r.record.Step,
		Steps:        len(r.record.Document.Strategy.Steps),
		Weight:       r.record.Actual.Weight,
		CanaryBegan:  r.record.CanaryBegan,
		HoldingSince: r.record.HoldingSince,
	}
	question.Began, question.Lasts = r.stage()
	switch {
	case r.record.Phase == ledger.PhaseSettling:
		question.Stage = judge.StageSettle
	case r.step().Approve != nil:
		question.Stage, question.Approval = judge.StageApproval, r.step().Approve
	default:
		question.Stage = judge.StageCanary
	}
	if question.Alarms, err = r.target.Alarms(ctx, analysis.Alarms); err != nil {
		return question, nil, err
	}
	r.forgetRecovered(question.Alarms)
	question.FiringBefore = r.record.FiringBefore
	if question.Periods, err = r.Ledger.Periods(ctx, r.record.ID); err != nil {
		return question, nil, err
	}
	if fresh, err = r.measure(ctx); err != nil {
		return question, nil, err
	}
	question.Periods = append(question.Periods, fresh...)
	return question, fresh, nil
}

// forgetRecovered makes an alarm that was firing before, and has been OK since, an alarm like any other.
func (r *run) forgetRecovered(alarms []judge.Alarm) {
	for _, alarm := range alarms {
		if alarm.State == judge.AlarmOK {
			r.record.FiringBefore = slices.DeleteFunc(r.record.FiringBefore, func(name string) bool { return name == alarm.Name })
		}
	}
}

// measure counts every period that has become final: each once, and only once it is old enough to be believed.
func (r *run) measure(ctx context.Context) ([]judge.Period, error) {
	if r.record.CanaryBegan.IsZero() {
		return nil, nil
	}
	analysis := r.record.Document.Analysis
	period := analysis.Period.Std()
	until := r.Now().Add(-time.Duration(*analysis.Delay) * period).Truncate(period)
	if !until.After(r.record.MeasuredTo) {
		return nil, nil
	}
	both := release.Split{Stable: r.record.Before.Stable, Canary: r.record.Canary, Weight: r.record.Actual.Weight}
	periods, err := r.target.Measure(ctx, both, r.record.MeasuredTo, until, period)
	if err != nil {
		return nil, err
	}
	r.record.MeasuredTo = until
	return periods, nil
}

// A wish is what people asked for since the last tick.
type wish struct {
	back    *ledger.Signal // abort, reject or supersede
	forward *ledger.Signal // promote or promote-full
}

// hear takes the signals in the order in which they came. Pause, resume and
// approve change the record; the first wish to go back outranks every wish to go on.
func (r *run) hear(signals []ledger.Signal) wish {
	var heard wish
	for i := range signals {
		signal := &signals[i]
		switch signal.Kind {
		case ledger.SignalPause:
			r.record.Paused = true
		case ledger.SignalResume:
			r.record.Paused = false
		case ledger.SignalApprove:
			r.record.Approved = true
		case ledger.SignalAbort, ledger.SignalReject, ledger.SignalSupersede:
			if heard.back == nil {
				heard.back = signal
			}
		case ledger.SignalPromote, ledger.SignalPromoteFull:
			if heard.forward == nil || signal.Kind == ledger.SignalPromoteFull {
				heard.forward = signal
			}
		case ledger.SignalAlarm: // it only woke us: the alarm itself has been read
		}
	}
	return heard
}

// overrule applies what people asked for, and the release's own time limit, to
// the judge's verdict. Going back outranks evidence, and evidence of harm outranks going on.
func (r *run) overrule(verdict release.Verdict, heard wish) release.Verdict {
	limit := r.record.Document.Timeouts.Release
	switch {
	case heard.back != nil:
		verdict.Decision, verdict.Outcome = release.Rollback, release.Aborted
		verdict.Reason = fmt.Sprintf("%s by %s", past(heard.back.Kind), heard.back.By)
		if heard.back.Reason != "" {
			verdict.Reason += ": " + heard.back.Reason
		}
	case verdict.Decision == release.Rollback:
	case !r.Now().Before(r.record.CreatedAt.Add(limit.Std())):
		verdict.Decision, verdict.Outcome = release.Rollback, release.RolledBack
		verdict.Reason = fmt.Sprintf("the release did not end within %s (timeouts.release)", limit)
	case heard.forward != nil && r.record.Phase != ledger.PhaseSettling:
		verdict.Decision = release.Advance
		if heard.forward.Kind == ledger.SignalPromoteFull || r.record.Step+1 >= len(r.record.Document.Strategy.Steps) {
			verdict.Decision = release.Promote
		}
		verdict.Reason = fmt.Sprintf("%s said %s", heard.forward.By, heard.forward.Kind)
		if heard.forward.Reason != "" {
			verdict.Reason += ": " + heard.forward.Reason
		}
		r.record.Paused = false
	}
	return verdict
}

// past is the word for what a signal did.
func past(kind ledger.SignalKind) string {
	switch kind {
	case ledger.SignalReject:
		return "rejected"
	case ledger.SignalSupersede:
		return "superseded"
	default:
		return "aborted"
	}
}

// conclude records the verdict and what follows from it. The end of settling
// is the one moment at which the stable version changes.
func (r *run) conclude(ctx context.Context, verdict release.Verdict, fresh []judge.Period, signals []ledger.Signal) error {
	entries := []ledger.Entry{}
	if len(fresh) > 0 {
		entries = append(entries, ledger.Entry{Kind: ledger.EntryPeriods, Periods: fresh, Text: fmt.Sprintf("counted %d periods", len(fresh))})
	}
	consumed := make([]string, len(signals))
	for i, signal := range signals {
		consumed[i] = signal.ID
		entries = append(entries, ledger.Entry{Kind: ledger.EntryActor, Actor: signal.By, Text: fmt.Sprintf("%s: %s", signal.Kind, signal.Reason)})
	}
	entries = append(entries, ledger.Entry{Kind: ledger.EntryVerdict, Verdict: &verdict, Text: string(verdict.Decision) + ": " + verdict.Reason})
	change := ledger.Change{Consumed: consumed}

	r.record.Verdict, r.record.Judged = &verdict, true
	r.record.Ticks++
	switch verdict.Decision {
	case release.Advance:
		r.record.Step++
		r.record.StepBegan, r.record.HoldingSince = time.Time{}, time.Time{}
	case release.Promote:
		r.record.Phase, r.record.HoldingSince = ledger.PhasePromoting, time.Time{}
	case release.Complete:
		r.record.Phase = ledger.PhaseRetiring
		change.Stable = r.newStable()
	case release.Continue, release.Hold, release.Rollback:
	}
	change.Entries = entries
	return r.write(ctx, r.tick(), change)
}

// newStable makes the canary the version that users of the service have.
func (r *run) newStable() *ledger.Stable {
	return &ledger.Stable{Version: r.record.Canary, Release: r.record.ID, SHA256: r.record.Document.Artifact.SHA256, Since: r.Now()}
}

// follow says where the last verdict leads.
func (r *run) follow() Progress {
	switch r.record.Verdict.Decision {
	case release.Advance:
		return r.next(nextShift, 0)
	case release.Promote:
		return r.next(nextPromote, 0)
	case release.Complete:
		return r.next(nextRetire, 0)
	case release.Rollback:
		progress := r.next(nextBack, 0)
		progress.Outcome, progress.Reason = r.record.Verdict.Outcome, r.record.Verdict.Reason
		return progress
	default:
		if r.record.Phase == ledger.PhaseSettling {
			return r.next(nextSettle, r.tick())
		}
		return r.next(nextObserve, r.tick())
	}
}
