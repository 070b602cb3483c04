package planner

import (
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Cost is in USD, by the prices of docs/cost.md. The service, its traffic and its alarms are not part of it.
type Cost struct {
	Likely  float64 `json:"likely"`
	Longest float64 `json:"longest"`
}

// What a release costs, in USD: docs/cost.md counts it, and a test of internal/local/engine holds [Price] to what is counted there.
const (
	// aRelease is what the states cost that every release passes once, and what CloudWatch asks for
	// the metrics that Goldfinch writes when one ends.
	aRelease = 0.0056
	// aStep is a shift of traffic: two transitions, an invocation, and what it writes into the ledger.
	aStep = 0.0001
	// aLook is one tick: three transitions, two invocations, six metrics read, and a line in the ledger.
	aLook = 0.000163
	// anHour is what CloudWatch asks for the metrics that Goldfinch writes, which it bills by the hour.
	anHour = 0.00255
)

// Price is what a release costs whose steps move traffic so many times, in which the judge looks so many times, and that lasts so long.
func Price(steps, looks int, lasts time.Duration) float64 {
	return aRelease + aStep*float64(steps) + aLook*float64(looks) + anHour*lasts.Hours()
}

// cost is what a release of that time costs.
func (o outlook) cost(t Time) Cost {
	price := func(promoted release.Duration) float64 {
		lasts := promoted.Std() + o.settle()
		return Price(len(o.movingSteps()), o.looks(lasts), lasts)
	}
	return Cost{Likely: price(t.Likely), Longest: price(t.Longest)}
}

func (o outlook) settle() time.Duration {
	if o.document.Strategy.Settle == nil {
		return 0
	}
	return o.document.Strategy.Settle.Std()
}

// looks is how often the judge looks within that time.
func (o outlook) looks(within time.Duration) int {
	return release.NewPlan(o.document).TicksWithin(within)
}
