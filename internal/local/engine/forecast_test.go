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
