package planner_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

const minute = release.Duration(time.Minute)

// noon is when every history ends.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// document has its defaults; change may be nil.
func document(t testing.TB, change func(*release.Document)) release.Document {
	t.Helper()
	d := release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production", Artifact: release.Artifact{Package: "s3://packages-of-goldfinch/a.zip"},
		Target: release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}},
	}
	if change != nil {
		change(&d)
	}
	d = release.Default(d)
	if _, err := release.Validate(d, nil); err != nil {
		t.Fatal(err)
	}
	return d
}

// adaptive and budget are strategies of a document.
func adaptive(profile string) func(*release.Document) {
	return func(d *release.Document) { d.Strategy.Adaptive = &release.AdaptiveStrategy{Profile: profile} }
}

func budget(most float64) func(*release.Document) {
	return func(d *release.Document) { d.Strategy.Exposure = &release.ExposureStrategy{MaxFailedRequests: most} }
}

// day is a day of a service's stable version: that many requests a period, of which so many parts fail and are slow.
func day(requests, failing, slow float64) judge.History {
	return periods(steady(requests, failing, slow), rand.New(rand.NewPCG(1, math.Float64bits(requests))))
}

// periods are a model's history as a target tells it.
func periods(model world.Model, random *rand.Rand) judge.History {
	var told []judge.Period
	for i, p := range world.New(model, random).History(world.Day) {
		period := judge.Period{Start: noon.Add(time.Duration(i-world.Day) * time.Minute), Metrics: map[string]judge.Pair{}}
		for metric, bad := range p.Bad {
			period.Metrics[model.Metrics[metric].Name] = judge.Pair{Stable: judge.Count{Requests: p.Stable, Bad: bad.Stable}}
		}
		told = append(told, period)
	}
	return judge.HistoryOf(told)
}

// steady is the world of day.
func steady(requests, failing, slow float64) world.Model {
	return world.Model{
		Traffic: world.Traffic{Constant: requests},
		Metrics: []world.Metric{{Name: judge.MetricErrors, Base: failing}, {Name: judge.MetricLatency, Base: slow}},
	}
}

// thin is a day of exactly that many requests a period on average, evenly spread.
func thin(requests float64) judge.History {
	history := make([]judge.Period, world.Day)
	due := 0.0
	for i := range history {
		due += requests
		whole := math.Floor(due)
		due -= whole
		count := judge.Count{Requests: whole}
		history[i] = judge.Period{Start: noon.Add(time.Duration(i-world.Day) * time.Minute), Metrics: map[string]judge.Pair{
			judge.MetricErrors: {Stable: count}, judge.MetricLatency: {Stable: count},
		}}
	}
	return judge.HistoryOf(history)
}
