package workflow

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// A Planner derives the steps of strategy.exposure from its budget.
type Planner interface {
	// Derive returns the steps by which a release of document keeps within its budget, on a target with such shifts, for a
	// service whose stable version did what history says, period by period, oldest first. A
	// budget that no steps can keep is a KindUnhealthy failure.
	Derive(document release.Document, history judge.History, shifts release.Shifts) ([]release.Step, error)
}

// begun reports whether this release has meant to move traffic before. What was so before
// it did is then in its record, and must not be read again: by now it may be the canary's doing.
func (r *run) begun() bool { return r.record.Intended != (release.Split{}) }

// lookBack reads what is so before the first traffic moves: which alarms are firing, and what the
// stable version did in the 1,440 periods before. It changes the record and returns what to tell of it; both are
// stored with the first intent.
func (r *run) lookBack(ctx context.Context) (history judge.History, told []ledger.Entry, err error) {
	if told, err = r.rememberFiring(ctx); err != nil {
		return judge.History{}, nil, err
	}
	history, err = r.rememberPast(ctx)
	return history, told, err
}

// rememberFiring notes which alarms fire before the canary has any traffic:
// those can't be its fault, and must not block the release that mends them.
func (r *run) rememberFiring(ctx context.Context) ([]ledger.Entry, error) {
	alarms, err := r.target.Alarms(ctx, r.record.Document.Analysis.Alarms)
	if err != nil {
		return nil, err
	}
	var notes []string
	r.record.FiringBefore = nil
	for _, alarm := range alarms {
		if alarm.State == judge.AlarmFiring {
			r.record.FiringBefore = append(r.record.FiringBefore, alarm.Name)
			notes = append(notes, fmt.Sprintf("alarm %s was already firing since %s; judging by difference", alarm.Name, alarm.Since.UTC().Format("2006-01-02 15:04:05 UTC")))
		}
	}
	if len(notes) == 0 {
		return nil, nil
	}
	r.record.Notes = append(r.record.Notes, notes...)
	// One entry for all: each takes one of a transaction's hundred actions, and there may be as many alarms.
	return []ledger.Entry{{Kind: ledger.EntryNote, Text: strings.Join(notes, "; ")}}, nil
}

// rememberPast keeps what the stable version did before the release, as far as that is old enough to be
// believed. The judge's evidence depends on it, so it is read once: evidence must not change its terms.
func (r *run) rememberPast(ctx context.Context) (judge.History, error) {
	analysis := r.record.Document.Analysis
	until := r.Now().Add(-time.Duration(*analysis.Delay) * analysis.Period.Std())
	if began := r.record.CanaryBegan; !began.IsZero() && began.Before(until) {
		until = began // since then it is not alone
	}
	history, err := r.target.History(ctx, r.record.Before.Stable, until, analysis.Period.Std())
	if err != nil {
		return judge.History{}, fmt.Errorf("read what version %s did before the release: %w", r.record.Before.Stable, err)
	}
	r.record.Past = judge.PastOf(history)
	return history, nil
}

// recallPast gives a release its past that has a canary and none, because code began it that did not keep
// one: without it nothing that the canary does with all traffic could be held against it. It is stored with the next write.
func (r *run) recallPast(ctx context.Context) error {
	if r.record.First || r.record.Past != nil || r.record.CanaryBegan.IsZero() {
		return nil
	}
	_, err := r.rememberPast(ctx)
	return err
}

// planSteps fills in the steps of a strategy whose steps depend on traffic, with weights that the target can give.
func (r *run) planSteps(ctx context.Context, history judge.History) ([]ledger.Entry, error) {
	strategy, requests := &r.record.Document.Strategy, judge.RecentRequests(history)
	if len(strategy.Steps) > 0 {
		return nil, nil
	}
	asked := *strategy
	r.record.Asked = &asked
	shifts, err := target.Shifts(ctx, r.target, r.record.Document)
	if err != nil {
		return nil, fmt.Errorf("ask which weights requests can meet: %w", err)
	}
	var note string
	switch {
	case strategy.Adaptive != nil:
		*strategy = judge.Climb(*strategy, requests, r.record.Document.Analysis.Period)
		strategy.Steps = shifts.Rising(strategy.Steps)
		note = fmt.Sprintf("%s: climbs %s", traffic(requests), weights(strategy.Steps))
		if holdback := strategy.Holdback; holdback != nil && *holdback > 0 {
			note += fmt.Sprintf("; version %s keeps %s %% while it settles", r.record.Before.Stable, release.Percent(*holdback))
		}
	default:
		steps, err := r.Planner.Derive(r.record.Document, history, shifts)
		if err != nil {
			return nil, fmt.Errorf("plan steps within strategy.exposure: %w", err)
		}
		strategy.Steps = steps
		note = fmt.Sprintf("%s, and a budget of %s failed requests: %s", traffic(requests), number(strategy.Exposure.MaxFailedRequests), waits(steps))
	}
	return []ledger.Entry{{Kind: ledger.EntryNote, Text: note}}, nil
}

// plannable refuses a release whose steps nobody here can plan.
func (r *run) plannable() error {
	if r.Planner != nil || r.record.Document.Strategy.Exposure == nil {
		return nil
	}
	return release.Fail(release.KindRefused, "nothing here can plan the steps of strategy.exposure").
		WithHint("give strategy.steps or strategy.adaptive instead")
}

// traffic says how many requests a period there are.
func traffic(requests float64) string {
	if requests == 0 {
		return "no requests in the 1,440 periods before"
	}
	return number(requests) + " requests a period"
}

// number writes a count without needless decimals.
func number(count float64) string {
	return strconv.FormatFloat(math.Round(count*100)/100, 'f', -1, 64)
}

// weights lists the weights of steps.
func weights(steps []release.Step) string {
	said := make([]string, len(steps))
	for i, step := range steps {
		said[i] = release.Percent(step.Weight) + " %"
	}
	return strings.Join(said, ", ")
}

// waits lists the weights of steps, and how long each is watched.
func waits(steps []release.Step) string {
	said := make([]string, len(steps))
	for i, step := range steps {
		said[i] = fmt.Sprintf("%s %% for %s", release.Percent(step.Weight), step.Wait)
	}
	return strings.Join(said, ", ")
}
