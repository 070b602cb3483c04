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
	if r.turned() {
		return r.follow(), nil
	}
	if err := r.enter(ctx, ledger.PhaseCanary, "the canary begins", 0); err != nil {
		return Progress{}, err
	}
	if r.record.StepBegan.IsZero() {
		if elsewhere, err := r.reachStep(ctx); elsewhere != nil || err != nil {
			return value(elsewhere), err
		}
		if err := r.beginStep(ctx); err != nil {
			return Progress{}, err
		}
	}
	return r.next(nextObserve, r.tick()), nil
}

// reachStep moves traffic to where the step wants it, if it does, and returns where to go as long as it has not arrived there.
func (r *run) reachStep(ctx context.Context) (elsewhere *Progress, err error) {
	if r.record.Arriving == nil {
		if err := r.heed(ctx); err != nil {
			return nil, err
		}
		if r.awaitsApproval() {
			return nil, nil
		}
		if err := r.shiftToStep(ctx); err != nil {
			return nil, err
		}
	}
	return r.arrive(ctx)
}

// beginStep begins to watch, or to wait for a person, now that traffic is where it should be.
func (r *run) beginStep(ctx context.Context) error {
	text := "waits for approval"
	if !r.awaitsApproval() {
		r.canaryBegins()
		text = "watches " + r.record.Actual.String() + " for " + r.step().Wait.String()
		if r.adaptive() {
			text += ", or until it is proven good"
		}
	}
	r.record.StepBegan = r.Now()
	r.record.Judged = false
	r.record.Approved = false
	return r.write(ctx, r.tick(), ledger.Change{Entries: []ledger.Entry{{Kind: ledger.EntryPhase, Text: fmt.Sprintf("step %d %s", r.record.Step+1, text)}}})
}

// shiftToStep moves traffic to the step's weight, and to its audience.
func (r *run) shiftToStep(ctx context.Context) error {
	var told []ledger.Entry
	if !r.begun() {
		history, found, err := r.lookBack(ctx)
		if err != nil {
			return err
		}
		planned, err := r.planSteps(ctx, history)
		if err != nil {
			return err
		}
		told = append(found, planned...)
	}
	step := r.step()
	want := release.Split{Stable: r.record.Before.Stable, Canary: r.record.Canary, Weight: step.Weight, Audience: step.Audience, Share: step.Share}
	return r.move(ctx, want, false, told...)
}

// canaryBegins notes when the canary first got traffic; from then on periods are counted.
func (r *run) canaryBegins() {
	if r.record.CanaryBegan.IsZero() {
		r.record.CanaryBegan = r.Now()
		r.record.MeasuredTo = r.record.Document.Analysis.Period.Floor(r.Now())
	}
}

// step is the step in force. A strategy whose steps depend on traffic has none before the canary begins.
func (r *run) step() release.Step { return r.record.Document.Strategy.Steps[r.record.Step] }

// awaitsApproval reports whether the step in force waits for a person.
func (r *run) awaitsApproval() bool {
	steps := r.record.Document.Strategy.Steps
	return r.record.Step < len(steps) && steps[r.record.Step].Approve != nil
}

// adaptive reports whether steps end on evidence.
func (r *run) adaptive() bool { return r.record.Document.Strategy.Adaptive != nil }

// move makes one split true: intent first, then the change, then what was seen. Where a
// shift takes time, what is seen comes later: see [run.arrive].
// With touch it writes even when traffic is there already; see target.Guard. told is
// what else the timeline should say before the intent.
func (r *run) move(ctx context.Context, asked release.Split, touch bool, told ...ledger.Entry) error {
	want := r.nearest(asked)
	r.record.Intended, r.record.Arriving = want, nil
	r.record.Splits = withSplit(r.record.Splits, want)
	if _, unlocked := r.target.(target.Unlocked); unlocked {
		r.record.Overtaken = withSplit(r.record.Overtaken, want)
	}
	intent := ledger.Entry{Kind: ledger.EntrySplitIntended, Split: &want, Text: "wants traffic on " + want.String()}
	if want.Weight != asked.Weight {
		intent.Text += ", which is nearest to " + release.Percent(asked.Weight) + "%"
	}
	if err := r.write(ctx, 0, ledger.Change{Entries: append(told, intent)}); err != nil {
		return err
	}
	var receipt string
	got, err := r.target.Shift(ctx, want, target.Guard{
		Mine: r.overwritable, Check: r.check, Touch: touch,
		Receipt: func(given string) { receipt = given },
	})
	if err != nil {
		return err
	}
	r.record.Splits = []release.Split{got}
	if r.record.Phase == ledger.PhaseRollingBack {
		r.record.HomeSince = r.Now()
	}
	if _, lags := r.target.(target.Lagging); lags {
		r.record.Arriving = &ledger.Arriving{Split: got, Since: r.Now(), Receipt: receipt}
		return r.write(ctx, 0, ledger.Change{})
	}
	return r.met(ctx, got)
}

// nearest is the split that the target can give: what is read back must be what was intended.
func (r *run) nearest(want release.Split) release.Split {
	if coarse, ok := r.target.(target.Coarse); ok && want.Weight > 0 && want.Weight < 100 {
		want.Weight = coarse.Nearest(want.Weight)
	}
	return want
}

func withSplit(splits []release.Split, split release.Split) []release.Split {
	if slices.ContainsFunc(splits, split.Same) {
		return splits
	}
	return append(slices.Clip(splits), split)
}

// met records which split requests meet now.
func (r *run) met(ctx context.Context, got release.Split) error {
	r.record.Actual = got
	r.noteWeight(r.weightOf(got))
	seen := ledger.Entry{Kind: ledger.EntrySplitSeen, Split: &got, Text: "traffic is on " + got.String()}
	return r.write(ctx, 0, ledger.Change{Entries: []ledger.Entry{seen}})
}

// weightOf is the canary's percent of a split.
func (r *run) weightOf(split release.Split) float64 {
	if split.Same(release.Pure(r.record.Canary)) {
		return 100
	}
	return split.Weight
}

// noteWeight keeps which weights the canary has had since when. One that it
// has already, which a state that runs again finds, it has since it was first seen.
func (r *run) noteWeight(weight float64) {
	shifts := r.record.Shifts
	if weight == 0 || len(shifts) > 0 && shifts[len(shifts)-1].Weight == weight {
		return
	}
	r.record.Shifts = append(shifts, judge.Shift{At: r.Now(), Weight: weight})
}

// mine reports whether traffic that stands at split was put there by this
// release, or stood there when it last looked.
func (r *run) mine(split release.Split) bool {
	return slices.ContainsFunc(r.record.Splits, split.Same)
}

// overwritable reports whether traffic that stands at split may be moved: it is ours, or a handler of ours
// that was overtaken has put it there since, which an API without a lock allows.
func (r *run) overwritable(split release.Split) bool {
	return r.mine(split) || slices.ContainsFunc(r.record.Overtaken, split.Same)
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
//
// Where steps end on evidence they have no other end: their ticks end right after the end of a period,
// so that evidence is heard, and weights change, when a new period has just begun.
func (r *run) tick() time.Duration {
	began, lasts := r.stage()
	now, first := r.Now(), r.record.CanaryBegan
	if first.IsZero() {
		first = began
	}
	tick := release.NewPlan(r.record.Document).Tick(release.Moment{
		Elapsed: now.Sub(first), Ticks: r.record.Ticks,
		Step: r.record.Step, Settling: !r.record.PromotedAt.IsZero(), InStep: now.Sub(began),
		Waiting: r.record.Paused || !r.record.HoldingSince.IsZero(),
	})
	if r.adaptive() {
		tick = r.record.Document.Analysis.Period.Floor(now.Add(tick)).Sub(now)
	}
	if left := began.Add(lasts.Std()).Sub(now); left > 0 && (!r.adaptive() || r.record.Phase == ledger.PhaseSettling) {
		tick = min(tick, left)
	}
	return max(tick, time.Second)
}

// stage is when the step in force, or settling, began, and how long it lasts.
func (r *run) stage() (began time.Time, lasts release.Duration) {
	if !r.record.PromotedAt.IsZero() {
		return r.record.PromotedAt, *r.record.Document.Strategy.Settle
	}
	began = r.record.StepBegan
	if began.IsZero() {
		began = r.Now()
	}
	switch {
	case r.awaitsApproval():
		return began, r.step().Approve.Timeout
	case r.record.Step < len(r.record.Document.Strategy.Steps):
		return began, r.step().Wait
	default:
		return began, 0 // a return to an old version has no steps
	}
}
