package release_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func minutes(count int) release.Duration {
	return release.Duration(count) * release.Duration(time.Minute)
}

func TestPlan(t *testing.T) {
	t.Parallel()
	approval := &release.Approval{Timeout: minutes(60), Otherwise: release.OtherwiseAbort}
	withApproval := fiveKeys()
	withApproval.Strategy.Steps = []release.Step{
		{Approve: &release.Approval{}}, {Weight: 10, Wait: minutes(5)}, {Approve: &release.Approval{}}, {Weight: 50, Wait: minutes(20)},
	}
	long := fiveKeys()
	long.Strategy.Canary = &release.CanaryStrategy{Weight: 10, Wait: minutes(20 * 60)}
	long.Analysis.Delay = new(0)
	for name, test := range map[string]struct {
		document release.Document
		want     release.Plan
	}{
		"five keys": {fiveKeys(), release.Plan{
			Steps: []release.PlannedStep{
				{Weight: 10, Ends: minutes(5)},
				{Weight: 100, Starts: minutes(5), Ends: minutes(10)},
			},
			ShortestToPromotion: minutes(5), LongestToPromotion: minutes(5), Settle: minutes(5),
			LongestToRollback: minutes(3), Period: minutes(1), LongestTick: minutes(1), Ticks: 10,
		}},
		"approvals": {withApproval, release.Plan{
			Steps: []release.PlannedStep{
				{Weight: 0, Approve: approval},
				{Weight: 10, Ends: minutes(5)},
				{Weight: 10, Starts: minutes(5), Ends: minutes(5), Approve: approval},
				{Weight: 50, Starts: minutes(5), Ends: minutes(25)},
				{Weight: 100, Starts: minutes(25), Ends: minutes(30)},
			},
			ShortestToPromotion: minutes(25), LongestToPromotion: minutes(145), Settle: minutes(5),
			LongestToRollback: minutes(3), Period: minutes(1), LongestTick: minutes(1), Ticks: 150,
		}},
		"ticks stretch": {long, release.Plan{
			Steps: []release.PlannedStep{
				{Weight: 10, Ends: minutes(1200)},
				{Weight: 100, Starts: minutes(1200), Ends: minutes(1205)},
			},
			ShortestToPromotion: minutes(1200), LongestToPromotion: minutes(1200), Settle: minutes(5),
			LongestToRollback: minutes(10), Period: minutes(1), LongestTick: minutes(9), Ticks: 244,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := release.NewPlan(release.Default(test.document))
			if difference := cmp.Diff(test.want, got, cmpopts.IgnoreUnexported(release.Plan{})); difference != "" {
				t.Error(difference)
			}
		})
	}
}

// TestTicksAreFineAtFirst shows what a day of waiting looks like.
func TestTicksAreFineAtFirst(t *testing.T) {
	t.Parallel()
	document := fiveKeys()
	document.Strategy.Canary = &release.CanaryStrategy{Weight: 10, Wait: minutes(22 * 60)}
	plan := release.NewPlan(release.Default(document))
	for _, test := range []struct{ elapsed, want time.Duration }{
		{0, time.Minute},
		{2 * time.Hour, time.Minute},
		{2*time.Hour + 3*time.Minute, 10 * time.Minute},
		{22 * time.Hour, 10 * time.Minute},
		{23 * time.Hour, 10 * time.Minute},
	} {
		if got := plan.Tick(test.elapsed); got != test.want {
			t.Errorf("the tick after %s is %s, want %s", test.elapsed, got, test.want)
		}
	}
}

func TestTickLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		document := release.Default(drawDocument(t))
		plan := release.NewPlan(document)
		walk := tickWalk{t: t, plan: plan, period: document.Analysis.Period.Std()}
		for _, step := range document.Strategy.Steps {
			length := step.Wait
			if step.Approve != nil {
				length = step.Approve.Timeout
			}
			walk.wait(length.Std())
			if rapid.IntRange(0, 9).Draw(t, "hold") == 0 {
				walk.wait(time.Duration(rapid.Int64Range(0, int64(document.Analysis.NoData.Limit)).Draw(t, "held")))
			}
		}
		walk.wait(document.Strategy.Settle.Std())
		if most := plan.Ticks; walk.ticks < most/2 {
			t.Errorf("%d ticks, but the plan says %d", walk.ticks, most)
		}
		// A pause may last until the release times out.
		walk.wait(document.Timeouts.Release.Std() - walk.elapsed)
		if walk.ticks > release.MostTicks {
			t.Errorf("%d ticks in %s, more than %d", walk.ticks, walk.elapsed, release.MostTicks)
		}
	})
}

// A tickWalk is a release that goes by, tick by tick.
type tickWalk struct {
	t       *rapid.T
	plan    release.Plan
	period  time.Duration
	elapsed time.Duration
	ticks   int
}

func (w *tickWalk) wait(length time.Duration) {
	for length > 0 {
		tick := w.plan.Tick(w.elapsed)
		if tick < time.Second || tick%w.period != 0 {
			w.t.Fatalf("after %s the tick is %s, and the period %s", w.elapsed, tick, w.period)
		}
		tick = min(tick, length)
		w.elapsed += tick
		length -= tick
		w.ticks++
		if w.ticks > 10*release.MostTicks {
			w.t.Fatalf("ticks do not end: %d in %s", w.ticks, w.elapsed)
		}
	}
}

// TestPlanOfNonsense plans documents that Validate refuses: a plan comes back all the same.
func TestPlanOfNonsense(t *testing.T) {
	t.Parallel()
	const longest = release.Duration(1<<63 - 1)
	endless := fiveKeys()
	endless.Strategy.Steps = []release.Step{{Weight: 1, Wait: longest}, {Weight: 2, Wait: longest}, {Weight: 3, Wait: -longest}}
	endless.Analysis.Period = 1
	endless.Analysis.Delay = new(1 << 40)
	for name, document := range map[string]release.Document{"empty": {}, "endless": endless} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, document := range []release.Document{document, release.Default(document)} {
				plan := release.NewPlan(document)
				if tick := plan.Tick(time.Hour); tick < time.Second {
					t.Errorf("a tick is %s", tick)
				}
			}
		})
	}
}
