package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/transient"
)

// StateEvaluateLive is the state that a schedule names in place of one of the
// workflow's: then Evaluate judges what is live, without a release.
const StateEvaluateLive = "EvaluateLive"

const (
	// evaluated is how much of the past of a live version is judged: the last hour, or the
	// last period where that is longer.
	evaluated = time.Hour
	// before is how long before that the control is: the same hour of yesterday.
	before = 24 * time.Hour
	// A schedule may be this late, or this early by another clock.
	latestSchedule   = 48 * time.Hour
	earliestSchedule = 5 * time.Minute
)

// evaluateLive judges every version that is stable, and that no release is
// about to replace, against its own yesterday, and keeps an evaluation of each in the ledger. No traffic moves.
// An evaluation that was due at the same time is there once, however often the
// schedule comes. What goes wrong with one service keeps nothing from the others: what no other try can mend is
// its evaluation, and what may pass is logged; that is an error only when nothing at all could be evaluated.
func (w *Workflow) evaluateLive(ctx context.Context, input Input) ([]ledger.Evaluation, error) {
	due, err := time.Parse(time.RFC3339, input.ScheduledTime)
	if err != nil {
		return nil, release.Fail(release.KindRefused, "scheduledTime %q is not a time such as 2026-03-02T08:00:00Z", input.ScheduledTime).Because(err)
	}
	if now := w.Now(); due.After(now.Add(earliestSchedule)) || due.Before(now.Add(-latestSchedule)) {
		return nil, release.Fail(release.KindRefused, "an evaluation that was due at %s can't be made at %s", due.Format(time.RFC3339), now.Format(time.RFC3339))
	}
	services, err := w.Ledger.Services(ctx)
	if err != nil {
		return nil, err
	}
	made := []ledger.Evaluation{}
	var failed []error
	evaluated := false
	for _, service := range services {
		evaluation, done, err := w.evaluateService(ctx, service, due.UTC())
		if err != nil {
			err = fmt.Errorf("evaluate what is live of %s: %w", service, err)
			w.Log.WarnContext(ctx, "a service was not evaluated", "service", service.Service, "environment", service.Environment, "error", err.Error())
			failed = append(failed, err)
		}
		if evaluation != nil {
			made = append(made, *evaluation)
		}
		evaluated = evaluated || done
	}
	if evaluated {
		return made, nil
	}
	return made, errors.Join(failed...)
}

// evaluateService makes one evaluation; nil when there is nothing to evaluate. done says
// that there is one now, made here or before.
func (w *Workflow) evaluateService(ctx context.Context, of ledger.ServiceEnvironment, due time.Time) (evaluation *ledger.Evaluation, done bool, err error) {
	done, err = w.Ledger.Evaluated(ctx, of.Service, of.Environment, due)
	if err != nil || done {
		return nil, done, err
	}
	made := ledger.Evaluation{Service: of.Service, Environment: of.Environment, ScheduledAt: due, At: w.Now()}
	made.From, made.To = lately(release.Default(release.Document{}).Analysis, due)
	ok, err := w.judgeService(ctx, &made)
	switch {
	case err != nil && mayPass(err):
		return nil, false, err
	case err != nil:
		made.Verdict = release.Verdict{At: made.At, Decision: release.Hold, Reason: "it can't be evaluated: " + err.Error()}
	case !ok:
		return nil, false, nil
	}
	made.Reason = made.Verdict.Reason
	if err := w.Ledger.AddEvaluation(ctx, made); err != nil {
		return nil, false, err
	}
	return &made, true, nil
}

// judgeService fills in what is judged, and how; ok is false when there is nothing to judge.
func (w *Workflow) judgeService(ctx context.Context, evaluation *ledger.Evaluation) (ok bool, err error) {
	holder, _, err := w.Ledger.Holder(ctx, evaluation.Service, evaluation.Environment)
	if err != nil || holder != nil {
		return false, err
	}
	stable, ok, err := w.Ledger.Stable(ctx, evaluation.Service, evaluation.Environment)
	if err != nil || !ok {
		return false, err
	}
	evaluation.Version, evaluation.Release = stable.Version, stable.Release
	record, err := w.Ledger.Release(ctx, stable.Release)
	if err != nil {
		return false, err
	}
	record.Document = release.Default(record.Document) // older code had fewer defaults
	r, err := w.resume(record, Progress{Release: record.ID}, StateEvaluateLive)
	if err != nil {
		return false, err
	}
	evaluation.From, evaluation.To = lately(record.Document.Analysis, evaluation.ScheduledAt)
	evaluation.Verdict, err = r.judgeLive(ctx, stable, evaluation.From, evaluation.To)
	return err == nil, err
}

// mayPass reports whether what went wrong may be gone at the next try: a failure
// that says so, or one of AWS's. What is missing, denied or can't be read stays so until somebody mends it.
func mayPass(err error) bool {
	if kind, ok := release.KindOf(err); ok {
		return kind == release.KindTransient
	}
	return transient.Is(err) || errors.Is(err, context.Canceled)
}

// lately is the while to judge: whole periods, of which the last is old enough to be believed.
func lately(analysis release.Analysis, due time.Time) (from, to time.Time) {
	period := analysis.Period.Std()
	to = analysis.Period.Floor(due.Add(-time.Duration(*analysis.Delay) * period))
	length := max(evaluated, period)
	return to.Add(-length.Truncate(period)), to
}

// judgeLive compares the stable version's requests in [from, to) with those of the
// day before. It only reads.
func (r *run) judgeLive(ctx context.Context, stable ledger.Stable, from, to time.Time) (release.Verdict, error) {
	question := judge.Question{
		Now: r.Now(), Analysis: r.record.Document.Analysis, CanaryBegan: from,
		Canary: stable.Version + " today", Stable: stable.Version + " yesterday",
	}
	var err error
	if question.Alarms, err = r.target.Alarms(ctx, question.Analysis.Alarms); err != nil {
		return release.Verdict{}, err
	}
	incomparable, err := r.incomparable(ctx, stable, from)
	if err != nil {
		return release.Verdict{}, err
	}
	if incomparable == "" {
		if err = r.bothDays(ctx, &question, stable.Version, from, to); err != nil {
			return release.Verdict{}, err
		}
	}
	verdict := judge.Live(question)
	if incomparable != "" && verdict.Decision != release.Rollback { // an alarm that fires needs no yesterday
		verdict.Decision, verdict.Reason = release.Hold, incomparable
	}
	return verdict, nil
}

// incomparable says why the version has no yesterday to be compared with; empty: it has one.
func (r *run) incomparable(ctx context.Context, stable ledger.Stable, from time.Time) (string, error) {
	if yesterday := from.Add(-before); stable.Since.After(yesterday) {
		return fmt.Sprintf("version %s has no yesterday: it is stable since %s, after %s", stable.Version,
			stable.Since.UTC().Format(time.RFC3339), yesterday.Format(time.RFC3339)), nil
	}
	split, err := r.target.Split(ctx)
	if err != nil {
		return "", err
	}
	if !split.Same(release.Pure(stable.Version)) {
		return fmt.Sprintf("version %s is stable, but traffic is on %s", stable.Version, split), nil
	}
	return "", nil
}

// bothDays fills in the periods of today as the canary's, those of yesterday as stable's, and how
// bad requests came together yesterday.
func (r *run) bothDays(ctx context.Context, question *judge.Question, version string, from, to time.Time) error {
	period := r.record.Document.Analysis.Period.Std()
	today, err := r.target.Measure(ctx, release.Pure(version), from, to, period)
	if err != nil {
		return err
	}
	yesterday, err := r.target.Measure(ctx, release.Pure(version), from.Add(-before), to.Add(-before), period)
	if err != nil {
		return err
	}
	question.Past = judge.PastOf(judge.HistoryOf(yesterday))
	question.Periods = make([]judge.Period, min(len(today), len(yesterday)))
	for i := range question.Periods {
		question.Periods[i] = judge.Period{Start: today[i].Start, Metrics: map[string]judge.Pair{}}
		for metric, now := range today[i].Metrics {
			question.Periods[i].Metrics[metric] = judge.Pair{Canary: now.Stable, Stable: yesterday[i].Metrics[metric].Stable}
		}
	}
	return nil
}
