package workflow

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// Shift begins the step in force: it moves traffic, or starts to wait for a person.
func (w *Workflow) Shift(ctx context.Context, input Input) (Progress, error) {
	r, err := w.open(ctx, input)
	if err != nil {
		return Progress{}, err
	}
	if err := r.in(ledger.PhaseVerifying, ledger.PhaseCanary); err != nil {
		return Progress{}, err
	}
	if r.record.First || r.record.Document.Request.Version != "" {
		return r.next(nextPromote, 0), nil
	}
	if err := r.enter(ctx, ledger.PhaseCanary, "the canary begins", 0); err != nil {
		return Progress{}, err
	}
	if r.record.StepBegan.IsZero() {
		if err := r.beginStep(ctx); err != nil {
			return Progress{}, err
		}
	}
	return r.next(nextObserve, r.tick()), nil
}

// rememberFiring notes which alarms fire before the canary has any traffic:
// those can't be its fault, and must not block the release that mends them.
func (r *run) rememberFiring(ctx context.Context) error {
	alarms, err := r.target.Alarms(ctx, r.record.Document.Analysis.Alarms)
	if err != nil {
		return err
	}
	var entries []ledger.Entry
	r.record.FiringBefore = nil
	for _, alarm := range alarms {
		if alarm.State == judge.AlarmFiring {
			r.record.FiringBefore = append(r.record.FiringBefore, alarm.Name)
			note := fmt.Sprintf("alarm %s was already firing since %s; judging by difference", alarm.Name, alarm.Since.UTC().Format("2006-01-02 15:04:05 UTC"))
			r.record.Notes = append(r.record.Notes, note)
			entries = append(entries, ledger.Entry{Kind: ledger.EntryNote, Text: note})
		}
	}
	if len(entries) == 0 {
		return nil
	}
	return r.write(ctx, 0, ledger.Change{Entries: entries})
}

// beginStep moves traffic to the step's weight, if it has one.
func (r *run) beginStep(ctx context.Context) error {
	if err := r.heed(ctx); err != nil {
		return err
	}
	step := r.step()
	text := "waits for approval"
	if step.Approve == nil {
		if r.record.CanaryBegan.IsZero() {
			if err := r.rememberFiring(ctx); err != nil {
				return err
			}
		}
		want := release.Split{Stable: r.record.Before.Stable, Canary: r.record.Canary, Weight: step.Weight}
		if err := r.move(ctx, want, false); err != nil {
			return err
		}
		text = "watches " + r.record.Actual.String() + " for " + step.Wait.String()
		if r.record.CanaryBegan.IsZero() {
			r.record.CanaryBegan = r.Now()
			r.record.MeasuredTo = r.Now().Truncate(r.record.Document.Analysis.Period.Std())
		}
	}
	r.record.StepBegan = r.Now()
	r.record.Judged = false
	r.record.Approved = false
	return r.write(ctx, r.tick(), ledger.Change{Entries: []ledger.Entry{{Kind: ledger.EntryPhase, Text: fmt.Sprintf("step %d %s", r.record.Step+1, text)}}})
}

// step is the step in force.
func (r *run) step() release.Step { return r.record.Document.Strategy.Steps[r.record.Step] }

// move makes one split true: intent first, then the change, then what was seen.
// With touch it writes even when traffic is there already; see target.Guard.
func (r *run) move(ctx context.Context, want release.Split, touch bool) error {
	r.record.Intended = want
	if !slices.ContainsFunc(r.record.Splits, want.Same) {
		r.record.Splits = append(r.record.Splits, want)
	}
	intent := ledger.Entry{Kind: ledger.EntrySplitIntended, Split: &want, Text: "wants traffic on " + want.String()}
	if err := r.write(ctx, 0, ledger.Change{Entries: []ledger.Entry{intent}}); err != nil {
		return err
	}
	got, err := r.target.Shift(ctx, want, target.Guard{Mine: r.mine, Check: r.check, Touch: touch})
	if err != nil {
		return err
	}
	r.record.Actual = got
	r.record.Splits = []release.Split{got}
	seen := ledger.Entry{Kind: ledger.EntrySplitSeen, Split: &got, Text: "traffic is on " + got.String()}
	return r.write(ctx, 0, ledger.Change{Entries: []ledger.Entry{seen}})
}

// mine reports whether traffic that stands at split was put there by this
// release, or stood there when it last looked.
func (r *run) mine(split release.Split) bool {
	return slices.ContainsFunc(r.record.Splits, split.Same)
}

// check fails when the lease is lost, or when another run of this release has
// written since: whoever wrote last decides where traffic goes.
func (r *run) check(ctx context.Context) error {
	if err := r.Ledger.Check(ctx, r.progress.Lease); err != nil {
		return err
	}
	record, err := r.Ledger.Release(ctx, r.record.ID)
	if err != nil {
		return err
	}
	if record.Revision != r.record.Revision {
		return release.Fail(release.KindTransient, "another run of release %s has written meanwhile (revision %d, not %d)", r.record.ID, record.Revision, r.record.Revision)
	}
	return nil
}

// tick is how long the next wait lasts: one tick of the plan, but not beyond the end of the step or of settling.
func (r *run) tick() time.Duration {
	began, lasts := r.stage()
	began0 := r.record.CanaryBegan
	if began0.IsZero() {
		began0 = began
	}
	tick := release.NewPlan(r.record.Document).Tick(r.Now().Sub(began0))
	if left := began.Add(lasts).Sub(r.Now()); left > 0 {
		tick = min(tick, left)
	}
	return max(tick, time.Second)
}

// stage is when the step in force, or settling, began, and how long it lasts.
func (r *run) stage() (began time.Time, lasts time.Duration) {
	if r.record.Phase == ledger.PhaseSettling {
		return r.record.PromotedAt, r.record.Document.Strategy.Settle.Std()
	}
	began = r.record.StepBegan
	if began.IsZero() {
		began = r.Now()
	}
	step := r.step()
	if step.Approve != nil {
		return began, step.Approve.Timeout.Std()
	}
	return began, step.Wait.Std()
}
