package engine_test

import (
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/planner"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestTheForecastsPriceIsTheBill holds the formula of internal/planner to what whole releases are counted to cost.
func TestTheForecastsPriceIsTheBill(t *testing.T) {
	t.Parallel()
	minutes := func(n int) release.Duration { return release.Duration(n) * release.Duration(time.Minute) }
	releases := append(costedReleases(),
		&costed{name: "an hour", change: func(d *release.Document) {
			d.Strategy.Steps = []release.Step{{Weight: 10, Wait: minutes(60)}}
		}},
		&costed{name: "two steps of an hour, without settling", change: func(d *release.Document) {
			settle := release.Duration(0)
			d.Strategy.Steps, d.Strategy.Settle = []release.Step{{Weight: 1, Wait: minutes(60)}, {Weight: 10, Wait: minutes(60)}}, &settle
		}},
		&costed{name: "adaptive", change: func(d *release.Document) { d.Strategy.Adaptive = &release.AdaptiveStrategy{} }},
		&costed{name: "20 steps of a minute", change: func(d *release.Document) {
			d.Strategy.Linear = &release.LinearStrategy{Weight: 4.9, Every: minutes(1)}
		}},
	)
	for _, one := range releases {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			one.run(t)
			counted := total(one.items)
			forecast := planner.Price(one.steps, one.bill.invocations["evaluate"], one.lasts)
			measured.Log(t, "%s: $%.5f forecast, $%.5f counted", one.name, forecast, counted)
			if forecast < 0.9*counted || forecast > 1.1*counted {
				t.Errorf("forecast is $%.5f, counted are $%.5f: more than 10%% apart", forecast, counted)
			}
		})
	}
}

// TestABudgetIsReleasedAsPlanned through the whole engine: what plan shows is what the release derives from the
// same traffic, and a version that fails every request costs no more.
func TestABudgetIsReleasedAsPlanned(t *testing.T) {
	t.Parallel()
	const most = 50
	s := simulate(t)
	s.release(s.document("one"))
	s.pass(2 * time.Hour)
	document := s.document("two", func(d *release.Document) {
		d.Strategy.Exposure = &release.ExposureStrategy{MaxFailedRequests: most}
	})
	preview, err := s.engine.Operator.Plan(t.Context(), document)
	if err != nil || len(preview.Refusals) > 0 || preview.Forecast == nil || preview.Forecast.Requests != 1000 {
		t.Fatalf("preview %+v: %v", preview, err)
	}
	s.broken["2"] = 1
	record := s.release(document)
	if record.Outcome != release.RolledBack || len(record.Document.Strategy.Steps) != len(preview.Forecast.Steps) {
		t.Fatalf("%s: %s, by %+v", record.Outcome, record.Reason, record.Document.Strategy.Steps)
	}
	for i, step := range record.Document.Strategy.Steps {
		if planned := preview.Forecast.Steps[i]; step.Weight != planned.Weight || step.Wait != planned.Wait {
			t.Errorf("step %d is %+v, planned %+v", i+1, step, planned)
		}
	}
	periods, err := s.engine.Ledger.Periods(t.Context(), record.ID)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0.0
	for _, period := range periods {
		failed += period.Metrics["errors"].Canary.Bad
	}
	if failed == 0 || failed > most {
		t.Errorf("%v requests failed, of a budget of %d", failed, most)
	}
}
