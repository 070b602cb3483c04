package rehearsal_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/planner"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/chance"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/rehearsal"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/scenario"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// sure is the level of what can't be an accident of the simulation.
const sure = 0.999

// fly makes so many flights.
func fly(t *testing.T, document release.Document, s scenario.Scenario, releases int) []rehearsal.Flight {
	t.Helper()
	flights, err := rehearse(t, document, s).Runs(t.Context(), releases, nil)
	if err != nil {
		t.Fatal(err)
	}
	return flights
}

// exposures are the bad requests of flights, and how many of them were rolled back.
func exposures(flights []rehearsal.Flight) (bad chance.Sample, back chance.Share) {
	values := make([]float64, len(flights))
	back.Of = len(flights)
	for i, flight := range flights {
		values[i] = flight.Exposure
		if flight.Outcome == release.RolledBack {
			back.Count++
		}
	}
	return chance.NewSample(values), back
}

// TestTwoPointsMoreErrorsAreFoundAfterSeven: 500 requests a minute, 0.1 % of them errors, 2 points more on the
// canary. An independent simulation of the judge (20,000 releases) found all of them, after 7 bad
// requests in the median and 16 in the 95th percentile; so must the whole workflow, within the error of its simulation.
func TestTwoPointsMoreErrorsAreFoundAfterSeven(t *testing.T) {
	t.Parallel()
	const releases = 300
	document := echo()
	document.Strategy.Adaptive = &release.AdaptiveStrategy{}
	adaptive, found := exposures(fly(t, document, worldOf(t, "errors:+2%"), releases))
	if found.Count != releases {
		t.Errorf("%d of %d releases were rolled back", found.Count, releases)
	}
	for _, want := range []struct{ quantile, bad float64 }{{0.5, 7}, {0.95, 16}} {
		if within := adaptive.QuantileInterval(want.quantile, sure); want.bad < within.Low || want.bad > within.High {
			t.Errorf("the %v quantile of bad requests is within %+v, want %v", want.quantile, within, want.bad)
		}
	}
	plain, plainFound := exposures(fly(t, echo(), worldOf(t, "errors:+2%"), releases))
	measured.Log(t, "500 requests/min, base 0.1%%, +2 points, %d whole releases each: adaptive detects %s, bad requests median %v, p95 %v; the default file %s, %v, %v",
		releases, found, adaptive.Quantile(0.5), adaptive.Quantile(0.95), plainFound, plain.Quantile(0.5), plain.Quantile(0.95))
}

// TestWhatPlanPromisesHolds: of the smallest regression that plan says is noticed before promotion with 95 %,
// no more than 5 % may get past, in releases through everything.
func TestWhatPlanPromisesHolds(t *testing.T) {
	t.Parallel()
	const releases = 100
	for name, strategy := range map[string]release.Strategy{"default": {}, "adaptive": {Adaptive: &release.AdaptiveStrategy{}}} {
		for _, second := range []float64{2, 20, 2000} {
			s := scenario.Default()
			s.Traffic = world.Traffic{Constant: 60 * second}
			document := echo()
			document.Strategy = strategy
			history := dayBefore(s)
			planned, err := planner.WithSteps(release.Default(document), history, release.Shifts{})
			if err != nil {
				t.Fatal(err)
			}
			forecast, err := planner.Predict(t.Context(), planned, history, release.Shifts{})
			if err != nil {
				t.Fatal(err)
			}
			notice := forecast.Steps[len(forecast.Steps)-1].Notices[0]
			if notice.To == nil {
				t.Fatalf("%s, %v requests/s: nothing would be noticed", name, second)
			}
			s.Metrics[0].Add = *notice.To - s.Metrics[0].Base
			missed := chance.Share{Of: releases}
			for _, flight := range fly(t, document, s, releases) {
				if flight.PromotedAt > 0 {
					missed.Count++
				}
			}
			if missed.Lower(sure) > 0.05 {
				t.Errorf("%s, %v requests/s: %s missed a rate of %v", name, second, missed, *notice.To)
			}
			measured.Log(t, "%s, %v requests/s: errors of %.2g%% were to be noticed with 95%%; whole releases missed %s", name, second, 100**notice.To, missed)
		}
	}
}

// dayBefore is a day of a scenario's stable version, as the operator reads it.
func dayBefore(s scenario.Scenario) judge.History {
	drawn := world.New(s.Model, rand.New(rand.NewPCG(seed, 99))).History(world.Day)
	history := make([]judge.Period, len(drawn))
	for i, p := range drawn {
		history[i] = judge.Period{Start: time.Unix(int64(60*i), 0).UTC(), Metrics: map[string]judge.Pair{
			judge.MetricErrors:  {Stable: judge.Count{Requests: p.Stable, Bad: p.Bad[0].Stable}},
			judge.MetricLatency: {Stable: judge.Count{Requests: p.Stable, Bad: p.Bad[1].Stable}},
		}}
	}
	return judge.HistoryOf(history)
}
