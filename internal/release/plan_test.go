package release_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
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
	adaptive := fiveKeys()
	adaptive.Strategy.Adaptive = &release.AdaptiveStrategy{}
	climbing := release.Default(adaptive)
	climbing.Strategy.Steps = []release.Step{{Weight: 5, Wait: minutes(4)}, {Weight: 33, Wait: minutes(4)}}
	late := fiveKeys()
	late.Strategy.Adaptive = &release.AdaptiveStrategy{Profile: release.ProfileFast}
	late.Analysis.Delay = new(15)
	late.Analysis.NoData.Limit = minutes(1)
	audience := fiveKeys()
	audience.Strategy.Audience = []release.Audience{{Name: "staff", Wait: minutes(5)}, {Name: "paying", Share: 25, Wait: minutes(10)}}
	audience.Strategy.Steps = []release.Step{{Approve: &release.Approval{}}, {Weight: 10, Wait: minutes(5)}}
	exposure := fiveKeys()
	exposure.Strategy.Exposure = &release.ExposureStrategy{MaxFailedRequests: 50}
	for name, test := range map[string]struct {
		document release.Document
		want     release.Plan
	}{
		"audience": {audience, release.Plan{
			Steps: []release.PlannedStep{
				{Audience: "staff", Ends: minutes(5)},
				{Audience: "paying", Share: 25, Starts: minutes(5), Ends: minutes(15)},
				{Audience: "paying", Share: 25, Starts: minutes(15), Ends: minutes(15), Approve: approval},
				{Weight: 10, Audience: "paying", Starts: minutes(15), Ends: minutes(20)},
				{Weight: 100, Starts: minutes(20), Ends: minutes(25)},
			},
			ShortestToPromotion: minutes(20), LongestToPromotion: minutes(80), Settle: minutes(5),
			LongestToRollback: minutes(3), Period: minutes(1), LongestTick: minutes(1), Ticks: 85,
		}},
		"adaptive": {adaptive, release.Plan{
			Steps: []release.PlannedStep{
				{Weight: 0.1, Ends: minutes(2)},
				{Weight: 2, Starts: minutes(2), Ends: minutes(3)},
				{Weight: 10, Starts: minutes(3), Ends: minutes(4)},
				{Weight: 33, Starts: minutes(4), Ends: minutes(5)},
				{Weight: 100, Starts: minutes(5), Ends: minutes(15)},
			},
			Provisional:         true,
			ShortestToPromotion: minutes(5), LongestToPromotion: minutes(40), Settle: minutes(10),
			LongestToRollback: minutes(3), Period: minutes(1), LongestTick: minutes(1), Ticks: 50,
		}},
		"adaptive with its rungs": {climbing, release.Plan{
			Steps: []release.PlannedStep{
				{Weight: 5, Ends: minutes(2)},
				{Weight: 33, Starts: minutes(2), Ends: minutes(3)},
				{Weight: 100, Starts: minutes(3), Ends: minutes(13)},
			},
			ShortestToPromotion: minutes(3), LongestToPromotion: minutes(20), Settle: minutes(10),
			LongestToRollback: minutes(3), Period: minutes(1), LongestTick: minutes(1), Ticks: 30,
		}},
		"adaptive, and metrics late": {late, release.Plan{
			Steps: []release.PlannedStep{
				{Weight: 0.1, Ends: minutes(16)},
				{Weight: 2, Starts: minutes(16), Ends: minutes(17)},
				{Weight: 10, Starts: minutes(17), Ends: minutes(18)},
				{Weight: 33, Starts: minutes(18), Ends: minutes(19)},
				{Weight: 100, Starts: minutes(19), Ends: minutes(36)},
			},
			Provisional:         true,
			ShortestToPromotion: minutes(19), LongestToPromotion: minutes(64), Settle: minutes(17),
			LongestToRollback: minutes(17), Period: minutes(1), LongestTick: minutes(1), Ticks: 81,
		}},
		"exposure": {exposure, release.Plan{
			Steps: []release.PlannedStep{
				{Ends: minutes(1)},
				{Starts: minutes(1), Ends: minutes(2)},
				{Starts: minutes(2), Ends: minutes(3)},
				{Starts: minutes(3), Ends: minutes(4)},
				{Weight: 100, Starts: minutes(4), Ends: minutes(9)},
			},
			Provisional:         true,
			ShortestToPromotion: minutes(4), LongestToPromotion: minutes(120), Settle: minutes(5),
			LongestToRollback: minutes(3), Period: minutes(1), LongestTick: minutes(1), Ticks: 125,
		}},
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
			LongestToRollback: minutes(10), Period: minutes(1), LongestTick: minutes(9), Ticks: 248,
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
	for _, test := range []struct {
		elapsed time.Duration
		ticks   int
		want    time.Duration
	}{
		{0, 0, time.Minute},
		{2 * time.Hour, 120, time.Minute},
		{2*time.Hour + 3*time.Minute, 123, 10 * time.Minute},
		{22*time.Hour - 10*time.Minute, 241, 10 * time.Minute},
		{22 * time.Hour, 242, 10 * time.Minute}, // held
		{23 * time.Hour, 248, 10 * time.Minute},
	} {
		if got := plan.Tick(release.Moment{Elapsed: test.elapsed, InStep: test.elapsed, Ticks: test.ticks}); got != test.want {
			t.Errorf("the tick after %s is %s, want %s", test.elapsed, got, test.want)
		}
	}
}

func TestTickLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		document := release.Default(drawDocument(t))
		fixed := len(document.Strategy.Steps) > 0
		begin(t, &document)
		plan, period := release.NewPlan(document), document.Analysis.Period
		walk := tickWalk{t: t, plan: plan, period: period.Std(), limit: document.Timeouts.Release.Std(), aligned: document.Strategy.Adaptive != nil}
		pauses := false
		if walk.aligned {
			walk.began = time.Duration(rapid.Int64Range(0, int64(period)-1).Draw(t, "began"))
		}
		for i, step := range document.Strategy.Steps {
			length := step.Wait
			walk.at.Step, walk.at.InStep = i, 0
			switch {
			case step.Approve != nil:
				length = step.Approve.Timeout
			case walk.aligned:
				length += release.Duration(rapid.Int64Range(1-int64(step.Wait/period), 6).Draw(t, "held")) * period
			}
			if rapid.IntRange(0, 9).Draw(t, "pause") == 0 {
				pauses = true
				left := document.Timeouts.Release.Std() - walk.at.Elapsed
				walk.waiting(time.Duration(rapid.Int64Range(0, max(int64(left), 0)).Draw(t, "paused")))
				length -= min(length, release.Duration(walk.at.InStep))
			}
			walk.wait(length.Std())
			if rapid.IntRange(0, 9).Draw(t, "hold") == 0 {
				walk.waiting(time.Duration(rapid.Int64Range(0, int64(document.Analysis.NoData.Limit)).Draw(t, "held")))
			}
		}
		walk.at.Settling, walk.at.InStep = true, 0
		walk.wait(document.Strategy.Settle.Std())
		if most := plan.Ticks; fixed && !pauses && walk.at.Ticks < most/2 {
			t.Errorf("%d ticks, but the plan says %d", walk.at.Ticks, most)
		}
		// A pause may last until the release times out.
		walk.waiting(document.Timeouts.Release.Std() - walk.at.Elapsed)
		if walk.at.Ticks > release.MostTicks {
			t.Errorf("%d ticks in %s, more than %d", walk.at.Ticks, walk.at.Elapsed, release.MostTicks)
		}
	})
}

// begin gives an adaptive or an exposure strategy steps, as the canary's beginning does.
func begin(t *rapid.T, document *release.Document) {
	strategy, period := &document.Strategy, document.Analysis.Period
	switch {
	case strategy.Adaptive != nil:
		for _, share := range ladder.Rungs(rapid.Float64Range(0, 1e5).Draw(t, "requests")) {
			wait := release.Duration(strategy.Adaptive.RungPeriods()) * period
			strategy.Steps = append(strategy.Steps, release.Step{Weight: 100 * share, Wait: wait})
		}
	case strategy.Exposure != nil:
		for i := range rapid.IntRange(1, release.MostExposureSteps).Draw(t, "steps") {
			wait := release.Duration(rapid.IntRange(1, release.MostExposurePeriods/release.MostExposureSteps).Draw(t, "wait")) * period
			strategy.Steps = append(strategy.Steps, release.Step{Weight: float64(1 + 20*i), Wait: wait})
		}
	}
}

// TestAdaptivePlanIsTheLadders holds what a plan says before traffic is known to the ladder that is climbed.
func TestAdaptivePlanIsTheLadders(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		document := fiveKeys()
		document.Strategy.Adaptive = &release.AdaptiveStrategy{Profile: rapid.SampledFrom([]string{"careful", "default", "fast"}).Draw(t, "profile")}
		document.Analysis.Delay = new(rapid.IntRange(0, 3).Draw(t, "delay"))
		document = release.Default(document)
		before := release.NewPlan(document)
		requests := math.Exp(rapid.Float64Range(0, 16).Draw(t, "requests"))
		rungs := ladder.Rungs(requests)
		if len(rungs) > len(before.Steps)-1 {
			t.Fatalf("%v requests a period make %d rungs, and the plan has %d", requests, len(rungs), len(before.Steps)-1)
		}
		climb := ladder.Plan{
			Rules: ladder.Default(), Shares: rungs, Margins: ladder.Margins(rungs, 0.005), Delay: *document.Analysis.Delay,
			Metrics: []ladder.MetricPlan{{Parameters: evidence.Default(), Share: 1}},
		}
		for _, share := range rungs {
			length := document.Strategy.Adaptive.RungPeriods()
			climb.Lengths = append(climb.Lengths, length)
			document.Strategy.Steps = append(document.Strategy.Steps, release.Step{Weight: 100 * share, Wait: minutes(length)})
		}
		after := release.NewPlan(document)
		if after.Provisional || after.LongestToPromotion > before.LongestToPromotion {
			t.Errorf("with its rungs the plan takes %s, before %s", after.LongestToPromotion, before.LongestToPromotion)
		}
		// A few failures of both versions, of which some runs hold the climb and none ends it.
		share := rapid.SampledFrom([]float64{0, 0.001, 0.01}).Draw(t, "bad")
		played := ladder.Play(climb)
		for minute := 1; ; minute++ {
			canary, stable := requests*played.Share(), requests*(1-played.Share())
			tick := played.Tick(ladder.Period{Canary: canary, Stable: stable, Bad: []ladder.Bad{{Canary: canary * share, Stable: stable * share}}})
			if tick.Decision == release.Promote {
				if took := minutes(minute); took < after.ShortestToPromotion || took > after.LongestToPromotion {
					t.Errorf("%v requests a period: promoted after %s, the plan says %s to %s", requests, took, after.ShortestToPromotion, after.LongestToPromotion)
				}
				return
			}
			if minute > 200 {
				t.Fatalf("%v requests a period: not promoted after %d minutes, but %s", requests, minute, tick.Decision)
			}
		}
	})
}

// A tickWalk is a release that goes by, tick by tick.
type tickWalk struct {
	t      *rapid.T
	plan   release.Plan
	period time.Duration
	// limit is when the release times out.
	limit time.Duration
	// aligned: ticks end where periods do, which the release began some time after.
	aligned bool
	began   time.Duration
	at      release.Moment
}

// waiting lets time pass in which the release does not go on; what has passed the limit is no release any more.
func (w *tickWalk) waiting(length time.Duration) {
	w.at.Waiting = true
	w.wait(min(length, w.limit-w.at.Elapsed))
	w.at.Waiting = false
}

func (w *tickWalk) wait(length time.Duration) {
	for length > 0 && w.at.Elapsed < w.limit {
		tick := w.plan.Tick(w.at)
		if tick < time.Second || tick%w.period != 0 {
			w.t.Fatalf("after %s the tick is %s, and the period %s", w.at.Elapsed, tick, w.period)
		}
		if past := (w.began + w.at.Elapsed + tick) % w.period; w.aligned && past < tick {
			tick -= past
		}
		tick = min(tick, length)
		w.at.Elapsed += tick
		w.at.InStep += tick
		length -= tick
		w.at.Ticks++
		if w.at.Ticks > 10*release.MostTicks {
			w.t.Fatalf("ticks do not end: %d in %s", w.at.Ticks, w.at.Elapsed)
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
				if tick := plan.Tick(release.Moment{Elapsed: time.Hour}); tick < time.Second {
					t.Errorf("a tick is %s", tick)
				}
			}
		})
	}
}
