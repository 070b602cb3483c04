package planner_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/planner"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// predict makes the forecast of a document on a day.
func predict(t testing.TB, d release.Document, history judge.History) (release.Document, planner.Forecast) {
	t.Helper()
	d, err := planner.WithSteps(d, history, release.Shifts{})
	if err != nil {
		t.Fatal(err)
	}
	forecast, err := planner.Predict(t.Context(), d, history, release.Shifts{})
	if err != nil {
		t.Fatal(err)
	}
	return d, forecast
}

// fresh is the seed of releases that no forecast has played, and freshReleases how many they are.
const fresh, freshReleases = 2026, 1000

// missed plays releases with fresh chance, and counts for each step those in which evidence had not taken the canary back when it ended.
func missed(plan ladder.Plan, model world.Model, releases int) []int {
	missed := make([]int, len(plan.Shares))
	for trial := range releases {
		through, played, step := world.New(model, rand.New(rand.NewPCG(fresh, uint64(trial)))), ladder.Play(plan), 0
		for range 1440 {
			tick := played.Tick(through.Next(played.Share()))
			if tick.Decision == release.Rollback && !tick.Inconclusive {
				break
			}
			if tick.Decision == release.Advance || tick.Decision == release.Promote || tick.Decision == release.Rollback {
				missed[step]++
				step++
			}
			if tick.Decision == release.Promote || tick.Decision == release.Rollback {
				for ; step < len(missed); step++ {
					missed[step]++
				}
				break
			}
		}
	}
	return missed
}

// TestPowerIsAsPromised plays a thousand fresh releases with each regression that a forecast says
// would be noticed with 95 %: at most 5 % may get past the step. Later steps, and more traffic, notice smaller ones.
func TestPowerIsAsPromised(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*release.Document){"default": nil, "adaptive": adaptive("")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			atLast := 1.0
			for _, seconds := range []float64{2, 20, 2000} {
				history := day(seconds*60, 0.001, 0.005)
				d, forecast := predict(t, document(t, change), history)
				last := forecast.Steps[len(forecast.Steps)-1].Notices[0]
				if last.To == nil || *last.To >= atLast {
					t.Fatalf("at %v requests a second the last step notices %+v, with less traffic %v", seconds, last, atLast)
				}
				atLast = *last.To
				plan := judge.Ladder(d, judge.PastOf(history))
				worst, promises := 0, 0
				for metric := range forecast.Rates {
					before := 1.0
					for i, step := range forecast.Steps {
						notice := step.Notices[metric]
						if notice.To == nil || *notice.To > before || *notice.To <= notice.From {
							t.Fatalf("step %d notices %+v, the one before %v", i+1, notice, before)
						}
						before = *notice.To
						promises++
						overlooked := missed(plan, worse(seconds*60, metric, *notice.To), freshReleases)[i]
						worst = max(worst, overlooked)
						if overlooked > freshReleases*5/100 {
							t.Errorf("at %v requests a second step %d overlooks %s of %v in %d of %d releases", seconds, i+1, notice.Metric, *notice.To, overlooked, freshReleases)
						}
					}
				}
				measured.Log(t, "%s, %v requests/s: errors from %.2g%% to ≥ %.2g%% are noticed with 95%% before promotion; of %d promises, the worst overlooks %.1f%% of 1,000 fresh releases",
					name, seconds, last.From*100, *last.To*100, promises, float64(worst)/freshReleases*100)
			}
		})
	}
}

// worse is the true world of [day] in which the canary has that rate of bad requests in the metric of that index.
func worse(requests float64, metric int, rate float64) world.Model {
	model := steady(requests, 0.001, 0.005)
	model.Metrics[metric].Add = rate - model.Metrics[metric].Base
	return model
}

func TestAFirstStepMayNoticeNothing(t *testing.T) {
	t.Parallel()
	d, forecast := predict(t, document(t, func(d *release.Document) {
		d.Strategy.Steps = []release.Step{{Weight: 0.01, Wait: minute}, {Weight: 10, Wait: 5 * minute}}
		d.Analysis.NoData.Policy = release.NoDataPass
	}), day(1200, 0.001, 0.005))
	if to := forecast.Steps[0].Notices[0].To; to != nil {
		t.Errorf("a ten-thousandth of 1200 requests shows a rate of %v", *to)
	}
	if to := forecast.Steps[1].Notices[0].To; to == nil {
		t.Error("10% of 1200 requests show nothing")
	}
	if forecast.Unnoticed != nil || len(d.Strategy.Steps) != 2 {
		t.Errorf("unnoticed %+v", forecast.Unnoticed)
	}
}

func TestRequestsAreThoseOfNow(t *testing.T) {
	t.Parallel()
	counts := func(requests ...float64) judge.History {
		history := make([]judge.Period, 1440)
		for i := range history {
			history[i].Start = noon.Add(time.Duration(i-len(history)) * time.Minute)
			n := 0.0
			if last := i - (len(history) - len(requests)); last >= 0 {
				n = requests[last]
			}
			history[i].Metrics = map[string]judge.Pair{judge.MetricErrors: {Stable: judge.Count{Requests: n}}}
		}
		return judge.HistoryOf(history)
	}
	quiet := make([]float64, 60)
	for name, row := range map[string]struct {
		history judge.History
		want    float64
	}{
		"none":              {counts(), 0},
		"no history":        {judge.History{}, 0},
		"stable since then": {counts(0, 0, 100, 200, 300), 200},
		"one in five":       {counts(1, 0, 0, 0, 0, 1, 0, 0, 0, 0), 0.2},
		"idle for an hour":  {counts(append([]float64{62}, quiet[1:]...)...), 62.0 / 60},
		"idle for longer":   {counts(append([]float64{61}, quiet...)...), 1},
	} {
		if got := planner.Requests(row.history); got != row.want {
			t.Errorf("%s: %v, want %v", name, got, row.want)
		}
	}
}
