package workflow

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Evaluate serves the state Evaluate, and the schedule that evaluates what is live.
func (w *Workflow) Evaluate(ctx context.Context, input Input) (any, error) {
	if input.State == StateEvaluateLive {
		return w.evaluateLive(ctx, input)
	}
	return w.evaluate(ctx, input)
}

// evaluate ends a tick: it counts what both versions did, reads the alarms,
// hears what people said, judges, and records the verdict with its evidence
// and its consequence in one write.
func (w *Workflow) evaluate(ctx context.Context, input Input) (Progress, error) {
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
	signals = urgent(signals)
	if err := r.recallPast(ctx); err != nil {
		return Progress{}, err
	}
	question, fresh, err := r.question(ctx)
	if err != nil {
		return Progress{}, err
	}
	question.Back, question.Forward = wish(r.back(signals)), wish(r.forward(signals))
	question.Approved, question.Paused = r.record.Approved, r.record.Paused
	verdict, wait := judge.Answer(question)
	r.record.HoldingSince = wait.HoldingSince
	r.record.Awaiting, r.record.WaitingUntil = wait.For, wait.Until
	if question.Forward != nil && (verdict.Decision == release.Advance || verdict.Decision == release.Promote) {
		r.record.Paused = false // whoever says to go on no longer wants to wait
	}
	if err := r.conclude(ctx, question, verdict, fresh, signals); err != nil {
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

// ask begins a question: how the release stands, without any evidence.
func (r *run) ask() judge.Question {
	document := r.record.Document
	question := judge.Question{
		Now:          r.Now(),
		Canary:       r.record.Canary,
		Stable:       r.record.Before.Stable,
		Step:         r.record.Step,
		Steps:        len(document.Strategy.Steps),
		Weight:       r.weightOf(r.record.Actual),
		CanaryBegan:  r.record.CanaryBegan,
		HoldingSince: r.record.HoldingSince,
		Ends:         r.record.CreatedAt.Add(document.Timeouts.Release.Std()),
	}
	question.Began, question.Lasts = r.stage()
	switch {
	case r.record.Phase == ledger.PhaseSettling:
		question.Stage = judge.StageSettle
	case r.awaitsApproval():
		question.Stage, question.Approval = judge.StageApproval, r.step().Approve
	default:
		question.Stage = judge.StageCanary
	}
	return question.Of(document, r.record.Past, r.record.Shifts, nil)
}

// question gathers the evidence. fresh are the periods finalised since the last tick.
func (r *run) question(ctx context.Context) (question judge.Question, fresh []judge.Period, err error) {
	question = r.ask()
	if question.Alarms, err = r.target.Alarms(ctx, question.Analysis.Alarms); err != nil {
		return question, nil, err
	}
	r.forgetRecovered(question.Alarms)
	question.FiringBefore = r.record.FiringBefore
	periods, err := r.Ledger.Periods(ctx, r.record.ID)
	if err != nil {
		return question, nil, err
	}
	if fresh, err = r.measure(ctx); err != nil {
		return question, nil, err
	}
	question.Periods = append(periods, fresh...)
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
	until := analysis.Period.Floor(r.Now().Add(-time.Duration(*analysis.Delay) * period))
	if !until.After(r.record.MeasuredTo) {
		return nil, nil
	}
	both := release.Split{
		Stable: r.record.Before.Stable, Canary: r.record.Canary, Weight: r.record.Actual.Weight,
		Audience: r.record.Actual.Audience, Share: r.record.Actual.Share,
	}
	periods, err := r.target.Measure(ctx, both, r.record.MeasuredTo, until, period)
	if err != nil {
		return nil, err
	}
	r.record.MeasuredTo = until
	return periods, nil
}

// mostSignals is how many signals one tick takes: each needs two of the hundred
// actions of a DynamoDB transaction. The others wait for the next tick, which they start at once.
const mostSignals = 20

// urgent returns as many signals as a tick takes: those that ask to go back first.
func urgent(signals []ledger.Signal) []ledger.Signal {
	slices.SortStableFunc(signals, func(a, b ledger.Signal) int {
		return boolean(goesBack(b.Kind)) - boolean(goesBack(a.Kind))
	})
	return signals[:min(len(signals), mostSignals)]
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// goesBack reports whether a signal asks for the old version.
func goesBack(kind ledger.SignalKind) bool {
	return kind == ledger.SignalAbort || kind == ledger.SignalReject || kind == ledger.SignalSupersede
}

// back returns the first wish to go back, or nil.
func (r *run) back(signals []ledger.Signal) *ledger.Signal {
	for i, signal := range signals {
		if goesBack(signal.Kind) && (signal.Kind != ledger.SignalReject || signal.Step == r.record.Step) {
			return &signals[i]
		}
	}
	return nil
}

// forward takes the signals in the order in which they came, and returns the
// wish to go on, or nil. Pause, resume and approve change the record. What was
// said of another step than the one in force is not heard.
func (r *run) forward(signals []ledger.Signal) (wish *ledger.Signal) {
	for i := range signals {
		signal := &signals[i]
		switch {
		case signal.Kind == ledger.SignalPause:
			r.record.Paused = true
		case signal.Kind == ledger.SignalResume:
			r.record.Paused = false
		case signal.Kind == ledger.SignalPromoteFull:
			wish = signal
		case signal.Kind == ledger.SignalApprove && signal.Step == r.record.Step:
			r.record.Approved = true
		case signal.Kind == ledger.SignalPromote && signal.Step == r.record.Step:
			wish = cmp.Or(wish, signal)
		}
	}
	return wish
}

// wish tells the judge what a signal asks for; nil asks for nothing.
func wish(signal *ledger.Signal) *judge.Wish {
	if signal == nil {
		return nil
	}
	what := string(signal.Kind)
	if goesBack(signal.Kind) {
		what = past(signal.Kind)
	}
	return &judge.Wish{What: what, By: signal.By, Reason: signal.Reason, Full: signal.Kind == ledger.SignalPromoteFull}
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

// longestText is how many characters of a verdict its entry tells of; a hundred alarms say more, and it stands in the verdict.
const longestText = 1000

// conclude records the verdict with its question, and what follows from it. The end of settling is
// the one moment at which the stable version changes; what was held back must come first.
func (r *run) conclude(ctx context.Context, question judge.Question, verdict release.Verdict, fresh []judge.Period, signals []ledger.Signal) error {
	entries := []ledger.Entry{}
	if len(fresh) > 0 {
		entries = append(entries, ledger.Entry{Kind: ledger.EntryPeriods, Periods: fresh, Text: fmt.Sprintf("counted %d periods", len(fresh))})
	}
	consumed := make([]string, len(signals))
	for i, signal := range signals {
		consumed[i] = signal.ID
		entries = append(entries, ledger.Entry{Kind: ledger.EntryActor, Actor: signal.By, Text: fmt.Sprintf("%s: %s", signal.Kind, signal.Reason)})
	}
	entries = append(entries, ledger.Entry{Kind: ledger.EntryVerdict, Verdict: &verdict, Question: &question, Text: release.Shorten(string(verdict.Decision)+": "+verdict.Reason, longestText)})
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
		if r.heldBack() > 0 {
			r.record.Phase = ledger.PhasePromoting
			break
		}
		r.record.Phase = ledger.PhaseRetiring
		if err := r.becomeStable(ctx, &change); err != nil {
			return err
		}
	case release.Rollback:
		if r.record.GoingBackSince.IsZero() && r.intended() {
			r.record.GoingBackSince = r.firstWord(signals)
		}
	case release.Continue, release.Hold:
	}
	change.Entries = entries
	return r.write(ctx, r.tick(), change)
}

// firstWord is since when it is known that traffic must go back: now, or when the
// alarm fired or the person spoke that ended the tick.
func (r *run) firstWord(signals []ledger.Signal) time.Time {
	first := r.Now()
	for _, signal := range signals {
		if (signal.Kind == ledger.SignalAlarm || goesBack(signal.Kind)) && signal.At.Before(first) && !signal.At.Before(r.record.CanaryBegan) {
			first = signal.At
		}
	}
	return first
}

// newStable makes the canary the version that users of the service have.
func (r *run) newStable() *ledger.Stable {
	return &ledger.Stable{Version: r.record.Canary, Release: r.record.ID, SHA256: r.record.Document.Artifact.Identity(), Since: r.Now()}
}

// follow says where the last verdict leads.
func (r *run) follow() Progress {
	switch r.record.Verdict.Decision {
	case release.Advance:
		return r.next(nextShift, 0)
	case release.Promote:
		return r.next(nextPromote, 0)
	case release.Complete:
		if r.record.Phase == ledger.PhasePromoting {
			return r.next(nextPromote, 0)
		}
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
